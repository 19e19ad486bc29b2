"""Shipping from here: whole, in part, in several parcels; what is against it; the channel's word on it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce.models import Order, OrderEvent, OrderLine, Shipment, ShipmentLine, StockMovement
from commerce.orders import holds
from commerce.orders.drafts import ParcelDraft
from commerce.shipping import ship as shipping
from commerce.shipping import take_over as shipments
from commerce.shipping.ship import CannotShip, LineToShip, OrderToShip, ParcelToShip, Shipped
from commerce.shipping.take_over import ShippedOrder
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


def parcel(*lines: tuple[str, int], **details: Any) -> ParcelToShip:
    wishes = [LineToShip(sku=sku, quantity=quantity) for sku, quantity in lines]
    return ParcelToShip(lines=wishes, **{"carrier_code": "UPS", "tracking_number": "1Z9", **details})


def ship(order_id: int, *parcels: ParcelToShip, completes: bool = False) -> Shipped:
    with transaction.atomic():
        order = OrderToShip(order_id=order_id, parcels=parcels, completes=completes)
        return shipping.ship(orders=[order], now=LATER, by="maria")


def refused(order_id: int, *parcels: ParcelToShip) -> list[str]:
    with pytest.raises(CannotShip) as refusal:
        ship(order_id, *parcels)
    assert not Shipment.objects.exists()
    assert refusal.value.order_ids == {order_id}
    order = OrderToShip(order_id=order_id, parcels=parcels, completes=False)
    assert shipping.why_not([order]) == refusal.value.refusals
    return [each.code for each in refusal.value.refusals]


def placed(*drafts: Any) -> int:
    return next(iter(place(*drafts).placed.values())).id


def events() -> list[tuple[str, str]]:
    return list(OrderEvent.objects.order_by("pk").values_list("code", "by"))


def test_a_channels_order_that_was_shipped_waits_for_its_channel() -> None:
    mug = product(on_hand=5)
    order_id = placed(draft("A-1", line(mug, 2), custom_status="picking"))
    done = ship(order_id, parcel(("MUG-1", 2)))
    row = Shipment.objects.get()
    assert done == Shipped({order_id: (row.pk,)}, (order_id,), (), {})
    order = Order.objects.get()
    assert (order.status, order.custom_status, order.fully_shipped_at) == ("PROCESSING", "picking", LATER)
    assert (row.is_ours, row.by, row.shipped_at, row.tracking_number) == (True, "maria", LATER, "1Z9")
    assert quantities(mug) == (3, 0)
    movement = StockMovement.objects.latest("pk")
    assert (movement.reason, movement.on_hand, movement.reserved) == ("CONSUME", -2, -2)
    assert (movement.document, movement.by) == (f"shipment {row.pk}", "maria")
    assert events() == [("SHIPPED", "maria")]
    assert_stock_is_sound()


def test_an_order_of_no_channel_is_complete_at_once() -> None:
    order_id = placed(draft("A-1", line(product(on_hand=5), 2)))
    assert ship(order_id, parcel(("MUG-1", 2)), completes=True).completed == (order_id,)
    order = Order.objects.get()
    assert (order.status, order.completed_at) == ("COMPLETE", LATER)
    assert events() == [("SHIPPED", "maria"), ("COMPLETED", "maria")]


def test_several_parcels_with_parts_of_lines() -> None:
    mug, cup = product("MUG", on_hand=5), product("CUP", on_hand=5)
    order_id = placed(draft("A-1", line(mug, 3), line(cup, 1, reference="L2")))
    first = parcel(("MUG", 2), tracking_number="A")
    done = ship(order_id, first, parcel(("MUG", 1), ("CUP", 1), tracking_number="B"))
    assert len(done.shipments[order_id]) == 2
    contents = ShipmentLine.objects.order_by("pk").values_list(
        "shipment__tracking_number", "order_line__sku", "quantity"
    )
    assert list(contents) == [("A", "MUG", 2), ("B", "MUG", 1), ("B", "CUP", 1)]
    assert list(OrderLine.objects.values_list("quantity_shipped", flat=True)) == [3, 1]
    assert (quantities(mug), quantities(cup)) == ((2, 0), (4, 0))


def test_a_part_leaves_the_rest_reserved() -> None:
    mug = product(on_hand=5)
    order_id = placed(draft("A-1", line(mug, 3)))
    assert ship(order_id, parcel(("MUG-1", 1))).fully_shipped == ()
    assert quantities(mug) == (4, 2)
    assert ship(order_id, parcel(("MUG-1", 2))).fully_shipped == (order_id,)
    assert quantities(mug) == (2, 0)
    assert_stock_is_sound()


def test_units_of_a_sku_are_taken_from_its_lines_in_turn() -> None:
    mug = product(on_hand=5)
    order_id = placed(draft("A-1", line(mug, 1), line(mug, 2, reference="L2")))
    ship(order_id, parcel(("MUG-1", 2)))
    assert list(OrderLine.objects.values_list("quantity_shipped", flat=True)) == [1, 1]


def test_all_that_is_against_it_is_said_at_once() -> None:
    mug, cup = product("MUG", on_hand=9), product("CUP", on_hand=9)
    pack = replace(line(cup, 4, reference="L2"), units_per_item=2)
    order_id = placed(draft("A-1", line(mug, 3, canceled=1), pack))
    wrong = parcel(("MUG", 3), ("CUP", 1), ("HAT", 1), ("MUG", 0), tracking_number="x" * 129)
    assert refused(order_id, wrong, ParcelToShip(lines=[])) == [
        "TOO_LONG",
        "TOO_MANY",
        "UNKNOWN_LINE",
        "QUANTITY",
        "NOTHING",
        "PACK",
    ]
    assert refused(order_id) == ["NOTHING"]
    assert refused(order_id, parcel(("MUG", 2)), parcel(("MUG", 1))) == ["TOO_MANY"]
    assert quantities(mug) == (9, 2)
    assert ship(order_id, parcel(("MUG", 2), ("CUP", 2))).fully_shipped == ()


def test_nothing_leaves_an_order_on_hold_or_over_or_unknown() -> None:
    order_id = placed(draft("A-1", line(product(on_hand=5), 2)))
    with transaction.atomic():
        holds.hold(order_ids=[order_id], reason="ADDRESS", now=NOW, by="maria")
    assert refused(order_id, parcel(("MUG-1", 1))) == ["STATUS"]
    Order.objects.update(status="CANCELED", status_before_hold="")
    assert refused(order_id, parcel(("MUG-1", 1))) == ["STATUS"]
    assert refused(0, parcel(("MUG-1", 1))) == ["UNKNOWN_ORDER"]


def test_an_unpaid_order_is_not_shipped() -> None:
    order_id = placed(draft("A-1", line(product(on_hand=5), 2), is_paid=False))
    assert refused(order_id, parcel(("MUG-1", 1))) == ["STATUS"]


def test_one_bad_order_stops_the_batch_and_is_named() -> None:
    mug = product(on_hand=5)
    found = place(draft("A-1", line(mug, 1)), draft("A-2", line(mug, 1))).placed
    good, bad = found["A-1"].id, found["A-2"].id
    orders = [
        OrderToShip(order_id=good, parcels=[parcel(("MUG-1", 1))], completes=False),
        OrderToShip(order_id=bad, parcels=[parcel(("MUG-1", 7))], completes=False),
    ]
    with pytest.raises(CannotShip) as refusal, transaction.atomic():
        shipping.ship(orders=orders, now=LATER, by="")
    assert refusal.value.order_ids == {bad}
    with transaction.atomic():
        assert set(shipping.ship(orders=orders[:1], now=LATER, by="").shipments) == {good}


def test_an_order_named_twice_is_shipped_with_all_its_parcels() -> None:
    order_id = placed(draft("A-1", line(product(on_hand=5), 2)))
    once = OrderToShip(order_id=order_id, parcels=[parcel(("MUG-1", 1))], completes=False)
    with transaction.atomic():
        assert len(shipping.ship(orders=[once, once], now=LATER, by="").shipments[order_id]) == 2


def take_over(order_id: int, units: dict[str, int], *parcels: ParcelDraft, completes: bool = True) -> Any:
    news = ShippedOrder(order_id=order_id, units=units, parcels=parcels, completes=completes)
    with transaction.atomic():
        return shipments.take_over(shipped=[news], now=LATER + timedelta(hours=1))


@pytest.mark.parametrize(
    "seen",
    [
        ParcelDraft(
            channel_package_reference="P1", carrier="UPS Inc", tracking_number="1z-9", lines=(("L1", 2),)
        ),
        ParcelDraft(channel_package_reference="P1", carrier="UPS Inc", lines=(("L1", 2),)),
        ParcelDraft(channel_package_reference="P1", tracking_number="1Z9"),
    ],
    ids=["tracking", "contents", "nothing about contents"],
)
def test_a_parcel_from_here_is_known_again_at_the_channel_and_completes(seen: ParcelDraft) -> None:
    mug = product(on_hand=5)
    order_id = placed(draft("A-1", line(mug, 2)))
    ship(order_id, parcel(("MUG-1", 2), carrier="UPS"))
    assert take_over(order_id, {"L1": 2}, seen).completed == (order_id,)
    row = Shipment.objects.get()
    # What we said of our parcel stays; the channel gives it its name.
    assert (row.channel_package_reference, row.carrier, row.tracking_number) == ("P1", "UPS", "1Z9")
    assert quantities(mug) == (3, 0)
    assert take_over(order_id, {"L1": 2}, seen).completed == ()
    assert events() == [("SHIPPED", "maria"), ("COMPLETED", "")]


def test_the_channels_word_alone_completes_and_half_a_word_does_not() -> None:
    order_id = placed(draft("A-1", line(product(on_hand=5), 2)))
    ship(order_id, parcel(("MUG-1", 2)))
    assert take_over(order_id, {}, completes=False).completed == ()
    assert Order.objects.get().status == "PROCESSING"
    assert take_over(order_id, {}).completed == (order_id,)


def test_one_parcel_from_here_and_one_from_there_are_two() -> None:
    mug = product(on_hand=5)
    order_id = placed(draft("A-1", line(mug, 2)))
    ship(order_id, parcel(("MUG-1", 1)))
    theirs = ParcelDraft(channel_package_reference="P2", tracking_number="OTHER", lines=(("L1", 1),))
    ours = ParcelDraft(channel_package_reference="P1", tracking_number="1Z9", lines=(("L1", 1),))
    # The channel does not know ours yet: its one unit may be ours.
    assert take_over(order_id, {"L1": 1}, theirs, completes=False).units == {}
    assert take_over(order_id, {"L1": 2}, theirs, ours).units == {order_id: 1}
    assert Shipment.objects.count() == 2
    assert quantities(mug) == (3, 0)


def test_tracking_is_corrected_and_counted() -> None:
    order_id = placed(draft("A-1", line(product(on_hand=5), 2)))
    [shipment_id] = ship(order_id, parcel(("MUG-1", 1))).shipments[order_id]
    said: dict[str, Any] = {"carrier_code": "UPS", "carrier": "", "tracking_number": "1Z8"}
    with transaction.atomic():
        row = shipping.correct_tracking(shipment_id=shipment_id, now=LATER, by="maria", **said)
        assert (row.tracking_number, row.version) == ("1Z8", 2)
        # The same again is no news.
        row = shipping.correct_tracking(shipment_id=shipment_id, now=LATER, by="maria", **said)
    assert Shipment.objects.get().version == 2
    event = OrderEvent.objects.latest("pk")
    assert (event.code, event.details) == ("TRACKING_CHANGED", {"shipment": shipment_id, "version": 2})


def test_a_parcel_of_the_channel_is_not_ours_to_correct() -> None:
    order_id = placed(draft("A-1", line(product(on_hand=5), 2)))
    take_over(order_id, {"L1": 2}, ParcelDraft(channel_package_reference="P1", lines=(("L1", 2),)))
    with pytest.raises(shipping.UnknownShipment), transaction.atomic():
        shipping.correct_tracking(
            shipment_id=Shipment.objects.get().pk,
            carrier_code="",
            carrier="",
            tracking_number="X",
            now=NOW,
            by="",
        )


def test_completing_by_hand_needs_everything_shipped() -> None:
    order_id = placed(draft("A-1", line(product(on_hand=5), 2)))
    with pytest.raises(shipping.CannotComplete), transaction.atomic():
        shipping.complete(order_ids=[order_id], now=LATER, by="maria")
    ship(order_id, parcel(("MUG-1", 2)))
    with transaction.atomic():
        assert shipping.complete(order_ids=[order_id], now=LATER, by="maria") == (order_id,)
        assert shipping.complete(order_ids=[order_id], now=LATER, by="maria") == ()
    assert Order.objects.get().status == "COMPLETE"


def test_more_shipped_than_stock_is_said() -> None:
    mug = product(manage_stock=False)
    order_id = placed(draft("A-1", line(mug, 2)))
    type(mug).objects.update(manage_stock=True)
    [short] = ship(order_id, parcel(("MUG-1", 2))).shortfalls[order_id]
    assert (short.needed, short.salable) == (2, 0)


@pytest.mark.postgres
def test_one_order_and_a_hundred_take_the_same_statements() -> None:
    mug = product(on_hand=1000)
    found = [
        order.id for order in place(*[draft(f"A-{n}", line(mug, 2)) for n in range(101)]).placed.values()
    ]

    def batch(*order_ids: int) -> int:
        orders = [
            OrderToShip(order_id=pk, parcels=[parcel(("MUG-1", 2))], completes=True) for pk in order_ids
        ]
        with CaptureQueriesContext(connection) as context:
            assert len(shipping.ship(orders=orders, now=LATER, by="").completed) == len(order_ids)
        return len(statements(context))

    assert batch(found[0]) == batch(*found[1:]) == 15
    assert quantities(mug) == (1000 - 202, 0)
    assert_stock_is_sound()


def test_nothing_leaves_before_it_was_bought() -> None:
    order_id = placed(draft("A-1", line(product("MUG", on_hand=5), 1)))
    bought = Order.objects.get(pk=order_id).purchased_at
    early = parcel(("MUG", 1), shipped_at=bought - timedelta(seconds=1))
    assert refused(order_id, early) == ["BEFORE_PURCHASE"]
    ship(order_id, parcel(("MUG", 1), shipped_at=bought))
    assert Shipment.objects.get().shipped_at == bought
