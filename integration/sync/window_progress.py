"""How much of a window under way is still to come, and how long that takes. Pure.

Amazon tells no number of pages. While pages come in order of update time, the share of the window's time that
they have covered tells it as well as anything can; else, or before the first page, it is not known, and that
is said.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class BacklogState(StrEnum):
    """Whether everything readable is in."""

    NONE = "NONE"
    UNDER_WAY = "UNDER_WAY"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Search:
    """The window under way: its stretch of update time, and how far its pages have come."""

    after: datetime
    until: datetime
    pages: int
    reached_at: datetime | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """`pages_left` and `ends_in` are None where they cannot be known."""

    state: BacklogState
    pages_read: int = 0
    pages_left: int | None = None
    ends_in: timedelta | None = None


def estimate(
    *, search: Search | None, is_answered: bool, tokens: float | None, rate: float | None
) -> Backlog:
    """The backlog of an account.

    `is_answered`: the last search came through; without that nobody knows what waits. `tokens` and `rate`
    (per second) are the search's, None before the first one.
    """
    if search is None:
        return Backlog(BacklogState.NONE if is_answered else BacklogState.UNKNOWN)
    left = _pages_left(search)
    if left is None or not is_answered or tokens is None or rate is None:
        return Backlog(BacklogState.UNDER_WAY, search.pages, left)
    return Backlog(BacklogState.UNDER_WAY, search.pages, left, _time_for(left, tokens, rate))


def _pages_left(search: Search) -> int | None:
    if search.reached_at is None or search.reached_at <= search.after or not search.pages:
        return None
    # A clock or a late page may put the reached moment past the end: never more than all of it.
    covered = min((search.reached_at - search.after) / (search.until - search.after), 1.0)
    # At least one: the last page is the one without a token to a next page.
    return max(math.ceil(search.pages * (1 - covered) / covered), 1)


def _time_for(pages: int, tokens: float, rate: float) -> timedelta:
    """Tokens that are there cost no time worth naming; each further page waits for its own."""
    return timedelta(seconds=round(max(pages - math.floor(tokens), 0) / rate))
