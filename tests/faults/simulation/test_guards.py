"""A guard that is missing is noticed: each is broken on purpose, and some schedule ends badly."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db.models import F, Q
from pytest_django import Settings

from amazon_orders import receive as mirror
from integration import cursor, due, judgement, passes, windows
from integration.lease import Lease
from integration.models import AccountSync, OrderImport
from integration.pipeline import receive
from tests.faults.simulation import tables
from tests.faults.simulation.run import NotAsItShouldBe, Simulation

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
# A guard that is missing must be noticed within so many schedules after those known to notice it.
TRIES = 25
Break = Callable[[pytest.MonkeyPatch], None]


def no_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other importers do: "all up to now is in"."""
    monkeypatch.setattr(windows, "cursor_after", lambda window, *, bound: bound + windows.READABLE_AFTER)


def no_fencing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose lease was taken over goes on storing pages."""

    def unguarded(lease: Lease, **changes: Any) -> None:
        AccountSync.objects.filter(account_id=lease.account_id).update(**changes)

    monkeypatch.setattr(cursor, "_guarded", unguarded)


def no_newer_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever arrives last is stored."""
    monkeypatch.setattr(mirror, "_is_news", lambda arrived, known: True)


def no_version_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was decided upon an older row is written over a newer one."""
    monkeypatch.setattr(mirror, "_lock_unchanged_versions", lambda changed: None)


def no_version_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    """A judgement counts although the order has changed since its facts were gathered."""
    monkeypatch.setattr(judgement, "claim", list)


def cursor_before_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page token and the cursor move in a transaction of their own, before the page is stored."""
    store = receive.run

    def run(*, in_transaction: Callable[[], None] = lambda: None, **page: Any) -> receive.Received:
        in_transaction()
        return store(**page)

    monkeypatch.setattr(passes.receive, "run", run)


def time_instead_of_stamp(monkeypatch: pytest.MonkeyPatch) -> None:
    """A product counts as changed since by the clocks of two processes, not by the stamp that was judged."""

    def find(*, now: datetime, limit: int = due.BATCH, after: int = 0) -> list[int]:
        rows = OrderImport.objects.filter(pk__gt=after).order_by("pk")
        changed = Q(version__gt=F("judged_version")) | Q(recheck_at__lte=now)
        unblocked = Q(blockers__closed_at=None, blockers__product__availability_changed_at__gt=F("judged_at"))
        return list(rows.filter(changed | unblocked).values_list("pk", flat=True).distinct()[:limit])

    monkeypatch.setattr(due, "find", find)


GUARDS: tuple[Break, ...] = (
    no_overlap,
    no_fencing,
    no_newer_wins,
    no_version_lock,
    no_version_claim,
    cursor_before_page,
    time_instead_of_stamp,
)


@pytest.mark.parametrize("guard", GUARDS)
def test_a_missing_guard_is_noticed(
    guard: Break, transactional_db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    guard(monkeypatch)

    assert_noticed(monkeypatch, settings)


def assert_noticed(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """One of the schedules ends badly, each on an emptied database."""
    for seed in range(1, TRIES + 1):
        tables.empty()
        try:
            with monkeypatch.context() as patched:
                Simulation(seed, patched, settings).run()
        except NotAsItShouldBe as noticed:
            print(noticed)  # noqa: T201 - what a missing guard looks like
            return
    pytest.fail(f"{TRIES} schedules did not notice that the guard is missing")
