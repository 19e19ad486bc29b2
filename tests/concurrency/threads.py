"""Several things at the same moment, each on a connection of its own."""

import threading
from collections.abc import Callable

from django.db import connection

LONGEST = 60.0


class Threads:
    """Threads that start together; what one of them raises is kept."""

    def __init__(self) -> None:
        self.failures: list[BaseException] = []
        self._works: list[Callable[[], object]] = []

    def add(self, work: Callable[[], object]) -> None:
        """One more, started with the others."""
        self._works.append(work)

    def run(self) -> None:
        """Start them at one moment and wait for their end."""
        barrier = threading.Barrier(len(self._works))
        threads = [threading.Thread(target=self._one, args=(work, barrier)) for work in self._works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LONGEST)
        assert not any(thread.is_alive() for thread in threads)
        assert self.failures == []

    def _one(self, work: Callable[[], object], barrier: threading.Barrier) -> None:
        try:
            barrier.wait()
            work()
        except Exception as failure:
            self.failures.append(failure)
        finally:
            connection.close()


def aside(work: Callable[[], object]) -> threading.Thread:
    """One thing beside this thread, under way."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread
