"""Working through orders at a browser: many at once with a bar that stays, and a cause mended in place."""

import re

from django.utils import timezone
from playwright.sync_api import expect

from integration.models import BatchOrder, ImportBatch
from integration.orders.bulk import work
from tests.browser.conftest import Visit
from tests.factories import commerce
from tests.fixtures_shop import Shop, state_of, stock_of


def test_a_bulk_action_goes_on_while_one_is_away_and_is_found_again(shop: Shop, person: Visit) -> None:
    orders = [shop.sell(("GONE", 1, "5.00")) for _ in range(3)]
    shop.sync()
    page = person("/orders/")
    retry = page.get_by_role("button", name="Retry")
    expect(retry).to_be_disabled()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("1 chosen")).to_be_visible()
    page.evaluate("document.documentElement.dataset.keys = 'off'")
    page.keyboard.press("x")
    expect(page.get_by_text("1 chosen")).to_be_visible()
    page.get_by_label("All on this page").or_(page.get_by_label("1 chosen")).check()
    expect(page.get_by_text("3 chosen")).to_be_visible()
    retry.click()
    expect(page).to_have_url(re.compile(r"/imports/\d+/$"))
    expect(page.get_by_text("0 of 3")).to_be_visible()

    page = person("/orders/")
    strip = page.locator("#under-way")
    expect(strip).to_contain_text("0 of 3")
    work.run(now=timezone.now())
    expect(strip).to_contain_text("3 of 3")
    expect(strip).to_contain_text("Blocked 3")
    strip.get_by_role("link", name="Retry chosen from the list").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    assert {state_of(order) for order in orders} == {"BLOCKED"}


def test_all_that_fit_are_asked_about_first_and_then_skipped(shop: Shop, person: Visit) -> None:
    for _ in range(51):
        shop.sell(("GONE", 1, "5.00"))
    shop.sync()
    page = person("/orders/?state=BLOCKED")
    page.get_by_label("All 51 that fit the filters").check()
    page.locator("#choose summary").click()
    page.get_by_label("Reason").fill("On a fair")
    page.get_by_role("button", name="Skip the chosen orders").click()
    expect(page.get_by_role("heading", name="All 51 orders?")).to_be_visible()
    assert not ImportBatch.objects.exists()
    page.get_by_role("dialog").get_by_role("button", name="Skip the chosen orders").click()
    expect(page.get_by_text("0 of 51")).to_be_visible()
    work.run(now=timezone.now())
    expect(page.get_by_text("51 of 51")).to_be_visible()
    assert set(BatchOrder.objects.values_list("outcome", flat=True)) == {"SKIPPED"}


def test_a_cause_is_mended_in_place_and_the_page_says_what_came_of_it(shop: Shop, person: Visit) -> None:
    commerce.product("MUG-1", name="Stoneware mug", stock={"main": 50})
    orders = [shop.sell(("MUG-2PACK", 1, "24.00")) for _ in range(14)]
    shop.sync()
    page = person("/blocked/")
    cause = page.locator("article[data-sku='MUG-2PACK']")
    expect(cause).to_contain_text("14 orders")
    cause.get_by_label("Match to product (SKU)").fill("mug")
    expect(cause.locator("datalist option")).to_have_count(1)
    expect(cause.locator("datalist option")).to_have_attribute("value", "MUG-1")
    cause.get_by_label("Match to product (SKU)").fill("MUG-1")
    cause.get_by_label("Units each").fill("2")
    cause.get_by_role("button", name="Match").click()
    expect(page.get_by_text("14 orders imported.")).to_be_visible(timeout=2_000)
    expect(page.get_by_text("Nothing is blocked")).to_be_visible()
    assert {state_of(order) for order in orders} == {"IMPORTED"}
    assert stock_of("MUG-1") == (50, 28)


def test_an_address_unfolds_and_is_mended_beside_its_cause(shop: Shop, person: Visit) -> None:
    order = shop.sell(patch={"recipient": {"deliveryAddress": {"city": None, "addressLine1": None}}})
    shop.sync()
    page = person("/blocked/")
    page.get_by_text(f"Correct the address of {order}").click()
    page.get_by_label("Address line 1").fill("1 High Street")
    page.get_by_label("City").fill("Ashford")
    page.get_by_role("button", name=f"Save address of {order}").click()
    expect(page.get_by_text("1 order imported.")).to_be_visible()
    assert state_of(order) == "IMPORTED"


def test_columns_and_a_view_are_kept(shop: Shop, person: Visit) -> None:
    shop.sell()
    shop.sync()
    page = person("/orders/?state=IMPORTED")
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("Buyer's Name", exact=True).and_(page.locator("[name=column]")).uncheck()
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("columnheader", name="Buyer's Name")).to_have_count(0)
    page.locator("summary", has_text="Views").click()
    page.get_by_label("Save this list as").fill("Done")
    page.get_by_role("button", name="Save view").click()
    page = person("/orders/")
    page.get_by_role("navigation", name="Saved views").get_by_role("link", name="Done").click()
    expect(page).to_have_url(re.compile(r"state=IMPORTED$"))
    expect(page.get_by_role("columnheader", name="Buyer's Name")).to_have_count(0)


def test_the_list_is_downloaded(shop: Shop, person: Visit) -> None:
    order = shop.sell()
    shop.sync()
    page = person("/orders/")
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert order in download.value.path().read_text(encoding="utf-8-sig")
