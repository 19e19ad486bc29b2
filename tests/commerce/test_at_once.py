"""Two people, or a person and the channel, at one order at the same moment: one comes first, none is lost."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import transaction

from commerce.models import CreditMemo, Invoice, Order, OrderLine, Shipment, StockMovement
from commerce.orders import cancellations
from commerce.orders.drafts import ParcelDraft
from commerce.refunds import refund
from commerce.refunds.refund import LineRefund, Refund
from commerce.refusals import Refused
from commerce.shipping import ship as shipping
from commerce.shipping import take_over
from commerce.shipping.ship import LineToShip, OrderToShip, ParcelToShip
from commerce.shipping.take_over import ShippedOrder
from commerce.stock import counts
from tests.commerce.shop import LATER, assert_stock_is_sound, draft, line, place, product, quantities
from tests.concurrency.threads import Threads

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

ORDERS = 12


class AtOnce:
    """Runs operations at the same moment and keeps what each of them came to."""

    def __init__(self) -> None:
        self.workers = Threads()
        self.done: list[str] = []
        self.refused: list[str] = []

    def add(self, name: str, work: Callable[[], object]) -> None:
        def run() -> None:
            try:
                with transaction.atomic():
                    work()
            except Refused:
                self.refused.append(name)
            else:
                self.done.append(name)

        self.workers.add(run)

    def run(self) -> None:
        self.workers.run()


def ship(order_id: int, quantity: int = 2, *, tracking: str = "1Z9", completes: bool = False) -> None:
    parcel = ParcelToShip(lines=[LineToShip(sku="MUG-1", quantity=quantity)], tracking_number=tracking)
    order = OrderToShip(order_id=order_id, parcels=[parcel], completes=completes)
    shipping.ship(orders=[order], now=LATER, by="maria")


def sold(count: int, *, shipped: bool = False) -> list[int]:
    mug = product(on_hand=2 * count)
    left = 2 if shipped else 0
    drafts = [draft(f"A-{n}", line(mug, 2, shipped=left), is_complete=shipped) for n in range(count)]
    return [order.id for order in place(*drafts).placed.values()]


def test_two_who_ship_the_same_units_ship_them_once() -> None:
    for order_id in sold(ORDERS):
        both = AtOnce()
        both.add("one", lambda order_id=order_id: ship(order_id, tracking="A"))  # type: ignore[misc]
        both.add("other", lambda order_id=order_id: ship(order_id, tracking="B"))  # type: ignore[misc]
        both.run()
        assert (len(both.done), len(both.refused)) == (1, 1)
    assert Shipment.objects.count() == ORDERS
    assert set(OrderLine.objects.values_list("quantity_shipped", flat=True)) == {2}
    assert quantities(OrderLine.objects.all()[0].product) == (0, 0)
    assert_stock_is_sound()


def test_shipping_and_canceling_exclude_each_other() -> None:
    canceled: list[int] = []

    def cancel(order_id: int) -> None:
        canceled.extend(cancellations.cancel(order_ids=[order_id], now=LATER, by="joe").canceled)

    for order_id in sold(ORDERS):
        both = AtOnce()
        both.add("ship", lambda order_id=order_id: ship(order_id))  # type: ignore[misc]
        both.add("cancel", lambda order_id=order_id: cancel(order_id))  # type: ignore[misc]
        both.run()
        has_shipped = "ship" in both.done
        assert has_shipped != (order_id in canceled)
        order = Order.objects.get(pk=order_id)
        assert order.status == ("PROCESSING" if has_shipped else "CANCELED")
        assert (order.invoice.voided_at is None) == has_shipped
    left = quantities(OrderLine.objects.all()[0].product)
    assert left == (2 * len(canceled), 0)
    assert_stock_is_sound()


def test_shipping_here_and_at_the_channel_is_one_parcel() -> None:
    for order_id in sold(ORDERS):
        theirs = ParcelDraft(channel_package_reference="P1", tracking_number="1Z9", lines=(("L1", 2),))
        news = ShippedOrder(order_id=order_id, units={"L1": 2}, parcels=[theirs])
        both = AtOnce()
        both.add("here", lambda order_id=order_id: ship(order_id))  # type: ignore[misc]
        both.add("there", lambda news=news: take_over.take_over(shipped=[news], now=LATER))  # type: ignore[misc]
        both.run()
        assert "there" in both.done
    assert Shipment.objects.count() == ORDERS
    assert set(Order.objects.values_list("status", flat=True)) == {"COMPLETE"}
    assert quantities(OrderLine.objects.all()[0].product) == (0, 0)
    assert_stock_is_sound()


def test_two_who_refund_the_same_give_it_back_once() -> None:
    for order_id in sold(ORDERS, shipped=True):
        line_id = OrderLine.objects.get(order_id=order_id).pk
        back = LineRefund(line_id=line_id, units=2, restock=2, source_code="main")
        by_line = Refund(order_id=order_id, reason="RETURN", lines=[back])
        in_full = Refund(order_id=order_id, reason="RETURN", is_full=True)
        both = AtOnce()
        for name, wish in (("lines", by_line), ("full", in_full)):
            both.add(name, lambda wish=wish: refund.refund(refunds=[wish], now=LATER, by=""))  # type: ignore[misc]
        both.run()
        memos = CreditMemo.objects.filter(order_id=order_id)
        assert (
            sum((memo.total for memo in memos), Decimal(0))
            == Invoice.objects.get(order_id=order_id).refunded_total
        )
        # The full refund is either the only one or gives back the rest, which is the shipping.
        assert both.refused in ([], ["lines"])
        assert Order.objects.get(pk=order_id).status == "CLOSED"
    assert len(set(CreditMemo.objects.values_list("number", flat=True))) == CreditMemo.objects.count()
    assert_stock_is_sound()


def test_shipping_refunding_and_counting_at_once_end_in_no_deadlock() -> None:
    ids = sold(30)
    mug = OrderLine.objects.all()[0].product
    workers = AtOnce()

    def each(work: Callable[[int], object], order: list[int]) -> Callable[[], None]:
        def run() -> None:
            for order_id in order:
                with transaction.atomic():
                    work(order_id)

        return run

    def give_back(order_id: int) -> None:
        wish = Refund(order_id=order_id, reason="LATE", alone=refund.Parts(shipping=Decimal("1.00")))
        refund.refund(refunds=[wish], now=LATER, by="")

    def count(order_id: int) -> None:
        counts.take([counts.Count(mug.pk, "main", order_id % 60)], now=LATER, accept_shortfall=True)

    for name, work, order in (
        ("ship", lambda order_id: ship(order_id, completes=True), ids[:20]),
        ("cancel", lambda order_id: cancellations.cancel(order_ids=[order_id], now=LATER), ids[20:][::-1]),
        ("refund", give_back, ids[:20][::-1]),
        ("count", count, ids),
    ):
        # Each in transactions of its own; one around them all would hold every order to the end.
        workers.workers.add(each(work, order))
        workers.done.append(name)
    workers.run()
    assert Order.objects.filter(status="COMPLETE").count() == 20
    assert Order.objects.filter(status="CANCELED").count() == 10
    assert CreditMemo.objects.count() == 20
    assert StockMovement.objects.exists()
    assert_stock_is_sound()
