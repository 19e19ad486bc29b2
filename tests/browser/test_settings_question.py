"""Import is switched on again: a person is asked about what came in meanwhile, and sees it come in."""

from django.utils import timezone
from playwright.sync_api import expect

from integration.models import StoreSettings
from integration.orders.bulk import work
from tests.browser.conftest import Visit
from tests.fixtures_shop import Shop, state_of


def test_the_orders_received_meanwhile_are_asked_about_and_imported(shop: Shop, person: Visit) -> None:
    shop.settings(import_amazon_orders=False)
    order_ids = [shop.sell(), shop.sell()]
    shop.sync()
    page = person(f"/stores/{shop.store.pk}/settings/")
    question = page.get_by_text("2 orders were received while import was disabled")
    since = page.get_by_label("Received since (UTC)")
    expect(question).to_be_hidden()
    expect(page.get_by_label("Import Amazon Orders Into Commerce Store")).to_be_disabled()

    page.get_by_label("Enabled", exact=True).check()
    expect(question).to_be_visible()
    expect(since).to_be_hidden()
    expect(page.get_by_label("Import Amazon Orders Into Commerce Store")).to_be_enabled()
    page.get_by_role("button", name="Save order settings").click()
    expect(page.get_by_role("alert")).to_contain_text("Say what to do with the 2 received")
    assert not StoreSettings.objects.get().import_amazon_orders

    page.get_by_label("Import those received since a day").check()
    expect(since).to_be_visible()
    page.get_by_label("Import all of them").check()
    page.get_by_role("button", name="Save order settings").click()
    expect(page.get_by_text("Saved for Harbor US. Import Amazon Orders: Enabled.")).to_be_visible()
    expect(page.get_by_text("0 of 2")).to_be_visible()

    work.run(now=timezone.now())
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    expect(page.get_by_text("2 of 2")).to_be_visible()
    assert [state_of(order_id) for order_id in order_ids] == ["IMPORTED", "IMPORTED"]
