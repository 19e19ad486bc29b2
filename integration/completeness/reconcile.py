"""Reconcile: Amazon's own list against ours, per store and day.

Days are days of UTC by purchase date. The list is searched by `createdAfter`, another index of Amazon's than
the one the sync reads, so it can show what that one left out.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from amazon_orders import reading
from amazon_orders.models import AmazonOrder, Store
from integration.completeness import listed_orders, proof, report_counts
from integration.completeness.report_counts import Tally
from integration.models import Lane, ListSource, RunKind
from integration.order_import import judge
from integration.spapi.answers import SearchPage
from integration.spapi.client import SearchQuery, SellerClient
from integration.spapi.errors import PageTokenRefused, ReadOnly, RetryLater, StoreMisconfigured
from integration.sync import cursor, receive, runs
from integration.sync.cursor import Progress
from integration.sync.runs import Run
from integration.sync.windows import READABLE_AFTER
from integration.transactions import repeat_when_beaten


@dataclass(slots=True)
class Day:
    """One day: how many orders Amazon lists, how many of them were stored, and how many were fetched now."""

    amazon: int = 0
    stored: int = 0
    healed: int = 0

    @property
    def missing(self) -> int:
        """Orders that Amazon lists and we had not stored when we looked."""
        return self.amazon - self.stored


@dataclass(slots=True)
class Report:
    """The days of the period, each present even where nothing was sold."""

    days: dict[date, Day]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One order of Amazon's list."""

    amazon_order_id: str
    day: date
    payload: Any


@dataclass(slots=True)
class Missing:
    """The orders of one page that we have not stored."""

    orders: list[Listed] = field(default_factory=list)

    @property
    def payloads(self) -> list[Any]:
        """As Amazon sent them."""
        return [listed.payload for listed in self.orders]


def empty_report(first: date, last: date) -> Report:
    """The days from `first` to `last`, both included."""
    count = (last - first).days + 1
    return Report({first + timedelta(days=offset): Day() for offset in range(count)})


def query(
    store: Store, *, first: date, last: date, data_sets: Sequence[str], now: datetime
) -> SearchQuery | None:
    """The search of the period, or None where none of it can be read yet."""
    # Older orders are not wanted, so none of them is missing.
    after = max(datetime.combine(first, time.min, UTC), store.connected_at)
    before = min(datetime.combine(last + timedelta(days=1), time.min, UTC), now - READABLE_AFTER)
    if after >= before:
        return None
    return SearchQuery(
        marketplace_ids=(store.marketplace_id,),
        created_after=after,
        created_before=before,
        data_sets=tuple(data_sets),
    )


def _search(client: SellerClient, wanted: SearchQuery) -> SearchPage:
    """One page of Amazon's list."""
    return client.search_orders(wanted)


def compare(store: Store, payloads: Iterable[Any], report: Report) -> Missing:
    """Count one page into the report; one statement. Gives what is missing here."""
    listed = [found for payload in payloads if (found := _listed(payload, store)) is not None]
    in_period = [found for found in listed if found.day in report.days]
    stored = set(
        AmazonOrder.objects.filter(
            amazon_order_id__in=[found.amazon_order_id for found in in_period]
        ).values_list("amazon_order_id", flat=True)
    )
    missing = Missing()
    for found in in_period:
        day = report.days[found.day]
        day.amazon += 1
        if found.amazon_order_id in stored:
            day.stored += 1
        else:
            missing.orders.append(found)
    return missing


def heal(missing: Missing, report: Report) -> None:
    """Count what has been stored since; `completeness` says it on each order's timeline."""
    stored = set(
        AmazonOrder.objects.filter(
            amazon_order_id__in=[found.amazon_order_id for found in missing.orders]
        ).values_list("amazon_order_id", flat=True)
    )
    for found in missing.orders:
        if found.amazon_order_id in stored:
            report.days[found.day].healed += 1


def _listed(payload: Any, store: Store) -> Listed | None:
    """An order of the list; None where it was bought before the connection or says too little to be
    counted.
    """
    try:
        order = reading.obj(payload, "order")
        purchased_at = reading.time(order.get("createdTime"), "createdTime")
        amazon_order_id = reading.identifier(order, "orderId")
    except reading.MalformedPayload:
        return None
    if purchased_at < store.connected_at:
        return None
    return Listed(amazon_order_id, purchased_at.astimezone(UTC).date(), payload)


ALL_OF_IT = datetime.max.replace(tzinfo=UTC)


def reconcile_store(*, store: Store, first: date, last: date, now: datetime) -> Report:
    """Compare Amazon's list of a store with ours, day by day, and take in what is missing.

    `first` and `last` are days of UTC, both included. Raises StoreMisconfigured and ReadOnly; what has to
    wait is said in the report.
    """
    report = empty_report(first, last)
    with runs.under_way(account_id=store.account_id, kind=RunKind.RECONCILE, now=timezone.now()) as run:
        try:
            _reconcile(store, report, run, now=now)
        except StoreMisconfigured as refused:
            _end(run, report, problem="AUTHORIZATION_REFUSED", error=refused.text)
            raise
        _end(run, report, problem="AMAZON_UNAVAILABLE" if report.problem else "", error=report.problem)
    return report


def _end(run: Run, report: Report, *, problem: str, error: str) -> None:
    days = report.days.values()
    counts = {
        "listed": sum(day.amazon for day in days),
        "missing": sum(day.missing for day in days),
        "healed": sum(day.healed for day in days),
    }
    runs.end(run, requests=run.pages, counts=counts, problem=problem, error=error, now=timezone.now())


def _reconcile(store: Store, report: Report, run: Run, *, now: datetime) -> None:
    first, last = min(report.days), max(report.days)
    counted = Tally([store], first, last)
    progress = cursor.load(store.account_id)
    wanted = query(store, first=first, last=last, data_sets=progress.data_sets, now=now)
    with SellerClient(progress.account, lane=Lane.RECONCILE) as client:
        while wanted is not None:
            try:
                page = _search(client, wanted)
            except ReadOnly:
                raise
            # What was read so far is kept: a part of the list proves no day, and still shows what is
            # missing.
            except (RetryLater, PageTokenRefused) as later:
                report.problem = later.text
                break
            runs.page(run, updates=())
            missing = compare(store, page.orders, report)
            listed = [order for payload in page.orders if (order := listed_orders.read_payload(payload))]
            # Every order that is not here counts as missing, however new it is.
            report_counts.count(counted, listed, synced_until={store.pk: ALL_OF_IT})
            if missing.orders:
                _heal(store, progress, missing, page, report)
            token = page.next_token
            wanted = dataclasses.replace(wanted, page_token=token) if token else None
    _record(counted, is_whole=not report.problem, listed_at=now)


def _record(counted: Tally, *, is_whole: bool, listed_at: datetime) -> None:
    """Keep the proof. A list that was cut short proves nothing of its days, but what was missing was."""

    def write() -> None:
        with transaction.atomic():
            if is_whole:
                proof.record_proof(
                    counted,
                    source=ListSource.SEARCH,
                    listed_at=listed_at,
                    now=timezone.now(),
                    is_whole=True,
                )
            else:
                proof.record_missing(counted, now=timezone.now())

    repeat_when_beaten(write)
    proof.heal(now=timezone.now())


def _heal(
    store: Store,
    progress: Progress,
    missing: Missing,
    page: SearchPage,
    report: Report,
) -> None:
    now = timezone.now()
    received = receive.run(
        account_id=store.account_id,
        stores=[store],
        payloads=missing.payloads,
        data_sets=progress.data_sets,
        asked_at=page.asked_at,
        now=now,
    )
    heal(missing, report)
    judge.judge_orders(order_ids=received.order_ids, now=now)
