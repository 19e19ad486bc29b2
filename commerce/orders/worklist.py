"""What must go out, the most urgent first: orders in Processing of which something is left to ship."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from commerce.models import Order, OrderStatus
from commerce.models.orders import NO_HURRY
from paging import keyset
from paging.keyset import Ordering, Page

PAGE_SIZE = 50
# Without a ship-by date an order stands behind all that have one, as in the index `commerce_order_to_ship`.
_MOST_URGENT_FIRST = Ordering(name="ship_by", column="ship_by", read=keyset.read_time, nulls_as=NO_HURRY)


def page(
    *,
    order_ids: QuerySet[Any] | Collection[int] | None = None,
    commerce_store_id: int | None = None,
    channel: str = "",
    ship_before: datetime | None = None,
    cursor: str = "",
    size: int = PAGE_SIZE,
) -> Page[Order]:
    """A page of the worklist: 1 statement. Raises keyset.BadCursor.

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
    return keyset.page(orders, ordering=_MOST_URGENT_FIRST, cursor=cursor, size=size)


def to_ship() -> QuerySet[Order]:
    """All orders of the worklist, in no order."""
    return Order.objects.filter(status=OrderStatus.PROCESSING.value, fully_shipped_at=None)
