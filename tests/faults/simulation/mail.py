"""Amazon's ORDER_CHANGE messages and the queue they lie in: doubled, late, out of order, lost, unreadable.

A message that was handed out and not deleted comes again; also one whose deletion was promised, now and then.
"""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from integration.notifications.sqs import Message, Queue, QueueUnavailable
from sandbox.order_change import Notification
from tests.faults.simulation.clock import VirtualClock

ARN = "arn:aws:sqs:us-east-1:123456789012:changes"
AT_A_TIME = 10
HIDDEN_FOR = timedelta(seconds=60)
LOST, DOUBLED, LATE, UNDELETED = 0.15, 0.2, 0.3, 0.1
POISON = ("", "no JSON", "{}", '{"NotificationType": "ORDER_CHANGE"}', "[" * 2000)


@dataclass(slots=True)
class Letter:
    """A message in the queue; it is not handed out before `seen_at`."""

    body: str
    seen_at: datetime


class Mail(Queue):
    """Takes the place of `integration.notifications.sqs.Queue`."""

    def __init__(self, clock: VirtualClock, rng: Random) -> None:
        self._clock, self._rng = clock, rng
        self._letters: dict[str, Letter] = {}
        self._receipts = itertools.count(1)
        self.is_away = False
        self.is_sound = False
        """Whether the faults have stopped."""

    def deliver(self, notification: Notification) -> None:
        """Amazon tells of a change, once, twice, later or not at all."""
        if self._happens(LOST):
            return
        for _ in range(2 if self._happens(DOUBLED) else 1):
            late = self._rng.choice((1, 30, 900)) if self._happens(LATE) else 0
            self._put(json.dumps(notification.body), late)

    def poison(self) -> None:
        """A message nobody can read."""
        self._put(self._rng.choice(POISON), 0)

    def heal(self) -> None:
        """All is well with it again."""
        self.is_away, self.is_sound = False, True

    def receive(self, *, wait_seconds: int = 0) -> list[Message]:
        """Up to ten, in no order. Raises QueueUnavailable."""
        self._require_queue()
        now = self._clock.now()
        ready = sorted(receipt for receipt, letter in self._letters.items() if letter.seen_at <= now)
        chosen = self._rng.sample(ready, k=min(len(ready), AT_A_TIME))
        for receipt in chosen:
            self._letters[receipt].seen_at = now + HIDDEN_FOR
        return [Message(self._letters[receipt].body, receipt) for receipt in chosen]

    def delete(self, messages: Sequence[Message]) -> int:
        """Gives how many were not deleted. Raises QueueUnavailable."""
        self._require_queue()
        kept = [message for message in messages if self._happens(UNDELETED)]
        for message in messages:
            if message not in kept:
                self._letters.pop(message.receipt, None)
        return len(kept)

    def close(self) -> None:
        """Nothing to close."""

    def __len__(self) -> int:
        return len(self._letters)

    def _put(self, body: str, late: float) -> None:
        seen_at = self._clock.now() + timedelta(seconds=late)
        self._letters[f"{next(self._receipts):06d}"] = Letter(body, seen_at)

    def _happens(self, share: float) -> bool:
        return not self.is_sound and self._rng.random() < share

    def _require_queue(self) -> None:
        if self.is_away:
            raise QueueUnavailable("the queue cannot be reached")
