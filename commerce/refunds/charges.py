"""What orders were charged and what was given back, read from their invoices and written back to them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from commerce.models import CreditMemo, CreditMemoLine, Invoice, InvoiceLine, Order, OrderLine
from commerce.models.money import PARTS
from commerce.orders import order_state
from commerce.refunds import amounts
from commerce.refunds.amounts import Charged, Share
from commerce.refunds.line_amounts import ChargedLine
from commerce.refunds.parts import NAMES, OF_ORDER, SUMMED, ZERO, Parts


@dataclass(slots=True)
class Books:
    """The invoice of one order with its lines and the order's lines, and the arithmetic on them."""

    invoice: Invoice
    lines: list[InvoiceLine]
    order_lines: dict[int, OrderLine]
    charged: Charged

    def give_back(self, shares: Sequence[Share], alone: Parts, total: Decimal) -> None:
        """Enter a refund; `save` writes it."""
        self.charged = amounts.after(self.charged, shares, alone, total)
        self.invoice.refunded_total = self.charged.refunded_total
        _enter(self.invoice, self.charged.refunded, SUMMED)
        for line in self.lines:
            of_line = self.charged.lines[line.order_line_id]
            _enter(line, of_line.refunded, NAMES)
            self.order_lines[line.order_line_id].quantity_refunded = of_line.refunded_units


def read_charges(orders: Collection[Order]) -> dict[int, Books]:
    """The books of those of these orders that have an invoice in force, by order id: 3 statements."""
    # No lock of their own: invoices change only under their order's lock (docs/locking.md).
    found = list(Invoice.objects.filter(order__in=[order.pk for order in orders], voided_at=None))
    lines: dict[int, list[InvoiceLine]] = {invoice.pk: [] for invoice in found}
    for line in InvoiceLine.objects.filter(invoice__in=list(lines)):
        lines[line.invoice_id].append(line)
    order_lines = order_state.lines_of(orders)
    return {
        invoice.order_id: _books(invoice, lines[invoice.pk], order_lines[invoice.order_id])
        for invoice in found
    }


def save(books: Collection[Books]) -> None:
    """Write what was given back: 3 statements."""
    if not books:
        return
    Invoice.objects.bulk_create(
        [each.invoice for each in books],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*_columns(SUMMED), "refunded_total"],
    )
    lines = [line for each in books for line in each.lines]
    if lines:
        InvoiceLine.objects.bulk_create(
            lines, update_conflicts=True, unique_fields=["id"], update_fields=_columns(NAMES)
        )
    order_lines = [line for each in books for line in each.order_lines.values()]
    order_state.save_lines(order_lines, "quantity_refunded")


def parts_of(row: CreditMemo | CreditMemoLine) -> Parts:
    """What a credit memo, or a line of it, gave back."""
    names = OF_ORDER if isinstance(row, CreditMemo) else NAMES
    return Parts(**{name: Decimal(getattr(row, name)) for name in names})


def _books(invoice: Invoice, lines: list[InvoiceLine], order_lines: Iterable[OrderLine]) -> Books:
    by_pk = {line.pk: line for line in order_lines}
    charged = Charged(
        currency=invoice.currency,
        total=invoice.grand_total or ZERO,
        parts=Parts(**{name: getattr(invoice, f"{name}_total") or ZERO for name in SUMMED}),
        refunded=_refunded(invoice, SUMMED),
        refunded_total=invoice.refunded_total,
        lines={line.order_line_id: _line(line, by_pk[line.order_line_id]) for line in lines},
    )
    return Books(invoice, lines, by_pk, charged)


def _line(line: InvoiceLine, order_line: OrderLine) -> ChargedLine:
    return ChargedLine(
        line_id=order_line.pk,
        sku=line.sku,
        quantity=order_line.quantity,
        canceled=order_line.quantity_canceled,
        refunded_units=order_line.quantity_refunded,
        charged=Parts(**{name: getattr(line, PARTS.get(name, name)) or ZERO for name in NAMES}),
        refunded=_refunded(line, NAMES),
    )


def _refunded(row: Invoice | InvoiceLine, names: Iterable[str]) -> Parts:
    return Parts(**{name: getattr(row, f"refunded_{name}") for name in names})


def _enter(row: Invoice | InvoiceLine, refunded: Parts, names: Iterable[str]) -> None:
    amounts_ = refunded.by_name()
    for name in names:
        setattr(row, f"refunded_{name}", amounts_[name])


def _columns(names: Iterable[str]) -> list[str]:
    return [f"refunded_{name}" for name in names]
