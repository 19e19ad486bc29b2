"""What time it is in the sandbox; the only place that reads the machine's clock."""

import threading
from datetime import UTC, datetime, timedelta


class Clock:
    """Runs with the machine's clock, or stands still at `frozen_at`; both can be moved forward."""

    def __init__(self, frozen_at: datetime | None = None) -> None:
        self._frozen_at = frozen_at
        self._ahead = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return (self._frozen_at or datetime.now(UTC)) + self._ahead

    def advance(self, seconds: float) -> datetime:
        # Update times, quota and tokens all count on it.
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        with self._lock:
            self._ahead += timedelta(seconds=seconds)
        return self.now()


def iso(moment: datetime) -> str:
    """Amazon's own spelling: UTC with a Z, milliseconds only where there are any."""
    moment = moment.astimezone(UTC)
    spec = "milliseconds" if moment.microsecond >= 1000 else "seconds"
    return moment.replace(tzinfo=None).isoformat(timespec=spec) + "Z"


def parse_iso(text: str) -> datetime:
    """Read an ISO 8601 moment; one without an offset is refused, as Amazon does."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no offset in {text!r}")
    return moment.astimezone(UTC)
