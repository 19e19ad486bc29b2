"""What a person does, from the first click to the row that changed."""

import re

from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from amazon_orders.models import Store
from integration.models import BatchOrder, Role, StoreSettings
from integration.orders.bulk import work
from integration.sync import single_orders
from tests.browser.conftest import Visit
from tests.factories import commerce, people
from tests.fixtures_shop import SELLER, Shop, commerce_order_of, state_of, stock_of

BANNER = (
    "Your Amazon store(s) has orders that cannot be imported into Commerce. "
    "See Recent Orders in the store dashboard(s): "
)


def test_ten_wrong_passwords_lock_the_account(
    page: Page, live_server: LiveServer, transactional_db: None
) -> None:
    user = people.user(Role.MERCHANT)
    page.goto(f"{live_server.url}/accounts/login/")
    for _ in range(10):
        page.get_by_label("Login").fill(user.username)
        page.get_by_label("Password", exact=True).fill("wrong")
        page.get_by_role("button", name="Sign in").click()
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_label("Login").fill(user.username)
    page.get_by_label("Password", exact=True).fill(people.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{live_server.url}/orders/")
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_the_banner_leads_to_the_blocked_order_and_a_match_mends_it(shop: Shop, person: Visit) -> None:
    commerce.product("MUG-1", name="Stoneware mug", stock={"main": 10})
    order_id = shop.sell(("MUG-2PACK", 1, "24.00"))
    shop.sync()
    page = person("/")
    expect(page.locator("#system-message")).to_have_text(f"{BANNER}Harbor US")
    page.locator("#system-message").get_by_role("link", name="Harbor US").click()
    page.locator("#recent-orders").get_by_role("link", name=order_id, exact=True).click()
    expect(page.get_by_text('Product "MUG-2PACK" is not in the catalog.', exact=True)).to_be_visible()
    page.get_by_label("Match to product (SKU)").fill("mug")
    expect(page.locator("datalist option")).to_have_count(1)
    expect(page.locator("datalist option")).to_have_attribute("value", "MUG-1")
    page.get_by_label("Match to product (SKU)").fill("MUG-1")
    page.get_by_label("Units each").fill("2")
    page.get_by_role("button", name="Match").click()
    expect(page.get_by_text("MUG-2PACK is matched to 2 × MUG-1. 1 order is checked again.")).to_be_visible()
    shop.judge()
    page.reload()
    number = commerce_order_of(order_id).number
    expect(page.get_by_text(f"Imported as Commerce order {number}. Go on with it there.")).to_be_visible()
    expect(page.locator("#system-message")).to_have_count(0)
    assert stock_of("MUG-1") == (10, 2)


def test_an_order_out_of_stock_is_mended_in_place(shop: Shop, person: Visit) -> None:
    commerce.product("PAN-1", stock={"main": 0})
    order_id = shop.sell(("PAN-1", 2, "30.00"))
    shop.sync()
    page = person(f"/orders/{order_id}/")
    page.get_by_label("On hand at Main").fill("5")
    page.get_by_role("button", name="Set quantity").click()
    expect(page.get_by_text("PAN-1: 5 on hand at main.")).to_be_visible()
    shop.judge()
    assert (state_of(order_id), stock_of("PAN-1")) == ("IMPORTED", (5, 2))


def test_a_disabled_product_is_enabled_from_the_order(shop: Shop, person: Visit) -> None:
    commerce.product("PAN-1", stock={"main": 3}, is_enabled=False)
    order_id = shop.sell(("PAN-1", 1, "30.00"))
    shop.sync()
    page = person(f"/orders/{order_id}/")
    page.get_by_role("button", name="Enable PAN-1").click()
    expect(page.get_by_text("PAN-1 is enabled.")).to_be_visible()
    shop.judge()
    assert state_of(order_id) == "IMPORTED"


def test_a_missing_product_is_made_from_the_order(shop: Shop, person: Visit) -> None:
    order_id = shop.sell(("NEW-1", 1, "30.00"))
    shop.sync()
    page = person(f"/orders/{order_id}/")
    page.get_by_text("Create the product instead").click()
    page.get_by_label("Quantity").fill("4")
    page.get_by_label("Source").fill("main")
    page.get_by_role("button", name="Create product").click()
    expect(page.get_by_text("NEW-1 is in the catalog.")).to_be_visible()
    shop.judge()
    assert (state_of(order_id), stock_of("NEW-1")) == ("IMPORTED", (4, 1))


def test_orders_are_filtered_sorted_and_cleared(shop: Shop, person: Visit) -> None:
    cheap = shop.sell(("SKU-1", 1, "5.50"))
    dear = shop.sell(("SKU-1", 1, "99.00"))
    shop.sell(("GONE", 1, "50.00"))
    shop.sync()
    page = person("/orders/")
    expect(page.locator("#order-count")).to_have_text("3 orders")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Imported").check(force=True)
    page.get_by_role("button", name="Apply filters").click()
    expect(page).to_have_url(re.compile(r"/orders/\?state=IMPORTED$"))
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("link", name="Total").click()
    expect(page.locator("tbody tr").first).to_have_attribute("data-order", dear)
    page.get_by_role("link", name="Total").click()
    expect(page.locator("tbody tr").first).to_have_attribute("data-order", cheap)
    page.get_by_role("link", name="Remove Import Imported").click()
    expect(page.locator("tbody tr")).to_have_count(3)


def test_a_search_by_buyer_never_stands_in_the_address(shop: Shop, person: Visit) -> None:
    order_id = shop.sell(patch={"buyer": {"buyerName": "Ada Byron"}})
    shop.sell(patch={"buyer": {"buyerName": "Maria Sibylla"}})
    shop.sync()
    page = person("/orders/")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_role("textbox", name="Buyer's name").fill("byron")
    page.get_by_role("button", name="Apply filters").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_have_attribute("data-order", order_id)
    assert "byron" not in page.url.lower()
    page.get_by_role("button", name="Total").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert page.url.endswith("/orders/?ordering=-total")


def test_import_is_switched_off_and_the_rest_grays_out(shop: Shop, person: Visit) -> None:
    page = person(f"/stores/{shop.store.pk}/settings/")
    status = page.get_by_label("Processing Order Status")
    expect(status).to_be_disabled()
    page.get_by_label("Custom Order Status").check()
    expect(status).to_be_enabled()
    page.get_by_label("Disabled").check()
    expect(status).to_be_disabled()
    expect(page.get_by_label("Import Amazon Orders Into Commerce Store")).to_be_disabled()
    page.get_by_role("button", name="Save order settings").click()
    expect(page.get_by_text("Saved for Harbor US. Import Amazon Orders: Disabled.")).to_be_visible()
    assert not StoreSettings.objects.get(pk=shop.store.pk).import_amazon_orders
    order_id = shop.sell()
    shop.sync()
    page = person("/orders/")
    link = page.get_by_role("link", name=order_id, exact=True)
    expect(link).to_have_attribute("href", f"https://sellercentral.amazon.com/orders-v3/order/{order_id}")
    page.get_by_role("link", name=f"Details of {order_id}").click()
    page.get_by_role("button", name="Import this order").click()
    shop.judge()
    assert state_of(order_id) == "IMPORTED"


def test_a_store_is_connected_deactivated_and_deleted(shop: Shop, person: Visit) -> None:
    page = person("/stores/connect/")
    page.get_by_label("Store name").fill("Harbor Canada")
    page.get_by_label("Marketplace").select_option("CA")
    page.get_by_label("Seller id").fill(SELLER)
    page.get_by_label("Refresh token").fill(shop.token)
    page.get_by_role("button", name="Connect store").click()
    expect(page.get_by_text("Harbor Canada is connected.")).to_be_visible()
    page.get_by_text("Store Settings").click()
    page.get_by_role("button", name="Deactivate").click()
    page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    expect(page.get_by_text("This store is inactive.")).to_be_visible()
    page.get_by_text("Store Settings").click()
    page.get_by_role("link", name="Delete…").click()
    page.get_by_label("Type the store's name to confirm").fill("Harbor Canada")
    page.get_by_role("button", name="Delete Harbor Canada").click()
    expect(page.get_by_text("Harbor Canada is deleted")).to_be_visible()
    assert list(Store.objects.values_list("name", flat=True)) == ["Harbor US"]


def test_a_wrong_refresh_token_is_refused_and_not_shown(shop: Shop, person: Visit) -> None:
    page = person("/stores/connect/")
    page.get_by_label("Store name").fill("Harbor Canada")
    page.get_by_label("Marketplace").select_option("CA")
    page.get_by_label("Seller id").fill(SELLER)
    page.get_by_label("Refresh token").fill("Atzr|wrong")
    page.get_by_role("button", name="Connect store").click()
    expect(page.get_by_text("Nothing was saved.")).to_be_visible()
    expect(page.get_by_label("Refresh token")).to_have_value("")


def test_a_blocked_address_is_corrected(shop: Shop, person: Visit) -> None:
    order_id = shop.sell(patch={"recipient": {"deliveryAddress": {"city": None, "addressLine1": None}}})
    shop.sync()
    page = person(f"/orders/{order_id}/")
    page.get_by_role("button", name="Show personal data").click()
    page.get_by_label("Address line 1").fill("1 High Street")
    page.get_by_label("City").fill("Ashford")
    page.get_by_role("button", name="Save address").click()
    expect(page.get_by_text("The address is saved")).to_be_visible()
    shop.judge()
    assert state_of(order_id) == "IMPORTED"


def test_an_import_by_number_fills_its_bar_while_one_looks_and_while_one_is_away(
    shop: Shop, person: Visit
) -> None:
    order_id = shop.sell()
    page = person(f"/stores/{shop.store.pk}/")
    page.get_by_text("Store Settings").click()
    page.get_by_role("link", name="Import orders").click()
    page.get_by_label("Amazon order numbers").fill(f"{order_id}, 999-0000000-0000001")
    page.get_by_role("button", name="Import these orders").click()
    expect(page.get_by_role("heading", name="In progress")).to_be_visible()
    expect(page.get_by_text("0 of 2")).to_be_visible()
    for _ in range(2):
        BatchOrder.objects.update(look_at=timezone.now())
        work.run(now=timezone.now())
        single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now())
    BatchOrder.objects.update(look_at=timezone.now())
    work.run(now=timezone.now())
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    expect(page.get_by_text("2 of 2")).to_be_visible()
    page = person("/imports/")
    expect(page.get_by_text("2 of 2")).to_be_visible()
    page.get_by_role("link", name="By order number").click()
    expect(page.locator(f"tr[data-order='{order_id}']")).to_contain_text("Imported as Commerce order")
    expect(page.get_by_text("Amazon does not know this order")).to_be_visible()


def test_keys_go_to_search_and_to_orders(shop: Shop, person: Visit) -> None:
    order_id = shop.sell()
    shop.sync()
    page = person("/")
    page.keyboard.press("/")
    expect(page.get_by_label("Search orders by number")).to_be_focused()
    page.keyboard.type(order_id)
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_attribute("data-order", order_id)
    page = person("/products/")
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", name="All Orders")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=commerce_order_of(order_id).number)).to_be_visible()


def test_the_theme_is_remembered(shop: Shop, person: Visit) -> None:
    page = person("/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.get_by_role("button", name="Switch between light and dark").click()
    page = person("/orders/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
