"""Working on Amazon's lists: one step of one job at a time, each of which may run twice or die anywhere.

A list proves that no order is missing, or names the orders of a backlog. Where Amazon gives no report, the
proof is searched for with the quota that nobody else wants.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from amazon_orders.models import AmazonOrder, Store
from integration.completeness import backlog, listed_orders, proof, report, report_counts, report_jobs
from integration.completeness.listed_orders import ListedOrder
from integration.completeness.report import Refused, ReportLost, Stage
from integration.completeness.report_counts import Tally
from integration.completeness.report_jobs import Claim
from integration.models import JobKind, JobState, Lane, ListSource, ReportJob, RunKind
from integration.spapi.client import SearchQuery, SellerClient
from integration.spapi.errors import AccessDenied, PageTokenRefused, ReadOnly, RetryLater, StoreMisconfigured
from integration.sync import runs
from integration.sync.runs import Run
from integration.transactions import repeat_when_beaten

logger = structlog.get_logger(__name__)
AFTER_A_REFUSAL = timedelta(minutes=15)
# A search in spare quota does not reach further back.
SEARCHED_DAYS = timedelta(days=3)


def work(*, job_id: int, now: datetime) -> None:
    """Do what comes next for a job, if it is due and nobody else does."""
    held = report_jobs.claim(job_id=job_id, now=now)
    if held is not None:
        work_on(held)


def work_on(held: Claim) -> None:
    """Do what comes next for a job that is the caller's; the step in which its list is read is a run."""
    is_backlog = held.job.kind == JobKind.CATCH_UP
    kind = RunKind.CATCH_UP if is_backlog else RunKind.RECONCILE
    with runs.under_way(account_id=held.job.account_id, kind=kind, now=timezone.now()) as run:
        _work_on(held, Lane.CATCH_UP if is_backlog else Lane.RECONCILE, run)


def _work_on(held: Claim, lane: Lane, run: Run) -> None:
    try:
        with SellerClient(held.job.account, lane=lane) as client:
            counts = _STEPS[JobState(held.job.state)](held, client)
            runs.end(run, requests=client.requests, counts=counts, problem="", error="", now=timezone.now())
    except ReadOnly as silent:
        report_jobs.put_back(held, after=silent.after, text=silent.text, now=timezone.now())
    except RetryLater as later:
        report_jobs.wait(held, after=later.after, text=later.text, now=timezone.now())
    except ReportLost as lost:
        report_jobs.begin_again(held, text=str(lost), now=timezone.now())
    except StoreMisconfigured as refused:
        # The account as a whole: the sync says so, and finds out when it is accepted again.
        report_jobs.wait(held, after=AFTER_A_REFUSAL, text=refused.text, now=timezone.now())


def _ask(held: Claim, client: SellerClient) -> Counter[str]:
    stores = _stores(held.job)
    if not stores:
        report_jobs.fail(held, text="No store of the account is active.", now=timezone.now())
        return Counter()
    # As of before the list is made: what was read by then and is on the list must be here.
    progress = {"synced_until": _cursors(stores)}
    try:
        report_id = report.create(client, held.job, [store.marketplace_id for store in stores])
    except Refused as refused:
        logger.warning("report.refused", account=held.job.account_id, kind=held.job.kind)
        report_jobs.do_without(held, text=str(refused), now=timezone.now(), is_refused=True)
        return Counter()
    report_jobs.asked(held, report_id=report_id, progress=progress, now=timezone.now())
    return Counter()


def _look(held: Claim, client: SellerClient) -> Counter[str]:
    stage, document_id = report.look(client, held.job)
    if stage is Stage.NOT_READY:
        report_jobs.look_again(held, now=timezone.now())
        return Counter()
    # Believed, it would be a proof by which Amazon has none of the orders that are here.
    if stage is Stage.NO_DATA and _is_implausible(held.job):
        raise ReportLost("Amazon says that there are no orders, and some are here.")
    rows = report.read_listed_orders(client, document_id) if stage is Stage.READY else iter(())
    if held.job.kind == JobKind.CATCH_UP:
        return backlog.take(held, rows, now=timezone.now())
    return _prove(held, rows)


def _is_implausible(job: ReportJob) -> bool:
    """Amazon also cancels a report for reasons of its own."""
    if job.kind == JobKind.CATCH_UP:
        return False
    period = (job.data_from, job.data_until)
    return AmazonOrder.objects.filter(store__in=_stores(job), purchased_at__range=period).exists()


def _prove(held: Claim, rows: Iterable[ListedOrder]) -> Counter[str]:
    counted = _tally(held.job, first=held.job.data_from)
    synced_until = _read_cursors(held.job.progress or {})
    for batch in report_counts.batches(rows):
        report_counts.count(counted, batch, synced_until=synced_until)
    return _record(
        held, counted, source=ListSource.REPORT, listed_at=report.period_ends(held.job), is_whole=True
    )


def _tally(job: ReportJob, *, first: datetime) -> Tally:
    return Tally(_stores(job), first.astimezone(UTC).date(), job.data_until.astimezone(UTC).date())


def _record(
    held: Claim, counted: Tally, *, source: ListSource, listed_at: datetime, is_whole: bool
) -> Counter[str]:
    """Keep the proof; gives what the list named, nothing where another worker was quicker."""

    def write() -> bool:
        now = timezone.now()
        with transaction.atomic():
            # First, so that of two workers on one job the second stops here.
            if not report_jobs.finish(held, orders=counted.orders, requested=len(counted.missing), now=now):
                return False
            proof.record_proof(counted, source=source, listed_at=listed_at, now=now, is_whole=is_whole)
            return True

    if not repeat_when_beaten(write):
        return Counter()
    logger.info(
        "proof.recorded",
        account=held.job.account_id,
        kind=held.job.kind,
        orders=counted.orders,
        missing=len(counted.missing),
    )
    return Counter(listed=counted.orders, missing=len(counted.missing))


def _search(held: Claim, client: SellerClient) -> Counter[str]:
    """One page of the list, searched for; its counts are kept with the job until the last one is in."""
    job = held.job
    first = max(job.data_from, job.data_until - SEARCHED_DAYS)
    counted = _tally(job, first=first)
    if not counted.stores:
        report_jobs.fail(held, text="No store of the account is active.", now=timezone.now())
        return Counter()
    progress = job.progress or {"synced_until": _cursors(counted.stores)}
    _restore(counted, progress)
    query = SearchQuery(
        marketplace_ids=tuple(store.marketplace_id for store in counted.stores),
        created_after=datetime.combine(counted.first, datetime.min.time(), UTC),
        created_before=job.data_until,
        page_token=progress.get("page_token"),
    )
    try:
        page = client.search_orders(query)
    except PageTokenRefused as dead:
        # The token has died after 24 hours of waiting for spare quota: the counts go with it, for the
        # new search begins at its first page.
        held.record(progress=None, next_look_at=timezone.now() + report_jobs.SOONEST_LOOK, error=dead.text)
        return Counter()
    except AccessDenied as denied:
        report_jobs.fail(held, text=denied.text, now=timezone.now())
        return Counter()
    listed = [order for payload in page.orders if (order := listed_orders.read_payload(payload)) is not None]
    report_counts.count(counted, listed, synced_until=_read_cursors(progress))
    if page.next_token is None:
        return _record(held, counted, source=ListSource.SEARCH, listed_at=job.wanted_at, is_whole=False)
    # The counts lie with the page token in one row: a worker that dies here repeats one page, and
    # counts none twice.
    kept = progress | _kept(counted, page_token=page.next_token, last_page=listed)
    held.record(progress=kept, next_look_at=timezone.now())
    return Counter()


def _cursors(stores: Sequence[Store]) -> dict[str, str]:
    """How far each store is in, as JSON."""
    known = report_counts.synced_until(stores).items()
    return {str(store_id): moment.isoformat() for store_id, moment in known if moment is not None}


def _read_cursors(progress: Mapping[str, Any]) -> dict[int, datetime | None]:
    cursors = progress.get("synced_until", {})
    return {int(store_id): datetime.fromisoformat(text) for store_id, text in cursors.items()}


def _kept(counted: Tally, *, page_token: str, last_page: Sequence[ListedOrder]) -> dict[str, Any]:
    """What a search has counted so far, as JSON. An order that comes twice comes on neighboring pages."""
    return {
        "page_token": page_token,
        "seen": [order.amazon_order_id for order in last_page],
        "days": [
            [store_id, day.isoformat(), one.amazon, one.to_come, one.missing, dict(one.states)]
            for (store_id, day), one in counted.days.items()
        ],
        "missing": [
            [
                store.pk,
                order.amazon_order_id,
                order.purchased_at.isoformat(),
                order.last_updated_at.isoformat(),
                order.marketplace_id,
            ]
            for store, order in counted.missing
        ],
    }


def _restore(counted: Tally, progress: Mapping[str, Any]) -> None:
    """The counts of the pages before; those of a store that is no longer asked for are dropped."""
    for store_id, day, amazon, to_come, missing, states in progress.get("days", []):
        one = counted.days.get((store_id, date.fromisoformat(day)))
        if one is not None:
            one.amazon, one.to_come, one.missing = amazon, to_come, missing
            one.states.update(states)
    counted.seen.update(progress.get("seen", []))
    stores = {store.pk: store for store in counted.stores}
    for store_id, order_id, purchased, updated, marketplace_id in progress.get("missing", []):
        if store_id in stores:
            moments = datetime.fromisoformat(purchased), datetime.fromisoformat(updated)
            counted.missing.append((stores[store_id], ListedOrder(order_id, *moments, marketplace_id)))
            counted.seen.add(order_id)


def _stores(job: ReportJob) -> list[Store]:
    """The stores that Amazon answers for, in the order of the sync."""
    stores = Store.objects.filter(account_id=job.account_id, is_active=True, sync__access_lost_at=None)
    # By key, as the sync has them: what has no marketplace of ours goes to the first one in both.
    return list(stores.order_by("pk"))


_STEPS = {JobState.WANTED: _ask, JobState.ASKED: _look, JobState.SEARCHING: _search}
