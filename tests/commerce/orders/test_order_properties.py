"""Whatever happens to orders, in any order: stock and money stay right, and the ledger adds up."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, Sum
from django.test import TestCase
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from commerce.catalog import products
from commerce.models import (
    CreditMemo,
    CreditMemoLine,
    Invoice,
    Order,
    OrderLine,
    Reservation,
    ShipmentLine,
    StockMovement,
)
from commerce.orders import cancellations, holds, invoices
from commerce.orders.drafts import ParcelDraft
from commerce.refunds import refund as refunds
from commerce.refunds import void as voiding
from commerce.refunds.refund import LineRefund, Parts, Refund
from commerce.refusals import Refused
from commerce.shipping import ship as shipping
from commerce.shipping import take_over
from commerce.shipping.ship import LineToShip, OrderToShip, ParcelToShip
from commerce.shipping.take_over import ShippedOrder
from commerce.stock import counts, stock
from commerce.stock.stock import Demand
from tests.commerce.shop import (
    CHANNEL,
    NOW,
    assert_stock_is_sound,
    draft,
    line,
    place,
    product,
    source,
    stock_item,
)

REFERENCES = [f"A-{n}" for n in range(3)]
references = st.sampled_from(REFERENCES)
line_names = st.sampled_from(["L1", "L2"])
units = st.integers(1, 4)
SOURCES = ["near", "far"]


class AnyLife(RuleBasedStateMachine):
    """Three orders over two products at two sources. Refusals are right answers; broken books are not."""

    def __init__(self) -> None:
        super().__init__()
        self.products = [product("MUG"), product("CUP")]
        for each in self.products:
            for priority, code in enumerate(SOURCES):
                stock_item(each, on_hand=6, at=source(code, priority=priority))

    @rule(reference=references, first=units, second=units, left=st.integers(0, 2), is_paid=st.booleans())
    def place(self, reference: str, first: int, second: int, left: int, is_paid: bool) -> None:
        mug, cup = self.products
        pack = replace(line(cup, 2 * second, reference="L2"), units_per_item=2, discount=Decimal("-1.00"))
        shipped = min(left, first) if is_paid else 0
        place(draft(reference, line(mug, first, shipped=shipped), pack, is_paid=is_paid))

    @initialize(shipped=st.integers(0, 2))
    def begin_with_a_paid_order(self, shipped: int) -> None:
        self.place("A-0", 2, 1, shipped, is_paid=True)

    @rule(reference=references, quantity=units)
    def hold_stock(self, reference: str, quantity: int) -> None:
        if Order.objects.filter(channel_reference=reference).exists():
            return
        demand = Demand(reference, "L1", self.products[0].pk, quantity)
        working = stock.lock(
            channel=CHANNEL, channel_references=[reference], product_ids=[self.products[0].pk]
        )
        working.hold(reference, [demand])
        working.save(NOW)

    @rule(
        reference=references,
        parcels=st.lists(st.tuples(line_names, units), min_size=1, max_size=2),
        ends=st.booleans(),
    )
    def ship(self, reference: str, parcels: list[tuple[str, int]], ends: bool) -> None:
        lines = self.lines(reference)
        wishes = [
            ParcelToShip(lines=[LineToShip(line_id=lines[name].pk, quantity=quantity)], tracking_number=name)
            for name, quantity in parcels
            if lines
        ]
        order = OrderToShip(order_id=self.order_id(reference), parcels=wishes, completes=ends)
        self.attempt(lambda: shipping.ship(orders=[order], now=NOW, by="maria"))

    @rule(reference=references, first=st.integers(0, 4), second=st.integers(0, 4), ends=st.booleans())
    def ship_at_the_channel(self, reference: str, first: int, second: int, ends: bool) -> None:
        seen = ParcelDraft(channel_package_reference="P1", tracking_number="L1", lines=(("L1", first),))
        news = ShippedOrder(
            order_id=self.order_id(reference),
            units={"L1": first, "L2": second * 2},
            parcels=[seen],
            completes=ends,
        )
        with transaction.atomic():
            take_over.take_over(shipped=[news], now=NOW)

    @rule(reference=references, name=line_names, quantity=units)
    def cancel_units(self, reference: str, name: str, quantity: int) -> None:
        if lines := self.lines(reference):
            order_id, wanted = self.order_id(reference), {lines[name].pk: quantity}
            self.attempt(lambda: cancellations.cancel_lines(order_id=order_id, units=wanted, now=NOW, by="m"))

    @rule(reference=references)
    def cancel(self, reference: str) -> None:
        with transaction.atomic():
            cancellations.cancel(order_ids=[self.order_id(reference)], now=NOW, by="maria")

    @rule(reference=references, step=st.sampled_from([holds.hold, holds.unhold]))
    def stop_or_go_on(self, reference: str, step: Any) -> None:
        self.attempt(lambda: step(order_ids=[self.order_id(reference)], reason="X", now=NOW, by="maria"))

    @rule(reference=references)
    def pay(self, reference: str) -> None:
        self.attempt(lambda: invoices.pay(order_ids=[self.order_id(reference)], now=NOW, by="maria"))

    @rule(
        reference=references,
        name=line_names,
        quantity=st.integers(0, 3),
        back=st.integers(0, 2),
        cents=st.none() | st.integers(-100, 4000),
        is_full=st.booleans(),
        at=st.sampled_from(SOURCES),
    )
    def refund(
        self,
        reference: str,
        name: str,
        quantity: int,
        back: int,
        cents: int | None,
        is_full: bool,
        at: str,
    ) -> None:
        lines = self.lines(reference)
        if not lines:
            return
        parts = None if cents is None else Parts(items=Decimal(cents) / 100)
        wish = LineRefund(line_id=lines[name].pk, units=quantity, parts=parts, restock=back, source_code=at)
        wanted = Refund(order_id=self.order_id(reference), reason="X", lines=[wish], is_full=is_full)
        self.attempt(lambda: refunds.refund(refunds=[wanted], now=NOW, by="maria"))

    @rule(reference=references)
    def give_all_back(self, reference: str) -> None:
        wanted = Refund(order_id=self.order_id(reference), reason="X", is_full=True)
        self.attempt(lambda: refunds.refund(refunds=[wanted], now=NOW, by="maria"))

    @rule(number=st.integers(0, 3), takes_stock=st.booleans())
    def void(self, number: int, takes_stock: bool) -> None:
        memos = list(CreditMemo.objects.order_by("pk"))
        if number < len(memos):
            memo = memos[-1 - number]
            self.attempt(
                lambda: voiding.void(
                    credit_memo_id=memo.pk, reason="X", takes_stock=takes_stock, now=NOW, by="maria"
                )
            )

    @rule(which=st.integers(0, 1), at=st.sampled_from(SOURCES), found=st.integers(0, 9), accept=st.booleans())
    def count(self, which: int, at: str, found: int, accept: bool) -> None:
        counted = [counts.Count(self.products[which].pk, at, found)]
        with transaction.atomic():
            counts.take(counted, now=NOW, accept_shortfall=accept)

    @rule(which=st.integers(0, 1), is_managed=st.booleans(), kept_back=st.integers(0, 2))
    def manage(self, which: int, is_managed: bool, kept_back: int) -> None:
        products.change(
            sku=self.products[which].sku,
            manage_stock=is_managed,
            out_of_stock_threshold=kept_back,
            now=NOW,
        )

    @invariant()
    def the_ledger_and_the_reservations_add_up(self) -> None:
        assert_stock_is_sound()
        held = Reservation.objects.filter(stock_item__product__manage_stock=False)
        assert not held.exists()

    @invariant()
    def reservations_are_of_open_lines_and_never_more_than_is_to_ship(self) -> None:
        rows = Reservation.objects.exclude(order_line=None).order_by()
        for pk, kept in rows.values_list("order_line").annotate(Sum("quantity")):
            row = OrderLine.objects.select_related("order").get(pk=pk)
            assert kept <= row.quantity - row.quantity_shipped - row.quantity_canceled
            assert row.order.status in ("PENDING", "PROCESSING", "ON_HOLD")

    @invariant()
    def what_left_is_in_parcels_and_no_more_than_was_ordered(self) -> None:
        packed = dict(ShipmentLine.objects.order_by().values_list("order_line").annotate(Sum("quantity")))
        for row in OrderLine.objects.all():
            assert row.quantity_shipped == packed.get(row.pk, 0)
            assert row.quantity_shipped + row.quantity_canceled <= row.quantity
            returned = CreditMemoLine.objects.filter(order_line=row).aggregate(Sum("restocked"))
            assert (returned["restocked__sum"] or 0) <= row.quantity_shipped

    @invariant()
    def no_more_money_goes_back_than_came_in(self) -> None:
        in_force = CreditMemo.objects.filter(voided_at=None).order_by()
        given = dict(in_force.values_list("invoice").annotate(Sum("total")))
        for invoice in Invoice.objects.all():
            assert invoice.refunded_total == given.get(invoice.pk, 0)
            assert 0 <= invoice.refunded_total <= (invoice.grand_total or 0)
        lines = CreditMemoLine.objects.filter(credit_memo__voided_at=None).order_by()
        back = dict(lines.values_list("order_line").annotate(Sum("units")))
        for pk, refunded in OrderLine.objects.values_list("pk", "quantity_refunded"):
            assert refunded == back.get(pk, 0)

    @invariant()
    def a_state_says_what_is_so(self) -> None:
        for order in Order.objects.prefetch_related("lines"):
            left = sum(
                row.quantity - row.quantity_shipped - row.quantity_canceled for row in order.lines.all()
            )
            if order.status in ("COMPLETE", "CANCELED", "CLOSED"):
                assert left == 0
            if order.status == "CANCELED":
                assert not any(row.quantity_shipped for row in order.lines.all())
            if order.status == "CLOSED":
                assert order.refunded_at is not None
            if order.refunded_at is not None and not any(row.quantity_canceled for row in order.lines.all()):
                invoice = Invoice.objects.get(order=order)
                assert invoice.refunded_total == invoice.grand_total
            if order.refunded_at is not None:
                assert CreditMemo.objects.filter(order=order, voided_at=None).exists()
            has_invoice = Invoice.objects.filter(order=order).exists()
            is_unpaid = "PENDING" in (order.status, order.status_before_hold)
            assert has_invoice != is_unpaid or order.status == "CANCELED"

    @invariant()
    def what_left_stock_and_what_is_missing_is_what_left(self) -> None:
        out = StockMovement.objects.filter(reason="CONSUME").aggregate(units=Sum(-F("on_hand")))["units"] or 0
        assert out <= (OrderLine.objects.aggregate(units=Sum("quantity_shipped"))["units"] or 0)

    def attempt(self, work: Any) -> None:
        try:
            with transaction.atomic():
                work()
        except Refused:
            return

    def order_id(self, reference: str) -> int:
        return Order.objects.filter(channel_reference=reference).values_list("pk", flat=True).first() or 0

    def lines(self, reference: str) -> dict[str, OrderLine]:
        return {
            row.line_reference: row for row in OrderLine.objects.filter(order__channel_reference=reference)
        }


class _Undone(AnyLife):
    """Its rows are gone when its walk is over."""

    def __init__(self) -> None:
        self.savepoint = transaction.savepoint()
        super().__init__()

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)


@pytest.mark.slow
class TestAnyLife(TestCase):
    """All walks run in one transaction."""

    def test_the_books_stay_right(self) -> None:
        run_state_machine_as_test(
            _Undone,
            settings=settings(
                max_examples=40,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
