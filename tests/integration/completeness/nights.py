"""A night of a shop, by hand: what beat has the workers do while everybody sleeps."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from integration.completeness import proof, report_jobs, work
from integration.models import ProofDay, ReportJob
from integration.sync import single_orders
from tests.fixtures_shop import Shop


def want(shop: Shop) -> ReportJob:
    """The proof of the last days, wanted now."""
    assert report_jobs.want_proof(account_id=shop.store.account_id, by="maria", now=timezone.now())
    return ReportJob.objects.get(ended_at=None)


def look(job: ReportJob) -> ReportJob:
    """One step, with whatever time has to pass before it."""
    ReportJob.objects.filter(pk=job.pk).update(next_look_at=timezone.now())
    work.work(job_id=job.pk, now=timezone.now())
    job.refresh_from_db()
    return job


def look_until_the_end(job: ReportJob, *, steps: int = 12) -> None:
    for _ in range(steps):
        if job.ended_at is None:
            look(job)


def prove(shop: Shop) -> ReportJob:
    """A whole night."""
    job = want(shop)
    look_until_the_end(job)
    return job


def fetch_missing(shop: Shop) -> None:
    single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now())
    proof.heal(now=timezone.now())


def yesterday(hour: int = 12) -> datetime:
    return datetime.now(UTC).replace(hour=hour, minute=0, second=0, microsecond=0) - timedelta(days=1)


def sell_unseen(shop: Shop, *lines: tuple[str | None, int, str], **fields: Any) -> str:
    """An order that Amazon's search leaves out when its time comes, and later never names again."""
    at = fields.pop("at", yesterday())
    return shop.sell(*lines, created=at, updated=at, **fields)


def sync_blind_to_the_oldest(shop: Shop) -> None:
    """A pass whose page lacks its first order: Amazon's pages do (models#3945, #5048)."""
    shop.amazon.faults.queue("missing_order", operation="searchOrders")
    shop.sync()


def day_of(order_id_day: datetime, shop: Shop) -> ProofDay:
    return ProofDay.objects.get(store=shop.store, day=order_id_day.date())
