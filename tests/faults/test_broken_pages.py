"""A page that is not JSON because of one order: all else on it comes in, and that order is asked for."""

from datetime import timedelta

from django.utils import timezone

from amazon_orders.models import AmazonOrder
from integration.messages import open_messages
from integration.models import AccountSync, Lane, Quarantine, RequestReason
from integration.sync import order_requests
from integration.sync.order_requests import WantedOrder
from tests.factories import people
from tests.faults.conftest import calls, fault, sync
from tests.fixtures_shop import Shop, state_of

NOT_NOW = 75


def sick(shop: Shop, order_id: str) -> None:
    """Amazon's text of this order is not JSON, wherever it stands, until faults are cleared."""
    fault(shop, "broken_text", operation=None, times=0, order_id=order_id)


def test_the_rest_of_its_page_and_the_pages_after_it_come_in(shop: Shop) -> None:
    shop.restock("SKU-1", 500)
    order_ids = [shop.sell() for _ in range(130)]
    bad = order_ids[40]
    sick(shop, bad)

    ran = sync()

    assert (ran.code, ran.errors) == (0, [])
    assert (ran.document["received"], ran.document["imported"], ran.document["malformed"]) == (130, 129, 1)
    assert calls(shop, "searchOrders") == [200, 200]
    assert {state_of(order_id) for order_id in order_ids if order_id != bad} == {"IMPORTED"}
    row = Quarantine.objects.get()
    assert (row.amazon_order_id, row.kind, row.reason) == (
        bad,
        "UNREADABLE",
        "Amazon's text of the order is not JSON",
    )
    assert AccountSync.objects.get().synced_until is not None
    [message] = open_messages.open_messages(viewer=people.admin(), now=timezone.now())
    assert message.code == "ORDER_QUARANTINED"


def test_first_and_last_of_a_page_are_isolated_as_well(shop: Shop) -> None:
    order_ids = [shop.sell() for _ in range(5)]
    for bad in (order_ids[0], order_ids[-1]):
        sick(shop, bad)
        sync()
        shop.amazon.faults.clear()
        assert Quarantine.objects.get(resolved_at=None).amazon_order_id == bad
        Quarantine.objects.update(ask_again_at=timezone.now())
        sync()
    assert {state_of(order_id) for order_id in order_ids} == {"IMPORTED"}


def test_asked_for_by_itself_it_holds_up_no_other_order_and_heals(shop: Shop) -> None:
    bad, good = shop.sell(), shop.sell()
    sick(shop, bad)
    sync()
    Quarantine.objects.update(ask_again_at=timezone.now())
    order_requests.request(
        [WantedOrder(shop.store.account_id, good)],
        lane=Lane.PERSON,
        why=RequestReason.PERSON,
        now=timezone.now(),
    )

    ran = sync()

    assert ran.code == 0
    assert sorted(calls(shop, "getOrder")) == [200, 200]
    # In one form from the search, in another from getOrder: one order all the same.
    assert set(Quarantine.objects.values_list("amazon_order_id", flat=True)) == {bad}
    in_five_hours = timezone.now() + timedelta(hours=5)
    assert Quarantine.objects.count() == Quarantine.objects.filter(ask_again_at__gt=in_five_hours).count()
    [message] = open_messages.open_messages(viewer=people.admin(), now=timezone.now())
    assert message.text.startswith("Amazon sent 1 order of Harbor US")

    shop.amazon.faults.clear()
    Quarantine.objects.update(ask_again_at=timezone.now())
    assert sync().document["imported"] == 1
    assert not Quarantine.objects.filter(resolved_at=None).exists()


def test_a_page_that_is_cut_is_still_no_answer(shop: Shop) -> None:
    for _ in range(3):
        shop.sell()
    fault(shop, "cut")
    ran = sync()
    assert (ran.code, ran.document["received"]) == (NOT_NOW, 0)
    assert AmazonOrder.objects.count() == 0
    assert AccountSync.objects.get().synced_until is None
