"""What a channel shipped is taken over once, however often it is told."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce.models import Order, OrderLine, Reservation, Shipment, ShipmentLine
from commerce.orders.drafts import ParcelDraft
from commerce.shipping import take_over as shipments
from commerce.shipping.take_over import ShippedOrder, TakenOver
from commerce.stock.stock import Shortage
from tests.commerce.shop import (
    LATER,
    NOW,
    assert_stock_is_sound,
    draft,
    line,
    place,
    product,
    quantities,
    statements,
)

pytestmark = pytest.mark.django_db


def parcel(reference: str = "P1", *lines: tuple[str, int], tracking: str = "1Z9") -> ParcelDraft:
    return ParcelDraft(
        channel_package_reference=reference,
        carrier="UPS",
        tracking_number=tracking,
        shipped_at=NOW,
        lines=lines,
    )


def take_over(order_id: int, units: dict[str, int], *parcels: ParcelDraft) -> TakenOver:
    with transaction.atomic():
        news = ShippedOrder(order_id=order_id, units=units, parcels=parcels)
        return shipments.take_over(shipped=[news], now=LATER)


def contents() -> list[tuple[str, str, int]]:
    rows = ShipmentLine.objects.order_by("shipment_id", "pk")
    return list(
        rows.values_list("shipment__channel_package_reference", "order_line__line_reference", "quantity")
    )


def test_a_shipment_at_the_channel_becomes_ours_and_the_order_complete() -> None:
    mug = product(on_hand=5)
    order_id = place(draft("A-1", line(mug, 2), custom_status="picking")).placed["A-1"].id
    taken = take_over(order_id, {"L1": 2}, parcel("P1", ("L1", 2)))
    assert taken == TakenOver({order_id: 2}, (order_id,), {})
    order = Order.objects.get()
    assert (order.status, order.custom_status, order.completed_at) == ("COMPLETE", "", LATER)
    assert OrderLine.objects.get().quantity_shipped == 2
    assert contents() == [("P1", "L1", 2)]
    assert quantities(mug) == (3, 0)
    assert not Reservation.objects.exists()


def test_the_same_news_twice_does_nothing_twice() -> None:
    mug = product(on_hand=5)
    order_id = place(draft("A-1", line(mug, 3))).placed["A-1"].id
    take_over(order_id, {"L1": 2}, parcel("P1", ("L1", 2)))
    assert take_over(order_id, {"L1": 2}, parcel("P1", ("L1", 2))) == TakenOver({}, (), {})
    assert contents() == [("P1", "L1", 2)]
    assert quantities(mug) == (3, 1)
    assert Order.objects.get().status == "PROCESSING"
    assert_stock_is_sound()


def test_a_package_that_grew_and_one_that_is_new() -> None:
    mug = product(on_hand=9)
    order_id = place(draft("A-1", line(mug, 6))).placed["A-1"].id
    take_over(order_id, {"L1": 1}, parcel("P1", ("L1", 1), tracking=""))
    taken = take_over(order_id, {"L1": 6}, parcel("P1", ("L1", 3)), parcel("P2", ("L1", 3), tracking="1Z8"))
    assert taken == TakenOver({order_id: 5}, (order_id,), {})
    assert contents() == [("P1", "L1", 3), ("P2", "L1", 3)]
    assert list(Shipment.objects.order_by("pk").values_list("tracking_number", flat=True)) == ["1Z9", "1Z8"]


def test_units_without_a_package_get_a_shipment_and_the_package_is_that_one_when_it_comes() -> None:
    order_id = place(draft("A-1", line(product(on_hand=9), 2))).placed["A-1"].id
    take_over(order_id, {"L1": 2})
    assert contents() == [("", "L1", 2)]
    assert take_over(order_id, {"L1": 2}, parcel("P1", ("L1", 2))) == TakenOver({}, (), {})
    assert contents() == [("P1", "L1", 2)]
    assert Shipment.objects.get().carrier == "UPS"


def test_units_canceled_here_are_not_shipped_here() -> None:
    mug = product(on_hand=9)
    order_id = place(draft("A-1", line(mug, 3, canceled=1))).placed["A-1"].id
    assert take_over(order_id, {"L1": 3}, parcel("P1", ("L1", 3))).units == {order_id: 2}
    assert contents() == [("P1", "L1", 2)]
    assert quantities(mug) == (7, 0)


def test_more_shipped_than_stock_is_a_shortfall() -> None:
    mug = product(manage_stock=False)
    order_id = place(draft("A-1", line(mug, 2))).placed["A-1"].id
    type(mug).objects.update(manage_stock=True)
    taken = take_over(order_id, {"L1": 2}, parcel("P1", ("L1", 2)))
    assert taken.shortfalls == {order_id: (Shortage("A-1", "L1", mug.pk, "MUG-1", needed=2, salable=0),)}
    assert taken.completed == (order_id,)


def test_an_order_that_takes_no_stock_leaves_it_alone() -> None:
    mug = product(on_hand=5)
    order_id = place(draft("A-1", line(mug, 2), takes_stock=False)).placed["A-1"].id
    with transaction.atomic():
        shipments.take_over(
            shipped=[ShippedOrder(order_id=order_id, units={"L1": 2}, takes_stock=False)], now=LATER
        )
    assert quantities(mug) == (5, 0)
    assert Order.objects.get().status == "COMPLETE"


# SQLite takes fewer values in one statement, so a page is cut up there.
@pytest.mark.postgres
def test_one_order_and_a_hundred_take_the_same_statements() -> None:
    mug = product(on_hand=1000)
    placed = place(*[draft(f"A-{n}", line(mug, 2)) for n in range(101)]).placed
    first, *others = [order.id for order in placed.values()]

    def page(*order_ids: int) -> int:
        news = [
            ShippedOrder(order_id=pk, units={"L1": 2}, parcels=[parcel("P1", ("L1", 2))]) for pk in order_ids
        ]
        with CaptureQueriesContext(connection) as context:
            assert len(shipments.take_over(shipped=news, now=LATER).completed) == len(order_ids)
        return len(statements(context))

    assert page(first) == page(*others) == 16
    assert quantities(mug) == (1000 - 202, 0)
    assert_stock_is_sound()
