"""Whose turn it is: of all accounts that are due, the one that has waited longest.

To pick an account is to take its lease, in one transaction around one indexed query that steps over what
others are picking at the same moment. So no account is handed out twice, nobody waits for anybody, and
there is no list of picked accounts that could be lost: a worker that dies leaves a lease that runs out.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from amazon_orders.models import Account, Store
from integration.models import AccountSync
from integration.sync import lease
from integration.sync.lease import Lease
from integration.transactions import step_over

# How long one account is worked on while others wait; a window that is not through goes on at its page.
# About a handful of pages: with many accounts behind, each gets on a little instead of one to its end.
LASTS = timedelta(seconds=20)
# A poll that has nobody to be made for is put off; activating a store makes the account due at once.
PARKED_AFTER = timedelta(minutes=10)
PARKED_FOR = timedelta(days=1)


def take_next(*, is_troubled: bool, now: datetime, down: Collection[str] = ()) -> Lease | None:
    """The lease of the due account that has waited longest, None where none is due; 2 statements.

    While regions are down, all their accounts are troubled.
    """
    due = _due(now)
    if not down:
        return _take(due.filter(is_troubled=is_troubled), now)
    is_down = Q(account_id__in=Account.objects.filter(region__in=down).values("pk"))
    if is_troubled:
        return _take(due.filter(is_down | Q(is_troubled=True)), now)
    return _take(due.filter(~is_down, is_troubled=False), now)


def take(*, account_id: int, now: datetime) -> Lease | None:
    """The lease of this account, if it is due and nobody holds it; 2 statements."""
    return _take(_due(now).filter(account_id=account_id), now)


def is_troubled(account_id: int) -> bool:
    """Whether the last pass over this account failed or was slow."""
    return AccountSync.objects.filter(account_id=account_id, is_troubled=True).exists()


def park(*, now: datetime) -> int:
    """Put off the accounts without an active store, which every pick would have to step over.

    One that is activated at this very moment is due as of now, so the age of what is parked leaves it out.
    """
    idle = AccountSync.objects.filter(~_has_active_store(), next_poll_at__lte=now - PARKED_AFTER)
    return idle.update(next_poll_at=now + PARKED_FOR)


def _due(now: datetime) -> QuerySet[AccountSync]:
    free = Q(lease_expires_at=None) | Q(lease_expires_at__lte=now)
    return AccountSync.objects.filter(free, _has_active_store(), next_poll_at__lte=now)


def _has_active_store() -> Exists:
    return Exists(Store.objects.filter(account_id=OuterRef("account_id"), is_active=True))


def _take(due: QuerySet[AccountSync], now: datetime) -> Lease | None:
    with transaction.atomic():
        # The longest due first, whatever the account: nobody starves, and no list has to be kept in
        # order.
        picked = step_over(due).order_by("next_poll_at").values_list("account_id", "fencing").first()
        if picked is None:
            return None
        account_id, fencing = picked
        # Still locked by the statement before: the fencing number that was read is the newest one.
        AccountSync.objects.filter(account_id=account_id).update(
            fencing=fencing + 1, lease_owner=lease.owner(), lease_expires_at=now + lease.LASTS
        )
    return Lease(account_id=account_id, fencing=fencing + 1, time_slice_ends_at=now + LASTS)
