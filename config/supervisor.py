"""The processes of a local run: started together, watched together, stopped together."""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# Longer than a worker's call that is about to end, shorter than people wait after Ctrl-C.
ASK_FOR = 8.0
POLL_SECONDS = 0.2
LAST_LINES = 15
SET_PARENT_DEATH_SIGNAL = 1


class Died(Exception):
    """One of the processes ended by itself; the text names it and shows the end of its log."""


class Processes:
    """Children in sessions of their own: Ctrl-C reaches this process alone, which stops them in order."""

    def __init__(self, environment: Mapping[str, str], logs: Path) -> None:
        self._environment = dict(environment)
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, command: Sequence[str]) -> None:
        path = self.log_of(name)
        if path.exists():
            path.replace(path.with_suffix(".log.1"))
        with path.open("wb") as log:
            self._running[name] = subprocess.Popen(
                command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )

    def log_of(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def check(self) -> None:
        """Raise Died when one has ended."""
        for name, process in self._running.items():
            status = process.poll()
            if status is not None:
                raise Died(f"{name} ended with status {status}; its log ended with:\n{self._end_of(name)}")

    def watch(self, until: Callable[[], bool]) -> None:
        """Wait until told to stop. One that ends before is a fault."""
        while not until():
            self.check()
            time.sleep(POLL_SECONDS)

    def wait_for_answer(self, port: int, *, seconds: float) -> None:
        """Wait until the port answers a request, whatever the answer is."""
        give_up = time.monotonic() + seconds
        while not answers(port):
            self.check()
            if time.monotonic() > give_up:
                raise Died(f"nothing answered on port {port} within {seconds:.0f} s; see {self._logs}")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Ask all of them to end, and after a while end those that have not."""
        for process in self._running.values():
            _signal_group(process, signal.SIGTERM)
        give_up = time.monotonic() + ASK_FOR
        for process in self._running.values():
            try:
                process.wait(max(0.0, give_up - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_group(process, signal.SIGKILL)
                process.wait()
        for process in self._running.values():
            # A leader that ended in order may have left others of its group behind.
            _signal_group(process, signal.SIGKILL)
        self._running.clear()

    def _end_of(self, name: str) -> str:
        return "\n".join(
            self.log_of(name).read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
        )


def end_with_parent() -> None:
    """Linux: the child gets SIGTERM when this process is killed outright, so none stays behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        # The whole group has ended, which is what the signal is for.
        return


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
