"""How many schedules of faults end as they must: tests/faults/simulation, on two processes."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.bench.report import Line, Section, at_most

ROOT = Path(__file__).resolve().parents[2]
TESTS = "tests/faults/simulation/test_simulation.py::test_once_it_is_quiet_our_state_is_amazons"
PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Ran:
    """What pytest wrote down: how many, the names of those that failed, how long all took together."""

    count: int
    failed: list[str]
    seconds: float


def measure(*, count: int, say: Callable[[str], None]) -> Section:
    """Schedules 1 to `count`; those that fail are named."""
    say(f"{count:,} schedules of faults")
    ran = _run(count)
    for name in ran.failed:
        say(f"failed: {name} (repeat it with SIMULATION_SEED)")
    return Section(
        "Schedules of faults",
        [
            Line("schedules run", ran.count, f"of {count:,}"),
            Line("failed, or not run", len(ran.failed) + abs(count - ran.count), "schedules", at_most(0)),
            Line(f"all of them, on {PROCESSES} processes", round(ran.seconds), "s"),
        ],
    )


def _run(count: int) -> Ran:
    with tempfile.TemporaryDirectory(prefix="amazon-orders-schedules-") as folder:
        report = Path(folder) / "report.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            f"--numprocesses={PROCESSES}",
            f"--junitxml={report}",
            TESTS,
        ]
        environment = {name: value for name, value in os.environ.items() if name != "SIMULATION_SEED"}
        subprocess.run(
            command,
            cwd=ROOT,
            env={**environment, "SIMULATIONS": str(count)},
            stdout=subprocess.DEVNULL,
            check=False,
        )
        return _read(report)


def _read(report: Path) -> Ran:
    suite = ElementTree.parse(report).getroot().find("testsuite")
    if suite is None:
        raise ValueError("pytest wrote no report")
    cases = suite.findall("testcase")
    failed = [
        case.get("name", "")
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    ]
    return Ran(len(cases), failed, float(suite.get("time", "0")))
