"""Nights in which something goes wrong: the proof comes later, or another way, and nothing else suffers."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integration import stores
from integration.completeness import report_counts, report_jobs, work
from integration.installation import read_only
from integration.models import (
    JobState,
    MissingOrder,
    OrderRequest,
    ProofDay,
    QuotaBucket,
    ReportJob,
)
from sandbox.faults import Fault
from tests.fixtures_shop import Shop
from tests.integration.completeness.nights import (
    day_of,
    look,
    look_until_the_end,
    sell_unseen,
    sync_blind_to_the_oldest,
    want,
    yesterday,
)


@pytest.mark.parametrize(
    ("fault", "operation"),
    [
        ("redirected_document", "document"),
        ("foreign_document", "getReportDocument"),
        ("broken_gzip", "document"),
        ("short_gzip", "document"),
        ("cut", "document"),
        ("drop", "document"),
        ("html503", "document"),
        ("html503", "createReport"),
        ("html503", "getReport"),
        ("html503", "getReportDocument"),
        ("empty", "createReport"),
        ("throttle", "getReport"),
    ],
)
def test_what_goes_wrong_on_the_way_delays_the_proof_and_no_more(
    shop: Shop, fault: str, operation: str
) -> None:
    sell_unseen(shop, at=yesterday(10))
    sell_unseen(shop, at=yesterday(11))
    sync_blind_to_the_oldest(shop)
    shop.amazon.faults.queue(fault, operation=operation)
    job = want(shop)
    for _ in range(4):
        look(job)
        QuotaBucket.objects.update(tokens=10)
    assert job.state == JobState.DONE, job.error
    proof = day_of(yesterday(), shop)
    assert (proof.amazon, proof.stored, proof.missing) == (2, 1, 1)


def test_a_proof_that_is_not_to_be_had_is_given_up_after_a_day(shop: Shop) -> None:
    shop.amazon.faults.queue(Fault("html503", operation="createReport", times=0))
    job = look(want(shop))
    assert job.state == JobState.WANTED
    ReportJob.objects.update(wanted_at=timezone.now() - timedelta(hours=25))
    assert look(job).state == JobState.FAILED
    assert "down or overloaded" in job.error


def test_amazon_not_knowing_the_report_any_more_leads_to_another(shop: Shop) -> None:
    sell_unseen(shop)
    shop.sync()
    job = look(want(shop))
    ReportJob.objects.update(report_id="999")
    assert look(job).state == JobState.WANTED
    look(look(job))
    assert job.state == JobState.DONE


def test_a_revoked_account_costs_the_proof_only_time(shop: Shop) -> None:
    shop.amazon.faults.queue(Fault("unauthorized401", operation="createReport", times=2))
    job = look(want(shop))
    assert (job.state, job.is_refused) == (JobState.WANTED, False)
    assert job.next_look_at > timezone.now() + timedelta(minutes=10)


def test_a_store_that_is_inactive_or_closed_is_not_asked_for(shop: Shop) -> None:
    stores.deactivate(store_id=shop.store.pk, by="maria", now=timezone.now())
    job = look(want(shop))
    assert job.state == JobState.FAILED
    assert not [call for call in shop.amazon.log if call.operation == "createReport"]


def test_read_only_mode_puts_a_proof_off_and_wants_none(shop: Shop) -> None:
    sell_unseen(shop)
    shop.sync()
    job = want(shop)
    read_only.switch_on(by="maria", now=timezone.now())
    calls = len(shop.amazon.log)
    ReportJob.objects.update(wanted_at=timezone.now() - timedelta(days=3))
    look(job)
    assert (job.state, len(shop.amazon.log)) == (JobState.WANTED, calls)
    assert "read-only" in job.error.lower()
    assert report_jobs.want_nightly(now=timezone.now().replace(hour=23, minute=59)) == 0
    read_only.switch_off(by="maria", now=timezone.now())
    look_until_the_end(job)
    assert job.state == JobState.DONE


class Died(BaseException):
    """As a worker does."""


@pytest.mark.parametrize(
    "place",
    [
        "integration.completeness.report.create",
        "integration.completeness.report_jobs.asked",
        "integration.completeness.report.look",
        "integration.completeness.report.read_listed_orders",
        "integration.completeness.report_counts.count",
        "integration.completeness.report_jobs.finish",
        "integration.completeness.proof.record_missing",
        "integration.completeness.proof._record_days",
    ],
)
def test_a_worker_that_dies_between_steps_leaves_them_to_the_next(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    lost = sell_unseen(shop, at=yesterday(10))
    sell_unseen(shop, at=yesterday(11))
    sync_blind_to_the_oldest(shop)
    job = want(shop)

    def die(*_: object, **__: object) -> None:
        raise Died

    with monkeypatch.context() as dying:
        dying.setattr(place, die)
        with pytest.raises(Died):
            look_until_the_end(job)
    assert not ProofDay.objects.exists()
    assert not MissingOrder.objects.exists()
    work.work(job_id=job.pk, now=timezone.now())
    job.refresh_from_db()
    assert job.ended_at is None
    for _ in range(3):
        look(job)
    assert job.state == JobState.DONE
    assert MissingOrder.objects.get().amazon_order_id == lost
    assert OrderRequest.objects.count() == 1


def test_a_worker_that_was_thought_dead_records_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sell_unseen(shop)
    shop.sync()
    job = look(want(shop))
    count = report_counts.count

    def overtaken(*arguments: Any, **named: Any) -> None:
        monkeypatch.setattr("integration.completeness.report_counts.count", count)
        look(job)
        count(*arguments, **named)

    monkeypatch.setattr("integration.completeness.report_counts.count", overtaken)
    ReportJob.objects.update(next_look_at=timezone.now())
    work.work(job_id=job.pk, now=timezone.now())
    job.refresh_from_db()
    assert (job.state, job.orders) == (JobState.DONE, 1)
    assert ProofDay.objects.count() == 4


def test_a_job_that_is_not_due_costs_no_call(shop: Shop) -> None:
    job = look(want(shop))
    calls = len(shop.amazon.log)
    work.work(job_id=job.pk, now=timezone.now())
    assert len(shop.amazon.log) == calls
