"""Which stretch of time a search of an account covers next. Pure.

One search serves every store of the account. The cursor is Amazon's update time: all that changed before it
is in. A store that joins late, or comes back, first gets a catch-up window of its own up to the account's
cursor.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

# `lastUpdatedBefore` must be at least two minutes old (docs#326, #2004).
READABLE_AFTER = timedelta(minutes=2)
# Amazon lists some orders minutes after the update time it gives them (models#2321): windows overlap, and an
# order that was seen already writes nothing. A seller with a backlog pays for every page that is read twice,
# and its next window follows at once: it overlaps less.
OVERLAP = timedelta(minutes=15)
OVERLAP_OF_BACKLOG = timedelta(minutes=2)
# Half of the search's burst of 20.
PAGES_OF_BACKLOG = 10
# A window that was begun within this time needs no second one at once: the next poll brings the rest.
FRESH = timedelta(minutes=10)
# A page token dies after 24 hours (migration guide); a margin for the clocks.
TOKEN_LIVES = timedelta(hours=23)


@dataclass(frozen=True, slots=True)
class StoreProgress:
    """How far one active store is in."""

    store_id: int
    marketplace_id: str
    connected_at: datetime
    synced_until: datetime | None


@dataclass(frozen=True, slots=True)
class Window:
    """One search, page after page with exactly the same parameters.

    Times are ISO 8601 texts: it lives in JSON.
    """

    store_ids: list[int]
    marketplace_ids: list[str]
    after: str
    before: str | None
    data_sets: list[str]
    is_catch_up: bool
    page_token: str | None = None
    token_given_at: str | None = None
    pages: int = 0
    bound: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For the row."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Window":
        """From the row."""
        return cls(**value)

    def next_page(self, page_token: str, *, told: datetime | None, given_at: datetime) -> "Window":
        """The same search, one page on. `told`: the bound that this page named, if it did."""
        return replace(
            self,
            page_token=page_token,
            token_given_at=given_at.isoformat(),
            pages=self.pages + 1,
            bound=bound_used(self, told=told, asked_at=given_at).isoformat(),
        )

    def is_expired(self, *, now: datetime) -> bool:
        """Whether the page token is too old to be used."""
        given_at = datetime.fromisoformat(self.token_given_at) if self.token_given_at else now
        return now - given_at > TOKEN_LIVES

    def is_fresh(self, *, now: datetime) -> bool:
        """Whether it reaches up to almost now, although its first page was read in an earlier turn."""
        return self.bound is not None and now - datetime.fromisoformat(self.bound) < FRESH


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """What comes next: stores that join without a search, then a window, if any is readable yet."""

    joining: list[int]
    window: Window | None


def plan(
    *,
    synced_until: datetime | None,
    stores: Sequence[StoreProgress],
    data_sets: Sequence[str],
    now: datetime,
    half_read_since: datetime | None = None,
) -> WindowPlan:
    """The next window of an account; what was read with fewer data sets is read again with it."""
    if synced_until is None:
        return WindowPlan([], _first(stores, data_sets, now))
    lagging = [store for store in stores if store.synced_until is None or store.synced_until < synced_until]
    # Connected after the account's cursor: the next window begins before that moment, so there is
    # nothing to catch up with.
    joining = [store.store_id for store in lagging if _start(store) >= synced_until]
    behind = [store for store in lagging if store.store_id not in joining]
    # Catch-up before the newest: it has an upper bound (the account's cursor), and the window that
    # follows then serves all stores with one call.
    if behind:
        # One search for all that lag: `marketplaceIds` takes 50 (SP-API model orders 2026-01-01), and a
        # token is worth more than a page with known orders.
        after = min(_start(store) for store in behind)
        return WindowPlan(joining, _window(behind, after, synced_until, data_sets, is_catch_up=True))
    if not stores or synced_until > now - READABLE_AFTER:
        return WindowPlan(joining, None)
    after = min(synced_until, half_read_since or synced_until)
    return WindowPlan(joining, _window(stores, after, None, data_sets, is_catch_up=False))


def bound_used(window: Window, *, told: datetime | None, asked_at: datetime) -> datetime:
    """The newest update time that every page so far has really covered.

    Never one that could not be read yet, and never a later page's: the pages of a backlog lie hours apart,
    and the last one covers no more than the first.
    """
    known = [datetime.fromisoformat(text) for text in (window.before, window.bound) if text]
    # What is newer than two minutes before the question was not readable, whatever bound the answer
    # names.
    return min([*known, *([told] if told else []), asked_at - READABLE_AFTER])


def cursor_after(window: Window, *, bound: datetime) -> datetime:
    """Where the next window starts once this one is complete; it never goes back."""
    overlap = OVERLAP_OF_BACKLOG if window.pages >= PAGES_OF_BACKLOG else OVERLAP
    return max(datetime.fromisoformat(window.after), bound - overlap)


def _first(stores: Sequence[StoreProgress], data_sets: Sequence[str], now: datetime) -> Window | None:
    """Stores that were never synced start together at the earliest connection."""
    if not stores:
        return None
    after = min(_start(store) for store in stores)
    if after > now - READABLE_AFTER:
        return None
    return _window(stores, after, None, data_sets, is_catch_up=False)


def _start(store: StoreProgress) -> datetime:
    return store.synced_until or store.connected_at


def _window(
    stores: Sequence[StoreProgress],
    after: datetime,
    before: datetime | None,
    data_sets: Sequence[str],
    *,
    is_catch_up: bool,
) -> Window:
    return Window(
        store_ids=[store.store_id for store in stores],
        marketplace_ids=[store.marketplace_id for store in stores],
        after=after.isoformat(),
        before=before.isoformat() if before else None,
        data_sets=list(data_sets),
        is_catch_up=is_catch_up,
    )
