"""`make run` from the first start to the last process gone."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from config import demo, supervisor
from sandbox.shop import DEMO_SELLERS

ROOT = Path(__file__).resolve().parents[2]
FIRST_START_SECONDS = 120.0
LATER_START_SECONDS = 60.0
STOP_SECONDS = 15.0


class Run:
    """One `make run` of an installation of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        self.output = folder / "output.txt"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.run"],
                cwd=ROOT,
                env={**kept, "VAR_DIR": str(folder / "var"), "PORT": str(port)},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def lines(self, *, within: float) -> list[str]:
        """The three lines it prints once the address answers."""
        give_up = time.monotonic() + within
        while time.monotonic() < give_up and self.process.poll() is None:
            found = [line for line in self.output.read_text().splitlines() if line.startswith(LABELS)]
            if len(found) == len(LABELS):
                return found
            time.sleep(0.2)
        raise AssertionError(f"no address within {within} s: {self.output.read_text()}")

    def stop(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        assert self.process.wait(STOP_SECONDS) == 0


LABELS = ("Address: ", "User: ", "Password: ")


def processes_of(folder: Path) -> list[str]:
    """The command lines of what still runs in this installation."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"VAR_DIR={folder / 'var'}".encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except (PermissionError, FileNotFoundError, ProcessLookupError):
            # Another user's process, or one that has just ended.
            continue
    return found


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to see that nothing is left")
def test_it_starts_stops_and_starts_again(tmp_path: Path) -> None:
    port = supervisor.free_port()
    first = Run(tmp_path, port)
    try:
        shown = first.lines(within=FIRST_START_SECONDS)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/", timeout=10) as answer:
            assert answer.status == 200
        first.stop(signal.SIGINT)
        assert processes_of(tmp_path) == []
        first = Run(tmp_path, port)
        assert first.lines(within=LATER_START_SECONDS) == shown
        first.stop(signal.SIGTERM)
        assert processes_of(tmp_path) == []
    finally:
        if first.process.poll() is None:
            first.process.kill()


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    port = supervisor.free_port()
    holder = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        give_up = time.monotonic() + 10
        while not supervisor.answers(port) and time.monotonic() < give_up:
            time.sleep(0.05)
        run = Run(tmp_path, port)
        assert run.process.wait(30) == 1
        assert run.output.read_text().startswith(f"PORT: {port} is taken")
    finally:
        holder.kill()
        holder.wait()


def test_the_demo_stores_are_those_of_the_sandbox() -> None:
    offered = {
        (seller.seller_id, code, seller.refresh_token)
        for seller in DEMO_SELLERS
        for code in seller.marketplaces
    }
    assert {(store.seller_id, store.marketplace, store.refresh_token) for store in demo.STORES} == offered
