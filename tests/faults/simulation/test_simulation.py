"""Whatever happens in whatever order: once it is quiet, our state is Amazon's, and no unit is lost.

A failing seed is printed and becomes a case of KNOWN. `SIMULATIONS=2000` runs more, `SIMULATION_SEED=17` one.
"""

import os

import pytest
from pytest_django import Settings

from tests.faults.simulation import check, tables
from tests.faults.simulation.run import Simulation

# On PostgreSQL alone: that is where it counts, and what a lost connection is made with.
pytestmark = [pytest.mark.slow, pytest.mark.postgres]
# Seeds that once failed and lie outside the usual range. 1062: an order kept under a store that was
# switched off meanwhile stopped its page.
KNOWN: tuple[int, ...] = (382, 1062)
COUNT = int(os.environ.get("SIMULATIONS", "200"))
FIRST = int(os.environ.get("SIMULATION_SEED", "1"))
NUMBERS = [FIRST] if "SIMULATION_SEED" in os.environ else [*KNOWN, *range(1, COUNT + 1)]


@pytest.mark.parametrize("seed", NUMBERS)
def test_once_it_is_quiet_our_state_is_amazons(
    seed: int, transactional_db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    print(f"seed {seed}")  # noqa: T201 - a failing run is repeated with it
    simulation = Simulation(seed, monkeypatch, settings)
    simulation.run()
    assert check.differences(simulation.shop) == []


def test_a_seed_repeats_exactly(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    courses = []
    for _ in range(2):
        tables.empty()
        with monkeypatch.context() as patched:
            simulation = Simulation(FIRST, patched, settings)
            simulation.run()
        courses.append((simulation.schedule.events, simulation.lives.steps, simulation.clock.now()))

    assert courses[0] == courses[1]
