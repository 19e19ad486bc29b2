"""Per account: how far it is in, what of Amazon's quota is left, who spent it today.

A page of accounts is a fixed number of statements, however many accounts there are: the one whose orders are
furthest behind comes first.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from amazon_orders.models import Store
from integration.access import StoreName, Viewer
from integration.models import (
    AccountSync,
    Heartbeat,
    Lane,
    OrderImport,
    OrderRequest,
    QuotaBucket,
    RunKind,
    SyncRun,
)
from integration.models.sync import STALE_AFTER
from integration.sync import window_progress
from integration.sync.window_progress import Backlog, Search
from integration.sync.windows import Window
from paging import keyset
from paging.keyset import Ordering, Page

SEARCH = "searchOrders"
PAGE_SIZE = 25
# A count reads every row it counts.
COUNTED_AT_MOST = 10_000
# Not indexed: it changes with every poll, and 10,000 rows are sorted in milliseconds.
WORST_FIRST = Ordering(name="behind_since", column="behind_since", read=keyset.read_time)


@dataclass(frozen=True, slots=True)
class OperationQuota:
    """Amazon's quota of one operation now. `next_token_in` None: the bucket is full."""

    operation: str
    tokens: float
    burst: float
    rate: float
    next_token_in: timedelta | None
    calls_today: dict[Lane, int]

    @property
    def spent_today(self) -> int:
        """All calls since midnight UTC."""
        return sum(self.calls_today.values())


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """How one account does. `waiting`: single orders to be asked for now, by lane."""

    account_id: int
    seller_id: str
    region: str
    stores: tuple[StoreName, ...]
    behind_since: datetime
    synced_until: datetime | None
    last_polled_at: datetime | None
    next_poll_at: datetime
    is_refused: bool
    failures: int
    last_error: str
    backlog: Backlog
    operations: tuple[OperationQuota, ...]
    waiting: dict[Lane, int]

    def is_behind(self, now: datetime) -> bool:
        """Whether it is later than Amazon's quota can explain."""
        return self.behind_since < now - STALE_AFTER


@dataclass(frozen=True, slots=True)
class Totals:
    """All of the viewer's accounts. `due` is counted up to COUNTED_AT_MOST; `oldest_due`: since when."""

    accounts: int
    behind: int
    refused: int
    due: int
    oldest_due: datetime | None


def page(*, viewer: Viewer, now: datetime, cursor: str = "", size: int = PAGE_SIZE) -> Page[AccountHealth]:
    """A page of the viewer's accounts with an active store, the worst first: 4 statements.

    Raises keyset.BadCursor.
    """
    found = keyset.page(_syncs(viewer), ordering=WORST_FIRST, cursor=cursor, size=size)
    return found.with_rows(build(viewer, found.rows, now=now))


def accounts(viewer: Viewer) -> QuerySet[AccountSync]:
    """The syncs of the viewer's accounts that have an active store, as `build` wants them."""
    return _syncs(viewer)


def build(viewer: Viewer, syncs: Sequence[AccountSync], *, now: datetime) -> tuple[AccountHealth, ...]:
    """Each account whole; 3 statements for any number of them."""
    ids = [sync.account_id for sync in syncs]
    stores = stores_by_account(viewer, ids)
    quota = _quota(ids)
    waiting = _waiting(ids, now)
    return tuple(
        _health(sync, stores.get(sync.account_id, ()), quota[sync.account_id], waiting[sync.account_id], now)
        for sync in syncs
    )


def totals(*, viewer: Viewer, now: datetime) -> Totals:
    """What is to be known before any account is looked at: 2 statements."""
    counted = _syncs(viewer).aggregate(
        accounts=Count("pk"),
        behind=Count("pk", filter=Q(behind_since__lt=now - STALE_AFTER)),
        refused=Count("pk", filter=Q(refused_at__isnull=False)),
    )
    due = _due(viewer).aggregate(due=Count("pk"), oldest_due=Min("amazon_order__changed_at"))
    return Totals(**counted, **due)


def workers(*, now: datetime) -> tuple[Heartbeat, ...]:
    """Workers that were seen within a day, the last seen first: 1 statement."""
    recent = Heartbeat.objects.filter(seen_at__gte=now - timedelta(days=1))
    return tuple(recent.order_by("-seen_at", "worker")[:100])


def stores_by_account(viewer: Viewer, account_ids: Iterable[int]) -> dict[int, tuple[StoreName, ...]]:
    """The viewer's stores of these accounts: 1 statement."""
    found: defaultdict[int, list[StoreName]] = defaultdict(list)
    for store in viewer.stores().filter(account_id__in=set(account_ids)):
        found[store.account_id].append(StoreName(id=store.pk, name=store.name))
    return {account_id: tuple(names) for account_id, names in found.items()}


def backlog_of(
    sync: AccountSync, reached_at: datetime | None, bucket: QuotaBucket | None, now: datetime
) -> Backlog:
    """What of the account's window is still to come. `reached_at` is the newest run's."""
    return window_progress.estimate(
        search=_search(sync, reached_at, now),
        is_answered=_is_answered(sync, now),
        tokens=None if bucket is None else bucket.tokens_at(now),
        rate=None if bucket is None else bucket.rate,
    )


def backlog_of_account(sync: AccountSync, *, now: datetime) -> Backlog:
    """The same for one account; 1 statement, or none while no window is under way."""
    if sync.window is None:
        return backlog_of(sync, None, None, now)
    found = QuotaBucket.objects.filter(account_id=sync.account_id, operation=SEARCH)
    bucket = found.annotate(reached_at=_reached_at()).first()
    return backlog_of(sync, bucket.reached_at if bucket else None, bucket, now)


def _is_answered(sync: AccountSync, now: datetime) -> bool:
    """Whether the last search came through, and not long ago: of what was sold since, nothing is known."""
    if sync.failures or sync.refused_at is not None or sync.last_polled_at is None:
        return False
    return sync.last_polled_at > now - STALE_AFTER


def _syncs(viewer: Viewer) -> "QuerySet[Any, Any]":
    active = Store.objects.filter(account_id=OuterRef("account_id"), is_active=True)
    if viewer.store_ids is not None:
        active = active.filter(pk__in=viewer.store_ids)
    return (
        AccountSync.objects.filter(Exists(active))
        .select_related("account")
        .annotate(
            # An account that never got its first window in is behind since it was authorized.
            behind_since=Coalesce("synced_until", "account__authorized_at"),
            reached_at=_reached_at(),
        )
    )


def _reached_at() -> Subquery:
    """How far the pages of the account's newest poll came."""
    polls = SyncRun.objects.filter(account_id=OuterRef("account_id"), kind=RunKind.POLL)
    return Subquery(polls.order_by("-started_at", "-id").values("reached_at")[:1])


def _due(viewer: Viewer) -> "QuerySet[Any, Any]":
    due = OrderImport.objects.filter(version__gt=F("judged_version"))
    if viewer.store_ids is not None:
        due = due.filter(amazon_order__store_id__in=viewer.store_ids)
    return due.order_by("pk")[:COUNTED_AT_MOST]


def _quota(account_ids: Iterable[int]) -> "defaultdict[int, list[QuotaBucket]]":
    found: defaultdict[int, list[QuotaBucket]] = defaultdict(list)
    for bucket in QuotaBucket.objects.filter(account_id__in=account_ids).order_by("operation"):
        found[bucket.account_id].append(bucket)
    return found


def _waiting(account_ids: Iterable[int], now: datetime) -> "defaultdict[int, dict[Lane, int]]":
    found: defaultdict[int, dict[Lane, int]] = defaultdict(dict)
    open_now = OrderRequest.objects.filter(account_id__in=account_ids, answered_at=None, due_at__lte=now)
    counted = (
        open_now.values("account_id", "lane").annotate(number=Count("pk")).order_by("account_id", "lane")
    )
    for row in counted:
        found[row["account_id"]][Lane(row["lane"])] = row["number"]
    return found


def _health(
    sync: Any,
    stores: tuple[StoreName, ...],
    quota: Sequence[QuotaBucket],
    waiting: dict[Lane, int],
    now: datetime,
) -> AccountHealth:
    search = next((bucket for bucket in quota if bucket.operation == SEARCH), None)
    return AccountHealth(
        account_id=sync.account_id,
        seller_id=sync.account.seller_id,
        region=sync.account.region,
        stores=stores,
        behind_since=sync.behind_since,
        synced_until=sync.synced_until,
        last_polled_at=sync.last_polled_at,
        next_poll_at=sync.next_poll_at,
        is_refused=sync.refused_at is not None,
        failures=sync.failures,
        last_error=sync.last_error,
        backlog=backlog_of(sync, sync.reached_at, search, now),
        operations=tuple(_operation(bucket, now) for bucket in quota),
        waiting=waiting,
    )


def _operation(bucket: QuotaBucket, now: datetime) -> OperationQuota:
    left = bucket.tokens_at(now)
    # The next whole one: with 3.4 tokens it is the fourth that is waited for.
    is_full = left >= bucket.burst
    return OperationQuota(
        operation=bucket.operation,
        tokens=left,
        burst=bucket.burst,
        rate=bucket.rate,
        next_token_in=None if is_full else bucket.time_until(int(left) + 1, now=now),
        calls_today=bucket.calls(on=now.astimezone(UTC).date()),
    )


def _search(sync: AccountSync, reached_at: datetime | None, now: datetime) -> Search | None:
    if sync.window is None:
        return None
    window = Window.from_json(sync.window)
    until = window.bound or window.before
    return Search(
        after=datetime.fromisoformat(window.after),
        until=datetime.fromisoformat(until) if until else now,
        pages=window.pages,
        reached_at=reached_at,
    )
