"""What must go out, the most urgent first: orders in Processing of which something is left to ship."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet, Value
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.db.models.functions import Coalesce

from commerce.models import Order, OrderStatus
from commerce.models.orders import NO_HURRY
from commerce.paging import Page, page_of

PAGE_SIZE = 50
# Written as the index `commerce_order_to_ship` writes it.
_DUE = Coalesce("ship_by", Value(NO_HURRY))


@dataclass(frozen=True, slots=True)
class WorkCursor:
    """A place in the worklist; without a ship-by date an order stands behind all that have one."""

    ship_by: datetime | None
    id: int


def page(
    *,
    order_ids: QuerySet[Any] | Collection[int] | None = None,
    commerce_store_id: int | None = None,
    channel: str = "",
    ship_before: datetime | None = None,
    after: WorkCursor | None = None,
    before: WorkCursor | None = None,
    size: int = PAGE_SIZE,
) -> Page[Order, WorkCursor]:
    """A page of the worklist, after or before a cursor: 1 statement.

    `order_ids` may be a queryset: it is where the caller's scope goes. Orders on hold are not in it.
    """
    wanted: dict[str, Any] = {
        "pk__in": order_ids,
        "commerce_store_id": commerce_store_id,
        "channel": channel or None,
        "ship_by__lt": ship_before,
    }
    orders = to_ship().filter(**{name: value for name, value in wanted.items() if value is not None})
    orders = orders.select_related("commerce_store")
    key = Tuple(_DUE, F("pk"))
    if before is not None:
        backwards = orders.filter(TupleLessThan(key, _place(before)))
        return page_of(backwards.order_by(_DUE.desc(), "-pk"), size, _cursor, is_backwards=True)
    if after is not None:
        orders = orders.filter(TupleGreaterThan(key, _place(after)))
    return page_of(orders.order_by(_DUE.asc(), "pk"), size, _cursor, is_first=after is None)


def to_ship() -> QuerySet[Order]:
    """All orders of the worklist, in no order."""
    return Order.objects.filter(status=OrderStatus.PROCESSING.value, fully_shipped_at=None)


def _place(cursor: WorkCursor) -> tuple[datetime, int]:
    return cursor.ship_by or NO_HURRY, cursor.id


def _cursor(order: Order) -> WorkCursor:
    return WorkCursor(order.ship_by, order.pk)
