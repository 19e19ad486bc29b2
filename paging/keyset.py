"""Pages over the whole list by the key of the row they start after: as quick at the end as at the start.

A sort is a column and the primary key. Rows without a value come last in both directions; engines disagree
about where NULLs sort, so they are a stretch of their own, walked by primary key.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, QuerySet, Value
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.db.models.functions import Coalesce

Row = TypeVar("Row")
Shown = TypeVar("Shown")
Found = TypeVar("Found", bound=Model)
# PostgreSQL's bigint: a cursor with more would be an error of the database.
BIGGEST_ID = 2**63 - 1
LONGEST_TEXT = 255
# As many digits as our columns have: "1e-999999999" is a number to Python, and an error to PostgreSQL.
_AMOUNT = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,4})?")


class BadCursor(ValueError):
    """The cursor was not made by this list in this ordering; the text is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """A sort: by `column`, then by primary key in the same direction. `read` takes a cursor's value.

    `name` tells the cursors of one ordering from those of another. Without one they have the form that lists
    with a single ordering began with; programs keep them. `is_sparse`: the column may be NULL. `nulls_as`:
    what NULLs count as, in the list's index too. `is_unique`: the column is a key by itself.
    """

    column: str
    read: Callable[[Any], Any]
    name: str = ""
    is_descending: bool = False
    is_sparse: bool = False
    is_unique: bool = False
    nulls_as: Any = None


@dataclass(frozen=True, slots=True)
class Position:
    """A row's place in an ordering. `value` None is a row without one; `id` 0 where the value is the key."""

    value: Any
    id: int
    is_backward: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows of a list, and the cursors of the pages beside it; None: there is none."""

    rows: Sequence[Row]
    next_cursor: str | None
    previous_cursor: str | None

    def with_rows(self, rows: Sequence[Shown]) -> "Page[Shown]":
        """The page with its rows as they are shown."""
        return Page(rows, self.next_cursor, self.previous_cursor)


def page(rows: QuerySet[Found], *, ordering: Ordering, cursor: str, size: int) -> Page[Found]:
    """The page that `cursor` leads to, the first without one. Raises BadCursor.

    One statement; two for a sparse column where its values end.
    """
    position = decode(cursor, ordering) if cursor else None
    is_backward = position is not None and position.is_backward
    # One more than the page tells whether there is a next one, without a count. Whoever comes from below
    # knows that there is something below.
    found = _beyond(rows, ordering, position, size + 1)
    shown, has_more = found[:size], len(found) > size
    if is_backward:
        shown.reverse()
    has_next = bool(shown) and (has_more or is_backward)
    has_previous = bool(shown) and position is not None and (has_more or not is_backward)
    return Page(
        rows=shown,
        next_cursor=encode(_place(shown[-1], ordering), ordering) if has_next else None,
        previous_cursor=encode(_place(shown[0], ordering, is_backward=True), ordering)
        if has_previous
        else None,
    )


def read_time(value: Any) -> datetime:
    """A cursor's time. Raises ValueError, and OverflowError for one that is none in UTC."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    # Python knows zones a day away, PostgreSQL none further than 16 hours.
    return moment.astimezone(UTC)


def read_day(value: Any) -> date:
    """A cursor's day. Raises ValueError."""
    return date.fromisoformat(value)


def read_amount(value: Any) -> Decimal:
    """A cursor's amount. Raises ValueError."""
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        raise ValueError("not an amount of ours")
    return Decimal(value)


def read_text(value: Any) -> str:
    """A cursor's text. Raises ValueError, also for half of a character, which no database takes."""
    if not isinstance(value, str) or "\x00" in value or len(value) > LONGEST_TEXT:
        raise ValueError("not a text of ours")
    value.encode()
    return value


def read_id(value: Any) -> int:
    """A cursor's primary key, or another whole number from 1 on. Raises ValueError."""
    # `type`, for true is an int to Python.
    if type(value) is not int or not 0 < value <= BIGGEST_ID:
        raise ValueError("not a key of ours")
    return value


def encode(position: Position, ordering: Ordering) -> str:
    """The cursor of a position: opaque, and of no use for reading what its bearer may not see."""
    content = _named(position, ordering) if ordering.name else _sided(position, ordering)
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def decode(cursor: str, ordering: Ordering) -> Position:
    """The position of a cursor. Raises BadCursor."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return _read_named(content, ordering) if ordering.name else _read_sided(content, ordering)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as broken:
        raise BadCursor("The cursor is not one of this list in this ordering.") from broken


def _named(position: Position, ordering: Ordering) -> dict[str, Any]:
    return {
        "o": ordering.name,
        "v": _written(position.value),
        "i": position.id,
        "b": int(position.is_backward),
    }


def _read_named(content: Mapping[str, Any], ordering: Ordering) -> Position:
    # A value of another column would start the page anywhere.
    if content["o"] != ordering.name:
        raise ValueError("another list's cursor")
    return Position(_value(content["v"], ordering), read_id(content["i"]), bool(content["b"]))


def _sided(position: Position, ordering: Ordering) -> dict[str, Any]:
    side = "before" if position.is_backward else "after"
    key = {} if ordering.is_unique else {"id": position.id}
    return {side: _written(position.value), **key}


def _read_sided(content: Mapping[str, Any], ordering: Ordering) -> Position:
    side = "before" if "before" in content else "after"
    if {*content} != ({side} if ordering.is_unique else {side, "id"}):
        raise ValueError("another list's cursor")
    row_id = 0 if ordering.is_unique else read_id(content["id"])
    return Position(_value(content[side], ordering), row_id, side == "before")


def _written(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _value(said: Any, ordering: Ordering) -> Any:
    if said is not None:
        return ordering.read(said)
    if not ordering.is_sparse and ordering.nulls_as is None:
        raise ValueError("a cursor without a value")
    return None


def _place(row: Model, ordering: Ordering, *, is_backward: bool = False) -> Position:
    return Position(value=getattr(row, ordering.column), id=row.pk, is_backward=is_backward)


def _beyond(
    rows: QuerySet[Found], ordering: Ordering, position: Position | None, at_most: int
) -> list[Found]:
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
    # Where the rows with a value end, those without begin: only then is a second statement needed.
    if len(found) < at_most:
        found += _walk(second, ordering, None, is_backward=is_backward)[: at_most - len(found)]
    return found


def _walk(
    rows: QuerySet[Found], ordering: Ordering, after: Position | None, *, is_backward: bool
) -> QuerySet[Found]:
    is_descending = ordering.is_descending != is_backward
    if after is not None:
        rows = _after(rows, ordering, after, is_descending=is_descending)
    key = _key(ordering)
    return rows.order_by(*(each.desc() if is_descending else each.asc() for each in key))


def _key(ordering: Ordering) -> list[F | Coalesce]:
    column = (
        F(ordering.column)
        if ordering.nulls_as is None
        else Coalesce(ordering.column, Value(ordering.nulls_as))
    )
    return [column] if ordering.is_unique else [column, F("pk")]


def _after(
    rows: QuerySet[Found], ordering: Ordering, position: Position, *, is_descending: bool
) -> QuerySet[Found]:
    side = "lt" if is_descending else "gt"
    value = ordering.nulls_as if position.value is None else position.value
    if value is None:
        return rows.filter(**{f"pk__{side}": position.id})
    if ordering.is_unique:
        return rows.filter(**{f"{ordering.column}__{side}": value})
    # A row comparison bounds the index by both columns. Written out ("a < x OR (a = x AND id < i)") it would
    # read the whole index, and with a bound on the column alone still all rows of one status.
    beyond = TupleLessThan if is_descending else TupleGreaterThan
    return rows.filter(beyond(Tuple(*_key(ordering)), (value, position.id)))
