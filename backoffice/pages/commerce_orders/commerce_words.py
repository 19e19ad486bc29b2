"""How the life of a Commerce order reads: its events, what Amazon was told, what to do next. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.pages.frame import words
from backoffice.pages.frame.cancellation_words import reason
from backoffice.pages.frame.words import NextStep, Pill
from commerce.models import EventCode, Order, OrderEvent, OrderStatus
from integration.commerce_orders.details import CommerceDetails
from integration.models import (
    ConfirmationState,
    ConfirmationWay,
    ShipmentConfirmation,
)

_EVENTS: Mapping[str, str] = {
    EventCode.PAID: "Paid; the invoice was issued.",
    EventCode.HELD: "Put on hold{reason}.",
    EventCode.UNHELD: "Taken off hold{reason}.",
    EventCode.STATUS_SET: "Status set to {status}.",
    EventCode.SHIPPED: "Shipped: {units}.",
    EventCode.TRACKING_CHANGED: "Tracking of shipment {shipment} corrected.",
    EventCode.TAKEN_OVER: "Shipped at Amazon and taken over: {units}.",
    EventCode.UNITS_CANCELED: "Canceled in part: {units}{reason}.",
    EventCode.CANCELED: "Canceled{reason}.",
    EventCode.COMPLETED: "Complete.",
    EventCode.REFUNDED: "Refunded with credit memo {credit_memo}{reason}.",
    EventCode.AMOUNTS_TOLD: "Amazon told what was paid; the order and its invoice have the amounts now.",
    EventCode.REFUND_VOIDED: "Credit memo {credit_memo} is void{reason}.",
    EventCode.CLOSED: "Closed: everything was given back.",
}
_CONFIRMATIONS: Mapping[str, tuple[str, str]] = {
    ConfirmationState.OWED: ("Amazon is to be told", "info"),
    ConfirmationState.SENT: ("Told to Amazon", "info"),
    ConfirmationState.CONFIRMED: ("Confirmed by Amazon", "ok"),
    ConfirmationState.REFUSED: ("Refused by Amazon", "bad"),
    ConfirmationState.DIFFERS: ("Amazon shows something else", "bad"),
}
_BY_WAY: Mapping[tuple[str, str], str] = {
    (ConfirmationWay.READ_BACK, ConfirmationState.SENT): "To be read back from Amazon",
    (ConfirmationWay.FEED, ConfirmationState.OWED): "Amazon is to be told by feed",
    (ConfirmationWay.FEED, ConfirmationState.SENT): "Told to Amazon by feed",
    (ConfirmationWay.PICKUP, ConfirmationState.SENT): "Told to Amazon as picked up",
}


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One event in words; `actor` is empty where it was no person."""

    at: datetime
    code: str
    text: str
    actor: str
    did: str = ""
    to_do: str = ""


def history(event: OrderEvent) -> HistoryEntry:
    """An event of an order's history."""
    details: Mapping[str, Any] = event.details
    why = str(details.get("reason", ""))
    text = _EVENTS[event.code].format(
        reason=f": {reason(why)}" if why else "",
        units=words.counted(int(details.get("units", 0)), "unit"),
        status=details.get("status", ""),
        shipment=details.get("shipment", ""),
        credit_memo=details.get("credit_memo", ""),
    )
    return HistoryEntry(event.at, event.code, text, event.by)


def beginning(order: Order, *, amazon_order_id: str, invoice_number: str) -> HistoryEntry:
    """How the order came to be; no event of its own, for it has a field."""
    text = f"Placed from Amazon order {amazon_order_id}" if amazon_order_id else "Placed"
    return HistoryEntry(
        order.created_at, "PLACED", f"{text}; invoice {invoice_number}." if invoice_number else f"{text}.", ""
    )


def confirmation(told: ShipmentConfirmation) -> Pill:
    """Where the word about a parcel stands; a refusal that somebody has settled is not loud any more."""
    text, tone = _CONFIRMATIONS[told.state]
    text = _BY_WAY.get((told.way, told.state), text)
    return Pill(f"{text}, settled", "") if told.settled_at and tone == "bad" else Pill(text, tone)


def next_step(found: CommerceDetails, now: datetime) -> NextStep:
    """What a person should do about the order next."""
    if found.order.status == OrderStatus.CANCELED:
        return NextStep("Canceled. There is nothing to do.")
    if any(is_unsettled(each.confirmation) for each in found.parcels):
        return NextStep(
            "Amazon does not have a parcel as it was shipped here. Correct it and send it again.", "bad"
        )
    if found.is_being_canceled:
        return NextStep(
            "Amazon is asked to cancel it. Do not ship it; the answer takes some minutes.", "info"
        )
    if found.wants_cancel:
        return NextStep("The buyer asks to cancel this order. Settle that before anything is shipped.", "bad")
    return _by_status(found, now)


def is_unsettled(told: ShipmentConfirmation | None) -> bool:
    """Whether Amazon refused a parcel or shows another, and nobody has dealt with it."""
    bad = (ConfirmationState.REFUSED, ConfirmationState.DIFFERS)
    return told is not None and told.state in bad and told.settled_at is None


def _by_status(found: CommerceDetails, now: datetime) -> NextStep:
    order = found.order
    if order.status == OrderStatus.PENDING:
        return NextStep("It waits for its payment.", "info")
    if order.status == OrderStatus.ON_HOLD:
        held = next((event for event in found.events if event.code == EventCode.HELD), None)
        why = f": {reason(str(held.details.get('reason', '')))}" if held else ""
        return NextStep(f"On hold{why}. Its stock is kept; take it off hold to ship it.", "warn")
    if order.status == OrderStatus.PROCESSING and found.is_something_left:
        return _to_ship(found, now)
    if order.status == OrderStatus.PROCESSING:
        return NextStep("Everything has left. It is complete as soon as Amazon says so too.", "ok")
    if order.status == OrderStatus.CLOSED:
        return NextStep("Closed: everything that was charged was given back.")
    return NextStep("Complete. There is nothing to do.", "ok")


def _to_ship(found: CommerceDetails, now: datetime) -> NextStep:
    units = words.counted(sum(each.to_ship for each in found.lines), "unit")
    if found.order.ship_by is None:
        return NextStep(f"Ship it: {units} to go.", "info")
    clock = words.ship_clock(found.order.ship_by, now)
    if clock.tone == "bad":
        return NextStep(f"Ship it now: {units} to go. {clock.words}.", "bad")
    return NextStep(f"Ship it: {units} to go, {clock.words}.", clock.tone or "info")
