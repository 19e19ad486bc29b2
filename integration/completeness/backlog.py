"""The catch-up lane: where the search alone would take too long, a backlog's orders are asked for by number.

The search reads the oldest changes first, so these are asked for from the newest on: the two meet in the
middle. What the search has brought in meanwhile is dropped before it is asked for (`order_requests`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet

from amazon_orders.models import AmazonOrder, Store
from integration.completeness import backlog_policy, report_counts, report_jobs
from integration.completeness.backlog_policy import Backlog
from integration.completeness.listed_orders import ListedOrder
from integration.completeness.report_jobs import Claim
from integration.installation import read_only
from integration.models import AccountSync, JobKind, Lane, OrderRequest, QuotaBucket, ReportJob, RequestReason
from integration.spapi import quota
from integration.sync import order_requests
from integration.sync.order_requests import WantedOrder
from integration.sync.windows import Window

logger = structlog.get_logger(__name__)
SEARCH = "searchOrders"
# Several polls of some four minutes: who is less behind is simply polled.
BEHIND = timedelta(minutes=30)
# Amazon's longest period of a report, less a day for its clocks.
LONGEST = timedelta(days=29)
# A list is worth its report again when what it named is nearly all in, and some time has passed.
# Seven minutes of getOrder's rate (0.5/s): a new report takes about as long.
NEARLY_DONE = 200
LIST_AGAIN_AFTER = timedelta(minutes=20)
REFUSED_AGAIN_AFTER = timedelta(hours=24)
# Requests are served by their time: a millisecond per batch keeps the newest first.
IN_A_STEP = timedelta(milliseconds=1)


def watch(*, now: datetime) -> list[int]:
    """Switch catching up on or off where it is time to, and want the lists it needs; gives whose.

    Seven statements for all accounts; one where nobody is behind.
    """
    wanted = []
    syncs = list(_suspects(now))
    if not syncs or read_only.is_on():
        return []
    backlogs = _backlogs(syncs, now=now)
    connected = _connected([sync.account_id for sync in syncs if sync.synced_until is None])
    listed = _lists([sync.account_id for sync in syncs if sync.catching_up_since], now=now)
    for sync in syncs:
        is_on = sync.catching_up_since is not None
        is_needed = backlog_policy.is_needed(backlogs[sync.account_id], is_on=is_on, now=now)
        if is_needed != is_on:
            _switch(sync, is_needed, now=now)
        if is_needed and sync.account_id not in listed:
            # Amazon answers a report of more than 30 days with DONE and a document that holds one
            # sentence (models#2591).
            since = max(sync.synced_until or connected[sync.account_id], now - LONGEST)
            report_jobs.want_catch_up(account_id=sync.account_id, since=since, now=now)
            wanted.append(sync.account_id)
    return wanted


def take(held: Claim, rows: Iterable[ListedOrder], *, now: datetime) -> Counter[str]:
    """Ask for what the list names and is not here, or older here, from the newest on; gives what it named."""
    newest: dict[str, datetime] = {}
    orders = 0
    for batch in report_counts.batches(_of_stores(held.job.account_id, rows)):
        orders += len(batch)
        newest |= _not_fresh({order.amazon_order_id: order.last_updated_at for order in batch})
    wanted = sorted(newest, key=lambda order_id: newest[order_id], reverse=True)
    with transaction.atomic():
        # First, in the transaction of the requests: the loser of two workers at one list asks for
        # nothing.
        if not report_jobs.finish(held, orders=orders, requested=len(wanted), now=now):
            return Counter()
        for step, ids in enumerate(report_counts.batches(wanted)):
            order_requests.request(
                {WantedOrder(held.job.account_id, order_id) for order_id in ids},
                lane=Lane.CATCH_UP,
                why=RequestReason.BACKLOG,
                now=now,
                due_at=now + step * IN_A_STEP,
            )
    logger.info("backlog.named", account=held.job.account_id, orders=orders, asked_for=len(wanted))
    return Counter(listed=orders, asked_for=len(wanted))


def _of_stores(account_id: int, rows: Iterable[ListedOrder]) -> Iterator[ListedOrder]:
    """What the account's connected stores sold since their connection; one statement.

    Amazon's list holds the whole region, whatever marketplaces it was asked for (models#2209), and an order
    that is asked for by its number comes in, however old.
    """
    connected = dict(
        Store.objects.filter(account=account_id, is_active=True)
        .order_by("pk")
        .values_list("marketplace_id", "connected_at")
    )
    # What does not say where it was sold goes to the first store, as in the sync.
    connected |= {"": next(iter(connected.values()))} if connected else {}
    for order in rows:
        since = None if order.is_elsewhere else connected.get(order.marketplace_id)
        if since is not None and order.purchased_at >= since:
            yield order


def _not_fresh(listed: dict[str, datetime]) -> dict[str, datetime]:
    """Those that are not stored as Amazon last changed them; one statement. Reports know whole seconds."""
    stored = dict(
        AmazonOrder.objects.filter(amazon_order_id__in=list(listed)).values_list(
            "amazon_order_id", "last_updated_at"
        )
    )
    return {
        order_id: updated_at
        for order_id, updated_at in listed.items()
        if order_id not in stored or stored[order_id].replace(microsecond=0) < updated_at
    }


def _suspects(now: datetime) -> QuerySet[AccountSync]:
    """Accounts that may be behind."""
    behind = Q(window__isnull=False) | Q(synced_until__lt=now - BEHIND) | Q(catching_up_since__isnull=False)
    has_stores = Exists(Store.objects.filter(account=OuterRef("account"), is_active=True))
    return AccountSync.objects.filter(behind, has_stores, refused_at=None).order_by("account_id")


def _connected(account_ids: list[int]) -> dict[int, datetime]:
    """Since when the orders of these accounts are wanted."""
    if not account_ids:
        return {}
    stores = Store.objects.filter(account__in=account_ids, is_active=True)
    earliest = stores.order_by().values("account_id").annotate(earliest=Min("connected_at"))
    return dict(earliest.values_list("account_id", "earliest"))


def _backlogs(syncs: list[AccountSync], *, now: datetime) -> dict[int, Backlog]:
    """Two statements for all of them."""
    buckets = {
        bucket.account_id: bucket
        for bucket in QuotaBucket.objects.filter(
            operation=SEARCH, account__in=[sync.account_id for sync in syncs]
        )
    }
    sold = _sold_in_a_day([sync.account_id for sync in syncs])
    return {
        sync.account_id: _backlog(sync, buckets.get(sync.account_id), sold.get(sync.account_id, 0), now=now)
        for sync in syncs
    }


def _sold_in_a_day(account_ids: list[int]) -> dict[int, int]:
    """Orders of the day before what is in."""
    until = F("store__account__sync__synced_until")
    rows = AmazonOrder.objects.filter(
        store__account__in=account_ids,
        purchased_at__lte=until,
        purchased_at__gt=until - timedelta(days=1),
    )
    counts = rows.values("store__account_id").annotate(count=Count("pk"))
    return dict(counts.values_list("store__account_id", "count"))


def _backlog(sync: AccountSync, bucket: QuotaBucket | None, sold: int, *, now: datetime) -> Backlog:
    window = Window.from_json(sync.window) if sync.window else None
    plan = quota.PLANS[SEARCH]
    return Backlog(
        synced_until=sync.synced_until,
        orders_per_hour=sold / 24,
        pages_read=window.pages if window else 0,
        window_began_at=datetime.fromisoformat(window.bound) if window and window.bound else None,
        tokens=bucket.tokens_at(now) if bucket else float(plan.burst),
        rate=bucket.rate if bucket else plan.rate,
    )


def _lists(account_ids: list[int], *, now: datetime) -> set[int]:
    """Accounts that need no list at the moment: one is under way, new, refused, or not worked off."""
    if not account_ids:
        return set()
    jobs = ReportJob.objects.filter(kind=JobKind.CATCH_UP, account__in=account_ids)
    recent = Q(ended_at=None) | Q(ended_at__gt=now - LIST_AGAIN_AFTER)
    refused = Q(is_refused=True, ended_at__gt=now - REFUSED_AGAIN_AFTER)
    open_requests = OrderRequest.objects.filter(
        account__in=account_ids, lane=Lane.CATCH_UP, answered_at=None
    ).values("account_id")
    busy = open_requests.annotate(count=Count("pk")).filter(count__gt=NEARLY_DONE)
    return {
        *jobs.filter(recent | refused).values_list("account_id", flat=True),
        *busy.values_list("account_id", flat=True),
    }


def _switch(sync: AccountSync, is_needed: bool, *, now: datetime) -> None:
    AccountSync.objects.filter(pk=sync.pk).update(catching_up_since=now if is_needed else None)
    logger.info("backlog.catching_up" if is_needed else "backlog.caught_up", account=sync.account_id)
