"""Invoices: what an order was charged, frozen the moment it is paid."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from commerce.models import EventCode, Invoice, InvoiceLine, Order, OrderLine
from commerce.models.money import SHARES
from commerce.orders import history, numbers, order_state
from commerce.orders.history import happened
from commerce.orders.numbers import Series
from commerce.refusals import Refusal, Refused
from commerce.statuses import OrderStatus
from commerce.transitions import Step, may

# Copied, not referred to: an invoice says what was charged then, whatever becomes of the order.
_TOTALS = (
    "items_total",
    "shipping_total",
    "gift_wrap_total",
    "discount_total",
    "tax_total",
    "included_tax_total",
    "other_total",
    "grand_total",
)
_OF_LINE = (
    "position",
    "sku",
    "name",
    "quantity",
    "unit_price",
    "row_total",
    "shipping",
    "gift_wrap",
    "discount",
    "tax",
    "other",
    "included_tax",
    *SHARES,
)


@dataclass(frozen=True, slots=True)
class Bill:
    """An order that is to be invoiced."""

    order: Order
    lines: Sequence[OrderLine]


class CannotPay(Refused):
    """These orders are not waiting for payment; nothing was done."""


def write(bills: Collection[Bill], series: Series, *, now: datetime) -> None:
    """Write the invoices of these orders under the next numbers: 2 statements."""
    if not bills:
        return
    made = Invoice.objects.bulk_create(
        [_invoice(bill, series.invoice(bill.order.commerce_store_id), now) for bill in bills]
    )
    pairs = zip(made, bills, strict=True)
    InvoiceLine.objects.bulk_create(_line(invoice, line) for invoice, bill in pairs for line in bill.lines)


def pay(*, order_ids: Collection[int], now: datetime, by: str) -> None:
    """Payment is in: pending orders go on, and are invoiced. Raises CannotPay and NoTransaction."""
    orders = order_state.lock(order_ids)
    refusals = [
        Refusal(order.pk, "STATUS", f"{order.number} is {order.get_status_display()}: nothing is to be paid.")
        for order in orders
        if not may(order.status, Step.PAY)
    ]
    if refusals:
        raise CannotPay(refusals)
    order_state.move(orders, Step.PAY, now)
    _issue(orders, now)
    history.record_change([happened(order.pk, EventCode.PAID) for order in orders], by=by, now=now)


def issue_missing(orders: Collection[Order], *, now: datetime) -> None:
    """Invoice those of these locked, paid orders that have no invoice yet: 1 statement when all have one."""
    known = set(
        Invoice.objects.filter(order__in=[order.pk for order in orders]).values_list("order_id", flat=True)
    )
    missing = [order for order in orders if order.pk not in known and _is_paid(order)]
    if missing:
        _issue(missing, now)


def _is_paid(order: Order) -> bool:
    """Not one that was put on hold while it waited for its payment."""
    return may(order.status, Step.REFUND) and order.status_before_hold != OrderStatus.PENDING


def _issue(orders: Collection[Order], now: datetime) -> None:
    series = numbers.lock({order.commerce_store_id for order in orders})
    lines = order_state.lines_of(orders)
    write([Bill(order, lines[order.pk]) for order in orders], series, now=now)
    series.save()


def _invoice(bill: Bill, number: str, now: datetime) -> Invoice:
    order = bill.order
    return Invoice(
        order=order,
        commerce_store_id=order.commerce_store_id,
        number=number,
        issued_at=now,
        currency=order.currency,
        **{name: getattr(order, name) for name in _TOTALS},
    )


def _line(invoice: Invoice, line: OrderLine) -> InvoiceLine:
    return InvoiceLine(invoice=invoice, order_line=line, **{name: getattr(line, name) for name in _OF_LINE})
