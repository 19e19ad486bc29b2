"""Whether a backlog would take the search too long, so that orders are asked for by their numbers beside it.

Pure. The search brings 100 orders a page and, once its bucket is empty, a page each 179 seconds: 2,016 orders
an hour. getOrder brings 1,800 more, beside it and out of a quota of its own.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

ORDERS_A_PAGE = 100
# On above the first, off below the second: in between it stays as it is.
# Two thresholds: with one, an account near it would be switched on and off with every look.
TOO_LONG = timedelta(minutes=30)
SHORT_AGAIN = timedelta(minutes=10)
# An order changes about twice within the hours of a backlog: new ones come, older ones ship.
CHANGED_PER_NEW = 2.0
# Three quarters of the search's burst of 20.
PAGES_OF_A_LONG_WINDOW = 15


@dataclass(frozen=True, slots=True)
class Backlog:
    """Where an account's search stands.

    `synced_until` None: its first window. `orders_per_hour`: new orders in the day before `synced_until`.
    `pages_read`, `window_began_at`: of the window under way, if there is one. `tokens`, `rate` (per second):
    of searchOrders.
    """

    synced_until: datetime | None
    orders_per_hour: float
    pages_read: int
    window_began_at: datetime | None
    tokens: float
    rate: float


def is_needed(backlog: Backlog, *, is_on: bool, now: datetime) -> bool:
    """Whether orders are to be asked for beside the search; `is_on` says whether they are already."""
    if _is_long_under_way(backlog, is_on=is_on, now=now):
        return True
    return time_left(backlog, now=now) > (SHORT_AGAIN if is_on else TOO_LONG)


def time_left(backlog: Backlog, *, now: datetime) -> timedelta:
    """How long the search alone would need for what is estimated to wait."""
    if backlog.synced_until is None:
        return timedelta(0)
    hours = max((now - backlog.synced_until).total_seconds() / 3600, 0.0)
    expected = hours * backlog.orders_per_hour * CHANGED_PER_NEW
    pages = max(math.ceil(expected / ORDERS_A_PAGE) - backlog.pages_read, 0)
    return timedelta(seconds=max(pages - backlog.tokens, 0.0) / backlog.rate)


def _is_long_under_way(backlog: Backlog, *, is_on: bool, now: datetime) -> bool:
    """A window that has spent its tokens and is still not at its end: how much is left nobody knows."""
    began_at = backlog.window_began_at
    if began_at is None:
        return False
    if now - began_at > (SHORT_AGAIN if is_on else TOO_LONG):
        return True
    return backlog.pages_read >= PAGES_OF_A_LONG_WINDOW and (is_on or backlog.tokens < 1)
