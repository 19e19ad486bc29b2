"""Cursors: what they say, what is read of them, and one refusal for all else."""

import base64
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from paging import keyset
from paging.keyset import BadCursor, Ordering, Position

MOMENT = datetime(2026, 11, 20, 12, tzinfo=UTC)
BY_TIME = Ordering(name="-at", column="at", read=keyset.read_time, is_descending=True)
BY_TOTAL = Ordering(name="total", column="total", read=keyset.read_amount, is_sparse=True)
BY_DAY = Ordering(name="day", column="day", read=keyset.read_day)
BY_LINE = Ordering(name="line", column="line", read=keyset.read_id, is_unique=True)
BY_URGENCY = Ordering(name="ship_by", column="ship_by", read=keyset.read_time, nulls_as=MOMENT)
SIDED = Ordering(column="at", read=keyset.read_time)
SIDED_KEY = Ordering(column="sku", read=keyset.read_text, is_unique=True)


def said(cursor: str) -> str:
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("ordering", "position", "text"),
    [
        (BY_TIME, Position(MOMENT, 7), '{"o": "-at", "v": "2026-11-20T12:00:00+00:00", "i": 7, "b": 0}'),
        (BY_TOTAL, Position(Decimal("5.00"), 7), '{"o": "total", "v": "5.00", "i": 7, "b": 0}'),
        (BY_TOTAL, Position(None, 7, is_backward=True), '{"o": "total", "v": null, "i": 7, "b": 1}'),
        (BY_DAY, Position(date(2026, 11, 20), 7), '{"o": "day", "v": "2026-11-20", "i": 7, "b": 0}'),
        (BY_LINE, Position(2, 7), '{"o": "line", "v": 2, "i": 7, "b": 0}'),
        (BY_URGENCY, Position(None, 7), '{"o": "ship_by", "v": null, "i": 7, "b": 0}'),
        (SIDED, Position(MOMENT, 7), '{"after": "2026-11-20T12:00:00+00:00", "id": 7}'),
        (SIDED_KEY, Position("MUG", 0, is_backward=True), '{"before": "MUG"}'),
    ],
)
def test_a_cursor_says_its_position_and_is_read_back(
    ordering: Ordering, position: Position, text: str
) -> None:
    made = keyset.encode(position, ordering)
    assert said(made) == text
    assert keyset.decode(made, ordering) == position


@pytest.mark.parametrize("value", ["0.0000", "-12.3", "9999999999999999.9999"])
def test_an_amount_is_read_as_the_column_holds_it(value: str) -> None:
    assert keyset.read_amount(value) == Decimal(value)


@pytest.mark.parametrize(
    "value", ["1e5", "NaN", "0e999999999", "1" * 17, "1.00001", "\u0661", "", " 1", 5, None]
)
def test_what_is_no_amount_of_ours_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        keyset.read_amount(value)


@pytest.mark.parametrize("value", [0, -1, 2**63, True, 1.0, "1", None, [1]])
def test_what_is_no_key_of_ours_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="not a key"):
        keyset.read_id(value)


@pytest.mark.parametrize("value", ["\x00", "x" * 256, "\ud800", 5, None])
def test_what_is_no_text_of_ours_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="not a text|surrogates not allowed"):
        keyset.read_text(value)


def test_a_time_is_read_in_utc() -> None:
    assert keyset.read_time("2026-11-21T11:00:00+23:00") == MOMENT
    assert keyset.read_time("2026-11-21T11:00:00+23:00").tzinfo is UTC


@pytest.mark.parametrize(
    ("ordering", "text"),
    [
        (SIDED, '{"after": "2026-11-20T12:00:00Z", "before": "2026-11-20T12:00:00Z", "id": 7}'),
        (SIDED, '{"after": "2026-11-20T12:00:00Z"}'),
        (SIDED, '{"id": 7}'),
        (SIDED, '["after", "id"]'),
        (SIDED, '{"after": null, "id": 7}'),
        (SIDED, '{"after": "0001-01-01T00:00:00+14:00", "id": 7}'),
        (SIDED_KEY, '{"after": "MUG", "id": 7}'),
        (SIDED_KEY, '"after"'),
        (SIDED_KEY, "{}"),
        (BY_TIME, '{"o": "at", "v": "2026-11-20T12:00:00Z", "i": 7, "b": 0}'),
        (BY_TIME, '{"o": "-at", "v": null, "i": 7, "b": 0}'),
        (BY_TOTAL, '{"o": "total", "v": "1e999999999", "i": 7, "b": 0}'),
        (BY_LINE, '{"o": "line", "v": 2, "b": 0}'),
        (BY_LINE, "[" * 100_000),
        (BY_LINE, "9" * 10_000),
    ],
)
def test_what_the_list_did_not_make_is_refused_in_one_line(ordering: Ordering, text: str) -> None:
    with pytest.raises(BadCursor, match=r"^The cursor is not one of this list in this ordering\.$"):
        keyset.decode(cursor(text), ordering)
