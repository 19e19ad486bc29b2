"""A merchant's day at a browser: an order is blocked, mended, shipped, and its money given back."""

from playwright.sync_api import expect

from commerce.models import CreditMemo
from tests.browser.conftest import Visit
from tests.fixtures_shop import Shop, commerce_order_of
from tests.journeys.workshop import confirm, later


def test_an_order_from_its_blocker_to_its_refund(shop: Shop, person: Visit) -> None:
    order_id = shop.sell(("NEW-1", 2, "24.00"))
    shop.sync()
    page = person("/blocked/")
    expect(page.get_by_text('Product "NEW-1" is not in the catalog')).to_be_visible()
    page.get_by_label("Match to product (SKU)").fill("SKU-1")
    page.get_by_role("button", name="Match", exact=True).click()
    expect(page.get_by_text("1 order imported.")).to_be_visible()
    number = commerce_order_of(order_id).number

    page = person("/commerce-orders/")
    page.get_by_role("link", name=number, exact=True).click()
    page.get_by_role("link", name="Ship", exact=True).click()
    page.get_by_label("Carrier", exact=True).fill("UPS")
    page.get_by_label("Tracking number").fill("1Z999")
    page.get_by_role("button", name="Ship 1 package").click()
    expect(page.get_by_text(f"1 package of {number} shipped. Amazon is told.")).to_be_visible()
    confirm(shop)
    later(shop)
    shop.sync()
    assert shop.document(order_id)["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    page.reload()
    expect(page.get_by_role("main").get_by_text("Complete", exact=True).first).to_be_visible()

    page.get_by_role("link", name="Refund", exact=True).click()
    page.get_by_label("Give back everything that is left").check()
    page.get_by_label("Reason").select_option("CustomerReturn")
    page.get_by_role("button", name="Review", exact=True).click()
    page.get_by_role("button", name="Give back $").click()
    expect(page.get_by_text("given back with credit memo")).to_be_visible()
    assert CreditMemo.objects.get().order == commerce_order_of(order_id)
