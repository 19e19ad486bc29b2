"""A pass leaves a record that people can read, once something is in it.

    with runs.under_way(account_id=..., kind=RunKind.POLL, now=...) as run:
        runs.page(run, updates=...)            no statement
        runs.write(run, requests=..., counts=...)
        runs.end(run, ...)

Every log event inside carries the run's name and the account. An idle poll costs no statement.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import structlog

from integration.models import AccountSync, RunKind, SyncRun
from integration.models.runs import NO_FAILURES
from integration.sync import lease
from integration.sync.lease import Lease

logger = structlog.get_logger(__name__)
# What makes a pass worth a row.
_SOMETHING = ("changed", "malformed", "healed", "listed")


class RunState(StrEnum):
    """How a run stands."""

    UNDER_WAY = "UNDER_WAY"
    INTERRUPTED = "INTERRUPTED"
    DONE = "DONE"
    CONTINUES = "CONTINUES"
    FAILED = "FAILED"


@dataclass(slots=True)
class Run:
    """A run under way. `reached_at`: up to where its pages came, while they come in order of update time."""

    account_id: int
    kind: RunKind
    started_at: datetime
    name: str = field(default_factory=lambda: secrets.token_hex(5))
    fencing: int | None = None
    synced_from: datetime | None = None
    pages: int = 0
    reached_at: datetime | None = None
    is_in_order: bool = True
    is_written: bool = False


@contextmanager
def under_way(*, account_id: int, kind: RunKind, now: datetime) -> Iterator[Run]:
    """A run, named in every log event until it is left."""
    run = Run(account_id, kind, now)
    with structlog.contextvars.bound_contextvars(run=run.name, account=account_id):
        yield run


def hold(run: Run, held: Lease, *, synced_from: datetime | None) -> None:
    """The lease that the run works under: while it holds, the run is under way."""
    run.fencing, run.synced_from = held.fencing, synced_from


def page(run: Run, *, updates: Sequence[datetime]) -> None:
    """Count a page that was received; `updates`: when Amazon changed its orders."""
    run.pages += 1
    if not updates:
        return
    # Amazon promises no order of search results: once a page breaks it, no progress can be told from
    # update times.
    run.is_in_order = run.is_in_order and (run.reached_at is None or min(updates) >= run.reached_at)
    run.reached_at = max(updates) if run.is_in_order else None


def new_window(run: Run) -> None:
    """Another search begins: its pages start from an earlier moment again."""
    run.reached_at, run.is_in_order = None, True


def write(run: Run, *, requests: int, counts: Mapping[str, int]) -> None:
    """Show how far it is, if there is anything to show: 1 statement, 2 the first time.

    Only under a lease: without one nobody could tell later whether it still goes on.
    """
    if run.fencing is None:
        return
    if run.is_written:
        _change(run, requests=requests, counts=dict(counts))
    elif any(counts.get(name) for name in _SOMETHING):
        _make(run, requests=requests, counts=dict(counts))


def end(
    run: Run, *, requests: int, counts: Mapping[str, int], problem: str, error: str, now: datetime
) -> None:
    """Finish its row; a run that failed has one although nothing was in it. At most 3 statements."""
    is_idle = not any(counts.get(name) for name in _SOMETHING)
    # Throttled by Amazon, not for want of a token of ours: then nothing was sent.
    is_trouble = problem not in NO_FAILURES or (problem == "QUOTA" and requests > 0)
    if is_idle and not run.is_written and not is_trouble:
        return
    ended = {
        "requests": requests,
        "counts": dict(counts),
        "problem": problem[:32],
        "error": error[:500],
        # A clock that was set back meanwhile must not undo the work.
        "ended_at": max(now, run.started_at),
        "synced_until": AccountSync.objects.filter(account_id=run.account_id)
        .values_list("synced_until", flat=True)
        .first(),
    }
    if run.is_written:
        _change(run, **ended)
    else:
        _make(run, **ended)
    logger.info("run.ended", kind=run.kind.value, problem=problem, requests=requests, counts=dict(counts))


def state_of(row: SyncRun, sync: AccountSync | None, *, now: datetime) -> RunState:
    """How a run stands; one without an end is as alive as its lease."""
    # Never closed by a clean-up: a worker that died cannot write, so whether it still runs is told by
    # its lease.
    if row.ended_at is None:
        return RunState.UNDER_WAY if _is_alive(row, sync, now) else RunState.INTERRUPTED
    if row.problem in NO_FAILURES:
        return RunState.CONTINUES if row.problem else RunState.DONE
    return RunState.FAILED


def _is_alive(row: SyncRun, sync: AccountSync | None, now: datetime) -> bool:
    if sync is None or row.fencing is None:
        return False
    return lease.is_taken(
        fencing=row.fencing,
        current=sync.fencing,
        held_by=sync.lease_owner,
        expires_at=sync.lease_expires_at,
        now=now,
    )


def _make(run: Run, **fields: Any) -> None:
    if not AccountSync.objects.filter(account_id=run.account_id).exists():
        # Its last store was deleted meanwhile.
        return
    SyncRun.objects.create(
        account_id=run.account_id,
        run=run.name,
        kind=run.kind,
        worker=lease.owner(),
        fencing=run.fencing,
        started_at=run.started_at,
        synced_from=run.synced_from,
        pages=run.pages,
        reached_at=run.reached_at,
        **fields,
    )
    run.is_written = True


def _change(run: Run, **fields: Any) -> None:
    SyncRun.objects.filter(run=run.name).update(pages=run.pages, reached_at=run.reached_at, **fields)
