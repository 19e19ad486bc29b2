"""A person ships, refunds and cancels at a browser."""

from playwright.sync_api import expect

from commerce.models import CreditMemo, Shipment
from integration.models import Cancellation
from tests.backoffice.pages import workshop
from tests.browser.conftest import Visit
from tests.fixtures_shop import Shop


def test_two_packages_leave_from_the_page_of_an_order(shop: Shop, person: Visit) -> None:
    order = workshop.place(shop.store, (workshop.product("MUG-9"), 3))
    [line] = order.lines.values_list("pk", flat=True)
    page = person(f"/commerce-orders/{order.number}/")
    page.get_by_role("link", name="Ship", exact=True).click()
    page.get_by_label("Units of MUG-9").fill("2")
    page.get_by_label("Carrier", exact=True).fill("UPS")
    page.get_by_label("Tracking number").fill("1ZA")
    page.get_by_role("button", name="Add a package").click()
    expect(page.locator(".package")).to_have_count(2)
    expect(page.locator("#id_p0-tracking_number")).to_have_value("1ZA")
    page.locator(f"#id_p1-line-{line}").fill("1")
    page.locator("#id_p1-carrier").fill("Grandpa's van")
    page.locator("#id_p1-tracking_number").fill("V1")
    page.get_by_role("button", name="Ship 2 packages").click()
    expect(page.get_by_text(f"2 packages of {order.number} shipped. Amazon is told.")).to_be_visible()
    assert sorted(Shipment.objects.values_list("carrier", flat=True)) == ["Grandpa's van", "UPS"]


def test_a_refund_is_reviewed_first(shop: Shop, person: Visit) -> None:
    order = workshop.place(shop.store, (workshop.product("MUG-9"), 2))
    page = person(f"/commerce-orders/{order.number}/refund/")
    page.get_by_label("Units of MUG-9").fill("1")
    page.get_by_label("Reason").select_option("CustomerReturn")
    page.get_by_role("button", name="Review", exact=True).click()
    expect(page.get_by_text("Refund total: $13.53")).to_be_visible()
    assert not CreditMemo.objects.exists()
    page.get_by_role("button", name="Give back $13.53").click()
    expect(page.get_by_text("$13.53 given back with credit memo")).to_be_visible()


def test_a_cancellation_is_confirmed_in_a_dialog_that_names_the_order(shop: Shop, person: Visit) -> None:
    order = workshop.place(shop.store, (workshop.product("MUG-9"), 1))
    page = person(f"/commerce-orders/{order.number}/")
    page.locator("#cancel").get_by_label("Reason").select_option("BuyerCanceled")
    page.locator("#cancel").get_by_role("button", name="Cancel order").click()
    expect(page.get_by_role("heading", name=f"Cancel order {order.number}?")).to_be_visible()
    assert not Cancellation.objects.exists()
    page.get_by_role("button", name="Cancel the order").click()
    expect(page.get_by_text(f"Amazon is asked to cancel {order.number}.")).to_be_visible()


def test_orders_are_ticked_and_picked(shop: Shop, person: Visit) -> None:
    mug = workshop.product("MUG-9")
    orders = [workshop.place(shop.store, (mug, 2)) for _ in range(2)]
    page = person("/commerce-orders/")
    page.get_by_label("All on this page").check()
    page.get_by_role("button", name="Pick list").click()
    expect(page.get_by_role("article")).to_contain_text(f"{orders[0].number} (2), {orders[1].number} (2)")
