"""Sync runs and communication errors of the viewer's stores: what failed, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import F, Model, Q, QuerySet

from amazon_orders.models import Account
from integration.access import StoreName, Viewer
from integration.models import CommunicationError, Lane, SyncRun
from integration.models.runs import NO_FAILURES
from integration.operations.sync_lag import stores_by_account
from integration.spapi import failure_kinds
from integration.spapi.failure_kinds import Meaning
from integration.sync import runs
from integration.sync.runs import RunState
from paging import keyset
from paging.keyset import Ordering, Page

PAGE_SIZE = 50
RUNS_NEWEST_FIRST = Ordering(
    name="-started_at", column="started_at", is_descending=True, read=keyset.read_time
)
ERRORS_NEWEST_FIRST = Ordering(name="-first_at", column="first_at", is_descending=True, read=keyset.read_time)
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class RunFilter:
    """What of the runs is asked for; an empty field asks for all. `store`: part of a store's name."""

    store: str = ""
    store_id: int | None = None
    kinds: tuple[str, ...] = ()
    is_troubled: bool = False
    started_from: datetime | None = None
    started_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class ErrorFilter:
    """What of the errors is asked for; an empty field asks for all. `run`: those of one run."""

    store: str = ""
    store_id: int | None = None
    kinds: tuple[str, ...] = ()
    operation: str = ""
    run: str = ""
    first_from: datetime | None = None
    first_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run. `answered_at`: Amazon answered the account again after it failed."""

    run: str
    account_id: int
    stores: tuple[StoreName, ...]
    kind: str
    state: RunState
    started_at: datetime
    ended_at: datetime | None
    requests: int
    pages: int
    counts: dict[str, int]
    synced_from: datetime | None
    synced_until: datetime | None
    problem: str
    error: str
    worker: str
    answered_at: datetime | None
    has_errors: bool = False

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        return None if self.ended_at is None else (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One failure, how often within its minute, and in words. `answered_at` as in RunRow."""

    id: int
    account_id: int
    stores: tuple[StoreName, ...]
    operation: str
    kind: str
    status: int
    code: str
    request_id: str
    run: str
    lane: Lane | None
    first_at: datetime
    last_at: datetime
    times: int
    meaning: Meaning
    answered_at: datetime | None


def run_page(*, viewer: Viewer, filters: RunFilter, now: datetime, cursor: str = "") -> Page[RunRow]:
    """A page of runs, the newest first: 3 statements. Raises keyset.BadCursor."""
    runs_of = find_runs(viewer, filters, now=now)
    found = keyset.page(runs_of, ordering=RUNS_NEWEST_FIRST, cursor=cursor, size=PAGE_SIZE)
    return found.with_rows(run_rows(viewer, found.rows, now=now))


def error_page(*, viewer: Viewer, filters: ErrorFilter, cursor: str = "") -> Page[ErrorRow]:
    """A page of communication errors, the newest first: 2 statements. Raises keyset.BadCursor."""
    errors = find_errors(viewer, filters)
    found = keyset.page(errors, ordering=ERRORS_NEWEST_FIRST, cursor=cursor, size=PAGE_SIZE)
    return found.with_rows(error_rows(viewer, found.rows))


def find_runs(viewer: Viewer, filters: RunFilter, *, now: datetime) -> QuerySet[SyncRun]:
    """The runs of accounts in which the viewer sees a store."""
    found = _scoped(SyncRun.objects.select_related("account__sync"), viewer, filters.store, filters.store_id)
    if filters.kinds:
        found = found.filter(kind__in=filters.kinds)
    if filters.is_troubled:
        is_alive = Q(fencing=F("account__sync__fencing"), account__sync__lease_expires_at__gt=now)
        # Written like the index's own condition, so that it serves.
        ended_badly = Q(ended_at__isnull=True) | ~Q(problem__in=NO_FAILURES)
        found = found.filter(ended_badly).exclude(is_alive, ended_at__isnull=True)
    if filters.started_from is not None:
        found = found.filter(started_at__gte=filters.started_from)
    if filters.started_before is not None:
        found = found.filter(started_at__lt=filters.started_before)
    return found


def find_errors(viewer: Viewer, filters: ErrorFilter) -> QuerySet[CommunicationError]:
    """The failures of accounts in which the viewer sees a store."""
    rows = CommunicationError.objects.select_related("account__sync")
    found = _scoped(rows, viewer, filters.store, filters.store_id)
    if filters.kinds:
        found = found.filter(kind__in=filters.kinds)
    if filters.operation:
        found = found.filter(operation=filters.operation)
    if filters.run:
        found = found.filter(run=filters.run)
    if filters.first_from is not None:
        found = found.filter(first_at__gte=filters.first_from)
    if filters.first_before is not None:
        found = found.filter(first_at__lt=filters.first_before)
    return found


def run_rows(viewer: Viewer, found: Sequence[SyncRun], *, now: datetime) -> tuple[RunRow, ...]:
    """Runs as people read them: 2 statements."""
    stores = stores_by_account(viewer, (row.account_id for row in found))
    names = [row.run for row in found]
    with_errors = set(CommunicationError.objects.filter(run__in=names).values_list("run", flat=True))
    return tuple(
        _run(row, stores.get(row.account_id, ()), now, has_errors=row.run in with_errors) for row in found
    )


def error_rows(viewer: Viewer, found: Sequence[CommunicationError]) -> tuple[ErrorRow, ...]:
    """Failures as people read them: 1 statement."""
    stores = stores_by_account(viewer, (row.account_id for row in found))
    return tuple(_error(row, stores.get(row.account_id, ())) for row in found)


def _scoped(rows: "QuerySet[Row]", viewer: Viewer, store: str, store_id: int | None) -> "QuerySet[Row]":
    """Rows of the viewer's accounts, or of the accounts of the stores that are asked for."""
    if viewer.store_ids is None and not store and store_id is None:
        return rows
    stores = viewer.stores().order_by()
    if store:
        stores = stores.filter(name__icontains=store)
    if store_id is not None:
        stores = stores.filter(pk=store_id)
    return rows.filter(account_id__in=stores.values("account_id"))


def _run(row: SyncRun, stores: tuple[StoreName, ...], now: datetime, *, has_errors: bool) -> RunRow:
    sync = getattr(row.account, "sync", None)
    state = runs.state_of(row, sync, now=now)
    is_trouble = state in {RunState.FAILED, RunState.INTERRUPTED}
    return RunRow(
        run=row.run,
        account_id=row.account_id,
        stores=stores,
        kind=row.kind,
        state=state,
        started_at=row.started_at,
        ended_at=row.ended_at,
        requests=row.requests,
        pages=row.pages,
        counts=row.counts,
        synced_from=row.synced_from,
        synced_until=row.synced_until,
        problem=row.problem,
        error=row.error,
        # The host alone: process ids mean nothing to people.
        worker=row.worker.partition(":")[0],
        answered_at=_answered(row.account, after=row.ended_at or row.started_at) if is_trouble else None,
        has_errors=has_errors,
    )


def _error(row: CommunicationError, stores: tuple[StoreName, ...]) -> ErrorRow:
    return ErrorRow(
        id=row.pk,
        account_id=row.account_id,
        stores=stores,
        operation=row.operation,
        kind=row.kind,
        status=row.status,
        code=row.code,
        request_id=row.request_id,
        run=row.run,
        lane=Lane(row.lane) if row.lane in Lane.values else None,
        first_at=row.first_at,
        last_at=row.last_at,
        times=row.times,
        meaning=failure_kinds.meaning(operation=row.operation, status=row.status, kind=row.kind),
        answered_at=_answered(row.account, after=row.last_at),
    )


def _answered(account: Account, *, after: datetime) -> datetime | None:
    """When Amazon answered a search of the account since; None: not yet, so it is not known to be over."""
    sync = getattr(account, "sync", None)
    polled_at: datetime | None = sync.last_polled_at if sync else None
    return polled_at if polled_at is not None and polled_at > after else None
