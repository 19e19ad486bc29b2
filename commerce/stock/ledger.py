"""The ledger of stock: every change of what is on hand or reserved is written down with its reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from commerce.models import MovementReason, StockMovement
from commerce.stock.terms import ItemChange, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """By how much an item's units changed."""

    stock_item_id: int
    on_hand: int = 0
    reserved: int = 0
    channel: str = ""
    channel_reference: str = ""
    line_reference: str = ""


def write(
    changes: Iterable[ItemChange], *, channel: str, by: str, now: datetime, reason: Reason | None = None
) -> None:
    """Write these changes, those of one cause to one item as one: 1 statement, none where nothing changed.

    `reason` stands in place of each change's own.
    """
    sums: dict[tuple[int, str, str, str, str], tuple[int, int]] = {}
    for change in changes:
        key = (
            change.item.pk,
            (reason or change.reason).value,
            change.channel_reference,
            change.line_reference,
            change.document,
        )
        on_hand, reserved = sums.get(key, (0, 0))
        sums[key] = on_hand + change.on_hand, reserved + change.reserved
    _insert(
        StockMovement(
            stock_item_id=item_id,
            reason=why,
            on_hand=on_hand,
            reserved=reserved,
            channel=channel,
            channel_reference=reference,
            line_reference=line,
            document=document,
            by=by,
            at=now,
        )
        for (item_id, why, reference, line, document), (on_hand, reserved) in sums.items()
    )


def record_movements(entries: Iterable[Entry], *, reason: MovementReason, by: str, now: datetime) -> None:
    """Write what changed for one reason: 1 statement, none where nothing changed."""
    _insert(
        StockMovement(
            stock_item_id=entry.stock_item_id,
            reason=reason.value,
            on_hand=entry.on_hand,
            reserved=entry.reserved,
            channel=entry.channel,
            channel_reference=entry.channel_reference,
            line_reference=entry.line_reference,
            by=by,
            at=now,
        )
        for entry in entries
    )


def _insert(movements: Iterable[StockMovement]) -> None:
    # Changes of one cause that cancel each other out are no movement.
    moving = [each for each in movements if each.on_hand or each.reserved]
    if moving:
        StockMovement.objects.bulk_create(moving)
