"""Real Celery workers with a real broker, and the processor time that everybody took."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection
from kombu import Connection

from config.celery import app
from config.supervisor import end_with_parent
from tests.bench.sellers import Served
from tests.faults.processes import database_url

READY_WITHIN_SECONDS = 60.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# Beat's own interval is 2 s.
WAKE_EVERY_SECONDS = 1.0
TASKS = ("sync_due_accounts", "sync_troubled_accounts")


@dataclass(slots=True)
class Workers:
    """Workers that are ready, the broker they listen to and the Amazon they ask."""

    broker: str
    amazon: Served
    process_ids: list[int]
    _before: dict[str, float] = field(default_factory=dict)

    def wake(self) -> None:
        """What beat does."""
        with Connection(self.broker) as opened:
            for task in TASKS:
                app.send_task(f"integration.tasks.{task}", connection=opened, expires=10)

    def start_clock(self) -> None:
        """Count processor time from now on."""
        self._before = self._seconds()

    def seconds_taken(self) -> dict[str, float]:
        """Processor time since then: of the workers, the local Amazon and PostgreSQL."""
        return {name: seconds - self._before[name] for name, seconds in self._seconds().items()}

    def _seconds(self) -> dict[str, float]:
        return {
            "workers": sum(map(processor_seconds, self.process_ids)),
            "amazon": processor_seconds(self.amazon.process_id),
            "database": sum(map(processor_seconds, _server_processes())),
        }


@contextlib.contextmanager
def working(broker: str, amazon: Served, *, processes: int, threads: int) -> Iterator[Workers]:
    """So many worker processes of so many threads, ready and idle."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="amazon-orders-workers-")))
        environment = _environment(broker, amazon)
        started = [
            stack.enter_context(_started(environment, folder / f"{number}.log", number, threads))
            for number in range(processes)
        ]
        for number in range(processes):
            _wait_until_ready(started[number], folder / f"{number}.log")
        yield Workers(broker, amazon, [process.pid for process in started])


def processor_seconds(process_id: int) -> float:
    """User and system time of a process and its ended children; 0 where the system does not tell."""
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return 0.0
    fields = stat.rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / TICKS_A_SECOND


def _environment(broker: str, amazon: Served) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "CELERY_BROKER_URL": broker,
        "SPAPI_ENDPOINT": amazon.address,
        "SPAPI_LWA_URL": amazon.address + "/auth/o2/token",
        # As in production: a line is written for every call.
        "LOG_LEVEL": "INFO",
    }


@contextlib.contextmanager
def _started(
    environment: dict[str, str], log: Path, number: int, threads: int
) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--queues", "amazon"]
    command += ["--concurrency", str(threads), "--hostname", f"bench{number}@%h"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, preexec_fn=end_with_parent
        )
    try:
        yield process
    finally:
        # What is in hand is of no interest any more, and may wait for half a minute.
        process.kill()
        process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + READY_WITHIN_SECONDS
    while b" ready." not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > give_up:
            raise RuntimeError(f"a worker did not start: {log.read_text(errors='replace')[-1000:]}")
        time.sleep(0.05)


def _server_processes() -> list[int]:
    """PostgreSQL's own, where it runs on this machine; the first one tells the time of those that ended."""
    with connection.cursor() as database:
        database.execute("SELECT pg_backend_pid()")
        (backend,) = database.fetchone() or (0,)
    server = _parent(backend)
    if not server or not _is_postgres(backend):
        return []
    known = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    return [server, *(process_id for process_id in known if _parent(process_id) == server)]


def _parent(process_id: int) -> int:
    """0 where it is gone."""
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])


def _is_postgres(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/comm").read_text().strip() == "postgres"
    except OSError:
        return False
