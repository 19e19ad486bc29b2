"""Keyset pages: a page begins after or before a row, however far down the list that is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)
Cursor = TypeVar("Cursor")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row, Cursor]):
    """Rows of a list, and the cursors of the pages beside it (None: there is none)."""

    rows: Sequence[Row]
    after: Cursor | None
    before: Cursor | None


def page_of(
    rows: QuerySet[Row],
    size: int,
    cursor: Callable[[Row], Cursor],
    *,
    is_backwards: bool = False,
    is_first: bool = False,
) -> Page[Row, Cursor]:
    """Cut a page off a list that begins where the page does: 1 statement.

    `is_backwards`: the list runs against the reading direction, up from a `before` cursor.
    """
    found = list(rows[: size + 1])
    has_more, found = len(found) > size, found[:size]
    if is_backwards:
        found.reverse()
    if not found:
        return Page((), None, None)
    has_next = True if is_backwards else has_more
    has_previous = has_more if is_backwards else not is_first
    return Page(found, cursor(found[-1]) if has_next else None, cursor(found[0]) if has_previous else None)
