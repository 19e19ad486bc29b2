"""Workers that die, lose their database connection or are overtaken, between any two steps.

A step is an SQL statement, or one side of a call to Amazon. What runs at a moment is the top of a stack: a
worker that is overtaken waits there, outside of any transaction, until the others are done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import OperationalError, connection

from integration.spapi import auth


class Crash(BaseException):
    """The process is gone: nothing of it runs any more, no handler and no clean-up."""


class ConnectionLost(OperationalError):
    """The database server hangs up."""


@dataclass(slots=True)
class Life:
    """One process, from its start to its end; step numbers count from 1."""

    name: str
    crash_at: int | None = None
    lose_connection_at: int | None = None
    overtake_at: int | None = None
    overtake: Callable[[], None] | None = None
    is_buried_at_once: bool = False
    """Whether others see at once that it is gone (it ran on their host), or only when its lease ends."""
    skew: timedelta = timedelta()
    steps: int = 0
    is_dead: bool = False


class Lives:
    """Everyone who runs at the moment, and who is known to be dead."""

    def __init__(self) -> None:
        self._stack: list[Life] = []
        self.buried: set[str] = set()
        self.steps = 0
        self.crashes = 0
        self.lost_connections = 0
        self.overtakings = 0
        self.watch: Callable[[], None] | None = None
        """Looks at the database whenever a process has ended; must not raise."""

    @property
    def depth(self) -> int:
        """How many run: more than one where somebody was overtaken."""
        return len(self._stack)

    @property
    def skew(self) -> timedelta:
        """How far the clock of whoever runs is ahead."""
        return self._stack[-1].skew if self._stack else timedelta()

    def owner(self) -> str:
        """The name under which a lease is held."""
        return self._stack[-1].name if self._stack else "nobody:0:0"

    def has_died(self, owner: str) -> bool:
        return owner in self.buried

    def live(self, life: Life, work: Callable[[], object]) -> None:
        """Let a process do its work, as far as it gets."""
        self._stack.append(life)
        try:
            work()
        except Crash:
            self.crashes += 1
            # What the process had in memory is gone with it.
            auth.TOKENS.clear()
        except ConnectionLost:
            self.lost_connections += 1
        finally:
            self._stack.pop()
        if life.is_buried_at_once:
            self.buried.add(life.name)
        if self.watch is not None:
            watch, self.watch = self.watch, None
            self._stack.append(Life("onlooker:0:0"))
            watch()
            self._stack.pop()
            self.watch = watch

    def statement(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        """Django's execute wrapper."""
        self.step(is_statement=True)
        return execute(sql, params, many, context)

    def step(self, *, is_statement: bool = False, may_overtake: bool = True) -> None:
        """Something is about to happen. Raises Crash, ConnectionLost."""
        if not self._stack:
            return
        life = self._stack[-1]
        if life.is_dead:
            raise Crash
        life.steps += 1
        self.steps += 1
        if life.crash_at is not None and life.steps >= life.crash_at:
            life.is_dead = True
            raise Crash
        if is_statement and life.lose_connection_at is not None and life.steps >= life.lose_connection_at:
            life.lose_connection_at = None
            raise ConnectionLost("the server closed the connection")
        if may_overtake:
            self._let_overtake(life)

    def _let_overtake(self, life: Life) -> None:
        is_time = life.overtake_at is not None and life.steps >= life.overtake_at
        if life.overtake is None or not is_time or connection.in_atomic_block:
            return
        overtake, life.overtake = life.overtake, None
        self.overtakings += 1
        overtake()
