"""The orders of a batch, in words: what each ended as, and how it stands now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from amazon_orders.models import AmazonOrder
from integration.decision.policy import WORDS, Reason
from integration.models import (
    BatchAction,
    BatchKind,
    BatchOrder,
    BatchOutcome,
    ImportBatch,
    ImportState,
    OrderImport,
)
from integration.orders.order_list import OpenBlocker, rows

_WORDS = {
    BatchOutcome.UNKNOWN: "Amazon does not know this order for this seller.",
    BatchOutcome.DENIED: "Amazon does not give us this order: it may be another seller's.",
    BatchOutcome.OTHER_STORE: "It belongs to another store.",
    BatchOutcome.UNREADABLE: "What Amazon sent cannot be read; it is kept and asked for again by itself.",
}
_ASKED = "Amazon is asked for it."
_DOING = {
    BatchAction.IMPORT: "It is being imported.",
    BatchAction.RETRY: "It is being checked again.",
    BatchAction.REFRESH: _ASKED,
    BatchAction.SKIP: "It is being skipped.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One order. `outcome` is empty while it is open; `is_here`: its page can be opened."""

    amazon_order_id: str
    outcome: str
    text: str
    commerce_number: str | None
    is_here: bool

    @property
    def label(self) -> str:
        """The outcome as a word on screen."""
        return BatchOutcome(self.outcome).label if self.outcome else "In progress"


def lines(batch: ImportBatch, found: Sequence[BatchOrder]) -> list[Line]:
    """These rows of a batch in words; two statements."""
    orders = {
        order.amazon_order_id: order
        for order in AmazonOrder.objects.filter(
            amazon_order_id__in=[row.amazon_order_id for row in found], store_id=batch.store_id
        ).select_related("order_import__commerce_order")
    }
    reasons = rows.open_blockers([order.pk for order in orders.values()])
    return [_line(batch, row, orders.get(row.amazon_order_id), reasons) for row in found]


def _line(
    batch: ImportBatch,
    row: BatchOrder,
    order: AmazonOrder | None,
    reasons: dict[int, tuple[OpenBlocker, ...]],
) -> Line:
    commerce = order.order_import.commerce_order if order else None
    return Line(
        amazon_order_id=row.amazon_order_id,
        outcome=row.outcome,
        text=_text(batch, row, order, reasons.get(order.pk, ()) if order else ()),
        commerce_number=commerce.number if commerce else None,
        is_here=order is not None,
    )


def _text(
    batch: ImportBatch, row: BatchOrder, order: AmazonOrder | None, reasons: Iterable[OpenBlocker]
) -> str:
    if row.outcome in _WORDS:
        return _WORDS[BatchOutcome(row.outcome)]
    if order is not None:
        return _state(order.order_import, order, reasons) if row.outcome else _open(batch)
    if row.outcome:
        return "It is no longer here."
    return _ASKED if batch.kind == BatchKind.BY_NUMBER else _open(batch)


def _open(batch: ImportBatch) -> str:
    return _DOING[BatchAction(batch.action)]


def _state(link: OrderImport, order: AmazonOrder, reasons: Iterable[OpenBlocker]) -> str:
    """How an order stands now, which may be better than when its batch ended."""
    if link.commerce_order is not None:
        return f"Imported as Commerce order {link.commerce_order.number}."
    if link.state == ImportState.BLOCKED:
        return "; ".join(dict.fromkeys(reason.message for reason in reasons)) + "."
    if link.state == ImportState.CANCELED:
        return "Canceled at Amazon."
    if link.state == ImportState.SKIPPED:
        return f"Skipped: {link.skip_reason}"
    return WORDS[Reason(link.reason)] if link.reason else "It will be checked in a moment."
