"""Storing what Amazon sent: newer wins, equal writes nothing, silence erases nothing."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from amazon_orders import normalize, receive
from amazon_orders.models import AmazonOrder, AmazonPackage, BuyerNameWord, PersonalData, Store
from amazon_orders.receive import Incoming, Outdated, ReceivePlan, StoredOrder
from sealing import seal
from tests.amazon_orders.payloads import NOW, ORDER_ID, full_order
from tests.factories import amazon

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return amazon.store()


def incoming(
    store: Store,
    document: dict[str, Any],
    *,
    asked_at: datetime = NOW,
    data_sets: tuple[str, ...] = normalize.DATA_SETS,
) -> Incoming:
    return Incoming(normalize.normalize(document, data_sets=data_sets), store.pk, asked_at, store.account_id)


def received(*arrived: Incoming, now: datetime = NOW) -> tuple[list[StoredOrder], int]:
    plan = receive.prepare(arrived)
    with transaction.atomic():
        return receive.store(plan, now=now), plan.unchanged


def later(minutes: float, **patch: Any) -> dict[str, Any]:
    """The same order, changed at Amazon after so many minutes."""
    return full_order(lastUpdatedTime=(NOW + timedelta(minutes=minutes)).isoformat(), **patch)


def told() -> dict[str, Any]:
    opened: dict[str, Any] = seal.open_json(
        PersonalData.objects.get().sealed, associated_data=receive.personal_associated_data(ORDER_ID)
    )
    return opened


def test_a_new_order_is_stored_with_all_that_hangs_on_it(store: Store) -> None:
    changes, unchanged = received(incoming(store, full_order()))

    order = AmazonOrder.objects.get()
    assert changes == [
        StoredOrder(order.pk, ORDER_ID, True, "", "UNSHIPPED", True, order.store_id, (order.purchased_at,))
    ]
    assert unchanged == 0
    assert (order.store, order.version, order.total) == (store, 1, Decimal("25.00"))
    assert order.is_prime
    assert order.is_business
    assert [item.seller_sku for item in order.items.all()] == ["SKU-1", "SKU-2"]
    assert order.packages.get().tracking_number == "1Z999"
    assert told()["buyer_name"] == "Alex Morgan"
    assert BuyerNameWord.objects.count() == 2


def test_an_equal_record_writes_nothing(store: Store) -> None:
    received(incoming(store, full_order()))
    plan = receive.prepare([incoming(store, full_order(), asked_at=NOW + timedelta(hours=1))])
    assert (plan.new, plan.changed, plan.unchanged) == ([], [], 1)


def test_a_newer_record_is_taken_and_an_older_one_is_not(store: Store) -> None:
    received(incoming(store, full_order()))
    moment = NOW + timedelta(minutes=9)

    shipped = later(5, fulfillment={"fulfillmentStatus": "SHIPPED"})
    changes, _ = received(incoming(store, shipped, asked_at=moment), now=moment)
    assert changes[0].status_before == "UNSHIPPED"
    assert not changes[0].cancel_was_requested
    order = AmazonOrder.objects.get()
    assert (order.status, order.version, order.received_at, order.changed_at) == ("SHIPPED", 2, NOW, moment)

    # Asked later, yet Amazon's own time is older: an old copy.
    assert received(incoming(store, later(4), asked_at=NOW + timedelta(hours=9))) == ([], 1)
    assert AmazonOrder.objects.get().status == "SHIPPED"


def test_a_time_from_the_future_does_not_freeze_the_order(store: Store) -> None:
    received(incoming(store, later(600, fulfillment={"fulfillmentStatus": "UNSHIPPED"})))
    canceled = later(5, fulfillment={"fulfillmentStatus": "CANCELLED"})

    changes, _ = received(incoming(store, canceled, asked_at=NOW + timedelta(minutes=9)))

    assert changes[0].status == "CANCELLED"


def test_at_the_same_time_the_answer_to_the_later_request_is_taken(store: Store) -> None:
    received(incoming(store, full_order()))
    other = full_order(fulfillment={"fulfillmentStatus": "SHIPPED"})

    assert received(incoming(store, other, asked_at=NOW - timedelta(seconds=1))) == ([], 1)
    changes, _ = received(incoming(store, other, asked_at=NOW + timedelta(seconds=1)))

    assert changes[0].status == "SHIPPED"


def test_the_same_order_twice_on_a_page_is_stored_once_and_the_newest_of_it(store: Store) -> None:
    shipped = incoming(store, later(1, fulfillment={"fulfillmentStatus": "SHIPPED"}))
    changes, unchanged = received(shipped, incoming(store, full_order()), shipped)
    assert ([change.status for change in changes], unchanged) == (["SHIPPED"], 2)


def test_fewer_data_sets_blank_nothing(store: Store) -> None:
    received(incoming(store, full_order()))
    bare = later(1)
    for gone in ("buyer", "recipient", "packages", "tax"):
        del bare[gone]
    for item in bare["orderItems"]:
        for gone in ("tax", "promotion", "cancellation"):
            item.pop(gone, None)

    received(incoming(store, bare, data_sets=normalize.FEWEST_DATA_SETS))

    order = AmazonOrder.objects.get()
    assert (order.version, order.address_gaps, order.is_cancel_requested) == (2, "", True)
    assert order.packages.count() == 1
    assert told()["buyer_name"] == "Alex Morgan"
    details = order.items.all()[0].details
    assert (details["promotions"], details["tax_schemes"]) == (["TENOFF"], ["UOSS"])
    # Back to all of them with the same content: the digest is per combination of data sets.
    assert len(received(incoming(store, later(1), asked_at=NOW + timedelta(hours=1)))[0]) == 1


def test_lines_and_packages_follow_amazon(store: Store) -> None:
    received(incoming(store, full_order()))
    document = later(1, packages=[])
    document["orderItems"].pop()
    received(incoming(store, document))
    order = AmazonOrder.objects.get()
    # A line that Amazon lists no more is kept, canceled.
    told = [(item.seller_sku, item.quantity_ordered - item.quantity_canceled) for item in order.items.all()]
    assert told == [("SKU-1", 2), ("SKU-2", 0)]
    assert AmazonPackage.objects.count() == 0


def test_an_order_first_seen_without_recipient_has_every_gap_until_it_is_told(store: Store) -> None:
    document = full_order()
    del document["recipient"]
    received(incoming(store, document, data_sets=normalize.FEWEST_DATA_SETS))
    assert AmazonOrder.objects.get().address_gaps == "street,city,country"
    received(incoming(store, later(1)))
    assert AmazonOrder.objects.get().address_gaps == ""


def test_purged_data_is_not_stored_again_and_the_address_counts_as_it_did(store: Store) -> None:
    received(incoming(store, full_order()))
    PersonalData.objects.all().delete()
    BuyerNameWord.objects.all().delete()
    AmazonOrder.objects.update(personal_data_purged_at=NOW)

    received(incoming(store, later(1)))
    received(incoming(store, later(2, recipient=None, buyer=None)))

    assert PersonalData.objects.count() == BuyerNameWord.objects.count() == 0
    order = AmazonOrder.objects.get()
    assert (order.version, order.address_gaps, order.personal_data_purged_at) == (3, "", NOW)


def test_a_plan_that_somebody_overtook_is_not_stored(store: Store) -> None:
    received(incoming(store, full_order()))
    plan = receive.prepare([incoming(store, later(1))])
    received(incoming(store, later(2)))
    with pytest.raises(Outdated), transaction.atomic():
        receive.store(plan, now=NOW)
    assert AmazonOrder.objects.get().version == 2


def test_a_mixed_page_takes_the_statements_it_promises(store: Store) -> None:
    def page(first: int, count: int, minutes: int) -> ReceivePlan:
        documents = [later(minutes, orderId=f"order-{number}") for number in range(first, first + count)]
        return receive.prepare([incoming(store, document) for document in documents])

    def stored(plan: ReceivePlan) -> int:
        with CaptureQueriesContext(connection) as context, transaction.atomic():
            receive.store(plan, now=NOW)
        own = ("SAVEPOINT", "RELEASE")
        return len([query for query in context.captured_queries if not query["sql"].startswith(own)])

    stored(page(0, 20, 0))
    few, many = stored(page(18, 4, 1)), stored(page(2, 30, 2))
    assert few == many <= 10
