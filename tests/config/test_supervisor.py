"""The processes of a local run: none outlives it, and one that dies is named."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import supervisor
from config.supervisor import Died, Processes

ROOT = Path(__file__).resolve().parents[2]
SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    children = Processes(os.environ, tmp_path / "log")
    yield children
    children.stop()


def wait_until_up(processes: Processes, name: str) -> None:
    give_up = time.monotonic() + 10
    while "up" not in processes.log_of(name).read_text() and time.monotonic() < give_up:
        time.sleep(0.02)


def is_alive(number: int) -> bool:
    return Path(f"/proc/{number}").exists()


def test_one_that_dies_is_named_with_the_end_of_its_log(processes: Processes) -> None:
    processes.start("sleeper", SLEEP)
    processes.start("broken", [sys.executable, "-c", "import sys; print('no disk'); sys.exit(3)"])
    with pytest.raises(Died, match=r"broken ended with status 3(.|\n)*no disk"):
        processes.watch(until=lambda: False)


def test_all_of_them_stop_when_asked(processes: Processes) -> None:
    processes.start("one", SLEEP)
    processes.start("two", SLEEP)
    started = time.monotonic()
    processes.stop()
    assert time.monotonic() - started < 5


def test_one_that_does_not_listen_is_ended(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "ASK_FOR", 0.5)
    processes.start("stubborn", STUBBORN)
    wait_until_up(processes, "stubborn")
    started = time.monotonic()
    processes.stop()
    assert time.monotonic() - started < 5


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no signal for a parent's death")
def test_no_child_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from config.supervisor import Processes\n"
        "children = Processes(os.environ, Path(sys.argv[1]))\n"
        "code = 'import os, time; print(os.getpid(), flush=True); time.sleep(60)'\n"
        "children.start('child', [sys.executable, '-c', code])\n"
        "time.sleep(60)\n"
    )
    log = tmp_path / "child.log"
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT) as parent:
        give_up = time.monotonic() + 20
        while not (log.exists() and log.read_text().strip()) and time.monotonic() < give_up:
            time.sleep(0.05)
        parent.send_signal(signal.SIGKILL)
    child = int(log.read_text())
    give_up = time.monotonic() + 5
    while is_alive(child) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not is_alive(child)


def test_a_port_that_never_answers_is_said(processes: Processes) -> None:
    processes.start("sleeper", SLEEP)
    with pytest.raises(Died, match="nothing answered on port"):
        processes.wait_for_answer(supervisor.free_port(), seconds=0.3)


def test_a_taken_port_is_not_free() -> None:
    port = supervisor.free_port()
    assert supervisor.is_free(port)
    assert not supervisor.answers(port)
