"""A slot's round: it takes one account after another that has something to ask of Amazon, for a while.

Nothing is handed out ahead of time, so the broker holds a few messages however many accounts are due, and a
slow account keeps nobody waiting behind it: whoever is free takes the next. A round that finds work wakes
one more slot, which does the same; so all slots are at work within a moment, and at rest when nothing is due.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.utils import timezone

from integration.completeness import report_jobs, work
from integration.installation import read_only
from integration.outbox import confirm, feed_jobs, feeds, pickups
from integration.scheduler import account_picker
from integration.scheduler.bulkhead import Regions, Slots
from integration.sync import account_sync, order_claims, single_orders
from integration.sync.lease import Lease

# Then other messages have their turn, and a worker that is told to stop can.
LASTS = timedelta(seconds=10)
Taken = TypeVar("Taken")


class _Process:
    """What this process knows of itself; a worker sets it to its own number of threads."""

    slots = Slots(settings.CELERY_WORKER_CONCURRENCY)
    regions = Regions()


def open_slots(*, threads: int) -> None:
    """Count the slots of a worker of so many threads."""
    _Process.slots, _Process.regions = Slots(threads), Regions()


def slots() -> Slots:
    """The slots of this process."""
    return _Process.slots


def sync_due(*, is_troubled: bool, wake_another: Callable[[], None]) -> None:
    """Sync accounts, the longest waiting first, until none is due or the round is over."""
    _go_round(
        lambda now: account_picker.take_next(is_troubled=is_troubled, now=now, down=_Process.regions.down()),
        _sync,
        is_troubled=is_troubled,
        wake_another=wake_another,
    )


def refresh_waiting(*, is_troubled: bool, wake_another: Callable[[], None]) -> None:
    """Ask for single orders, the account with the most urgent one first, until the round is over."""
    _go_round(
        lambda now: order_claims.take_next(is_troubled=is_troubled, now=now),
        lambda account_id, now: single_orders.refresh_claimed(
            account_id=account_id, ends_at=now + account_picker.LASTS
        ),
        is_troubled=is_troubled,
        wake_another=wake_another,
    )


def confirm_owed(*, is_troubled: bool, wake_another: Callable[[], None]) -> None:
    """Tell Amazon of parcels that have left, the longest owed first, until the round is over."""
    _go_round(
        lambda now: confirm.take_next(is_troubled=is_troubled, now=now),
        lambda sending, now: confirm.confirm_claimed(sending),
        is_troubled=is_troubled,
        wake_another=wake_another,
    )
    if not is_troubled:
        _go_round(
            lambda now: pickups.take_next(now=now),
            lambda held, now: pickups.tell(held),
            is_troubled=is_troubled,
            wake_another=wake_another,
        )


def work_on_lists(*, wake_another: Callable[[], None]) -> None:
    """Go on with Amazon's lists, the longest waiting first, until none is due or the round is over.

    To read one may take minutes, so few slots at once do it.
    """
    _go_round(
        lambda now: report_jobs.take_next(now=now),
        lambda held, now: work.work_on(held),
        is_troubled=True,
        wake_another=wake_another,
    )


def work_on_feeds(*, wake_another: Callable[[], None]) -> None:
    """Go on with feeds, the longest waiting first, until none is due or the round is over."""
    if not read_only.is_on():
        feed_jobs.gather(now=timezone.now())
    _go_round(
        lambda now: feed_jobs.take_next(now=now),
        lambda held, now: feeds.work_on(held),
        is_troubled=True,
        wake_another=wake_another,
    )


def sync_one(*, account_id: int) -> None:
    """Sync this account, if it is due; where no slot is free its turn comes with the others'."""
    if read_only.is_on():
        return
    with slots().one(is_troubled=account_picker.is_troubled(account_id)) as is_free:
        now = timezone.now()
        held = account_picker.take(account_id=account_id, now=now) if is_free else None
        if held is not None:
            _sync(held, now)


def refresh_one(*, account_id: int) -> None:
    """Ask for the single orders of this account, if a slot is free and nobody asks for them already."""
    if read_only.is_on():
        return
    with slots().one(is_troubled=account_picker.is_troubled(account_id)) as is_free:
        now = timezone.now()
        if is_free and order_claims.claim(account_id=account_id, now=now):
            single_orders.refresh_claimed(account_id=account_id, ends_at=now + account_picker.LASTS)


def _sync(held: Lease, now: datetime) -> None:
    outcome = account_sync.sync_held(held, now=now)
    # Without a request nothing was learned of the region: an empty bucket or a lease that is held says
    # nothing.
    if outcome.requests:
        _Process.regions.note(outcome.region, is_silent=outcome.is_slow and bool(outcome.problems))


def _go_round(
    take: Callable[[datetime], Taken | None],
    work: Callable[[Taken, datetime], object],
    *,
    is_troubled: bool,
    wake_another: Callable[[], None],
) -> None:
    if read_only.is_on():
        # What is due stays due: the first round after it takes it up.
        return
    with slots().one(is_troubled=is_troubled) as is_free:
        is_unfinished = is_free and _work_through(take, work, wake_another)
    # After the slot is let go, so that the message finds one free.
    if is_unfinished:
        wake_another()


def _work_through(
    take: Callable[[datetime], Taken | None],
    work: Callable[[Taken, datetime], object],
    wake_another: Callable[[], None],
) -> bool:
    """Whether the round was over before the work was."""
    is_first = True
    now = timezone.now()
    ends_at = now + LASTS
    while now < ends_at:
        taken = take(now)
        if taken is None:
            return False
        # One wakes one: the slots fill up as fast as messages travel, and a single account due wakes
        # one slot too many, not all of them.
        if is_first:
            wake_another()
            is_first = False
        work(taken, now)
        now = timezone.now()
    return True
