"""Refresh: single orders asked for by their number: wanted by whoever wrote an `OrderRequest`, or in
quarantine.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from amazon_orders.models import AmazonOrder
from integration import order_requests, timeline
from integration.models import (
    AccountSync,
    Lane,
    OrderImport,
    OrderRequest,
    Quarantine,
    RequestAnswer,
    TimelineEvent,
)
from integration.spapi.client import SellerClient
from integration.spapi.errors import AccessDenied, ReadOnly, Rejected, RetryLater, StoreMisconfigured
from integration.timeline import EventCode

logger = structlog.get_logger(__name__)
# Few at a time: whoever is more urgent goes first in the next batch, a few calls later.
AT_A_TIME = 10
BATCHES = 6
QUARANTINED_AGAIN_AFTER = timedelta(hours=6)
CLAIMED_FOR = timedelta(minutes=2)
AFTER_A_PROBLEM = timedelta(minutes=1)
AFTER_A_REFUSAL = timedelta(minutes=15)
# Somebody looks up what became of these; the others only want the order.
LANES_WITH_READERS = (Lane.PERSON, Lane.RECONCILE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order to ask for, and for whom."""

    amazon_order_id: str
    lane: Lane


@dataclass(frozen=True, slots=True)
class Rest:
    """How long this lane and those behind it are not served."""

    after: timedelta
    from_lane: Lane = Lane.PERSON


@dataclass(slots=True)
class Asked:
    """What getOrder gave. `unknown`: orders Amazon does not have.

    `denied`: orders Amazon has and does not give us. `problem`: why the rest was not asked for, `rest`: until
    when. `refusal`: Amazon refuses the account as a whole; what it had answered before counts.
    """

    asked_at: datetime
    payloads: list[Any] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    problem: str = ""
    is_quota: bool = False
    is_read_only: bool = False
    refusal: str = ""
    rest: Rest | None = None

    @property
    def order_ids(self) -> list[str]:
        """All that was asked for and answered."""
        return [*self.known, *self.unknown, *self.denied]


def accounts_waiting(*, now: datetime, in_foreground: bool = False) -> set[int]:
    """Accounts with orders to ask for; 2 statements.

    A refused account waits for the sync to find it accepted again, a lost store's orders for the store, and
    one whose calls fail for the end of its back-off (but in the foreground).
    """
    reachable = AccountSync.objects.filter(refused_at=None) if in_foreground else _reachable(now)
    requests = _open(now).filter(account_id=OuterRef("account_id"))
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
    waiting = _open(now).filter(account_id=OuterRef("account_id"), lane__lt=OuterRef("resting_from_lane"))
    free = AccountSync.objects.filter(_rested(now) | Exists(waiting), account_id=account_id)
    return bool(free.update(refresh_after=now + CLAIMED_FOR, resting_from_lane=Lane.PERSON))


def take_next(*, is_troubled: bool, now: datetime) -> int | None:
    """The account with the most urgent order to ask for, the longest rested first; 2 statements, or 3.

    Its single orders are then the caller's, as with `claim`. What others take at the same moment is stepped
    over.
    """
    rested, requests = _rested(now), _open(now).filter(account_id=OuterRef("account_id"))
    accounts = _reachable(now).filter(is_troubled=is_troubled)
    goes_before = Exists(requests.filter(lane__lt=OuterRef("resting_from_lane")))
    urgency = Subquery(requests.order_by("lane").values("lane")[:1])
    waiting = accounts.filter((rested & Exists(requests)) | (~rested & goes_before)).order_by(
        urgency, F("refresh_after").asc(nulls_first=True)
    )
    quarantined = Quarantine.objects.filter(ask_again_at__lte=now, account_id=OuterRef("account_id"))
    with transaction.atomic():
        account_id = _lock_first(waiting)
        if account_id is None:
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


def wanted(*, account_id: int, now: datetime) -> list[Wanted]:
    """What waits, the most urgent lane first; 2 statements, and 2 more while a backlog is worked off."""
    requests = _open(now).filter(account_id=account_id).order_by("lane", "due_at", "pk")
    quarantined = (
        Quarantine.objects.filter(account_id=account_id, ask_again_at__lte=now)
        .exclude(amazon_order_id="")
        .order_by("ask_again_at", "pk")
        .values_list("amazon_order_id", flat=True)[:AT_A_TIME]
    )
    lanes = dict(requests.values_list("amazon_order_id", "lane")[:AT_A_TIME])
    if Lane.CATCH_UP in lanes.values() and order_requests.drop_fresh(account_id=account_id):
        lanes = dict(requests.values_list("amazon_order_id", "lane")[:AT_A_TIME])
    for amazon_order_id in quarantined:
        lanes.setdefault(amazon_order_id, Lane.PROBE)
    found = [Wanted(amazon_order_id, Lane(lane)) for amazon_order_id, lane in lanes.items()]
    return sorted(found, key=lambda each: each.lane)[:AT_A_TIME]


def run(*, client: SellerClient, wanted: Sequence[Wanted], data_sets: Sequence[str], now: datetime) -> Asked:
    """One getOrder each, until Amazon wants us to wait or refuses us: the rest stays as it is."""
    asked = Asked(asked_at=now)
    closed: list[str] = []
    for each in wanted:
        client.lane = each.lane
        try:
            answer = client.get_order(each.amazon_order_id, data_sets)
        except AccessDenied as denied:
            closed.append(each.amazon_order_id)
            asked.refusal = denied.text
            continue
        except StoreMisconfigured as refused:
            asked.refusal = refused.text
            return asked
        except Rejected as refused:
            logger.warning(
                "refresh.rejected",
                order=each.amazon_order_id,
                status=refused.status,
                request_id=refused.request_id,
            )
            asked.denied.append(each.amazon_order_id)
            continue
        except RetryLater as later:
            asked.problem, asked.is_quota = later.text, later.is_quota
            asked.is_read_only = isinstance(later, ReadOnly)
            asked.rest = Rest(later.after, each.lane) if later.is_quota else Rest(AFTER_A_PROBLEM)
            break
        if answer.order is None:
            asked.unknown.append(each.amazon_order_id)
        else:
            asked.known.append(each.amazon_order_id)
            asked.payloads.append(answer.order)
    if asked.order_ids:
        # Amazon answers this account: what stays closed is so for itself, e.g. for its marketplace.
        asked.denied.extend(closed)
        asked.refusal = ""
    return asked


def note(*, account_id: int, asked: Asked, malformed: Collection[str], now: datetime) -> None:
    """Write down that these were asked for; what is still unreadable is asked for again in six hours."""
    unreadable = {*malformed, *asked.denied}
    readable = [order_id for order_id in asked.order_ids if order_id not in unreadable]
    with transaction.atomic():
        imports = _lock_imports(account_id, asked)
        by_people = _settle_requests(account_id, asked, now=now)
        OrderImport.objects.filter(pk__in=[row.pk for row in imports]).update(asked_at=asked.asked_at)
        timeline.record([event for row in imports for event in _events(row, asked, by_people, now=now)])
        quarantined = Quarantine.objects.filter(account_id=account_id, resolved_at=None)
        quarantined.filter(amazon_order_id__in=readable).update(resolved_at=now, ask_again_at=None)
        quarantined.filter(amazon_order_id__in=unreadable).update(ask_again_at=now + QUARANTINED_AGAIN_AFTER)


def _lock_imports(account_id: int, asked: Asked) -> list[OrderImport]:
    rows = OrderImport.objects.filter(
        amazon_order__amazon_order_id__in=asked.order_ids, amazon_order__store__account_id=account_id
    )
    return list(
        rows.select_related("amazon_order").order_by("pk").select_for_update(of=("self",), no_key=True)
    )


def _settle_requests(account_id: int, asked: Asked, *, now: datetime) -> set[str]:
    """Close what this answers, and give what people wanted. A wish of after the question stays open."""
    rows = OrderRequest.objects.filter(
        account_id=account_id,
        amazon_order_id__in=asked.order_ids,
        answered_at=None,
        wanted_at__lte=asked.asked_at,
    )
    locked = list(rows.order_by("pk").select_for_update())
    known, unknown = set(asked.known), set(asked.unknown)
    done = [row.pk for row in locked if row.amazon_order_id in known and row.lane not in LANES_WITH_READERS]
    OrderRequest.objects.filter(pk__in=done).delete()
    kept = [row for row in locked if row.pk not in done]
    for row in kept:
        row.answered_at = now
        row.answer = (
            RequestAnswer.KNOWN
            if row.amazon_order_id in known
            else RequestAnswer.UNKNOWN
            if row.amazon_order_id in unknown
            else RequestAnswer.DENIED
        )
    OrderRequest.objects.bulk_update(kept, ["answered_at", "answer"])
    return {row.amazon_order_id for row in locked if row.lane == Lane.PERSON}


def _events(row: OrderImport, asked: Asked, by_people: set[str], *, now: datetime) -> list[TimelineEvent]:
    """A person is told that it was asked; that Amazon has no such order is news to anybody, once."""
    order_id = row.amazon_order.amazon_order_id
    is_wanted = order_id in by_people
    if order_id in asked.known:
        return [timeline.event(row.pk, EventCode.REFRESHED, now=now)] if is_wanted else []
    if is_wanted or row.asked_at is None:
        return [timeline.event(row.pk, EventCode.UNKNOWN_AT_AMAZON, now=now)]
    return []


def _open(now: datetime) -> QuerySet[OrderRequest]:
    """Requests whose time has come, but for orders of a store that Amazon has closed to us."""
    closed = AmazonOrder.objects.filter(
        amazon_order_id=OuterRef("amazon_order_id"),
        store__account_id=OuterRef("account_id"),
        store__sync__access_lost_at__isnull=False,
    )
    return OrderRequest.objects.filter(answered_at=None, due_at__lte=now).exclude(Exists(closed))


def _reachable(now: datetime) -> QuerySet[AccountSync]:
    return AccountSync.objects.filter(refused_at=None).exclude(failures__gt=0, next_poll_at__gt=now)


def _lock_first(accounts: QuerySet[AccountSync]) -> int | None:
    locked = accounts.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    return locked.values_list("account_id", flat=True).first()


def _rested(now: datetime) -> Q:
    return Q(refresh_after=None) | Q(refresh_after__lte=now)
