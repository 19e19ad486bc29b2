"""Who has the turn: processes as threads of which never more than one runs, so that a seed repeats exactly.

A process gives its turn away between two steps outside of any transaction, so it never waits there with a
lock that another one wants.
"""

import sys
import threading
import traceback
from collections.abc import Callable

from django.db import DEFAULT_DB_ALIAS, connection, connections

from integration.spapi.auth import AccessTokens
from tests.faults.simulation.lives import Crash, Life, Lives, Step, Stopped

TO_THE_END = 1_000_000
HANGS_AFTER_SECONDS = 60.0


class Hangs(AssertionError):
    """A process neither ended nor gave its turn away."""


class Slot:
    """A place where one process at a time lives, with a database connection of its own."""

    def __init__(self, lives: Lives) -> None:
        self._lives = lives
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._work: Callable[[], object] | None = None
        self._is_over = False
        self._left = 0
        self._until: Step | None = None
        self._memory = AccessTokens()
        self.life: Life | None = None
        self.was_cut_short = False
        """Whether the last process here died or was told to end in the middle of its work."""
        self.bugs: list[BaseException] = []
        self._thread = threading.Thread(target=self._live_on, daemon=True)
        self._thread.start()

    @property
    def is_free(self) -> bool:
        """Whether no process lives here."""
        return self.life is None

    def start(self, life: Life, work: Callable[[], object]) -> None:
        """A process begins; it runs when it gets its turn."""
        life.memory = self._memory
        self.life, self._work, self.was_cut_short = life, work, False

    def run(self, count: int = TO_THE_END, *, until: Step | None = None) -> None:
        """Give it the turn: until it ends, or is about to take its next step but `count`, of this kind."""
        if self.life is None:
            return
        self._lives.current, self._left, self._until = self.life, count, until
        self._lives.give_turn = self._give_turn
        self._hand_over()
        self._lives.current, self._lives.give_turn = None, lambda step: None

    def kill(self) -> None:
        """kill -9, now."""
        if self.life is not None:
            self.life.is_dead = True
            self.run()

    def stop(self) -> None:
        """SIGTERM, now; it has all the time to end in order."""
        if self.life is not None:
            self.life.stop_at = 1
            self.run()

    def close(self) -> None:
        """Whoever lives here dies, and the place goes."""
        self.kill()
        self._is_over = True
        self._hand_over()
        self._thread.join()

    def _hand_over(self) -> None:
        self._go.release()
        if not self._back.acquire(timeout=HANGS_AFTER_SECONDS):
            frame = sys._current_frames()[self._thread.ident or 0]
            at = "".join(traceback.format_stack(frame))
            raise Hangs(f"a process hangs: {self.life}, at\n{at}")

    def _give_turn(self, step: Step) -> None:
        if self._until not in (None, step):
            return
        if self._left == 0:
            self._back.release()
            self._go.acquire()
            if self._until not in (None, step):
                return
        self._left -= 1

    def _live_on(self) -> None:
        while self._go.acquire() and not self._is_over:
            if self.life is not None and self._work is not None:
                self._live(self.life, self._work)
            self._back.release()
        connections.close_all()
        self._back.release()

    def _live(self, life: Life, work: Callable[[], object]) -> None:
        try:
            with connection.execute_wrapper(self._lives.statement):
                work()
        except Crash:
            pass
        except Stopped:
            self.was_cut_short = True
        except Exception as bug:
            # What the libraries below make of a crash on its way up is nobody's any more.
            if not life.is_dead:
                self.bugs.append(bug)
        if life.is_dead:
            self._bury()
        connection.close_if_unusable_or_obsolete()
        if life.is_buried_at_once or not life.is_dead:
            self._lives.buried.add(life.name)
        self.life, self._work = None, None

    def _bury(self) -> None:
        """What the process had in memory is gone with it, and its session at the server."""
        self.was_cut_short = True
        self._lives.crashes += 1
        self._memory = AccessTokens()
        if connection.connection is not None and not connection.connection.closed:
            connection.connection.rollback()
        connection.close()
        # The next process knows nothing of the transaction this one was in.
        del connections[DEFAULT_DB_ALIAS]
