"""Placing orders: each with all of its stock or not at all, in the order given, in few statements."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce import placement as orders
from commerce.models import Order, OrderLine, Reservation, Shipment, ShipmentLine
from commerce.orders.drafts import ParcelDraft
from commerce.stock import stock
from commerce.stock.stock import Demand, Shortage
from tests.commerce.shop import (
    CHANNEL,
    LATER,
    NOW,
    assert_stock_is_sound,
    draft,
    line,
    place,
    product,
    quantities,
    source,
    statements,
    stock_item,
)

pytestmark = pytest.mark.django_db


def test_a_draft_becomes_an_order_with_its_lines_and_reservations() -> None:
    mug = product(on_hand=10)
    placement = place(draft("A-1", line(mug, 3), custom_status="picking"))
    order = Order.objects.get()
    assert placement.placed == {"A-1": orders.PlacedOrder(order.pk, "A-1", "PROCESSING")}
    assert (order.channel, order.custom_status, order.grand_total) == (CHANNEL, "picking", Decimal("45.58"))
    made = OrderLine.objects.get()
    assert (made.order_id, made.quantity, made.unit_price) == (order.pk, 3, Decimal("12.50"))
    assert Reservation.objects.get().order_line_id == made.pk
    assert quantities(mug) == (10, 3)
    assert_stock_is_sound()


def test_an_order_that_exists_is_adopted_and_left_alone() -> None:
    mug = product(on_hand=10)
    first = place(draft("A-1", line(mug, 3)))
    second = place(draft("A-1", line(mug, 7)))
    assert second.adopted == first.placed
    assert second.placed == {}
    assert quantities(mug) == (10, 3)


def test_the_first_of_two_orders_gets_the_last_unit() -> None:
    mug = product(on_hand=1)
    placement = place(draft("A-2", line(mug)), draft("A-1", line(mug)))
    assert set(placement.placed) == {"A-2"}
    assert placement.short == {"A-1": (Shortage("A-1", "L1", mug.pk, "MUG-1", needed=1, salable=0),)}
    assert not Order.objects.filter(channel_reference="A-1").exists()


def test_an_order_takes_all_of_its_stock_or_none() -> None:
    mug, cup = product("MUG", on_hand=5), product("CUP", on_hand=1)
    placement = place(draft("A-1", line(mug, 5), line(cup, 2, reference="L2")), draft("A-2", line(mug, 5)))
    assert placement.short == {"A-1": (Shortage("A-1", "L2", cup.pk, "CUP", needed=2, salable=1),)}
    assert set(placement.placed) == {"A-2"}
    assert quantities(cup) == (1, 0)
    assert quantities(mug) == (5, 5)
    assert_stock_is_sound()


def test_every_short_line_is_named() -> None:
    mug, cup = product("MUG", on_hand=1), product("CUP")
    placement = place(draft("A-1", line(mug, 2), line(cup, 3, reference="L2")))
    assert [(short.sku, short.needed, short.salable) for short in placement.short["A-1"]] == [
        ("MUG", 2, 1),
        ("CUP", 3, 0),
    ]


def test_two_lines_of_one_product_share_what_there_is() -> None:
    mug = product(on_hand=3)
    placement = place(draft("A-1", line(mug, 2), line(mug, 2, reference="L2")))
    assert placement.short == {"A-1": (Shortage("A-1", "L2", mug.pk, "MUG-1", needed=2, salable=1),)}
    assert quantities(mug) == (3, 0)


def test_what_has_shipped_is_consumed_and_the_rest_reserved() -> None:
    mug = product(on_hand=10)
    place(draft("A-1", line(mug, 6, shipped=2, canceled=1)))
    assert quantities(mug) == (8, 3)
    assert_stock_is_sound()


def test_a_shipped_order_is_complete_and_its_parcels_are_shipments() -> None:
    mug = product(on_hand=5)
    left_at = NOW - timedelta(hours=2)
    parcel = ParcelDraft(
        channel_package_reference="P1",
        carrier="UPS",
        service="Ground",
        tracking_number="1Z9",
        shipped_at=left_at,
        lines=(("L1", 2),),
    )
    placement = place(draft("A-1", line(mug, 3, shipped=3), parcels=(parcel,), is_complete=True))
    assert placement.placed["A-1"].status == "COMPLETE"
    assert Order.objects.get().completed_at == NOW
    rows = Shipment.objects.order_by("pk").values_list(
        "channel_package_reference", "carrier", "tracking_number", "shipped_at"
    )
    assert list(rows) == [("P1", "UPS", "1Z9", left_at), ("", "", "", NOW)]
    assert list(ShipmentLine.objects.order_by("pk").values_list("quantity", flat=True)) == [2, 1]
    assert quantities(mug) == (2, 0)


def test_more_shipped_than_there_was_is_a_shortfall_and_never_below_zero() -> None:
    mug = product(on_hand=2)
    placement = place(draft("A-1", line(mug, 3, shipped=3), is_complete=True))
    assert set(placement.placed) == {"A-1"}
    assert placement.shortfalls == {"A-1": (Shortage("A-1", "L1", mug.pk, "MUG-1", needed=3, salable=2),)}
    assert quantities(mug) == (0, 0)


def test_shipped_units_never_come_out_of_what_is_kept_for_others() -> None:
    mug = product(on_hand=2)
    place(draft("A-1", line(mug, 2)))
    placement = place(draft("A-2", line(mug, 1, shipped=1), is_complete=True))
    assert placement.shortfalls["A-2"][0].salable == 0
    assert quantities(mug) == (2, 2)


def test_a_blocked_order_consumes_nothing_of_what_it_shipped() -> None:
    mug = product(on_hand=3)
    placement = place(draft("A-1", line(mug, 4, shipped=2)))
    assert placement.short["A-1"][0] == Shortage("A-1", "L1", mug.pk, "MUG-1", needed=2, salable=1)
    assert quantities(mug) == (3, 0)


def test_an_order_that_takes_no_stock_leaves_it_alone() -> None:
    mug = product(on_hand=1)
    with CaptureQueriesContext(connection) as context:
        place(draft("A-1", line(mug, 5, shipped=5), takes_stock=False, is_complete=True))
    assert quantities(mug) == (1, 0)
    assert not [sql for sql in statements(context) if "stockitem" in sql]


def test_a_product_whose_stock_is_not_managed_needs_none() -> None:
    mug = product(manage_stock=False)
    placement = place(draft("A-1", line(mug, 5)))
    assert set(placement.placed) == {"A-1"}
    assert not Reservation.objects.exists()


def test_a_hold_becomes_the_order_lines_own_and_nothing_is_reserved_twice() -> None:
    mug = product(on_hand=3)
    working = stock.lock(channel=CHANNEL, channel_references=["A-1"], product_ids=[mug.pk])
    assert working.hold("A-1", [Demand("A-1", "L1", mug.pk, 3)]) == []
    working.save(NOW)
    held = Reservation.objects.get()
    place(draft("A-1", line(mug, 3)))
    reservation = Reservation.objects.get()
    assert (reservation.pk, reservation.order_line_id) == (held.pk, OrderLine.objects.get().pk)
    assert quantities(mug) == (3, 3)
    assert_stock_is_sound()


def test_units_that_a_hold_kept_too_many_are_free_again_and_said_to_be_available() -> None:
    mug = product(on_hand=3)
    working = stock.lock(channel=CHANNEL, channel_references=["A-1"], product_ids=[mug.pk])
    working.hold("A-1", [Demand("A-1", "L1", mug.pk, 3), Demand("A-1", "L9", mug.pk, 0)])
    working.save(NOW)
    place(draft("A-1", line(mug, 1)), now=LATER)
    mug.refresh_from_db()
    assert mug.availability_changed_at == LATER
    assert quantities(mug) == (3, 1)


def test_placing_makes_nothing_available_and_stamps_nothing() -> None:
    mug = product(on_hand=3)
    before = mug.availability_changed_at
    place(draft("A-1", line(mug, 1)))
    mug.refresh_from_db()
    assert mug.availability_changed_at == before


def test_personal_data_is_kept_sealed_beside_the_order() -> None:
    place(draft("A-1", line(product(on_hand=1)), sealed_personal=b"sealed"))
    assert bytes(Order.objects.get().personal_data.sealed) == b"sealed"


def test_one_source_that_covers_a_line_goes_before_two_that_share_it() -> None:
    mug = product(on_hand=None)
    stock_item(mug, on_hand=2, at=source("near", priority=1))
    stock_item(mug, on_hand=3, at=source("far", priority=2))
    place(draft("A-1", line(mug, 3)), draft("A-2", line(mug, 2)))
    assert (quantities(mug, "near"), quantities(mug, "far")) == ((2, 2), (3, 3))
    assert Reservation.objects.count() == 2


def test_two_sources_share_a_line_that_neither_covers() -> None:
    mug = product(on_hand=None)
    stock_item(mug, on_hand=2, at=source("near", priority=1))
    stock_item(mug, on_hand=3, at=source("far", priority=2))
    place(draft("A-1", line(mug, 4)))
    assert (quantities(mug, "near"), quantities(mug, "far")) == ((2, 2), (3, 2))


def test_a_disabled_source_gives_nothing() -> None:
    mug = product(on_hand=None)
    stock_item(mug, on_hand=9, at=source("closed", is_enabled=False))
    assert place(draft("A-1", line(mug, 1))).short["A-1"][0].salable == 0


# SQLite takes fewer values in one statement, so a page is cut up there.
@pytest.mark.postgres
def test_one_draft_and_a_hundred_take_the_same_statements() -> None:
    mug, cup = product("MUG", on_hand=1000), product("CUP", on_hand=1000)
    parcel = ParcelDraft(channel_package_reference="P1", lines=(("L1", 1),))

    def page(name: str, count: int) -> list[str]:
        drafts = [
            draft(
                f"{name}-{n}",
                line(mug, 3, shipped=1),
                line(cup, 2, reference="L2"),
                parcels=(parcel,),
                sealed_personal=b"sealed",
            )
            for n in range(count)
        ]
        with CaptureQueriesContext(connection) as context:
            assert len(place(*drafts).placed) == count
        return [sql.split(" (")[0][:60] for sql in statements(context)]

    one, hundred = page("A", 1), page("B", 100)
    assert one == hundred
    assert len(one) == 17


@pytest.mark.django_db(transaction=True)
def test_placing_outside_a_transaction_is_refused() -> None:
    with pytest.raises(stock.NoTransaction):
        orders.place(channel=CHANNEL, drafts=[], now=NOW)
