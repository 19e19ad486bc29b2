"""Orders that a person still has to see to; derived from rows.

Amazon changed them by itself, or refused what it was told of them, or they must leave soon.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet, Value

from amazon_orders.models import AmazonOrder
from commerce.models import OrderLine, OrderStatus
from integration import access
from integration.access import Viewer
from integration.decision.facts import AMAZON
from integration.decision.policy import CANCELED, OPEN, Reason
from integration.models import ImportState
from integration.outbox import troubles
from integration.stores import late_shipments

CANCELED_AFTER_SHIPPING = "CANCELED_AFTER_SHIPPING"
CANCEL_REQUESTED = "CANCEL_REQUESTED"
AMOUNTS_LOWERED = "AMOUNTS_LOWERED"
ORDERS_HALF_TOLD = "ORDERS_HALF_TOLD"
# The next pass brings the rest, as a rule: what takes longer has a cause that lasts.
HALF_TOLD_FOR = timedelta(hours=1)

# {orders} names the first few.
TEXTS = {
    CANCELED_AFTER_SHIPPING: "Amazon canceled orders of {store} that had already shipped here: {orders}. "
    "Stop the parcels or take them back, and close the Commerce orders.",
    CANCEL_REQUESTED: "Buyers ask to cancel orders of {store} that have not shipped: {orders}. Do not ship "
    "them before that is settled: cancel them, or tell the buyer why not.",
    AMOUNTS_LOWERED: "Amazon lowered the total of orders of {store} after they had shipped: {orders}. See in "
    "Seller Central whether the buyers were paid back, write the credit memos, and mark the orders as "
    "settled.",
    ORDERS_HALF_TOLD: "Amazon has told only a part of orders of {store} for over an hour: {orders}. They "
    "wait and are asked for again by themselves. If it stays so, see in Seller Central whether the "
    "application has all of its roles, and look after these orders there.",
    **troubles.TEXTS,
    **late_shipments.TEXTS,
}
URGENT = frozenset({late_shipments.AUTO_CANCEL_NEAR})
NAMED_ORDERS = 5
_SETTLED = (OrderStatus.CANCELED, OrderStatus.CLOSED)


@dataclass(frozen=True, slots=True)
class OrderProblems:
    """One kind of change in one store; the orders are named in the order they came in."""

    code: str
    store_id: int
    orders: tuple[str, ...]
    since: datetime

    def text(self, store_name: str) -> str:
        """What happened to which orders, and what to do."""
        named = ", ".join(self.orders[:NAMED_ORDERS])
        more = len(self.orders) - NAMED_ORDERS
        return TEXTS[self.code].format(
            store=store_name, orders=f"{named} and {more} more" if more > 0 else named
        )


def find_order_problems(viewer: Viewer, *, now: datetime) -> dict[tuple[str, int], OrderProblems]:
    """What there is to see to in the viewer's stores, by kind and store. One statement."""
    parts = [
        access.scope_amazon_orders(viewer, orders)
        .order_by()
        .values_list(Value(code), "store_id", "pk", "amazon_order_id", since)
        for code, orders, since in (
            (CANCELED_AFTER_SHIPPING, _canceled_after_shipping(), "last_updated_at"),
            (CANCEL_REQUESTED, _cancel_requested(), "last_updated_at"),
            (AMOUNTS_LOWERED, _amounts_lowered(), "order_import__amounts_lowered_at"),
            (ORDERS_HALF_TOLD, _half_told(now), "received_at"),
            *troubles.order_troubles(),
            *late_shipments.messages(now=now),
        )
    ]
    found: defaultdict[tuple[str, int], list[tuple[int, str, datetime]]] = defaultdict(list)
    for code, store_id, key, amazon_order_id, since in parts[0].union(*parts[1:], all=True):
        found[code, store_id].append((key, amazon_order_id, since))
    return {
        (code, store_id): OrderProblems(
            code=code,
            store_id=store_id,
            orders=tuple(number for _, number, _ in sorted(orders)),
            since=min(since for _, _, since in orders),
        )
        for (code, store_id), orders in found.items()
    }


def _canceled_after_shipping() -> QuerySet[AmazonOrder]:
    shipped = OrderLine.objects.filter(order=OuterRef("order_import__commerce_order"), quantity_shipped__gt=0)
    canceled = AmazonOrder.objects.filter(
        Exists(shipped), status__in=CANCELED, order_import__state=ImportState.IMPORTED
    )
    return canceled.exclude(order_import__commerce_order__status__in=_SETTLED)


def _cancel_requested() -> QuerySet[AmazonOrder]:
    return AmazonOrder.objects.filter(is_cancel_requested=True, status__in=OPEN).exclude(fulfilled_by=AMAZON)


def _half_told(now: datetime) -> QuerySet[AmazonOrder]:
    return AmazonOrder.objects.filter(
        order_import__state=ImportState.WAITING,
        order_import__reason=Reason.NOT_ALL_TOLD,
        received_at__lt=now - HALF_TOLD_FOR,
    )


def _amounts_lowered() -> QuerySet[AmazonOrder]:
    """Until a refund is on record, the Commerce order is closed, or a person says that it is settled."""
    refunded = OrderLine.objects.filter(
        order=OuterRef("order_import__commerce_order"), quantity_refunded__gt=0
    )
    lowered = AmazonOrder.objects.filter(~Exists(refunded), order_import__amounts_lowered_at__isnull=False)
    return lowered.exclude(order_import__commerce_order__status__in=_SETTLED)
