"""Lists of Amazon orders: filtered, sorted over the whole list, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count as CountOf

from integration.access import Viewer
from integration.orders.order_list import filters as order_filters
from integration.orders.order_list import rows, stored
from integration.orders.order_list.filters import OrderFilter
from integration.orders.order_list.rows import OpenBlocker, OrderRow
from paging import keyset
from paging.keyset import BadCursor, Ordering, Page

__all__ = [
    "COUNTED_AT_MOST",
    "DEFAULT_ORDERING",
    "ORDERINGS",
    "BadCursor",
    "BadOrdering",
    "Count",
    "OpenBlocker",
    "OrderFilter",
    "OrderRow",
    "Page",
    "count",
    "count_by_store",
    "page",
    "stored",
]

PAGE_SIZE = 50
# A count reads every row it counts: beyond this nobody needs the digits.
COUNTED_AT_MOST = 10_000
DEFAULT_ORDERING = "-purchased_at"

_SORTS = (
    ("purchased_at", keyset.read_time, False),
    ("amazon_order_id", keyset.read_text, False),
    ("status", keyset.read_text, False),
    ("total", keyset.read_amount, True),
    ("latest_ship_at", keyset.read_time, True),
)
# By name; a leading minus is descending.
ORDERINGS: Mapping[str, Ordering] = {
    f"{sign}{column}": Ordering(
        name=f"{sign}{column}", column=column, read=read, is_descending=sign == "-", is_sparse=is_sparse
    )
    for column, read, is_sparse in _SORTS
    for sign in ("", "-")
}


class BadOrdering(ValueError):
    """There is no such sort; the text names those there are."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are; `is_capped`: that many and more."""

    value: int
    is_capped: bool

    def __str__(self) -> str:
        return f"{self.value:,}+" if self.is_capped else f"{self.value:,}"


def page(
    *,
    viewer: Viewer,
    filters: OrderFilter,
    ordering: str = DEFAULT_ORDERING,
    cursor: str = "",
    size: int = PAGE_SIZE,
    with_people: bool = True,
) -> Page[OrderRow]:
    """One page of orders; buyers' names only `with_people`. At most seven statements.

    Raises BadOrdering, BadCursor, and access.NotPermitted for a search by buyer without leave.
    """
    sort = _sort(ordering)
    found = order_filters.orders(viewer, filters).select_related(*rows.RELATED).only(*rows.COLUMNS)
    cut = keyset.page(found, ordering=sort, cursor=cursor, size=size)
    return cut.with_rows(rows.build(viewer, cut.rows, with_people=with_people))


def count(*, viewer: Viewer, filters: OrderFilter) -> Count:
    """How many orders there are, up to COUNTED_AT_MOST: no list waits for a count of the whole table."""
    found = order_filters.orders(viewer, filters).values("pk")[: COUNTED_AT_MOST + 1].count()
    return Count(value=min(found, COUNTED_AT_MOST), is_capped=found > COUNTED_AT_MOST)


def count_by_store(*, viewer: Viewer, filters: OrderFilter) -> dict[int, int]:
    """How many orders there are in each of the viewer's stores, to the last; for work on all of them."""
    found = order_filters.orders(viewer, filters).order_by().values("store_id")
    return dict(found.annotate(orders=CountOf("pk")).order_by("store_id").values_list("store_id", "orders"))


def _sort(ordering: str) -> Ordering:
    try:
        return ORDERINGS[ordering]
    except KeyError:
        raise BadOrdering(
            f"There is no ordering {ordering!r}; choose one of {', '.join(ORDERINGS)}."
        ) from None
