"""Refresh: single orders asked for by their number: wanted by whoever wrote an `OrderRequest`, or in
quarantine.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from integration import timeline
from integration.models import (
    Lane,
    OrderImport,
    OrderRequest,
    Quarantine,
    RequestAnswer,
    TimelineEvent,
)
from integration.spapi.client import SellerClient
from integration.spapi.errors import AccessDenied, Rejected, RetryLater, StoreMisconfigured
from integration.sync import cursor, order_requests
from integration.sync.order_claims import Rest, open_requests
from integration.timeline import EventCode

logger = structlog.get_logger(__name__)
# Few at a time: whoever is more urgent goes first in the next batch, a few calls later.
AT_A_TIME = 10
# Sixty orders: two minutes of getOrder's rate (0.5/s), as long as a claim lasts.
BATCHES = 6
# It costs a getOrder each time, and only a fix here or at Amazon makes it readable.
QUARANTINED_AGAIN_AFTER = timedelta(hours=6)
AFTER_A_PROBLEM = timedelta(minutes=1)
AFTER_A_REFUSAL = timedelta(minutes=15)
# Somebody looks up what became of these; the others only want the order.
LANES_WITH_READERS = (Lane.PERSON, Lane.RECONCILE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order to ask for, and for whom."""

    amazon_order_id: str
    lane: Lane


@dataclass(slots=True)
class OrdersAskedFor:
    """What getOrder gave. `unknown`: orders Amazon does not have.

    `denied`: orders Amazon has and does not give us. `stopped_by`: why the rest was not asked for, `rest`:
    until when. `refusal`: Amazon refuses the account as a whole; what it had answered before counts.
    `data_sets`: what all of them were asked for with.
    """

    asked_at: datetime
    data_sets: Sequence[str] = ()
    payloads: list[Any] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    stopped_by: RetryLater | None = None
    refusal: str = ""
    rest: Rest | None = None

    @property
    def order_ids(self) -> list[str]:
        """All that was asked for and answered."""
        return [*self.known, *self.unknown, *self.denied]


def wanted(*, account_id: int, now: datetime) -> list[Wanted]:
    """What waits, the most urgent lane first; 2 statements, and 2 more while a backlog is worked off."""
    requests = open_requests(now).filter(account_id=account_id).order_by("lane", "due_at", "pk")
    quarantined = (
        Quarantine.objects.filter(account_id=account_id, ask_again_at__lte=now)
        .exclude(amazon_order_id="")
        .order_by("ask_again_at", "pk")
        .values_list("amazon_order_id", flat=True)[:AT_A_TIME]
    )
    lanes = dict(requests.values_list("amazon_order_id", "lane")[:AT_A_TIME])
    # A long backlog overlaps with what the search brings: what has come in since costs no call. Only
    # with such orders in the batch, for it is a DELETE with a subquery.
    if Lane.CATCH_UP in lanes.values() and order_requests.drop_fresh(account_id=account_id):
        lanes = dict(requests.values_list("amazon_order_id", "lane")[:AT_A_TIME])
    for amazon_order_id in quarantined:
        lanes.setdefault(amazon_order_id, Lane.PROBE)
    found = [Wanted(amazon_order_id, Lane(lane)) for amazon_order_id, lane in lanes.items()]
    return sorted(found, key=lambda each: each.lane)[:AT_A_TIME]


def run(
    *, client: SellerClient, wanted: Sequence[Wanted], data_sets: Sequence[str], now: datetime
) -> OrdersAskedFor:
    """One getOrder each, for all data sets, until Amazon wants us to wait or refuses us.

    `data_sets`: what the last search was answered for. Where those are fewer, and the whole is refused or
    fails at once, these orders are asked for with them.
    """
    asked = _ask(client, wanted, cursor.DATA_SET_LEVELS[0], now=now)
    failed = asked.stopped_by is not None and asked.stopped_by.status >= 500
    is_in_vain = not asked.known and bool(asked.refusal or asked.denied or failed)
    if cursor.is_whole(data_sets) or not is_in_vain:
        return asked
    return _ask(client, wanted, data_sets, now=now)


def _ask(
    client: SellerClient, wanted: Sequence[Wanted], data_sets: Sequence[str], *, now: datetime
) -> OrdersAskedFor:
    """One getOrder each; the rest stays as it is."""
    asked = OrdersAskedFor(asked_at=now, data_sets=data_sets)
    closed: list[str] = []
    for each in wanted:
        client.lane = each.lane
        try:
            answer = client.get_order(each.amazon_order_id, data_sets)
        # One order of a closed marketplace answers so, and so does an account that is refused as a
        # whole: whether any other order is answered tells which.
        except AccessDenied as denied:
            closed.append(each.amazon_order_id)
            asked.refusal = denied.text
            continue
        # 401, or a sign-in that is refused: it holds for every further call, unlike a 403.
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
            asked.stopped_by = later
            # A spent quota stops this lane and those behind it: a lane before it has a lower floor and
            # may still have a token.
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


def note(*, account_id: int, asked: OrdersAskedFor, malformed: Collection[str], now: datetime) -> None:
    """Write down that these were asked for; what is still unreadable is asked for again in six hours."""
    unreadable = {*malformed, *asked.denied}
    readable = [order_id for order_id in asked.order_ids if order_id not in unreadable]
    with transaction.atomic():
        # Imports before requests: the order of docs/locking.md.
        imports = _lock_imports(account_id, asked)
        by_people = _settle_requests(account_id, asked, now=now)
        OrderImport.objects.filter(pk__in=[row.pk for row in imports]).update(asked_at=asked.asked_at)
        timeline.record_events(
            [event for row in imports for event in _events(row, asked, by_people, now=now)]
        )
        quarantined = Quarantine.objects.filter(account_id=account_id, resolved_at=None)
        quarantined.filter(amazon_order_id__in=readable).update(resolved_at=now, ask_again_at=None)
        quarantined.filter(amazon_order_id__in=unreadable).update(ask_again_at=now + QUARANTINED_AGAIN_AFTER)


def _lock_imports(account_id: int, asked: OrdersAskedFor) -> list[OrderImport]:
    rows = OrderImport.objects.filter(
        amazon_order__amazon_order_id__in=asked.order_ids, amazon_order__store__account_id=account_id
    )
    return list(
        rows.select_related("amazon_order").order_by("pk").select_for_update(of=("self",), no_key=True)
    )


def _settle_requests(account_id: int, asked: OrdersAskedFor, *, now: datetime) -> set[str]:
    """Close what this answers, and give what people wanted. A wish of after the question stays open."""
    rows = OrderRequest.objects.filter(
        account_id=account_id,
        amazon_order_id__in=asked.order_ids,
        answered_at=None,
        # A wish that was written while the call was under way may be about a change that the answer
        # does not hold yet.
        wanted_at__lte=asked.asked_at,
    )
    locked = list(rows.order_by("pk").select_for_update())
    known, unknown = set(asked.known), set(asked.unknown)
    # Deleted, not kept: a notification for each change of each order would leave a row per order that
    # nobody reads.
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


def _events(
    row: OrderImport, asked: OrdersAskedFor, by_people: set[str], *, now: datetime
) -> list[TimelineEvent]:
    """A person is told that it was asked; that Amazon has no such order is news to anybody, once."""
    order_id = row.amazon_order.amazon_order_id
    is_wanted = order_id in by_people
    if order_id in asked.known:
        return [timeline.event(row.pk, EventCode.REFRESHED, now=now)] if is_wanted else []
    if is_wanted or row.asked_at is None:
        return [timeline.event(row.pk, EventCode.UNKNOWN_AT_AMAZON, now=now)]
    return []
