"""The history of an order: who did what to it, when. Nothing personal in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from commerce.models import EventCode, OrderEvent
from commerce.orders.order_state import Settled

Detail = str | int | list[int]


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened to one order."""

    order_id: int
    code: EventCode
    details: Mapping[str, Detail]


def happened(order_id: int, code: EventCode, **details: Detail) -> Happened:
    """One event; `details` are codes, numbers and quantities."""
    return Happened(order_id, code, details)


def ends(settled: Settled, **details: Detail) -> list[Happened]:
    """The events of orders that came to an end."""
    return [
        *(happened(pk, EventCode.CANCELED, **details) for pk in settled.canceled),
        *(happened(pk, EventCode.COMPLETED) for pk in settled.completed),
        *(happened(pk, EventCode.CLOSED) for pk in settled.closed),
    ]


def record_change(events: Iterable[Happened], *, by: str, now: datetime) -> None:
    """Write them down, in this order: 1 statement, none where nothing happened. `by`: empty for no person."""
    rows = [
        OrderEvent(order_id=each.order_id, code=each.code.value, details=dict(each.details), by=by, at=now)
        for each in events
    ]
    if rows:
        OrderEvent.objects.bulk_create(rows)
