"""Late amounts: a channel tells after an order was placed what it had not told before.

What was unknown is filled in, on the order, its lines and its invoice; what was known stays as charged.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from commerce.models import EventCode, Invoice, InvoiceLine, Order, OrderLine
from commerce.models.money import SHARES
from commerce.orders import history, order_state
from commerce.orders.history import happened

Told = Mapping[str, Decimal | None]
_TOTALS = (
    "items_total",
    "shipping_total",
    "gift_wrap_total",
    "discount_total",
    "tax_total",
    "included_tax_total",
    "other_total",
)
_OF_LINE = (
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
class LateAmounts:
    """What is told now of an order: its totals, and its lines by reference; columns as in the models."""

    order_id: int
    currency: str
    totals: Told
    lines: Mapping[str, Told]


def fill_in(told: Collection[LateAmounts], *, now: datetime) -> frozenset[int]:
    """Fill in what was unknown, in the caller's transaction; gives the orders that got anything.

    At most nine statements, and none where nothing is told. Raises stock.NoTransaction.
    """
    if not told:
        return frozenset()
    by_order = {each.order_id: each for each in told}
    orders = order_state.lock(list(by_order))
    lines = order_state.lines_of(orders)
    invoices = list(Invoice.objects.filter(order__in=[order.pk for order in orders]))
    invoice_lines = list(InvoiceLine.objects.filter(invoice__in=invoices).select_related("order_line"))
    changed = {order.pk for order in orders if _fill_totals(order, by_order[order.pk])}
    changed |= {
        line.order_id
        for order in orders
        for line in lines[order.pk]
        if _fill_line(line, by_order[order.pk].lines.get(line.line_reference))
    }
    for invoice in invoices:
        _fill_totals(invoice, by_order[invoice.order_id])
    for row in invoice_lines:
        line = row.order_line
        _fill_line(row, by_order[line.order_id].lines.get(line.line_reference))
    if changed:
        _save(orders, [line for order in orders for line in lines[order.pk]], invoices, invoice_lines)
        events = [happened(pk, EventCode.AMOUNTS_TOLD) for pk in sorted(changed)]
        history.record_change(events, by="", now=now)
    return frozenset(changed)


def _fill_totals(row: Order | Invoice, told: LateAmounts) -> bool:
    names = [*_TOTALS] if row.items_total is None and told.totals.get("items_total") is not None else []
    if row.grand_total is None and told.totals.get("grand_total") is not None:
        names.append("grand_total")
    for name in names:
        setattr(row, name, told.totals[name])
    if names:
        row.currency = told.currency
    return bool(names)


def _fill_line(row: OrderLine | InvoiceLine, told: Told | None) -> bool:
    if told is None or row.row_total is not None or told.get("row_total") is None:
        return False
    for name in _OF_LINE:
        setattr(row, name, told[name])
    return True


def _save(
    orders: Iterable[Order],
    lines: Iterable[OrderLine],
    invoices: Iterable[Invoice],
    invoice_lines: Iterable[InvoiceLine],
) -> None:
    totals = [*_TOTALS, "grand_total", "currency"]
    Order.objects.bulk_update(orders, totals)
    OrderLine.objects.bulk_update(lines, _OF_LINE)
    Invoice.objects.bulk_update(invoices, totals)
    InvoiceLine.objects.bulk_update(invoice_lines, _OF_LINE)
