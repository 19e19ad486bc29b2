"""What must go out, what to pick for it, and who gets what is short."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce.models import Order, OrderLine
from commerce.orders import holds, order_records, personal_data, worklist
from commerce.refunds import refund
from commerce.refunds.refund import LineRefund, Refund
from commerce.shipping import fulfillment_lists
from commerce.shipping import ship as shipping
from commerce.shipping.fulfillment_lists import Pick
from commerce.shipping.ship import LineToShip, OrderToShip, ParcelToShip
from commerce.stock import counts, scarcity, stock
from commerce.stock.scarcity import Claim, plan
from commerce.stock.stock import Demand
from tests.commerce.shop import (
    CHANNEL,
    LATER,
    NOW,
    draft,
    line,
    main_store,
    place,
    product,
    source,
    stock_item,
)

pytestmark = pytest.mark.django_db


def numbers(page: Any) -> list[str]:
    return [order.number for order in page.rows]


def ship(order_id: int, sku: str, quantity: int) -> None:
    parcel = ParcelToShip(lines=[LineToShip(sku=sku, quantity=quantity)], tracking_number="1Z9")
    with transaction.atomic():
        order = OrderToShip(order_id=order_id, parcels=[parcel], completes=False)
        shipping.ship(orders=[order], now=LATER, by="maria")


def test_the_most_urgent_comes_first_and_pages_go_on_and_back() -> None:
    mug = product(on_hand=100)
    days = {"A-0": 3, "A-1": 1, "A-2": 2, "A-3": 2}
    drafts = [draft(number, line(mug), ship_by=NOW + timedelta(days=day)) for number, day in days.items()]
    place(*drafts, draft("A-4", line(mug), ship_by=None), draft("A-5", line(mug), ship_by=None))
    everything = ["A-1", "A-2", "A-3", "A-0", "A-4", "A-5"]
    assert numbers(worklist.page()) == everything
    first = worklist.page(size=2)
    second = worklist.page(size=2, cursor=first.next_cursor or "")
    third = worklist.page(size=2, cursor=second.next_cursor or "")
    assert [numbers(first), numbers(second), numbers(third)] == [
        everything[:2],
        everything[2:4],
        everything[4:],
    ]
    assert (first.previous_cursor, third.next_cursor) == (None, None)
    back = worklist.page(size=2, cursor=third.previous_cursor or "")
    assert numbers(back) == everything[2:4]
    assert numbers(worklist.page(size=2, cursor=back.previous_cursor or "")) == everything[:2]
    assert numbers(worklist.page(ship_before=NOW + timedelta(days=2))) == ["A-1"]
    mine = Order.objects.filter(number="A-2").values("pk")
    store = main_store().pk
    assert numbers(worklist.page(order_ids=mine, commerce_store_id=store, channel=CHANNEL)) == ["A-2"]


def test_only_what_can_go_out_is_in_it() -> None:
    mug = product(on_hand=100)
    placed = place(*[draft(f"A-{n}", line(mug, 2)) for n in range(5)]).placed
    ship(placed["A-0"].id, "MUG-1", 2)
    ship(placed["A-1"].id, "MUG-1", 1)
    with transaction.atomic():
        holds.hold(order_ids=[placed["A-2"].id], reason="ADDRESS", now=NOW, by="maria")
    Order.objects.filter(number="A-3").update(status="COMPLETE")
    assert numbers(worklist.page()) == ["A-1", "A-4"]


@pytest.mark.postgres
@pytest.mark.parametrize("is_backwards", [False, True])
def test_the_worklist_reads_its_index_alone(is_backwards: bool) -> None:
    mug = product(on_hand=5000)
    for batch in range(5):
        place(*[draft(f"A-{batch}-{n}", line(mug), ship_by=NOW + timedelta(hours=n)) for n in range(200)])
    Order.objects.filter(number__startswith="A-4").update(fully_shipped_at=NOW)
    forward = worklist.page(size=400).next_cursor or ""
    at = worklist.page(cursor=forward).previous_cursor if is_backwards else forward
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE commerce_order")
    with CaptureQueriesContext(connection) as context:
        worklist.page(cursor=at or "")
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + context.captured_queries[0]["sql"])
        found = "\n".join(row[0] for row in cursor.fetchall())
    assert "commerce_order_to_ship" in found
    assert "Index Cond: (ROW(COALESCE(" in found
    assert "Sort" not in found


def test_a_pick_list_says_what_to_take_where_and_for_whom() -> None:
    mug, cup = product("MUG"), product("CUP", manage_stock=False)
    stock_item(mug, on_hand=3, at=source("near", priority=1))
    stock_item(mug, on_hand=9, at=source("far", priority=2))
    placed = place(
        draft("A-1", line(mug, 2), line(cup, 1, reference="L2")),
        draft("A-2", line(mug, 3)),
        draft("A-3", line(mug, 1)),
    ).placed
    ids = [order.id for order in placed.values()]
    with transaction.atomic():
        holds.hold(order_ids=[placed["A-3"].id], reason="ADDRESS", now=NOW, by="maria")
    with CaptureQueriesContext(connection) as context:
        picks = fulfillment_lists.pick_list(order_ids=ids)
    assert len(context) == 3
    assert picks == [
        Pick("", "", "CUP", "Name of CUP", 1, (("A-1", 1),)),
        Pick("far", "far", "MUG", "Name of MUG", 3, (("A-2", 3),)),
        Pick("near", "near", "MUG", "Name of MUG", 2, (("A-1", 2),)),
    ]


def test_a_slip_for_each_parcel_and_for_what_is_left() -> None:
    mug = product(on_hand=9)
    personal = {"address": {"city": "Bonn"}, "gift_messages": {"L1": "Hi"}}
    sealed = personal_data.seal_for(channel=CHANNEL, channel_reference="A-1", personal=personal)
    order_id = place(draft("A-1", line(mug, 3), sealed_personal=sealed)).placed["A-1"].id
    ship(order_id, "MUG-1", 1)
    made, left = fulfillment_lists.packing_slips(order_ids=[order_id], with_personal=True)
    assert made.shipment is not None
    assert left.shipment is None
    assert [(part.sku, part.units, part.gift_message) for part in made.lines] == [("MUG-1", 1, "Hi")]
    assert [(part.units, left.address) for part in left.lines] == [(2, {"city": "Bonn"})]
    ship(order_id, "MUG-1", 2)
    slips = fulfillment_lists.packing_slips(order_ids=[order_id], with_personal=False)
    assert [(slip.address, slip.lines[0].gift_message) for slip in slips] == [({}, "")] * 2


def test_the_records_of_orders_take_six_statements() -> None:
    mug = product(on_hand=9)
    placed = place(*[draft(f"A-{n}", line(mug, 2, shipped=2), is_complete=True) for n in range(3)]).placed
    ids = [order.id for order in placed.values()]
    for line_id, order_id in OrderLine.objects.values_list("pk", "order_id"):
        wish = Refund(order_id=order_id, reason="RETURN", lines=[LineRefund(line_id=line_id, units=1)])
        with transaction.atomic():
            refund.refund(refunds=[wish], now=LATER, by="maria")
    with CaptureQueriesContext(connection) as context:
        found = order_records.read_records(order_ids=ids, with_comments=True)
        for records in found.values():
            assert records.invoice is not None
            assert [each.sku for each in records.invoice.lines.all()] == ["MUG-1"]
            assert [each.units for memo in records.credit_memos for each in memo.lines.all()] == [1]
            assert [each.code for each in records.events] == ["REFUNDED"]
    assert len(context) == 6


def claim(reference: str, needed: int, *, held: int = 0, hours: int | None = 0, bought: int = 0) -> Claim:
    return Claim(
        channel_reference=reference,
        ship_by=None if hours is None else NOW + timedelta(hours=hours),
        purchased_at=NOW + timedelta(hours=bought),
        needed=needed,
        held=held,
    )


def test_free_units_go_by_ship_by_then_purchase_and_who_cannot_be_filled_takes_none() -> None:
    found = plan(
        [
            claim("late", 1, hours=9),
            claim("big", 5, hours=1, bought=2),
            claim("first", 2, hours=1, bought=1),
            claim("never", 1, hours=None),
            claim("holds", 4, held=4, hours=5),
        ],
        free=4,
    )
    assert [(each.claim.channel_reference, each.missing) for each in found.served] == [
        ("first", 0),
        ("big", 3),
        ("holds", 0),
        ("late", 0),
        ("never", 0),
    ]
    assert (found.left, found.missing) == (0, 9 - 4)


def test_a_product_shows_who_can_be_filled_and_what_is_missing() -> None:
    mug = product(on_hand=4)
    place(draft("A-1", line(mug, 2)), draft("A-2", line(mug, 2)))
    with transaction.atomic():
        working = stock.lock(channel=CHANNEL, channel_references=["A-1", "P-1"], product_ids=[mug.pk])
        # Broken goods: two of those that were promised are not there.
        working.release("A-1")
        working.save(NOW)
        counts.take([counts.Count(mug.pk, "main", 3)], now=NOW)
        working = stock.lock(channel=CHANNEL, channel_references=["P-1"], product_ids=[mug.pk])
        working.hold("P-1", [Demand("P-1", "L1", mug.pk, 1)])
        working.save(NOW)
    pending = claim("P-1", 2, hours=1)
    with CaptureQueriesContext(connection) as context:
        found = scarcity.of_product(product_id=mug.pk, others=[pending])
    assert len(context) == 3
    assert found is not None
    assert [(each.claim.channel_reference, each.claim.held, each.missing) for each in found.served] == [
        ("P-1", 1, 1),
        ("A-1", 0, 2),
        ("A-2", 2, 0),
    ]
    assert (found.free, found.missing) == (0, 3)
    assert scarcity.of_product(product_id=product("FREE", manage_stock=False).pk) is None


def test_two_lines_of_an_order_are_one_claim() -> None:
    mug = product(on_hand=9)
    twice = replace(line(mug, 2), line_reference="L2", position=2)
    place(draft("A-1", line(mug, 1), twice))
    found = scarcity.of_product(product_id=mug.pk)
    assert found is not None
    assert [(each.claim.needed, each.claim.held, each.missing) for each in found.served] == [(3, 3, 0)]
