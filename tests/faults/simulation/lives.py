"""Processes that die, are told to stop or lose their database connection, between any two steps.

A step is an SQL statement, the begin of a transaction, a commit, or one side of a call to Amazon. Between two
steps outside of a transaction a process may be left waiting while others go on (`turns`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto
from typing import Any

import psycopg2  # type: ignore[import-untyped]
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from integration.spapi.auth import AccessTokens


class Step(Enum):
    """What a process is about to do."""

    STATEMENT = auto()
    BEGIN = auto()
    CALL = auto()


class Crash(BaseException):
    """The process is gone: nothing of it runs any more, no handler and no clean-up."""


class Stopped(BaseException):
    """The process is told to end, once: its handlers still run."""


@dataclass(slots=True)
class Life:
    """One process, from its start to its end; step numbers count from 1, 0 is never."""

    name: str
    skew: timedelta = timedelta()
    crash_at: int = 0
    crash_on: Step | None = None
    """The kind of step that `crash_at` counts; None counts all."""
    stop_at: int = 0
    lose_connection_at: int = 0
    is_after: bool = False
    """Whether the connection is lost (or the process dies) with the step done, before its answer is back."""
    is_buried_at_once: bool = False
    """Whether others see at once that it is gone (it ran on their host), or only when its lease ends."""
    steps: int = 0
    is_dead: bool = False
    memory: AccessTokens = field(default_factory=AccessTokens)

    def spare(self) -> None:
        """Nothing more happens to it."""
        self.crash_at = self.stop_at = self.lose_connection_at = 0


class Memory(AccessTokens):
    """The access tokens of whoever runs: no process has those of another."""

    def __init__(self, lives: "Lives") -> None:
        self._lives = lives

    def entry(self, key: str) -> Any:
        return self._lives.memory.entry(key)

    def forget(self, key: str) -> None:
        self._lives.memory.forget(key)

    def clear(self) -> None:
        self._lives.memory.clear()


class Lives:
    """Who runs at the moment, what hits them, and who is known to be dead."""

    def __init__(self) -> None:
        self.current: Life | None = None
        """None: somebody whom no fault hits, e.g. a person at a page."""
        self.give_turn: Callable[[Step], None] = lambda step: None
        """Lets others go on, if it is their turn; comes back when it is ours again."""
        self._memory = AccessTokens()
        self.buried: set[str] = set()
        self.steps = 0
        self.crashes = 0
        self.stops = 0
        self.lost_connections = 0

    @property
    def skew(self) -> timedelta:
        """How far the clock of whoever runs is ahead."""
        return self.current.skew if self.current else timedelta()

    @property
    def memory(self) -> AccessTokens:
        """What the process that runs has in memory."""
        return self.current.memory if self.current else self._memory

    def owner(self) -> str:
        """The name under which a lease is held."""
        return self.current.name if self.current else "nobody:0:0"

    def has_died(self, owner: str) -> bool:
        """Whether it is known that this process is gone."""
        return owner in self.buried

    def call(self) -> None:
        """One side of a call to Amazon. Raises Crash, Stopped."""
        if self.current is not None:
            self._begin(self.current, may_turn=True, step=Step.CALL)

    def transaction(self) -> None:
        """One is about to begin: what was read before it may be old by then. Raises Crash, Stopped."""
        if self.current is not None:
            self._begin(self.current, may_turn=True, step=Step.BEGIN)

    def statement(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        """Django's execute wrapper."""
        life = self.current
        if life is None:
            return execute(sql, params, many, context)
        self._begin(life, may_turn=True)
        is_hit = self._is_hit(life)
        if is_hit and not life.is_after:
            self._cut_off()
        done = execute(sql, params, many, context)
        if is_hit:
            self._cut_off()
            # The answer does not come back: asked on the dead connection, the driver raises its own error.
            execute(sql, params, many, context)
        return done

    def commit(self, wrapper: BaseDatabaseWrapper, commit: Callable[[BaseDatabaseWrapper], None]) -> None:
        """In place of the database wrapper's own. Raises Crash, Stopped, OperationalError."""
        life = self.current
        if life is None:
            return commit(wrapper)
        self._begin(life, may_turn=False)
        is_hit = self._is_hit(life)
        if is_hit and not life.is_after:
            self._cut_off()
        commit(wrapper)
        if is_hit:
            self._cut_off()
            with wrapper.wrap_database_errors:
                raise psycopg2.OperationalError("server closed the connection unexpectedly")
        return None

    def _begin(self, life: Life, *, may_turn: bool, step: Step = Step.STATEMENT) -> None:
        """A signal is not heard where no turn is given away: in a commit."""
        self._raise_if_over(life)
        life.steps += 1
        self.steps += 1
        if may_turn and not connection.in_atomic_block:
            self.give_turn(step)
            self._raise_if_over(life)
        if life.crash_at and life.crash_on in (None, step):
            life.crash_at -= 1
            if not life.crash_at:
                life.is_dead = True
                raise Crash
        if may_turn and life.stop_at and life.steps >= life.stop_at:
            life.stop_at = 0
            self.stops += 1
            raise Stopped

    @staticmethod
    def _raise_if_over(life: Life) -> None:
        if life.is_dead:
            raise Crash

    def _is_hit(self, life: Life) -> bool:
        if not life.lose_connection_at or life.steps < life.lose_connection_at:
            return False
        life.lose_connection_at = 0
        self.lost_connections += 1
        return True

    @staticmethod
    def _cut_off() -> None:
        """The server ends our session, and has ended it when this returns."""
        with connection.wrap_database_errors:
            victim = connection.connection.info.backend_pid
            executioner = psycopg2.connect(**connection.get_connection_params())
        try:
            with executioner.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [victim])
        finally:
            executioner.close()
