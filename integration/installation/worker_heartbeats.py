"""A worker at work says so: a row, written with its tasks, at most every half minute per process."""

import threading
import time
from datetime import datetime, timedelta

from integration.models import Heartbeat

EVERY = timedelta(seconds=30)
# Twice missed and a bit: it may only be busy with one long task.
SILENT_AFTER = timedelta(seconds=90)
FORGOTTEN_AFTER = timedelta(days=1)


class _Pulse:
    """The worker that this process is, if it is one, and when it wrote last by its own clock."""

    def __init__(self) -> None:
        self.worker = ""
        self._lock = threading.Lock()
        self._last: float | None = None

    def is_due(self) -> bool:
        """Whether to write now; of threads that ask at once one is told so."""
        with self._lock:
            # Monotonic: a wall clock that is set back would silence the worker until it is caught up.
            at = time.monotonic()
            if self._last is not None and at - self._last < EVERY.total_seconds():
                return False
            self._last = at
            return True

    def start(self, worker: str) -> None:
        """Of another worker, or of none, and due."""
        self.worker, self._last = worker, None


PULSE = _Pulse()


def introduce(*, worker: str) -> None:
    """This process is a worker of this name."""
    PULSE.start(worker)


def record_heartbeat(*, now: datetime) -> None:
    """Say that this worker is at work: 1 statement, or mostly none. Other processes have nothing to say."""
    if not PULSE.worker or not PULSE.is_due():
        return
    Heartbeat.objects.bulk_create(
        [Heartbeat(worker=PULSE.worker[:200], seen_at=now)],
        update_conflicts=True,
        unique_fields=["worker"],
        update_fields=["seen_at"],
    )
