"""Lists of Amazon orders: filtered, sorted over the whole list, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count as CountOf

from integration.access import Viewer
from integration.order_list import filters as order_filters
from integration.order_list import keyset, rows, stored
from integration.order_list.filters import OrderFilter
from integration.order_list.keyset import BadCursor, Ordering
from integration.order_list.rows import OpenBlocker, OrderRow

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
    f"{sign}{column}": Ordering(f"{sign}{column}", column, sign == "-", read, is_sparse)
    for column, read, is_sparse in _SORTS
    for sign in ("", "-")
}


class BadOrdering(ValueError):
    """There is no such sort; the text names those there are."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, and the cursors of its neighbours."""

    rows: tuple[OrderRow, ...]
    next_cursor: str | None
    previous_cursor: str | None


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
) -> Page:
    """One page of orders; buyers' names only `with_people`. At most seven statements.

    Raises BadOrdering, BadCursor, and access.NotPermitted for a search by buyer without leave.
    """
    sort = _sort(ordering)
    position = keyset.decode(cursor, sort) if cursor else None
    found = order_filters.orders(viewer, filters).select_related(*rows.RELATED).only(*rows.COLUMNS)
    cut = keyset.cut(found, ordering=sort, position=position, size=size)
    return Page(
        rows=rows.build(viewer, cut.rows, with_people=with_people),
        next_cursor=keyset.encode(cut.next, sort) if cut.next else None,
        previous_cursor=keyset.encode(cut.previous, sort) if cut.previous else None,
    )


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
