"""Pages over the whole list by the key of the row they start after: as quick at the end as at the start.

A sort is a column and the primary key. Rows without a value come last in both directions; engines disagree
about where NULLs sort, so they are a stretch of their own, walked by primary key.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

Row = TypeVar("Row", bound=Model)
BIGGEST_ID = 2**63 - 1
BIGGEST_AMOUNT = Decimal(10) ** 16
LONGEST_TEXT = 255


class BadCursor(ValueError):
    """The cursor was not made by this list in this ordering; the text is one line."""


@dataclass(frozen=True, slots=True)
class Ordering:
    """A sort: by `column`, then by primary key in the same direction. `is_sparse`: the column may be NULL."""

    name: str
    column: str
    is_descending: bool
    read: Callable[[Any], Any]
    is_sparse: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """A row's place in an ordering. `value` None is the stretch of rows without a value."""

    value: Any
    id: int
    is_backward: bool = False


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """The rows of a page, and the positions its neighbours start from."""

    rows: list[Row]
    next: Position | None
    previous: Position | None


def read_time(value: Any) -> datetime:
    """A cursor's time. Raises ValueError."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


def read_day(value: Any) -> date:
    """A cursor's day. Raises ValueError."""
    return date.fromisoformat(value)


def read_amount(value: Any) -> Decimal:
    """A cursor's amount. Raises ValueError."""
    try:
        amount = Decimal(value)
    except InvalidOperation as broken:
        raise ValueError("not an amount") from broken
    if not amount.is_finite() or abs(amount) >= BIGGEST_AMOUNT:
        raise ValueError("not an amount of ours")
    return amount


def read_text(value: Any) -> str:
    """A cursor's text. Raises ValueError."""
    if not isinstance(value, str) or "\x00" in value or len(value) > LONGEST_TEXT:
        raise ValueError("not a text of ours")
    return value


def encode(position: Position, ordering: Ordering) -> str:
    """The cursor of a position: opaque, and of no use for reading what its bearer may not see."""
    value = position.value.isoformat() if isinstance(position.value, date) else position.value
    content = {
        "o": ordering.name,
        "v": str(value) if isinstance(value, Decimal) else value,
        "i": position.id,
        "b": int(position.is_backward),
    }
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def decode(cursor: str, ordering: Ordering) -> Position:
    """The position of a cursor. Raises BadCursor."""
    try:
        content = json.loads(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        )
        return _position(content, ordering)
    except (binascii.Error, ValueError, KeyError, TypeError, OverflowError, RecursionError) as broken:
        raise BadCursor("The cursor is not one of this list in this ordering.") from broken


def _position(content: Mapping[str, Any], ordering: Ordering) -> Position:
    row_id = content["i"]
    if content["o"] != ordering.name or type(row_id) is not int or not 0 < row_id <= BIGGEST_ID:
        raise ValueError("another list's cursor")
    if content["v"] is None and not ordering.is_sparse:
        raise ValueError("a cursor without a value")
    value = None if content["v"] is None else ordering.read(content["v"])
    return Position(value=value, id=row_id, is_backward=bool(content["b"]))


def cut(rows: QuerySet[Row], *, ordering: Ordering, position: Position | None, size: int) -> Slice[Row]:
    """The page that starts beyond `position`. One statement; two for a sparse column where its values end."""
    is_backward = position is not None and position.is_backward
    found = _beyond(rows, ordering, position, size + 1)
    page, has_more = found[:size], len(found) > size
    if is_backward:
        page.reverse()
    if not page:
        return Slice(rows=page, next=None, previous=None)
    first, last = page[0], page[-1]
    return Slice(
        rows=page,
        next=_place(last, ordering) if has_more or is_backward else None,
        previous=_place(first, ordering, is_backward=True)
        if (has_more or not is_backward) and position
        else None,
    )


def _place(row: Model, ordering: Ordering, *, is_backward: bool = False) -> Position:
    return Position(value=getattr(row, ordering.column), id=row.pk, is_backward=is_backward)


def _beyond(rows: QuerySet[Row], ordering: Ordering, position: Position | None, at_most: int) -> list[Row]:
    """Rows in walking order: backward pages walk the list from its other side."""
    is_backward = position is not None and position.is_backward
    if not ordering.is_sparse:
        return list(_walk(rows, ordering, position, is_backward=is_backward)[:at_most])
    with_value = rows.filter(**{f"{ordering.column}__isnull": False})
    without = rows.filter(**{f"{ordering.column}__isnull": True})
    first, second = (without, with_value) if is_backward else (with_value, without)
    if position is not None and (position.value is None) != is_backward:
        return list(_walk(second, ordering, position, is_backward=is_backward)[:at_most])
    found = list(_walk(first, ordering, position, is_backward=is_backward)[:at_most])
    if len(found) < at_most:
        found += _walk(second, ordering, None, is_backward=is_backward)[: at_most - len(found)]
    return found


def _walk(
    rows: QuerySet[Row], ordering: Ordering, after: Position | None, *, is_backward: bool
) -> QuerySet[Row]:
    is_descending = ordering.is_descending != is_backward
    sign = "-" if is_descending else ""
    if after is not None:
        rows = _after(rows, ordering.column, after, is_descending=is_descending)
    return rows.order_by(f"{sign}{ordering.column}", f"{sign}pk")


def _after(rows: QuerySet[Row], column: str, position: Position, *, is_descending: bool) -> QuerySet[Row]:
    if position.value is None:
        return rows.filter(**{"pk__lt" if is_descending else "pk__gt": position.id})
    # A row comparison bounds the index by both columns. Written out ("a < x OR (a = x AND id < i)") it would
    # read the whole index, and with a bound on the column alone still all rows of one status.
    beyond = TupleLessThan if is_descending else TupleGreaterThan
    return rows.filter(beyond(Tuple(F(column), F("pk")), (position.value, position.id)))
