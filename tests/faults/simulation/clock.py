"""Virtual time: it stands still but for a tick at every look, and moves only when the schedule says so."""

from datetime import UTC, datetime, timedelta

from sandbox.clock import Clock

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
# No two moments are the same: two judgments of one order never look like one.
TICK = timedelta(milliseconds=1)


class VirtualClock(Clock):
    """The clock of Amazon and, but for their skew, of all workers."""

    def __init__(self) -> None:
        super().__init__(frozen_at=START)

    def now(self) -> datetime:
        with self._lock:
            self._ahead += TICK
        return super().now()

    def set_forward(self, moment: datetime) -> None:
        """Jump to a moment; one that has passed changes nothing."""
        self.advance(max((moment - self.now()).total_seconds(), 0.0))
