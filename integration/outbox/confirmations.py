"""The words about parcels that Amazon is owed: what moves such a row on, whoever does it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import QuerySet

from amazon_orders.models import AmazonOrder
from commerce.models import ShipmentLine
from integration.models import ConfirmationState, ConfirmationWay, Lane, RequestReason, ShipmentConfirmation
from integration.outbox import amazon_side
from integration.outbox.amazon_side import Counterpart
from integration.sync import order_requests
from integration.sync.order_requests import WantedOrder
from integration.timeline import EventCode

# Amazon's reads are asked less and less often.
SOONEST, LATEST = timedelta(seconds=30), timedelta(minutes=15)
# A parcel that Amazon did not answer to is told again a minute or two after the call, however often: its
# lateness counts by the moment of confirmation, and there are two tokens a second.
LATEST_TOLD_AGAIN = timedelta(seconds=45)


# What `owe_again` writes.
OWED_FIELDS = (
    *("way", "version", "state", "owed_at", "due_at", "sent_at", "attempts", "answered_at"),
    *("refusal", "refusal_code", "request_id", "settled_at", "settled_by", "differences", "problem"),
)


def new(
    *, shipment_id: int, counterpart: Counterpart, way: ConfirmationWay, reference: str, now: datetime
) -> ShipmentConfirmation:
    """The row of a parcel that has just left; not written yet."""
    row = ShipmentConfirmation(
        shipment_id=shipment_id,
        account_id=counterpart.account_id,
        marketplace_id=counterpart.marketplace_id,
        amazon_order_id=counterpart.number,
        package_reference=reference,
    )
    owe_again(row, version=1, way=way, now=now)
    return row


def owe_again(row: ShipmentConfirmation, *, version: int, way: str, now: datetime) -> None:
    """Amazon is owed the word of this version; a parcel it made itself is only to be looked for."""
    is_told = way != ConfirmationWay.READ_BACK
    row.way, row.version, row.owed_at, row.attempts = way, version, now, 0
    row.state = ConfirmationState.OWED if is_told else ConfirmationState.SENT
    row.due_at = now if is_told else now + SOONEST
    row.sent_at, row.answered_at = (row.sent_at, None) if is_told else (now, now)
    row.refusal = row.refusal_code = row.request_id = row.settled_by = row.problem = ""
    row.settled_at, row.differences = None, []


def way_of_correction(row: ShipmentConfirmation, *, tracking_number: str) -> ConfirmationWay:
    """The way a corrected parcel goes: a number that is added, or taken away, changes it."""
    way = ConfirmationWay(row.way)
    if way not in (ConfirmationWay.CONFIRM, ConfirmationWay.FEED):
        return way
    return ConfirmationWay.CONFIRM if tracking_number.strip() else ConfirmationWay.FEED


def items_of(shipment_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """What is in each parcel: Amazon's items by order item id. One statement."""
    found: dict[int, dict[str, int]] = {}
    lines = ShipmentLine.objects.filter(shipment_id__in=shipment_ids).values_list(
        "shipment_id", "order_line__line_reference", "order_line__units_per_item", "quantity"
    )
    for shipment_id, reference, units_per_item, quantity in lines:
        # Whole by construction: only whole packs are shipped for a channel's line (ADR 0004).
        found.setdefault(shipment_id, {})[reference] = quantity // units_per_item
    return found


def codes_of(shipment_ids: Collection[int]) -> dict[int, dict[str, list[str]]]:
    """The codes of single units in each parcel by order item id, where there are any. One statement."""
    found: dict[int, dict[str, list[str]]] = {}
    lines = ShipmentLine.objects.filter(shipment_id__in=shipment_ids).exclude(unit_codes=[])
    for shipment_id, reference, codes in lines.values_list(
        "shipment_id", "order_line__line_reference", "unit_codes"
    ):
        found.setdefault(shipment_id, {})[reference] = list(codes)
    return found


def paid_at_the_door(numbers: Collection[str]) -> set[str]:
    """Orders whose money the carrier collects. One statement."""
    rows = AmazonOrder.objects.filter(amazon_order_id__in=numbers, cash_on_delivery__isnull=False)
    return set(rows.values_list("amazon_order_id", flat=True))


def refuse(
    rows: QuerySet[ShipmentConfirmation],
    row: ShipmentConfirmation,
    *,
    text: str,
    code: str,
    request_id: str,
    now: datetime,
) -> bool:
    """Amazon does not take it: a person has to correct it. In the caller's transaction."""
    is_ours = rows.update(
        state=ConfirmationState.REFUSED,
        due_at=None,
        answered_at=now,
        refusal=(text or "Amazon refuses it without a word.")[:500],
        refusal_code=code[:64],
        request_id=request_id[:64],
        problem="",
    )
    if is_ours:
        said = {row.amazon_order_id: {"reference": row.package_reference, "text": text[:200]}}
        amazon_side.tell(said, EventCode.SHIPMENT_REFUSED, now=now)
    return bool(is_ours)


def ask(row: ShipmentConfirmation, *, lane: Lane, due_at: datetime, now: datetime) -> None:
    """Have the order read with its packages."""
    ask_all([row], lane=lane, due_at=due_at, now=now)


def ask_all(rows: Collection[ShipmentConfirmation], *, lane: Lane, due_at: datetime, now: datetime) -> None:
    """Have all these orders read."""
    order_requests.request(
        [WantedOrder(row.account_id, row.amazon_order_id) for row in rows],
        lane=lane,
        why=RequestReason.UNCONFIRMED,
        now=now,
        due_at=due_at,
    )


def backoff(attempts: int) -> timedelta:
    """How long, once an answer counts as lost, until the next call."""
    # The first at once: most lost answers are a cut connection, and Amazon is there.
    return min(timedelta(seconds=15) * max(attempts - 1, 0), LATEST_TOLD_AGAIN)
