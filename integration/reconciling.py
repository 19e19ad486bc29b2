"""Reconciling a store: Amazon's own list against ours, page by page, and what is missing taken in."""

import dataclasses
from datetime import UTC, date, datetime

from django.db import transaction
from django.utils import timezone

from amazon_orders.models import Store
from integration import completeness, cursor, listing, passes, runs, tally
from integration.cursor import Progress
from integration.models import Lane, ListSource, RunKind
from integration.pipeline import receive, reconcile
from integration.runs import Run
from integration.spapi.answers import SearchPage
from integration.spapi.client import SellerClient
from integration.spapi.errors import PageTokenRefused, ReadOnly, RetryLater, StoreMisconfigured
from integration.tally import Tally
from integration.transactions import repeat_when_beaten

ALL_OF_IT = datetime.max.replace(tzinfo=UTC)


def reconcile_store(*, store: Store, first: date, last: date, now: datetime) -> reconcile.Report:
    """Compare Amazon's list of a store with ours, day by day, and take in what is missing.

    `first` and `last` are days of UTC, both included. Raises StoreMisconfigured and ReadOnly; what has to
    wait is said in the report.
    """
    report = reconcile.empty_report(first, last)
    with runs.under_way(account_id=store.account_id, kind=RunKind.RECONCILE, now=timezone.now()) as run:
        try:
            _reconcile(store, report, run, now=now)
        except StoreMisconfigured as refused:
            _end(run, report, problem="AUTHORIZATION_REFUSED", error=refused.text)
            raise
        _end(run, report, problem="AMAZON_UNAVAILABLE" if report.problem else "", error=report.problem)
    return report


def _end(run: Run, report: reconcile.Report, *, problem: str, error: str) -> None:
    days = report.days.values()
    counts = {
        "listed": sum(day.amazon for day in days),
        "missing": sum(day.missing for day in days),
        "healed": sum(day.healed for day in days),
    }
    runs.end(run, requests=run.pages, counts=counts, problem=problem, error=error, now=timezone.now())


def _reconcile(store: Store, report: reconcile.Report, run: Run, *, now: datetime) -> None:
    first, last = min(report.days), max(report.days)
    counted = Tally([store], first, last)
    progress = cursor.load(store.account_id)
    wanted = reconcile.query(store, first=first, last=last, data_sets=progress.data_sets, now=now)
    with SellerClient(progress.account, lane=Lane.RECONCILE) as client:
        while wanted is not None:
            try:
                page = reconcile.run(client, wanted)
            except ReadOnly:
                raise
            except (RetryLater, PageTokenRefused) as later:
                report.problem = later.text
                break
            runs.page(run, updates=())
            missing = reconcile.compare(store, page.orders, report)
            listed = [order for payload in page.orders if (order := listing.read_payload(payload))]
            # Every order that is not here counts as missing, however new it is.
            tally.count(counted, listed, synced_until={store.pk: ALL_OF_IT})
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
                completeness.record(
                    counted,
                    source=ListSource.SEARCH,
                    listed_at=listed_at,
                    now=timezone.now(),
                    is_whole=True,
                )
            else:
                completeness.record_missing(counted, now=timezone.now())

    repeat_when_beaten(write)
    completeness.heal(now=timezone.now())


def _heal(
    store: Store,
    progress: Progress,
    missing: reconcile.Missing,
    page: SearchPage,
    report: reconcile.Report,
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
    reconcile.heal(missing, report)
    passes.judge(order_ids=received.order_ids, now=now)
