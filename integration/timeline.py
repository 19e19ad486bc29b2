"""The timeline of an order: which events there are, and how they read on screen.

Events are rows written in the transaction of the change they tell of. Their details hold ids and our own
codes, never anything personal.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from integration.models import TimelineEvent


class EventCode(StrEnum):
    """What can happen to an order."""

    RECEIVED = "RECEIVED"
    STATUS_CHANGED = "STATUS_CHANGED"
    CHANGED = "CHANGED"
    WAITING = "WAITING"
    BLOCKED = "BLOCKED"
    UNBLOCKED = "UNBLOCKED"
    VIEW_ONLY = "VIEW_ONLY"
    IMPORTED = "IMPORTED"
    ADOPTED = "ADOPTED"
    CANCELED = "CANCELED"
    CANCELED_AFTER_SHIPPING = "CANCELED_AFTER_SHIPPING"
    COMMERCE_CANCELED = "COMMERCE_CANCELED"
    UNITS_CANCELED = "UNITS_CANCELED"
    UNITS_CANCELED_AFTER_SHIPPING = "UNITS_CANCELED_AFTER_SHIPPING"
    SHIPPED_AT_AMAZON = "SHIPPED_AT_AMAZON"
    AMOUNTS_CHANGED = "AMOUNTS_CHANGED"
    AMOUNTS_TOLD = "AMOUNTS_TOLD"
    AMOUNTS_SETTLED = "AMOUNTS_SETTLED"
    COMPLETED = "COMPLETED"
    STOCK_HELD = "STOCK_HELD"
    STOCK_NOT_COVERED = "STOCK_NOT_COVERED"
    STOCK_RELEASED = "STOCK_RELEASED"
    STOCK_SHORTFALL = "STOCK_SHORTFALL"
    CANCEL_REQUESTED = "CANCEL_REQUESTED"
    RETRY_REQUESTED = "RETRY_REQUESTED"
    REFRESH_REQUESTED = "REFRESH_REQUESTED"
    IMPORT_REQUESTED = "IMPORT_REQUESTED"
    SKIPPED = "SKIPPED"
    SKIP_ENDED = "SKIP_ENDED"
    ADDRESS_CORRECTED = "ADDRESS_CORRECTED"
    MATCHED = "MATCHED"
    UNMATCHED = "UNMATCHED"
    SETTINGS_CHANGED = "SETTINGS_CHANGED"
    REFRESHED = "REFRESHED"
    HEALED = "HEALED"
    UNKNOWN_AT_AMAZON = "UNKNOWN_AT_AMAZON"
    SHIPPED_HERE = "SHIPPED_HERE"
    SHIPMENT_CORRECTED = "SHIPMENT_CORRECTED"
    SHIPMENT_CONFIRMED = "SHIPMENT_CONFIRMED"
    SHIPMENT_REFUSED = "SHIPMENT_REFUSED"
    SHIPMENT_DIFFERS = "SHIPMENT_DIFFERS"
    PICKUP_OWED = "PICKUP_OWED"
    PICKUP_TOLD = "PICKUP_TOLD"
    PICKUP_REFUSED = "PICKUP_REFUSED"
    CANCEL_ASKED = "CANCEL_ASKED"
    CANCEL_ACCEPTED = "CANCEL_ACCEPTED"
    CANCEL_REFUSED = "CANCEL_REFUSED"
    REFUND_ASKED = "REFUND_ASKED"
    REFUND_ACCEPTED = "REFUND_ACCEPTED"
    REFUND_REFUSED = "REFUND_REFUSED"
    REFUND_VOIDED = "REFUND_VOIDED"


# The words of a note; the names in braces are keys of the event's details.
_WORDS: Mapping[str, str] = {
    EventCode.RECEIVED: "Received from Amazon as {status}.",
    EventCode.STATUS_CHANGED: "Amazon changed the status from {before} to {after}{changed}.",
    EventCode.CHANGED: "Amazon changed{changed}.",
    EventCode.WAITING: "{text}",
    EventCode.BLOCKED: "Cannot be imported: {text}",
    EventCode.UNBLOCKED: "No longer in the way: {text}",
    EventCode.VIEW_ONLY: "{text}",
    EventCode.IMPORTED: "Imported as Commerce order {number}.",
    EventCode.ADOPTED: "Linked again to Commerce order {number}, which it had become before.",
    EventCode.CANCELED: "Canceled at Amazon before it was imported.",
    EventCode.CANCELED_AFTER_SHIPPING: "Canceled at Amazon, but Commerce order {number} has already shipped.",
    EventCode.COMMERCE_CANCELED: "Canceled at Amazon; Commerce order {number} was canceled, stock released.",
    EventCode.UNITS_CANCELED: "{units} canceled at Amazon; canceled here and released.",
    EventCode.UNITS_CANCELED_AFTER_SHIPPING: "Units canceled at Amazon that had already left here.",
    EventCode.AMOUNTS_CHANGED: "Amazon changed the amounts.",
    EventCode.AMOUNTS_TOLD: "Amazon told the amounts; Commerce order {number} and its invoice have them now.",
    EventCode.AMOUNTS_SETTLED: "The change of amounts was settled by hand.",
    EventCode.SHIPPED_AT_AMAZON: "{units} shipped at Amazon; taken over as a shipment.",
    EventCode.COMPLETED: "Commerce order {number} is complete.",
    EventCode.STOCK_HELD: "Stock is held until the payment is settled.",
    EventCode.STOCK_NOT_COVERED: "Stock cannot be held for all of it yet: {text}",
    EventCode.STOCK_RELEASED: "The held stock was released.",
    EventCode.STOCK_SHORTFALL: "More was shipped than the stock on record: {text}",
    EventCode.CANCEL_REQUESTED: "The buyer asks to cancel this order.",
    EventCode.RETRY_REQUESTED: "Retried by hand.",
    EventCode.REFRESH_REQUESTED: "Asked Amazon for the order again.",
    EventCode.IMPORT_REQUESTED: "Import requested by hand.",
    EventCode.SKIPPED: "Skipped: {reason}",
    EventCode.SKIP_ENDED: "No longer skipped.",
    EventCode.ADDRESS_CORRECTED: "The delivery address was corrected by hand.",
    EventCode.MATCHED: "{seller_sku} was matched to {sku}, {units} to an item.",
    EventCode.UNMATCHED: "The match of {seller_sku} was taken away.",
    EventCode.SETTINGS_CHANGED: "The store's settings changed: {text}",
    EventCode.REFRESHED: "Refreshed from Amazon.",
    EventCode.HEALED: "Was missing here and was fetched from Amazon. {text}",
    EventCode.UNKNOWN_AT_AMAZON: "Amazon was asked for the order and does not know it (any more).",
    EventCode.SHIPPED_HERE: "Shipped here; Amazon is told.",
    EventCode.SHIPMENT_CORRECTED: "What was said of a parcel was corrected; Amazon is told again.",
    EventCode.SHIPMENT_CONFIRMED: "Amazon knows parcel {reference} as it was shipped here.",
    EventCode.SHIPMENT_REFUSED: "Amazon refuses to confirm parcel {reference}: {text}",
    EventCode.SHIPMENT_DIFFERS: "Amazon shows parcel {reference} otherwise: {text}",
    EventCode.PICKUP_OWED: "Amazon is to be told: {status}.",
    EventCode.PICKUP_TOLD: "Amazon was told: {status}.",
    EventCode.PICKUP_REFUSED: "Amazon does not take it ({status}): {text}",
    EventCode.CANCEL_ASKED: "Amazon is asked to cancel it: {reason}.",
    EventCode.CANCEL_ACCEPTED: "Amazon has canceled it, as was asked for.",
    EventCode.CANCEL_REFUSED: "Amazon refuses to cancel it: {text}",
    EventCode.REFUND_ASKED: "Amazon is asked to pay back credit memo {number}.",
    EventCode.REFUND_ACCEPTED: "Amazon pays back credit memo {number}.",
    EventCode.REFUND_REFUSED: "Amazon refuses to pay back credit memo {number}: {text}",
    EventCode.REFUND_VOIDED: "Credit memo {number} is void: {reason}.",
}


# What Amazon changed, one piece each; joined by commas.
_CHANGES: Mapping[str, str] = {
    "total": "the total from {before} to {after}",
    "ship_by": "the ship-by date from {before} to {after}",
    "deliver_by": "the delivery date from {before} to {after}",
    "service": "the shipping service from {before} to {after}",
    "address": "the delivery address",
    "item_added": "the items ({name} added, {after} ordered)",
    "item_removed": "the items ({name} removed)",
    "item_ordered": "the quantity of {name} from {before} to {after}",
    "item_canceled": "the canceled units of {name} from {before} to {after}",
    "item_shipped": "the shipped units of {name} from {before} to {after}",
    "item_price": "the price of {name} from {before} to {after}",
    "package_added": "the parcels ({name} added)",
    "package_removed": "the parcels ({name} removed)",
    "package_status": "the state of parcel {name} from {before} to {after}",
}
_MOMENTS = frozenset({"ship_by", "deliver_by"})
_NOTHING = "none"


# Events outlive the code that wrote them: a detail that an old one lacks is a gap in a sentence, not an
# error on the page.
class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def words(code: str, details: Mapping[str, Any]) -> str:
    """The note of an event, e.g. "Imported as Commerce order 1000042."."""
    if details.get("did"):
        return " ".join(part for part in parts(details) if part)
    template = _WORDS.get(code)
    said = _Blank({**details, "changed": _changed(code, details.get("changes") or [])})
    return template.format_map(said) if template else code.replace("_", " ").capitalize()


def _changed(code: str, changes: Sequence[Mapping[str, str]]) -> str:
    """The pieces behind the status, or by themselves."""
    pieces = ", ".join(_piece(change) for change in changes if change.get("what") in _CHANGES)
    if not pieces:
        return "" if code == EventCode.STATUS_CHANGED else " something that is not shown here"
    return f", and {pieces}" if code == EventCode.STATUS_CHANGED else f" {pieces}"


def _piece(change: Mapping[str, str]) -> str:
    said = {"name": "", "before": _NOTHING, "after": _NOTHING, **change}
    if change["what"] in _MOMENTS:
        said |= {side: _day(said[side]) for side in ("before", "after")}
    return _CHANGES[change["what"]].format_map(said)


def _day(text: str) -> str:
    return text if text == _NOTHING else f"{datetime.fromisoformat(text):%b %-d, %Y, %H:%M} UTC"


def parts(details: Mapping[str, Any]) -> tuple[str, str, str]:
    """An outside change in its three parts: what Amazon did, what was done, what is left for a person."""
    did, done, to_do = (str(details.get(key, "")) for key in ("did", "done", "to_do"))
    return did, done, to_do


def event(
    order_import_id: int, code: EventCode, *, now: datetime, actor: str = "", **details: Any
) -> TimelineEvent:
    """An event that is not stored yet; a batch stores all of its events with one statement."""
    return TimelineEvent(order_import_id=order_import_id, at=now, code=code, actor=actor, details=details)


def record_events(events: list[TimelineEvent]) -> None:
    """Store a batch of events."""
    TimelineEvent.objects.bulk_create(events)
