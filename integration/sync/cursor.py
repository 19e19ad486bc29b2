"""How far each account and store is in, and what moves it: the only writer of the sync's progress."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, DateTimeField, F, QuerySet, Value, When
from django.db.models.functions import Coalesce, Least

from amazon_orders import normalize
from amazon_orders.models import Account, Store
from integration.models import AccountSync, StoreSync
from integration.sync import windows
from integration.sync.lease import Lease, LeaseLost
from integration.sync.windows import StoreProgress, Window

# From the whole to the least, as Amazon fails on combinations of them (models#5365).
DATA_SET_LEVELS = (normalize.DATA_SETS, normalize.FEWER_DATA_SETS, normalize.FEWEST_DATA_SETS)
# A seller who authorizes again at Amazon tells us nothing: 15 minutes is how long the store stays
# refused after that.
REFUSED_AGAIN_AFTER = timedelta(minutes=15)
# Once Amazon is well again, the next poll is no further away than this.
LONGEST_BACK_OFF = timedelta(minutes=15)


@dataclass(slots=True)
class Progress:
    """Where an account stands, as its lease holder knows it."""

    account: Account
    synced_until: datetime | None
    half_read_since: datetime | None
    window: Window | None
    data_sets_level: int
    failures: int
    stores: list[Store]
    lost_stores: list[Store]
    store_progress: list[StoreProgress]

    @property
    def data_sets(self) -> tuple[str, ...]:
        """What the last search was answered for; all of them as a rule."""
        return DATA_SET_LEVELS[min(self.data_sets_level, len(DATA_SET_LEVELS) - 1)]

    @property
    def store_names(self) -> str:
        """The account's stores by name, those that Amazon closed to us too."""
        return ", ".join(store.name for store in [*self.stores, *self.lost_stores])


def load(account_id: int) -> Progress:
    """The progress of an account; two statements. Raises AccountSync.DoesNotExist."""
    sync = AccountSync.objects.select_related("account").get(account_id=account_id)
    stores = list(
        Store.objects.filter(account_id=account_id, is_active=True).select_related("sync").order_by("pk")
    )
    open_stores = [store for store in stores if store.sync.access_lost_at is None]
    return Progress(
        account=sync.account,
        synced_until=sync.synced_until,
        half_read_since=sync.half_read_since,
        window=_window(sync, open_stores),
        data_sets_level=sync.data_sets_level,
        failures=sync.failures,
        stores=open_stores,
        lost_stores=[store for store in stores if store.sync.access_lost_at is not None],
        store_progress=[
            StoreProgress(store.pk, store.marketplace_id, store.connected_at, store.sync.synced_until)
            for store in open_stores
        ],
    )


def store_names(account_id: int) -> str:
    """The stores of an account, for people."""
    names = Store.objects.filter(account_id=account_id, is_active=True).values_list("name", flat=True)
    return ", ".join(names)


def synced_until(account_id: int) -> datetime | None:
    """The account's cursor."""
    return AccountSync.objects.values_list("synced_until", flat=True).get(account_id=account_id)


def record_page(
    lease: Lease,
    window: Window,
    *,
    next_token: str | None,
    bound: datetime | None,
    asked_at: datetime,
    now: datetime,
) -> None:
    """Move on by one page, inside the page's transaction. Raises LeaseLost where another worker took over."""
    if next_token is not None:
        following = window.next_page(next_token, told=bound, given_at=asked_at)
        _guarded(lease, window=following.as_json(), last_polled_at=now, **_half_read(window))
        return
    # The account's cursor stays: it is ahead of these stores, and moving it back would read every other
    # store again.
    if window.is_catch_up:
        # These stores are now as far as the account was when their window began.
        _guarded(lease, window=None, last_polled_at=now, **_half_read(window))
        _stores(window).update(synced_until=datetime.fromisoformat(window.before or window.after))
        return
    complete_until = windows.bound_used(window, told=bound, asked_at=asked_at)
    cursor = windows.cursor_after(window, bound=complete_until)
    _guarded(lease, window=None, synced_until=cursor, last_polled_at=now, **_half_read(window, is_over=True))
    _stores(window).update(synced_until=cursor)


def _half_read(window: Window, *, is_over: bool = False) -> dict[str, Any]:
    """What was read with fewer data sets is read again, from where that began, until it is read whole."""
    level = level_of(window.data_sets)
    after = Value(datetime.fromisoformat(window.after), output_field=DateTimeField())
    if not is_whole(window.data_sets):
        since = Least(Coalesce("half_read_since", after), after)
        return {"data_sets_level": level, "half_read_since": since}
    if not is_over:
        return {"data_sets_level": level}
    # One that began later than that has not read all of it.
    is_read = When(half_read_since__gte=after, then=Value(None, output_field=DateTimeField()))
    return {"data_sets_level": level, "half_read_since": Case(is_read, default=F("half_read_since"))}


def level_of(data_sets: Collection[str]) -> int:
    """How far this question is from the whole, which is 0."""
    return next((n for n, each in enumerate(DATA_SET_LEVELS) if set(each) == set(data_sets)), 0)


def is_whole(data_sets: Collection[str]) -> bool:
    """Whether nothing was left out of the question."""
    return set(data_sets) >= set(DATA_SET_LEVELS[0])


def join(lease: Lease, store_ids: list[int], *, synced_until: datetime | None) -> None:
    """Stores that have nothing to catch up with."""
    # Guarded first: a worker that was taken over must not set the stores' cursor.
    if store_ids:
        _guarded(lease, window=None)
        StoreSync.objects.filter(store_id__in=store_ids).update(synced_until=synced_until)


def restart_window(lease: Lease) -> None:
    """Forget the window under way; the next one begins at the cursor again."""
    _guarded(lease, window=None)


def lose_access(store_ids: list[int], *, now: datetime) -> None:
    """The seller no longer takes part in these marketplaces: the others go on without them."""
    # Only where it was not lost before: the first moment is the one that orders may be missing since.
    StoreSync.objects.filter(store_id__in=store_ids, access_lost_at=None).update(
        access_lost_at=now, away_since=now, back_at=None, was_inactive=False
    )


def regain_access(store_ids: list[int], *, now: datetime) -> None:
    """The seller takes part again: the stores catch up from where they were."""
    StoreSync.objects.filter(store_id__in=store_ids).update(access_lost_at=None, back_at=now)


def finish(lease: Lease, *, now: datetime, poll_after: timedelta, is_slow: bool = False) -> None:
    """A pass that brought everything: failures are forgotten, all data sets are asked for again."""
    AccountSync.objects.filter(account_id=lease.account_id, fencing=lease.fencing).update(
        next_poll_at=now + poll_after,
        failures=0,
        is_troubled=is_slow,
        last_error="",
        refused_at=None,
        refusal="",
        bug="",
        bug_since=None,
        lease_owner="",
        lease_expires_at=None,
    )


def fail(lease: Lease, *, text: str, after: timedelta, failures: int, now: datetime) -> None:
    """A pass that must go on later; each failure in a row waits longer, up to 15 minutes."""
    # The exponent is capped too: an account that fails for weeks would otherwise overflow the
    # timedelta.
    back_off = min(timedelta(seconds=15) * 2 ** min(failures, 6), LONGEST_BACK_OFF)
    AccountSync.objects.filter(account_id=lease.account_id, fencing=lease.fencing).update(
        next_poll_at=now + max(after, back_off),
        failures=failures + 1,
        is_troubled=True,
        last_error=text[:500],
        lease_owner="",
        lease_expires_at=None,
    )


def give_way(lease: Lease, *, now: datetime, is_slow: bool) -> None:
    """A pass whose turn is over: due at once, behind all who have waited longer; it goes on at its page."""
    AccountSync.objects.filter(account_id=lease.account_id, fencing=lease.fencing).update(
        next_poll_at=now, is_troubled=is_slow, lease_owner="", lease_expires_at=None
    )


def trouble(account_id: int) -> None:
    """Single orders could not be had, or slowly: the account is troubled until a pass over it is good."""
    AccountSync.objects.filter(account_id=account_id).update(is_troubled=True)


def wait_for_quota(lease: Lease, *, after: timedelta, now: datetime) -> None:
    """A pass that ran out of tokens: no failure, only not yet."""
    AccountSync.objects.filter(account_id=lease.account_id, fencing=lease.fencing).update(
        next_poll_at=now + after, lease_owner="", lease_expires_at=None
    )


def refuse(lease: Lease, *, text: str, now: datetime) -> None:
    """Amazon refuses the account: a system message until it accepts it again; beat tries every 15 minutes."""
    rows = AccountSync.objects.filter(account_id=lease.account_id, fencing=lease.fencing)
    # The first refusal keeps its time: the message says since when, not when it was last tried.
    rows.filter(refused_at=None).update(refused_at=now)
    rows.update(
        refusal=text[:500],
        is_troubled=True,
        next_poll_at=now + REFUSED_AGAIN_AFTER,
        lease_owner="",
        lease_expires_at=None,
    )


def _window(sync: AccountSync, stores: list[Store]) -> Window | None:
    """The window under way, unless the stores it was for are no longer the ones to ask for."""
    if sync.window is None:
        return None
    window = Window.from_json(sync.window)
    open_ids = {store.pk for store in stores}
    # A store that joined meanwhile does not end the window: it catches up with one of its own
    # afterwards.
    return window if set(window.store_ids) <= open_ids else None


def _stores(window: Window) -> QuerySet[StoreSync]:
    return StoreSync.objects.filter(store_id__in=window.store_ids)


def _guarded(lease: Lease, **changes: object) -> None:
    rows = AccountSync.objects.filter(account_id=lease.account_id, fencing=lease.fencing)
    # No row: the fencing number is another worker's by now. This one loses, whatever it has read.
    if not rows.update(**changes):
        raise LeaseLost(f"account {lease.account_id} was taken over")
