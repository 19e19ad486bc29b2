"""Whatever happens in whatever order: once it is quiet, our state is Amazon's, and no unit is lost.

A failing seed is printed and becomes a case of KNOWN. `SIMULATIONS=2000` runs more, `SIMULATION_SEED=17` one.
"""

import os
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from amazon_orders import receive
from integration import cursor, judgement, windows
from integration.lease import Lease
from integration.models import AccountSync
from tests.faults.simulation.run import NotAsItShouldBe, Simulation

# On one engine alone: it takes a minute, and PostgreSQL is where it counts.
pytestmark = pytest.mark.slow
# Seeds that once failed and lie outside the usual range (35 found that a blocked order kept canceled units).
KNOWN: tuple[int, ...] = ()
COUNT = int(os.environ.get("SIMULATIONS", "40"))
FIRST = int(os.environ.get("SIMULATION_SEED", "1"))
NUMBERS = [FIRST] if "SIMULATION_SEED" in os.environ else [*KNOWN, *range(1, COUNT + 1)]
# A guard that is missing must be noticed within so many schedules.
TRIES = 25


@pytest.mark.parametrize("seed", NUMBERS)
def test_once_it_is_quiet_our_state_is_amazons(
    seed: int, transactional_db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    print(f"seed {seed}")  # noqa: T201 - a failing run is repeated with it
    Simulation(seed, monkeypatch, settings).run()


def assert_noticed(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """One of the schedules ends badly, each on an emptied database."""
    for seed in range(1, TRIES + 1):
        call_command("flush", verbosity=0, interactive=False)
        try:
            Simulation(seed, monkeypatch, settings).run()
        except NotAsItShouldBe as noticed:
            print(noticed)  # noqa: T201 - what a missing guard looks like
            return
    pytest.fail(f"{TRIES} schedules did not notice that the guard is missing")


def test_without_the_cursors_overlap_the_simulation_fails(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    # What today's importers do: "all up to now is in".
    monkeypatch.setattr(windows, "cursor_after", lambda window, *, bound: bound + windows.READABLE_AFTER)

    assert_noticed(monkeypatch, settings)


def test_without_newer_wins_the_simulation_fails(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(receive, "_is_news", lambda arrived, known: True)

    assert_noticed(monkeypatch, settings)


def test_without_the_version_claim_the_simulation_fails(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(judgement, "claim", list)

    assert_noticed(monkeypatch, settings)


def test_without_fencing_the_simulation_fails(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    def unguarded(lease: Lease, **changes: Any) -> None:
        AccountSync.objects.filter(account_id=lease.account_id).update(**changes)

    monkeypatch.setattr(cursor, "_guarded", unguarded)

    assert_noticed(monkeypatch, settings)
