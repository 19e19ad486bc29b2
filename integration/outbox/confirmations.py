"""The words about parcels that Amazon is owed: what moves such a row on, whoever does it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import QuerySet

from commerce.models import ShipmentLine
from integration.models import ConfirmationState, Lane, RequestReason, ShipmentConfirmation
from integration.outbox import amazon_side
from integration.sync import order_requests
from integration.sync.order_requests import WantedOrder
from integration.timeline import EventCode

# Amazon's reads are asked less and less often.
SOONEST, LATEST = timedelta(seconds=30), timedelta(minutes=15)
# A parcel that Amazon did not answer to is told again a minute or two after the call, however often: its
# lateness counts by the moment of confirmation, and there are two tokens a second.
LATEST_TOLD_AGAIN = timedelta(seconds=45)


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
    order_requests.request(
        [WantedOrder(row.account_id, row.amazon_order_id)],
        lane=lane,
        why=RequestReason.UNCONFIRMED,
        now=now,
        due_at=due_at,
    )


def backoff(attempts: int) -> timedelta:
    """How long, once an answer counts as lost, until the next call."""
    # The first at once: most lost answers are a cut connection, and Amazon is there.
    return min(timedelta(seconds=15) * max(attempts - 1, 0), LATEST_TOLD_AGAIN)
