"""Commerce orders as lists and pages of them ask for: whose they are, what Amazon has to do with them.

Commerce knows no stores of Amazon's and no viewers; this is where the two meet.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from amazon_orders.models import AmazonOrder
from commerce.models import Order, OrderLine
from commerce.orders import worklist
from commerce.transitions import FINISHED
from integration import access
from integration.access import Viewer
from integration.models import (
    Cancellation,
    ConfirmationState,
    FeedRequestState,
    OrderImport,
    ShipmentConfirmation,
)

SOON = timedelta(hours=24)
_UNSHIPPED = ("PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of the viewer's orders; what is left empty does not filter.

    `number`: the beginning of a Commerce or an Amazon order number. `text`: the beginning of a SKU or a part
    of a product's name.
    """

    number: str = ""
    text: str = ""
    store_ids: tuple[int, ...] = ()
    is_cancel_requested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AmazonSide:
    """The Amazon order behind a Commerce order. `wants_cancel`: its buyer asks to cancel, and it could be."""

    amazon_order_id: str
    store_id: int
    store_name: str
    marketplace_id: str
    status: str
    is_prime: bool
    is_cancel_requested: bool

    @property
    def wants_cancel(self) -> bool:
        """Whether the cancellation still matters: nothing has left wholly, nothing is canceled."""
        return self.is_cancel_requested and self.status in _UNSHIPPED


@dataclass(frozen=True, slots=True)
class Contents:
    """What is left to ship of an order: (SKU, name, units) of each line."""

    lines: tuple[tuple[str, str, int], ...] = ()

    @property
    def more(self) -> int:
        """Lines beyond the first two, which a list shows."""
        return max(0, len(self.lines) - 2)


@dataclass(frozen=True, slots=True)
class Pace:
    """How many orders are to be shipped; of these: late, due within SOON, with a buyer who asks to cancel."""

    to_ship: int
    late: int
    soon: int
    cancel_requested: int


def scope(viewer: Viewer, wanted: Wanted | None = None) -> QuerySet[Any] | None:
    """The primary keys of the viewer's orders that are wanted; None is every order."""
    asked = wanted or Wanted()
    # No condition at all, instead of a list of every key: the worklist's own index then serves alone.
    if viewer.store_ids is None and asked == Wanted():
        return None
    orders = access.scope_commerce_orders(viewer, Order.objects.order_by())
    if asked.store_ids:
        orders = orders.filter(order_import__amazon_order__store_id__in=asked.store_ids)
    if asked.number:
        beginning = Q(number__startswith=asked.number) | Q(channel_reference__startswith=asked.number)
        orders = orders.filter(beginning)
    if asked.text:
        named = Q(sku__istartswith=asked.text) | Q(name__icontains=asked.text)
        orders = orders.filter(pk__in=OrderLine.objects.order_by().filter(named).values("order_id"))
    if asked.is_cancel_requested:
        orders = orders.filter(_cancel_requested()).exclude(status__in=FINISHED)
    return orders.values("pk")


def amazon_sides(order_ids: Collection[int]) -> dict[int, AmazonSide]:
    """The Amazon orders behind these; one whose store was deleted has none. 1 statement."""
    links = OrderImport.objects.filter(commerce_order_id__in=order_ids).select_related("amazon_order__store")
    return {link.commerce_order_id: _side(link.amazon_order) for link in links if link.commerce_order_id}


def _side(order: AmazonOrder) -> AmazonSide:
    return AmazonSide(
        amazon_order_id=order.amazon_order_id,
        store_id=order.store_id,
        store_name=order.store.name,
        marketplace_id=order.store.marketplace_id,
        status=order.status,
        is_prime=order.is_prime,
        is_cancel_requested=order.is_cancel_requested,
    )


@dataclass(frozen=True, slots=True)
class OutboxProblems:
    """What of an order Amazon did not take, and nobody has settled; whether it is asked to cancel it."""

    has_refused_parcel: bool = False
    has_refused_cancellation: bool = False
    is_being_canceled: bool = False


def told(numbers: Mapping[int, str]) -> dict[int, OutboxProblems]:
    """By Commerce order; `numbers` are the numbers of their Amazon orders. 2 statements."""
    bad = (ConfirmationState.REFUSED, ConfirmationState.DIFFERS)
    parcels = ShipmentConfirmation.objects.filter(
        amazon_order_id__in=numbers.values(), state__in=bad, settled_at=None
    )
    refused = set(parcels.values_list("amazon_order_id", flat=True))
    asked = Cancellation.objects.filter(amazon_order_id__in=numbers.values()).order_by("pk")
    newest = {cancellation.amazon_order_id: cancellation for cancellation in asked}
    return {pk: _told(number in refused, newest.get(number)) for pk, number in numbers.items()}


def _told(has_refused_parcel: bool, cancellation: Cancellation | None) -> OutboxProblems:
    return OutboxProblems(
        has_refused_parcel,
        cancellation is not None
        and cancellation.state == FeedRequestState.REFUSED
        and cancellation.settled_at is None,
        cancellation is not None and cancellation.state in (FeedRequestState.OWED, FeedRequestState.SENT),
    )


def contents(order_ids: Collection[int]) -> dict[int, Contents]:
    """What is left to ship of these orders. 1 statement."""
    left = F("quantity") - F("quantity_shipped") - F("quantity_canceled")
    rows = OrderLine.objects.filter(order_id__in=order_ids).annotate(left=left).filter(left__gt=0)
    lines: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
    for order_id, sku, name, units in rows.values_list("order_id", "sku", "name", "left"):
        lines[order_id].append((sku, name, units))
    return {order_id: Contents(tuple(found)) for order_id, found in lines.items()}


def pace(viewer: Viewer, *, now: datetime) -> Pace:
    """How the viewer's work stands. 1 statement."""
    counted = access.scope_commerce_orders(viewer, worklist.to_ship()).aggregate(
        to_ship=Count("pk"),
        late=Count("pk", filter=Q(ship_by__lt=now)),
        soon=Count("pk", filter=Q(ship_by__gte=now, ship_by__lt=now + SOON)),
        cancel_requested=Count("pk", filter=_cancel_requested()),
    )
    return Pace(**counted)


def numbers_of(viewer: Viewer, order_ids: Collection[int]) -> Mapping[int, str]:
    """The numbers of those orders that are the viewer's, in the order of the ids. 1 statement."""
    mine = access.scope_commerce_orders(viewer, Order.objects.filter(pk__in=order_ids))
    found = dict(mine.order_by().values_list("pk", "number"))
    return {pk: found[pk] for pk in dict.fromkeys(order_ids) if pk in found}


def numbers_and_stores(order_ids: Collection[int]) -> list[tuple[str, int | None]]:
    """The numbers of orders, and the stores whose Amazon orders they stand for. 1 statement."""
    rows = Order.objects.filter(pk__in=order_ids).order_by("pk")
    return list(rows.values_list("number", "order_import__amazon_order__store_id"))


def _cancel_requested() -> Q:
    return Q(
        order_import__amazon_order__is_cancel_requested=True,
        order_import__amazon_order__status__in=_UNSHIPPED,
    )
