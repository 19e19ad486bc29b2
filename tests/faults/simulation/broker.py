"""Celery's broker and beat by the virtual clock: messages are lost, doubled, late and out of order.

What is sent, how often and for how long it is worth something is the product's own timetable.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError as BrokerUnavailable

from config.schedule import TIMETABLE
from tests.faults.simulation.clock import VirtualClock

# How often a message is lost, doubled or late while the broker is in a bad way.
LOST, DOUBLED, LATE = 0.25, 0.2, 0.3
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Message:
    """A task to be run, from a moment on and, mostly, up to one."""

    task: str
    arguments: str
    ready_at: datetime
    expires_at: datetime | None

    def run(self) -> None:
        """Do what it asks for."""
        import_string(self.task).run(**json.loads(self.arguments))


class Broker:
    """One queue. `is_ill`: messages are lost, doubled and late; `is_away`: none can be sent or taken."""

    def __init__(self, clock: VirtualClock, rng: Random) -> None:
        self._clock, self._rng = clock, rng
        self._queue: list[Message] = []
        self._sent_at: dict[str, datetime] = {}
        self.is_ill = False
        self.is_away = False
        self.lost = 0
        self.doubled = 0

    def send(self, task: str, arguments: Mapping[str, Any], *, expires: float | None = None) -> None:
        """Raises kombu's OperationalError."""
        if self.is_away:
            raise BrokerUnavailable("the broker cannot be reached")
        now = self._clock.now()
        late = self._rng.choice((2, 20, 400)) if self.is_ill and self._rng.random() < LATE else 0
        message = Message(
            task,
            json.dumps(arguments),
            now + timedelta(seconds=late),
            now + timedelta(seconds=expires) if expires else None,
        )
        if self.is_ill and self._rng.random() < LOST:
            self.lost += 1
            return
        self._put(message)
        if self.is_ill and self._rng.random() < DOUBLED:
            self.doubled += 1
            self._put(message)

    def beat(self) -> None:
        """Send all whose time has come; what could not be sent is sent at its next time."""
        now = self._clock.now()
        for name, entry in TIMETABLE.items():
            if now - self._sent_at.get(name, now - DAY) >= _interval(entry["schedule"]):
                self._sent_at[name] = now
                if not self.is_away:
                    self.send(entry["task"], entry.get("kwargs", {}), **_expiry(entry))

    def restart_beat(self) -> None:
        """A new beat, which has sent nothing yet."""
        self._sent_at.clear()

    def take(self) -> Message | None:
        """The next message that is worth something; expired ones go."""
        now = self._clock.now()
        self._queue = [each for each in self._queue if each.expires_at is None or each.expires_at > now]
        ready = [each for each in self._queue if each.ready_at <= now]
        if not ready or self.is_away:
            return None
        message = self._rng.choice(ready) if self.is_ill else ready[0]
        self._queue.remove(message)
        return message

    def give_back(self, message: Message) -> None:
        """Its worker died over it: it comes again, sooner or later."""
        ready_at = self._clock.now() + timedelta(seconds=self._rng.choice((0, 60, 3600)))
        self._put(Message(message.task, message.arguments, ready_at, message.expires_at))

    def heal(self) -> None:
        """All is well with it again."""
        self.is_ill = self.is_away = False

    def instead_of_apply_async(self) -> Callable[..., None]:
        """What takes the place of Celery's own sending."""

        def apply_async(task: Any, args: Any = None, kwargs: Any = None, **options: Any) -> None:
            if args:
                raise AssertionError(f"{task.name}: arguments go by their names")
            self.send(task.name, kwargs or {}, expires=options.get("expires"))

        return apply_async

    def _put(self, message: Message) -> None:
        self._queue.append(message)


def _interval(schedule: Any) -> timedelta:
    """Every so many seconds; a timetable by the calendar comes once a day."""
    if isinstance(schedule, timedelta):
        return schedule
    return timedelta(seconds=schedule) if isinstance(schedule, int | float) else DAY


def _expiry(entry: Mapping[str, Any]) -> dict[str, float]:
    expires = entry.get("options", {}).get("expires")
    return {"expires": float(expires)} if expires else {}
