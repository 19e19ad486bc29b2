"""Money is given back: whole, by lines, in part, never more than was charged; goods come back into stock."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce.models import CreditMemoLine, Invoice, InvoiceLine, Order, OrderEvent, OrderLine, StockMovement
from commerce.orders import cancellations, holds, order_records
from commerce.refunds import refund as refunds
from commerce.refunds.refund import CannotRefund, LineRefund, Parts, Refund
from commerce.shipping import ship
from commerce.shipping.ship import LineToShip, OrderToShip, ParcelToShip
from tests.commerce.refunds.workshop import line_id, refund, sold
from tests.commerce.shop import (
    LATER,
    NOW,
    SHIPPING,
    assert_stock_is_sound,
    draft,
    line,
    place,
    product,
    quantities,
    source,
    statements,
)

pytestmark = pytest.mark.django_db


def refused(order_id: int, *lines: LineRefund, **how: Any) -> list[str]:
    before = list(Invoice.objects.values())
    with pytest.raises(CannotRefund) as refusal:
        refund(order_id, *lines, **how)
    assert list(Invoice.objects.values()) == before
    return [each.code for each in refusal.value.refusals]


def test_units_are_given_back_with_their_tax_and_not_with_shipping() -> None:
    order_id = sold()
    memo = refund(order_id, LineRefund(line_id=line_id(), units=2))
    assert (memo.total, memo.items, memo.tax, memo.shipping) == (
        Decimal("27.06"),
        Decimal("25.00"),
        Decimal("2.06"),
        Decimal(0),
    )
    assert (memo.reason, memo.by, memo.issued_at) == ("RETURN", "maria", LATER)
    assert memo.number == str(memo.commerce_store_id * 10**9 + 1)
    invoice, of_line = Invoice.objects.get(), InvoiceLine.objects.get()
    assert (invoice.refunded_total, invoice.refunded_items) == (Decimal("27.06"), Decimal("25.00"))
    assert (of_line.refunded_items, of_line.refunded_tax) == (Decimal("25.00"), Decimal("2.06"))
    assert OrderLine.objects.get().quantity_refunded == 2
    assert Order.objects.get().status == "COMPLETE"
    event = OrderEvent.objects.get()
    assert (event.code, event.details) == ("REFUNDED", {"credit_memo": memo.number, "reason": "RETURN"})


def test_everything_given_back_closes_the_order() -> None:
    order_id = sold()
    refund(order_id, LineRefund(line_id=line_id(), units=1))
    memo = refund(order_id, is_full=True)
    assert memo.shipping == SHIPPING
    assert Invoice.objects.get().refunded_total == Order.objects.get().grand_total
    order = Order.objects.get()
    assert (order.status, order.refunded_at) == ("CLOSED", LATER)
    assert [each.code for each in OrderEvent.objects.order_by("pk")] == ["REFUNDED", "REFUNDED", "CLOSED"]
    assert refused(order_id, is_full=True) == ["STATUS"]


def test_shipping_that_stands_on_the_order_alone() -> None:
    order_id = sold()
    assert refund(order_id, alone=Parts(shipping=Decimal("4.00"))).total == Decimal("4.00")
    assert refused(order_id, alone=Parts(shipping=Decimal("1.00"))) == ["TOO_MUCH"]
    assert refund(order_id, alone=Parts(shipping=Decimal("0.99"))).total == Decimal("0.99")


def test_a_part_of_the_price_without_the_goods() -> None:
    order_id = sold()
    wish = LineRefund(line_id=line_id(), parts=Parts(items=Decimal("5.00"), tax=Decimal("0.41")))
    assert refund(order_id, wish, reason="DAMAGED").total == Decimal("5.41")
    assert OrderLine.objects.get().quantity_refunded == 0
    # What is left of the money still goes with the units: no more than was charged.
    assert refund(order_id, is_full=True).total == Decimal("45.58") - Decimal("5.41")


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (Parts(items=Decimal("37.51")), "37.51 of items is more than the 37.5000 that are left"),
        (Parts(tax=Decimal("3.10")), "3.10 of tax is more than the 3.0900 that are left"),
        (Parts(gift_wrap=Decimal("0.01")), "0.01 of gift wrap is more than the 0"),
        (Parts(items=Decimal("-1.00"), tax=Decimal("2.00")), "-1.00 of items is more than"),
        (Parts(items=Decimal("-1.00")), "nothing is left to give back, or asked for"),
    ],
)
def test_never_more_than_was_charged_for_any_part(parts: Parts, reason: str) -> None:
    order_id = sold()
    with pytest.raises(CannotRefund, match=reason):
        refund(order_id, LineRefund(line_id=line_id(), parts=parts))
    assert Invoice.objects.get().refunded_total == 0


def test_a_discount_goes_back_with_the_units() -> None:
    mug = product(on_hand=10)
    cheap = replace(line(mug, 3, shipped=3), discount=Decimal("-5.00"))
    order_id = place(draft("A-1", cheap, is_complete=True)).placed["A-1"].id
    first = refund(order_id, LineRefund(line_id=line_id(), units=1))
    assert (first.discount, first.total) == (Decimal("-1.67"), Decimal("11.86"))
    # All of the price is more than was paid, as a discount was given on it.
    price = LineRefund(line_id=line_id(), parts=Parts(items=Decimal("25.00")))
    assert refused(order_id, price) == ["TOO_MUCH"]
    second = refund(order_id, LineRefund(line_id=line_id(), units=2))
    assert first.discount + second.discount == Decimal("-5.00")
    assert first.total + second.total == Order.objects.get().grand_total - SHIPPING  # type: ignore[operator]


def test_canceled_units_were_not_charged() -> None:
    order_id = sold(4, shipped=False)
    with transaction.atomic():
        cancellations.cancel_units(canceled={order_id: {"L1": 1}}, now=NOW)
    assert refused(order_id, LineRefund(line_id=line_id(), units=4)) == ["TOO_MUCH"]
    memo = refund(order_id, is_full=True)
    assert memo.items == Decimal("37.50")
    # Nothing has left yet: the order goes on, and is closed once it is complete.
    assert Order.objects.get().status == "PROCESSING"
    parcel = ParcelToShip(lines=[LineToShip(line_id=line_id(), quantity=3)])
    with transaction.atomic():
        ship.ship(
            orders=[OrderToShip(order_id=order_id, parcels=[parcel], completes=True)], now=LATER, by="maria"
        )
    assert Order.objects.get().status == "CLOSED"


def test_returned_goods_go_into_stock_where_a_person_says() -> None:
    order_id = sold()
    mug = OrderLine.objects.get().product
    source("returns")
    memo = refund(order_id, LineRefund(line_id=line_id(), units=2, restock=1, source_code="returns"))
    assert quantities(mug, "returns") == (1, 0)
    assert quantities(mug) == (7, 0)
    movement = StockMovement.objects.latest("pk")
    assert (movement.reason, movement.on_hand, movement.document) == (
        "RESTOCK",
        1,
        f"credit memo {memo.number}",
    )
    row = CreditMemoLine.objects.get()
    assert (row.units, row.restocked, row.restocked_at) == (2, 1, source("returns"))
    mug.refresh_from_db()
    assert mug.availability_changed_at == LATER
    assert_stock_is_sound()
    # Three have left, one has come back.
    again = LineRefund(line_id=line_id(), units=1, restock=2, source_code="nowhere")
    assert refused(order_id, again) == ["RESTOCK", "UNKNOWN_SOURCE"]


def test_a_full_refund_says_what_comes_back() -> None:
    order_id = sold()
    refund(order_id, LineRefund(line_id=line_id(), restock=3, source_code="main"), is_full=True)
    assert quantities(OrderLine.objects.get().product) == (10, 0)


def test_what_has_not_left_cannot_come_back() -> None:
    order_id = sold(shipped=False)
    assert refused(order_id, LineRefund(line_id=line_id(), units=1, restock=1, source_code="main")) == [
        "RESTOCK"
    ]


def test_stock_that_is_not_managed_takes_nothing_back() -> None:
    order_id = sold()
    type(OrderLine.objects.get().product).objects.update(manage_stock=False)
    refund(order_id, LineRefund(line_id=line_id(), units=1, restock=1, source_code="main"))
    assert CreditMemoLine.objects.get().restocked == 0
    assert quantities(OrderLine.objects.get().product) == (7, 0)


def test_all_that_is_against_it_is_said_at_once() -> None:
    order_id = sold()
    pk = line_id()
    assert refused(
        order_id,
        LineRefund(line_id=pk, units=-1),
        LineRefund(line_id=0, units=1),
        reason="",
        alone=Parts(shipping=Decimal("0.001")),
    ) == ["REASON", "QUANTITY", "UNKNOWN_LINE", "DIGITS"]
    assert refused(order_id, LineRefund(line_id=pk, units=1), LineRefund(line_id=pk, units=1)) == [
        "UNKNOWN_LINE",
        "UNKNOWN_LINE",
    ]
    assert refused(order_id) == ["NOTHING"]
    assert "TOO_MUCH" in refused(order_id, LineRefund(line_id=pk, units=4))
    assert refused(0, is_full=True) == ["STATUS"]


def test_an_order_without_known_amounts_gives_nothing_back() -> None:
    order_id = sold(grand_total=None)
    assert refused(order_id, LineRefund(line_id=line_id(), units=1)) == ["NOTHING"]
    assert refused(order_id, is_full=True) == ["NOTHING"]


def test_a_gap_above_the_parts_belongs_to_no_charge_and_stays() -> None:
    order_id = sold(grand_total=Decimal("50.00"))
    assert refund(order_id, is_full=True).total == Decimal("45.58")
    assert Order.objects.get().status == "CLOSED"
    assert refused(order_id, is_full=True) == ["STATUS"]


def test_parts_above_the_total_are_given_back_less() -> None:
    order_id = sold(grand_total=Decimal("45.57"))
    assert refund(order_id, LineRefund(line_id=line_id(), units=3)).total == Decimal("40.59")
    assert refund(order_id, is_full=True).total == Decimal("4.98")
    assert Order.objects.get().status == "CLOSED"


def test_zero_decimal_money_is_divided_in_whole_units() -> None:
    mug = product(on_hand=10)
    whole = replace(line(mug, 3, shipped=3), row_total=Decimal(1000), tax=Decimal(100))
    order_id = (
        place(
            draft(
                "A-1",
                whole,
                is_complete=True,
                currency="JPY",
                shipping_total=Decimal(0),
                grand_total=Decimal(1100),
            )
        )
        .placed["A-1"]
        .id
    )
    totals = [refund(order_id, LineRefund(line_id=line_id(), units=1)).total for _ in range(3)]
    assert totals == [Decimal(366), Decimal(368), Decimal(366)]


def test_an_order_from_before_there_were_invoices_is_invoiced_first() -> None:
    order_id = sold()
    InvoiceLine.objects.all().delete()
    Invoice.objects.all().delete()
    assert refund(order_id, LineRefund(line_id=line_id(), units=1)).total == Decimal("13.53")


def test_a_canceled_or_unpaid_order_gives_nothing_back() -> None:
    order_id = sold(shipped=False)
    with transaction.atomic():
        cancellations.cancel(order_ids=[order_id], now=NOW)
    assert refused(order_id, is_full=True) == ["STATUS"]


def test_a_credit_memo_is_read_for_printing() -> None:
    order_id = sold()
    memo = refund(order_id, LineRefund(line_id=line_id(), units=1))
    with CaptureQueriesContext(connection) as context:
        found = order_records.credit_memo(number=memo.number, commerce_store_id=memo.commerce_store_id)
        assert found is not None
        assert [(each.order_line.sku, each.units) for each in found.lines.all()] == [("MUG-1", 1)]
        assert found.order.number == "A-1"
    assert len(context) == 2
    assert order_records.credit_memo(number="none", commerce_store_id=memo.commerce_store_id) is None


def test_a_form_is_told_what_is_left() -> None:
    order_id = sold()
    refund(order_id, LineRefund(line_id=line_id(), units=1))
    charged = refunds.preview(order_id=order_id)
    assert charged is not None
    assert charged.lines[line_id()].units_left == 2
    assert refunds.preview(order_id=0) is None


@pytest.mark.postgres
def test_one_order_and_fifty_take_the_same_statements() -> None:
    mug = product(on_hand=1000)
    drafts = [draft(f"A-{n}", line(mug, 2, shipped=2), is_complete=True) for n in range(51)]
    found = [order.id for order in place(*drafts).placed.values()]
    lines = dict(OrderLine.objects.values_list("order_id", "pk"))

    def batch(*order_ids: int) -> int:
        wishes = [
            Refund(
                order_id=pk,
                reason="RETURN",
                is_full=True,
                lines=[LineRefund(line_id=lines[pk], restock=1, source_code="main")],
            )
            for pk in order_ids
        ]
        with CaptureQueriesContext(connection) as context:
            refunds.refund(refunds=wishes, now=LATER, by="")
        return len(statements(context))

    assert batch(found[0]) == batch(*found[1:]) == 24
    assert Order.objects.filter(status="CLOSED").count() == 51
    assert_stock_is_sound()


def test_an_unpaid_order_on_hold_was_charged_nothing() -> None:
    order_id = sold(1, shipped=False, is_paid=False)
    with transaction.atomic():
        holds.hold(order_ids=[order_id], reason="X", now=LATER, by="maria")
    with pytest.raises(CannotRefund):
        refund(order_id, is_full=True)
    assert not Invoice.objects.exists()
