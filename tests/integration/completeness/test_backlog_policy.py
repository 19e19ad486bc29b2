"""When a backlog's orders are asked for beside the search."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from integration.completeness import backlog_policy
from integration.completeness.backlog_policy import Backlog

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RATE = 0.0056
UP_TO_DATE = Backlog(NOW - timedelta(minutes=20), 40.0, 0, None, 20.0, RATE)


def behind(hours: float, *, orders_per_hour: float, tokens: float = 0.0, pages_read: int = 0) -> Backlog:
    return Backlog(NOW - timedelta(hours=hours), orders_per_hour, pages_read, None, tokens, RATE)


@pytest.mark.parametrize(
    ("backlog", "is_needed"),
    [
        (UP_TO_DATE, False),
        # 10 hours of an ordinary shop: 8 pages, all of them from the bucket.
        (behind(10, orders_per_hour=40, tokens=20), False),
        # The same with an empty bucket: 24 minutes.
        (behind(10, orders_per_hour=40), False),
        (behind(20, orders_per_hour=40), True),
        # A seller of 50,000 orders a day, an hour behind: 42 pages.
        (behind(1, orders_per_hour=2083, tokens=20), True),
        (behind(1, orders_per_hour=2083, tokens=20, pages_read=30), False),
        # Nothing was sold the day before: nothing is expected.
        (behind(300, orders_per_hour=0), False),
    ],
)
def test_it_is_needed_where_the_search_alone_takes_longer_than_half_an_hour(
    backlog: Backlog, is_needed: bool
) -> None:
    assert backlog_policy.is_needed(backlog, is_on=False, now=NOW) is is_needed


def test_once_on_it_stays_on_until_ten_minutes_are_left() -> None:
    between = behind(10, orders_per_hour=40)
    assert backlog_policy.time_left(between, now=NOW) < backlog_policy.TOO_LONG
    assert not backlog_policy.is_needed(between, is_on=False, now=NOW)
    assert backlog_policy.is_needed(between, is_on=True, now=NOW)
    assert not backlog_policy.is_needed(replace(between, pages_read=6), is_on=True, now=NOW)


def test_a_first_window_tells_only_by_its_length() -> None:
    first = Backlog(None, 0.0, 3, NOW - timedelta(minutes=10), 0.4, RATE)
    assert not backlog_policy.is_needed(first, is_on=False, now=NOW)
    assert backlog_policy.is_needed(replace(first, pages_read=20), is_on=False, now=NOW)
    assert backlog_policy.is_needed(
        replace(first, window_began_at=NOW - timedelta(hours=1)), is_on=False, now=NOW
    )
    # While tokens are there it hurries by itself; once on it stays so until the window is in.
    hurrying = replace(first, pages_read=20, tokens=5.0)
    assert not backlog_policy.is_needed(hurrying, is_on=False, now=NOW)
    assert backlog_policy.is_needed(hurrying, is_on=True, now=NOW)
    assert backlog_policy.is_needed(
        replace(first, window_began_at=NOW - backlog_policy.TOO_LONG), is_on=True, now=NOW
    )
