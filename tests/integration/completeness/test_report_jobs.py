"""When a list is wanted, and who works on it."""

from datetime import UTC, datetime, timedelta

import pytest

from amazon_orders.models import Account, Store
from integration.completeness import report_jobs
from integration.models import AccountSync, JobKind, ReportJob
from tests.factories import amazon

pytestmark = pytest.mark.django_db
# A Wednesday, and the Sunday after it.
WEDNESDAY = datetime(2026, 11, 18, 23, 59, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)


def test_every_account_has_its_own_minute_of_its_regions_night() -> None:
    accounts = [Account(pk=number, region=region) for number in range(1, 60) for region in ("NA", "EU", "FE")]
    moments = {region: set[datetime]() for region in ("NA", "EU", "FE")}
    for account in accounts:
        moments[account.region].add(report_jobs.quiet_moment(account, now=WEDNESDAY))
    assert all(len(found) == 59 for found in moments.values())
    assert {moment.hour for moment in moments["EU"]} == {1, 2, 3}
    assert {moment.hour for moment in moments["NA"]} == {8, 9, 10}
    assert {moment.hour for moment in moments["FE"]} == {16, 17, 18}


def test_a_night_has_one_list_also_where_the_clock_was_late(django_assert_num_queries: object) -> None:
    store = amazon.store()
    moment = report_jobs.quiet_moment(store.account, now=WEDNESDAY)
    assert report_jobs.want_nightly(now=moment - timedelta(minutes=1)) == 0
    assert report_jobs.want_nightly(now=moment) == 1
    job = ReportJob.objects.get()
    assert job.kind == JobKind.NIGHTLY
    assert job.data_from == datetime(2026, 11, 15, tzinfo=UTC)
    assert job.data_until == moment - report_jobs.TOO_YOUNG
    ReportJob.objects.update(state="DONE", ended_at=moment)
    assert report_jobs.want_nightly(now=moment + timedelta(hours=3)) == 0
    assert report_jobs.want_nightly(now=moment + timedelta(days=1, hours=5)) == 1


def test_on_sundays_the_last_thirty_days_are_listed() -> None:
    amazon.store()
    report_jobs.want_nightly(now=SUNDAY)
    job = ReportJob.objects.get()
    assert job.kind == JobKind.WEEKLY
    assert job.data_from == datetime(2026, 10, 24, tzinfo=UTC)
    assert job.data_until - job.data_from < timedelta(days=30)


def test_who_is_refused_inactive_or_busy_is_not_asked() -> None:
    refused, inactive, busy = amazon.store(), amazon.store(), amazon.store()
    AccountSync.objects.filter(account=refused.account).update(refused_at=WEDNESDAY)
    Store.objects.filter(pk=inactive.pk).update(is_active=False)
    assert report_jobs.want_proof(account_id=busy.account_id, by="maria", now=WEDNESDAY - timedelta(hours=30))
    assert report_jobs.want_nightly(now=WEDNESDAY) == 0


def test_many_accounts_cost_two_statements(django_assert_num_queries: object) -> None:
    for _ in range(3):
        amazon.store()
    assert report_jobs.want_nightly(now=WEDNESDAY) == 3


def test_a_claim_is_for_one_and_runs_out() -> None:
    account = amazon.account()
    assert report_jobs.want_proof(account_id=account.pk, by="", now=WEDNESDAY)
    [job_id] = report_jobs.due(now=WEDNESDAY)
    first = report_jobs.claim(job_id=job_id, now=WEDNESDAY)
    assert first is not None
    assert report_jobs.due(now=WEDNESDAY) == []
    assert report_jobs.claim(job_id=job_id, now=WEDNESDAY) is None
    later = WEDNESDAY + report_jobs.CLAIMED_FOR
    second = report_jobs.claim(job_id=job_id, now=later)
    assert second is not None
    assert not report_jobs.finish(first, orders=1, requested=0, now=later)
    assert report_jobs.finish(second, orders=2, requested=0, now=later)
    assert ReportJob.objects.get().orders == 2
    assert not second.record(orders=3)


def test_the_longest_waiting_list_is_taken_next() -> None:
    first, second = amazon.account(), amazon.account()
    report_jobs.want_proof(account_id=second.pk, by="", now=WEDNESDAY)
    report_jobs.want_proof(account_id=first.pk, by="", now=WEDNESDAY - timedelta(minutes=1))
    taken = [report_jobs.take_next(now=WEDNESDAY) for _ in range(3)]
    assert [held.job.account_id for held in taken if held] == [first.pk, second.pk]
    assert taken[2] is None


def test_lists_of_long_ago_are_forgotten() -> None:
    account = amazon.account()
    report_jobs.want_proof(account_id=account.pk, by="", now=WEDNESDAY)
    report_jobs.forget_old(now=WEDNESDAY + timedelta(days=400))
    assert ReportJob.objects.count() == 1
    ReportJob.objects.update(state="DONE", ended_at=WEDNESDAY)
    report_jobs.forget_old(now=WEDNESDAY + timedelta(days=91))
    assert ReportJob.objects.count() == 0
