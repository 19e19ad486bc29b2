"""The rows of Amazon's lists that are wanted: when one is, who works on it, how it ends."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef

from amazon_orders.models import Account, Region, Store
from integration.installation import read_only
from integration.models import JobKind, JobState, ReportJob
from integration.transactions import JobClaim, step_over

logger = structlog.get_logger(__name__)

PROOFS = (JobKind.NIGHTLY, JobKind.WEEKLY)
# Days that lie whole behind us, beside the one that has begun.
# 29 and not 30: with more than 30 days Amazon's document holds one sentence instead of a table
# (models#2591).
DAYS: Mapping[str, int] = {JobKind.NIGHTLY: 3, JobKind.WEEKLY: 29}
# Amazon's search and reports lag some minutes behind the shop.
TOO_YOUNG = timedelta(minutes=15)
SUNDAY = 6
# The small hours of the region's shops, in UTC, and over how long its accounts are spread.
QUIET_FROM: Mapping[str, time] = {
    Region.NORTH_AMERICA: time(8),
    Region.EUROPE: time(1),
    Region.FAR_EAST: time(16),
}
SPREAD_MINUTES = 180
# Longer than the longest step, which is to fetch and count a document.
CLAIMED_FOR = timedelta(minutes=15)
SOONEST_LOOK, LATEST_LOOK = timedelta(seconds=20), timedelta(minutes=5)
# The next night's proof covers the same days.
GIVEN_UP_AFTER = timedelta(hours=24)
ATTEMPTS = 3
AFTER_AN_ATTEMPT = timedelta(minutes=10)
KEPT_FOR = timedelta(days=90)


Claim = JobClaim[ReportJob]


def quiet_moment(account: Account, *, now: datetime) -> datetime:
    """When the account's list of this day (UTC) is asked for: at night, each account at its own minute."""
    midnight = datetime.combine(now.astimezone(UTC).date(), QUIET_FROM[account.region], UTC)
    # 37 and 180 have no common divisor: accounts with neighboring keys are spread over the three hours.
    return midnight + timedelta(minutes=account.pk * 37 % SPREAD_MINUTES)


def want_nightly(*, now: datetime) -> int:
    """Want the list of every account whose hour has come and that has none since; gives how many.

    Three statements for all accounts; none is wanted in read-only mode.
    """
    if read_only.is_on():
        return 0
    has_stores = Exists(Store.objects.filter(account=OuterRef("pk"), is_active=True))
    accounts = Account.objects.filter(has_stores, sync__refused_at=None).only("pk", "region")
    since = now - timedelta(days=2)
    asked: dict[int, datetime] = {}
    jobs = ReportJob.objects.filter(kind__in=PROOFS, wanted_at__gte=since).order_by("wanted_at")
    for account_id, wanted_at, ended_at in jobs.values_list("account_id", "wanted_at", "ended_at"):
        # One that is under way is enough, however old.
        asked[account_id] = wanted_at if ended_at else now
    due = [
        account
        for account in accounts
        if quiet_moment(account, now=now) <= now
        and asked.get(account.pk, since) < quiet_moment(account, now=now)
    ]
    kind = JobKind.WEEKLY if now.astimezone(UTC).weekday() == SUNDAY else JobKind.NIGHTLY
    rows = [_job(account.pk, kind, now=now, by="") for account in due]
    # A constraint lets one proof be under way per account: who loses the race has nothing to do.
    ReportJob.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def want_proof(*, account_id: int, by: str, now: datetime) -> bool:
    """A person wants the proof of the last days now; False where one is under way already."""
    if ReportJob.objects.filter(account_id=account_id, kind__in=PROOFS, ended_at=None).exists():
        return False
    ReportJob.objects.bulk_create([_job(account_id, JobKind.NIGHTLY, now=now, by=by)], ignore_conflicts=True)
    logger.info("proof.wanted", account=account_id, by=by)
    return True


def want_catch_up(*, account_id: int, since: datetime, now: datetime) -> None:
    """Want the names of what changed since."""
    job = _job(account_id, JobKind.CATCH_UP, now=now, by="", data_from=since)
    ReportJob.objects.bulk_create([job], ignore_conflicts=True)


def _job(
    account_id: int, kind: JobKind, *, now: datetime, by: str, data_from: datetime | None = None
) -> ReportJob:
    until = now - TOO_YOUNG
    first = until.astimezone(UTC).date() - timedelta(days=DAYS.get(kind, 0))
    return ReportJob(
        account_id=account_id,
        kind=kind,
        data_from=data_from or datetime.combine(first, time.min, UTC),
        data_until=until,
        wanted_at=now,
        wanted_by=by,
        next_look_at=now,
    )


def due(*, now: datetime) -> list[int]:
    """Jobs to look at now, the longest waiting first."""
    rows = ReportJob.objects.filter(ended_at=None, next_look_at__lte=now)
    return list(rows.order_by("next_look_at", "pk").values_list("pk", flat=True))


def take_next(*, now: datetime) -> Claim | None:
    """The job that has waited longest; what others take at the same moment is stepped over. 2 statements."""
    until = now + CLAIMED_FOR
    with transaction.atomic():
        rows = ReportJob.objects.filter(ended_at=None, next_look_at__lte=now).select_related("account")
        job = step_over(rows).order_by("next_look_at").first()
        if job is None:
            return None
        ReportJob.objects.filter(pk=job.pk).update(next_look_at=until)
    return JobClaim(job, until)


def claim(*, job_id: int, now: datetime) -> Claim | None:
    """Take a job that is due; of two workers one gets it, the other nothing."""
    until = now + CLAIMED_FOR
    won = ReportJob.objects.filter(pk=job_id, ended_at=None, next_look_at__lte=now).update(next_look_at=until)
    job = ReportJob.objects.select_related("account").filter(pk=job_id).first() if won else None
    return JobClaim(job, until) if job is not None else None


def asked(held: Claim, *, report_id: str, progress: Mapping[str, Any], now: datetime) -> None:
    """Amazon writes the report."""
    held.record(
        state=JobState.ASKED,
        report_id=report_id[:128],
        asked_at=now,
        progress=progress,
        next_look_at=now + SOONEST_LOOK,
    )


def look_again(held: Claim, *, now: datetime) -> None:
    """It is not ready: the longer it has taken, the longer until the next look."""
    waited = now - (held.job.asked_at or now)
    # A quarter of what it has taken; a delay of over an hour is known of Amazon's reports
    # (models#2258).
    held.record(next_look_at=now + min(max(waited / 4, SOONEST_LOOK), LATEST_LOOK))


def put_back(held: Claim, *, after: timedelta, text: str, now: datetime) -> None:
    """Nothing was tried: it is no attempt, and no day is counted."""
    held.record(next_look_at=now + after, error=text[:500])


def wait(held: Claim, *, after: timedelta, text: str, now: datetime) -> None:
    """Amazon wants us to wait; after a day nobody does any more."""
    if now - held.job.wanted_at > GIVEN_UP_AFTER:
        fail(held, text=text, now=now)
    elif held.job.state == JobState.SEARCHING:
        # Why there is no report stays said.
        held.record(next_look_at=now + max(after, SOONEST_LOOK))
    else:
        held.record(next_look_at=now + max(after, SOONEST_LOOK), error=text[:500])


def begin_again(held: Claim, *, text: str, now: datetime) -> None:
    """This report came to nothing: ask for another one, a few times; then search, or go without."""
    if held.job.attempts + 1 < ATTEMPTS:
        held.record(
            state=JobState.WANTED,
            report_id="",
            attempts=F("attempts") + 1,
            error=text[:500],
            next_look_at=now + AFTER_AN_ATTEMPT,
        )
    else:
        do_without(held, text=text, now=now)


def do_without(held: Claim, *, text: str, now: datetime, is_refused: bool = False) -> None:
    """No report is to be had: a proof is searched for instead, a backlog waits for its search."""
    if held.job.kind in PROOFS:
        held.record(
            state=JobState.SEARCHING,
            is_refused=is_refused,
            error=text[:500],
            next_look_at=now,
            progress=None,
        )
    else:
        fail(held, text=text, now=now, is_refused=is_refused)


def fail(held: Claim, *, text: str, now: datetime, is_refused: bool | None = None) -> None:
    """No list this time."""
    refused = {} if is_refused is None else {"is_refused": is_refused}
    held.record(state=JobState.FAILED, ended_at=now, error=text[:500], progress=None, **refused)


def finish(held: Claim, *, orders: int, requested: int, now: datetime) -> bool:
    """The list is counted; False where another worker was quicker. Why there was no report stays said."""
    is_search = held.job.state == JobState.SEARCHING
    return held.record(
        state=JobState.DONE,
        ended_at=now,
        orders=orders,
        requested=requested,
        progress=None,
        error=held.job.error if is_search else "",
    )


def forget_old(*, now: datetime) -> None:
    """Lists of long ago are nobody's any more."""
    ReportJob.objects.filter(ended_at__lt=now - KEPT_FOR).delete()
