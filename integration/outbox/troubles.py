"""What Amazon refused of what it was told, and what it shows otherwise: orders that wait for a person.

Each is a query over Amazon orders with its `since`: all of them are one statement with other messages.
"""

from typing import Any

from django.db.models import Exists, Model, OuterRef, QuerySet, Subquery

from amazon_orders.models import AmazonOrder
from integration.decision.policy import CANCELED
from integration.models import (
    Adjustment,
    Cancellation,
    ConfirmationState,
    FeedRequestState,
    PickupNotice,
    ShipmentConfirmation,
)

SHIPMENT_REFUSED = "SHIPMENT_REFUSED"
SHIPMENT_DIFFERS = "SHIPMENT_DIFFERS"
CANCEL_REFUSED = "CANCEL_REFUSED"
PICKUP_REFUSED = "PICKUP_REFUSED"
REFUND_REFUSED = "REFUND_REFUSED"
TEXTS = {
    SHIPMENT_REFUSED: "Amazon refuses to confirm parcels of orders of {store}: {orders}. Each order's page "
    "has Amazon's words: correct what was said of the parcel and send it again, or mark it as settled.",
    SHIPMENT_DIFFERS: "Amazon shows parcels of orders of {store} otherwise than they were shipped here: "
    "{orders}. Compare them on the order's page, then correct the parcel here or in Seller Central.",
    CANCEL_REFUSED: "Amazon refuses to cancel orders of {store}: {orders}. Each order's page has Amazon's "
    "words: ship it, ask again, or leave it at that.",
    PICKUP_REFUSED: "Amazon does not take what it was told of store pick-ups of {store}: {orders}. "
    "Each order's page has Amazon's words: tell it again, or settle it in Seller Central and mark it so.",
    REFUND_REFUSED: "Amazon refuses to pay back credit memos of orders of {store}: {orders}. Each order's "
    "page has Amazon's words: send it again, or pay the buyer in Seller Central and mark it as settled.",
}


def order_troubles() -> list[tuple[str, QuerySet[AmazonOrder], str]]:
    """(code, orders, the name of the column that says since when)."""
    return [
        (SHIPMENT_REFUSED, _with(_confirmations(ConfirmationState.REFUSED)), "trouble_since"),
        (SHIPMENT_DIFFERS, _with(_confirmations(ConfirmationState.DIFFERS), "owed_at"), "trouble_since"),
        (
            CANCEL_REFUSED,
            # Refused, and canceled at Amazon all the same (by the buyer, or in Seller Central): nothing
            # is left to do.
            _with(_unsettled(Cancellation, FeedRequestState.REFUSED)).exclude(status__in=CANCELED),
            "trouble_since",
        ),
        (PICKUP_REFUSED, _with(_unsettled(PickupNotice, FeedRequestState.REFUSED)), "trouble_since"),
        (REFUND_REFUSED, _with(_unsettled(Adjustment, FeedRequestState.REFUSED)), "trouble_since"),
    ]


def _confirmations(state: str) -> QuerySet[Any]:
    return _unsettled(ShipmentConfirmation, state)


def _unsettled(model: type[Model], state: str) -> QuerySet[Any]:
    return model._default_manager.filter(
        amazon_order_id=OuterRef("amazon_order_id"), state=state, settled_at=None
    )


def _with(rows: QuerySet[Any], since: str = "answered_at") -> QuerySet[AmazonOrder]:
    first = rows.order_by(since).values(since)[:1]
    return AmazonOrder.objects.filter(Exists(rows)).annotate(trouble_since=Subquery(first))
