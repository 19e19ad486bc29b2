"""Reads the queue for as long as it is told to: receive, record, wake, delete, in this order.

Killed anywhere, a message that was not deleted comes again and is known by its id.
"""

import contextlib
import signal
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from types import FrameType

import structlog
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from integration.notifications import intake
from integration.notifications.sqs import Message, Queue, QueueUnavailable

logger = structlog.get_logger(__name__)
# In read-only mode messages stay in the queue, where Amazon keeps them for days: nothing is taken that
# could not be asked for.
PAUSED_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 60.0
NOTED_EVERY = timedelta(seconds=30)


class Stopped(BaseException):
    """Told to end. Not an Exception, so that nothing on the way takes it for a fault."""


class Stop:
    """SIGTERM and SIGINT end a wait at once, and what must not be cut as soon as it is done."""

    def __init__(self) -> None:
        self.is_asked = False
        self._is_held = False

    def listen(self) -> None:
        """Take over the signals."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.ask)

    def ask(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """End now, or after what is held. Raises Stopped."""
        self.is_asked = True
        if not self._is_held:
            raise Stopped

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Not to be cut within. Raises Stopped at its end where it was asked for meanwhile."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self.is_asked:
            raise Stopped


class Listener:
    """Reads one queue. `may_receive` is asked before each poll; `wake` has accounts' orders asked for now."""

    def __init__(
        self,
        queue: Queue,
        *,
        wake: Callable[[Collection[int]], object],
        may_receive: Callable[[], bool] = lambda: True,
        clock: Callable[[], datetime] = timezone.now,
        stop: Stop | None = None,
    ) -> None:
        self._queue = queue
        self._wake = wake
        self._may_receive = may_receive
        self._clock = clock
        self._stop = stop or Stop()
        self._failures = 0
        self._failing_since: datetime | None = None
        self._noted_at: datetime | None = None

    def run(self) -> None:
        """Until Stopped."""
        with contextlib.suppress(Stopped):
            while True:
                time.sleep(self.round())

    def round(self, **receive: int) -> float:
        """One poll and what it brought; gives the seconds to wait before the next."""
        try:
            if not self._may_receive():
                return PAUSED_SECONDS
            messages = self._queue.receive(**receive)
            self._note_answer()
            # A poll waits up to 20 seconds.
            if messages and not self._may_receive():
                # Forbidden while it waited: they come again.
                return PAUSED_SECONDS
            # A stop between recording and deleting would have the same messages come again: harmless,
            # but for nothing.
            with self._stop.held():
                return self._take_in(messages) if messages else 0.0
        except QueueUnavailable as away:
            logger.warning("notifications.queue_unavailable", reason=str(away))
            return self._note_failure(str(away))
        except (OperationalError, InterfaceError) as lost:
            # Nothing was deleted: it all comes again.
            connection.close_if_unusable_or_obsolete()
            logger.warning("notifications.database_unavailable", cause=type(lost).__name__)
            return self._pause()

    def _take_in(self, messages: Sequence[Message]) -> float:
        recorded = intake.record_notification([message.body for message in messages], now=self._clock())
        self._failures = 0
        if recorded.account_ids:
            self._wake(recorded.account_ids)
        # Last: what was not deleted comes again and is known by its id; the other way round it would be
        # lost.
        undeleted = self._queue.delete(messages)
        counts = {name: count for name, count in recorded.counts.items() if count}
        logger.info("notifications.received", undeleted=undeleted, **counts)
        return 0.0

    def _note_answer(self) -> None:
        """That the queue answers, written down now and then; at once where it did not before."""
        now = self._clock()
        if self._failing_since is None and self._noted_at is not None and now < self._noted_at + NOTED_EVERY:
            return
        intake.note_polled(now=now)
        self._noted_at, self._failing_since = now, None

    def _note_failure(self, text: str) -> float:
        self._failing_since = self._failing_since or self._clock()
        try:
            intake.note_failure(text, since=self._failing_since)
        except (OperationalError, InterfaceError):
            connection.close_if_unusable_or_obsolete()
        return self._pause()

    def _pause(self) -> float:
        """Twice as long each time, up to a minute."""
        self._failures += 1
        return min(2.0 ** (self._failures - 1), LONGEST_PAUSE_SECONDS)
