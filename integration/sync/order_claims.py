"""Which account's single orders are asked for next, and by whom: claims on the rows of AccountSync."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from amazon_orders.models import AmazonOrder
from integration.models import (
    AccountSync,
    Lane,
    OrderRequest,
    Quarantine,
)
from integration.transactions import step_over

# Not a lock: two workers at one account would only spend tokens twice, for newer wins. After two
# minutes a claim whose worker died is free again.
CLAIMED_FOR = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Rest:
    """How long this lane and those behind it are not served."""

    after: timedelta
    from_lane: Lane = Lane.PERSON


def accounts_waiting(*, now: datetime, in_foreground: bool = False) -> set[int]:
    """Accounts with orders to ask for; 2 statements.

    A refused account waits for the sync to find it accepted again, a lost store's orders for the store, and
    one whose calls fail for the end of its back-off (but in the foreground).
    """
    reachable = AccountSync.objects.filter(refused_at=None) if in_foreground else _reachable(now)
    requests = open_requests(now).filter(account_id=OuterRef("account_id"))
    quarantined = Quarantine.objects.filter(ask_again_at__lte=now, account_id=OuterRef("account_id"))
    if in_foreground:
        accounts = [reachable.filter(Exists(requests)), reachable.filter(Exists(quarantined))]
    else:
        rested = _rested(now)
        goes_before = Exists(requests.filter(lane__lt=OuterRef("resting_from_lane")))
        accounts = [
            reachable.filter((rested & Exists(requests)) | (~rested & goes_before)),
            reachable.filter(rested & Exists(quarantined)),
        ]
    return {account_id for found in accounts for account_id in found.values_list("account_id", flat=True)}


def claim(*, account_id: int, now: datetime) -> bool:
    """Whether the account's single orders are this caller's to ask for; of two at once, one gets them."""
    waiting = open_requests(now).filter(
        account_id=OuterRef("account_id"), lane__lt=OuterRef("resting_from_lane")
    )
    # One UPDATE that sees and takes: of two callers the second finds `refresh_after` in the future and
    # loses.
    free = AccountSync.objects.filter(_rested(now) | Exists(waiting), account_id=account_id)
    return bool(free.update(refresh_after=now + CLAIMED_FOR, resting_from_lane=Lane.PERSON))


def take_next(*, is_troubled: bool, now: datetime) -> int | None:
    """The account with the most urgent order to ask for, the longest rested first; 2 statements, or 3.

    Its single orders are then the caller's, as with `claim`. What others take at the same moment is stepped
    over.
    """
    rested, requests = _rested(now), open_requests(now).filter(account_id=OuterRef("account_id"))
    accounts = _reachable(now).filter(is_troubled=is_troubled)
    goes_before = Exists(requests.filter(lane__lt=OuterRef("resting_from_lane")))
    urgency = Subquery(requests.order_by("lane").values("lane")[:1])
    waiting = accounts.filter((rested & Exists(requests)) | (~rested & goes_before)).order_by(
        urgency, F("refresh_after").asc(nulls_first=True)
    )
    quarantined = Quarantine.objects.filter(ask_again_at__lte=now, account_id=OuterRef("account_id"))
    with transaction.atomic():
        # The order of lanes is the order of accounts too: a person's refresh in one account goes before
        # any account's backlog.
        account_id = _lock_first(waiting)
        if account_id is None:
            # Quarantine only where nobody waits: an order that cannot be read has not got more urgent
            # by itself.
            account_id = _lock_first(accounts.filter(rested & Exists(quarantined)).order_by("refresh_after"))
        if account_id is not None:
            AccountSync.objects.filter(account_id=account_id).update(
                refresh_after=now + CLAIMED_FOR, resting_from_lane=Lane.PERSON
            )
    return account_id


def rest(*, account_id: int, how: Rest, now: datetime) -> None:
    """Let the next one ask, at once or after Amazon's answer has told to wait."""
    AccountSync.objects.filter(account_id=account_id).update(
        refresh_after=now + how.after, resting_from_lane=how.from_lane
    )


def open_requests(now: datetime) -> QuerySet[OrderRequest]:
    """Requests whose time has come, but for orders of a store that Amazon has closed to us."""
    closed = AmazonOrder.objects.filter(
        amazon_order_id=OuterRef("amazon_order_id"),
        store__account_id=OuterRef("account_id"),
        store__sync__access_lost_at__isnull=False,
    )
    return OrderRequest.objects.filter(answered_at=None, due_at__lte=now).exclude(Exists(closed))


def _reachable(now: datetime) -> QuerySet[AccountSync]:
    # The back-off of the search holds here too: where Amazon fails for searches, getOrder would only
    # fail as well.
    return AccountSync.objects.filter(refused_at=None).exclude(failures__gt=0, next_poll_at__gt=now)


def _lock_first(accounts: QuerySet[AccountSync]) -> int | None:
    return step_over(accounts).values_list("account_id", flat=True).first()


def _rested(now: datetime) -> Q:
    return Q(refresh_after=None) | Q(refresh_after__lte=now)
