"""What a list shows of an order."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import OuterRef, Subquery

from amazon_orders import marketplaces
from amazon_orders.models import AmazonOrder, PersonalData
from integration import personal_data, timeline
from integration.access import Permission, Viewer
from integration.decision import blockers
from integration.models import Blocker, OrderImport, TimelineEvent


@dataclass(frozen=True, slots=True)
class OpenBlocker:
    """A reason in force. `order_item_id` None: of the order as a whole."""

    code: str
    seller_sku: str
    order_item_id: str | None
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order of a list. Unknown amounts and times are None; `buyer_name` too where it may not be seen."""

    id: int
    amazon_order_id: str
    store_id: int
    store_name: str
    status: str
    fulfillment: str
    state: str
    reason: str
    blockers: tuple[OpenBlocker, ...]
    commerce_order_id: int | None
    commerce_number: str | None
    buyer_name: str | None
    total: Decimal | None
    currency: str
    purchased_at: datetime
    latest_ship_at: datetime | None
    is_prime: bool
    is_business: bool
    is_cancel_requested: bool
    note: str
    seller_central_url: str


RELATED = ("store", "order_import__commerce_order")
COLUMNS = (
    "amazon_order_id",
    "status",
    "fulfilled_by",
    "purchased_at",
    "latest_ship_at",
    "total",
    "currency",
    "is_prime",
    "is_business",
    "is_cancel_requested",
    "store__name",
    "store__marketplace_id",
    "order_import__state",
    "order_import__reason",
    "order_import__commerce_order__number",
)


def build(viewer: Viewer, orders: Sequence[AmazonOrder], *, with_people: bool = True) -> tuple[OrderRow, ...]:
    """The rows of these orders, in their order: three statements, whatever their number."""
    reasons = open_blockers([order.pk for order in orders])
    # A blocked order shows its reasons, so its events need not be read.
    notes = newest_notes([order.pk for order in orders if order.pk not in reasons])
    names = buyer_names(viewer, orders) if with_people else {}
    return tuple(
        row_of(order, reasons.get(order.pk, ()), notes.get(order.pk, ""), names.get(order.pk))
        for order in orders
    )


def open_blockers(order_ids: Iterable[int]) -> dict[int, tuple[OpenBlocker, ...]]:
    """The reasons in force of each order that has any, in the order of the checks."""
    ranks = {code: rank for rank, code in enumerate(blockers.CODES)}
    found: defaultdict[int, list[Blocker]] = defaultdict(list)
    for blocker in Blocker.objects.filter(order_import_id__in=list(order_ids), closed_at=None).order_by("id"):
        found[blocker.order_import_id].append(blocker)
    return {
        order_id: tuple(_reason(blocker) for blocker in sorted(mine, key=lambda blocker: ranks[blocker.code]))
        for order_id, mine in found.items()
    }


def _reason(blocker: Blocker) -> OpenBlocker:
    return OpenBlocker(
        code=blocker.code,
        seller_sku=blocker.seller_sku,
        order_item_id=blocker.line_reference,
        message=blockers.message(blocker.code, blocker.details, blocker.seller_sku),
        remedy=blockers.remedy(blocker.code, blocker.details, blocker.seller_sku),
    )


def newest_notes(order_ids: Iterable[int]) -> dict[int, str]:
    """The newest event of each order, in words."""
    newest = TimelineEvent.objects.filter(order_import=OuterRef("pk")).order_by("-id").values("pk")[:1]
    wanted = OrderImport.objects.filter(pk__in=list(order_ids)).annotate(newest=Subquery(newest))
    events = TimelineEvent.objects.filter(pk__in=wanted.values("newest"))
    return {event.order_import_id: timeline.words(event.code, event.details) for event in events}


def buyer_names(viewer: Viewer, orders: Sequence[AmazonOrder]) -> dict[int, str]:
    """The buyers' names by order, where there are any and the viewer may see them."""
    if not viewer.may(Permission.SEE_PERSONAL_DATA):
        return {}
    ids = {order.pk: order.amazon_order_id for order in orders}
    opened = {
        row.order_id: personal_data.opened(ids[row.order_id], row.sealed).get("buyer_name", "")
        for row in PersonalData.objects.filter(order_id__in=ids)
    }
    return {order_id: name for order_id, name in opened.items() if name}


def row_of(order: AmazonOrder, reasons: tuple[OpenBlocker, ...], event: str, buyer: str | None) -> OrderRow:
    """The row of an order that was read with RELATED. `event` is its newest event in words."""
    link = order.order_import
    commerce = link.commerce_order
    marketplace = marketplaces.by_id(order.store.marketplace_id)
    return OrderRow(
        id=order.pk,
        amazon_order_id=order.amazon_order_id,
        store_id=order.store_id,
        store_name=order.store.name,
        status=order.status,
        fulfillment=order.fulfilled_by,
        state=link.state,
        reason=link.reason,
        blockers=reasons,
        commerce_order_id=link.commerce_order_id,
        commerce_number=commerce.number if commerce else None,
        buyer_name=buyer,
        total=order.total,
        currency=order.total_currency,
        purchased_at=order.purchased_at,
        latest_ship_at=order.latest_ship_at,
        is_prime=order.is_prime,
        is_business=order.is_business,
        is_cancel_requested=order.is_cancel_requested,
        note="; ".join(dict.fromkeys(reason.message for reason in reasons)) or event,
        seller_central_url=marketplace.seller_central_order_url(order.amazon_order_id),
    )
