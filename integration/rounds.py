"""A slot's round: it takes one due account after another, for a while.

Nothing is handed out ahead of time, so the broker holds a few messages however many accounts are due, and a
slow account keeps nobody waiting behind it: whoever is free takes the next. A round that finds work wakes
one more slot, which does the same; so all slots are at work within a moment, and at rest when nothing is due.
"""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from integration import passes, turns
from integration.bulkhead import Slots

# Then other messages have their turn, and a worker that is told to stop can.
LASTS = timedelta(seconds=10)


class _Process:
    """The slots of this process; a worker sets them to its own number of threads."""

    slots = Slots(settings.CELERY_WORKER_CONCURRENCY)


def open_slots(*, threads: int) -> None:
    """Count the slots of a worker of so many threads."""
    _Process.slots = Slots(threads)


def slots() -> Slots:
    """The slots of this process."""
    return _Process.slots


def sync_due(*, is_troubled: bool, wake_another: Callable[[], None]) -> None:
    """Sync accounts, the longest waiting first, until none is due or the round is over."""
    with slots().one(is_troubled=is_troubled) as is_free:
        is_unfinished = is_free and _sync_in_turn(is_troubled, wake_another)
    if is_unfinished:
        wake_another()


def sync_one(*, account_id: int) -> None:
    """Sync this account, if it is due; where no slot is free its turn comes with the others'."""
    with slots().one(is_troubled=turns.is_troubled(account_id)) as is_free:
        now = timezone.now()
        held = turns.take(account_id=account_id, now=now) if is_free else None
        if held is not None:
            passes.sync_held(held, now=now)


def _sync_in_turn(is_troubled: bool, wake_another: Callable[[], None]) -> bool:
    """Whether the round was over before the work was."""
    is_first = True
    now = timezone.now()
    ends_at = now + LASTS
    while now < ends_at:
        held = turns.take_next(is_troubled=is_troubled, now=now)
        if held is None:
            return False
        if is_first:
            wake_another()
            is_first = False
        passes.sync_held(held, now=now)
        now = timezone.now()
    return True
