"""The rows of feeds: what goes into one, who works on it, how far it is."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F

from integration.models import (
    Adjustment,
    Cancellation,
    FeedJob,
    FeedKind,
    FeedRequest,
    FeedRequestState,
    FeedState,
    ParcelNotice,
)
from integration.outbox import parcel_notices
from integration.transactions import JobClaim, step_over

logger = structlog.get_logger(__name__)
# Amazon takes thousands of messages; a report of so many is still quickly read.
MESSAGES_AT_MOST = 500
# Longer than the longest step: three calls and a document that is slow.
CLAIMED_FOR = timedelta(minutes=12)
SOONEST_LOOK, LATEST_LOOK = timedelta(seconds=20), timedelta(minutes=5)
# Feeds are listed some time after they were taken.
LISTED_WITHIN = timedelta(minutes=10)
GIVEN_UP_AFTER = timedelta(hours=24)
ATTEMPTS = 3
KEPT_FOR = timedelta(days=90)
AFTER_AN_ATTEMPT = timedelta(minutes=2)

_MODELS: dict[str, type[FeedRequest]] = {
    FeedKind.FULFILL: ParcelNotice,
    FeedKind.CANCEL: Cancellation,
    FeedKind.REFUND: Adjustment,
}


Claim = JobClaim[FeedJob]


def gather(*, now: datetime, account_id: int | None = None) -> int:
    """Put what is owed into feeds, one for each account and kind that has none to be handed in; gives how
    many feeds. Two statements where nothing is owed.
    """
    made = 0
    for kind, model in _MODELS.items():
        owed = model._default_manager.filter(state=FeedRequestState.OWED, account__sync__refused_at=None)
        if account_id is not None:
            owed = owed.filter(account_id=account_id)
        # One feed per account and kind, for createFeed gives one every two minutes (0.0083/s, SP-API
        # model feeds 2021-06-30): many orders share it.
        for owing in sorted(set(owed.values_list("account_id", flat=True))):
            made += _make(owing, FeedKind(kind), model, now)
    return made


def _make(account_id: int, kind: FeedKind, model: type[FeedRequest], now: datetime) -> int:
    try:
        with transaction.atomic():
            # First: a unique constraint lets one feed of a kind wait per account, so of two workers the
            # second fails here, before it has numbered any request.
            job = FeedJob.objects.create(account_id=account_id, kind=kind, wanted_at=now, next_look_at=now)
            owed = model._default_manager.filter(account_id=account_id, state=FeedRequestState.OWED)
            # Rows that somebody holds at this moment go with the next feed: nobody waits for a lock
            # here.
            rows = list(step_over(owed.order_by("pk"))[:MESSAGES_AT_MOST])
            for number, row in enumerate(rows, 1):
                row.state, row.feed, row.message_id = FeedRequestState.SENT, job, number
            model._default_manager.bulk_update(rows, ["state", "feed", "message_id"])
            if kind == FeedKind.FULFILL:
                parcel_notices.gathered([row for row in rows if isinstance(row, ParcelNotice)], now=now)
            if not rows:
                # Somebody else was quicker.
                job.delete()
            return int(bool(rows))
    except IntegrityError:
        # One is still to be handed in: what is owed since goes with the next.
        return 0


def requests_of(job: FeedJob) -> Sequence[FeedRequest]:
    """What goes with a feed, in the order of its messages."""
    return list(_MODELS[job.kind]._default_manager.filter(feed=job).order_by("message_id"))


def take_next(*, now: datetime, account_id: int | None = None) -> Claim | None:
    """The job that has waited longest; what others take at the same moment is stepped over. 2 statements."""
    until = now + CLAIMED_FOR
    rows = FeedJob.objects.filter(ended_at=None, next_look_at__lte=now).select_related("account")
    if account_id is not None:
        rows = rows.filter(account_id=account_id)
    with transaction.atomic():
        job = step_over(rows).order_by("next_look_at").first()
        if job is None:
            return None
        # The moment is the claim: what is recorded later counts only while it still stands there
        # (`JobClaim.record`).
        FeedJob.objects.filter(pk=job.pk).update(next_look_at=until)
    return JobClaim(job, until)


def uploaded(held: Claim, *, document_id: str, now: datetime) -> None:
    """The document lies at Amazon's."""
    held.record(state=FeedState.UPLOADED, document_id=document_id[:256], next_look_at=now, error="")


def submitting(held: Claim, *, now: datetime) -> bool:
    """It is about to be handed in: from here on Amazon may have it. False where another took over."""
    return held.record(state=FeedState.SUBMITTING, submitting_at=now)


def not_submitted(held: Claim, *, after: timedelta, text: str, now: datetime) -> None:
    """Nothing was said to Amazon."""
    held.record(state=FeedState.UPLOADED, next_look_at=now + after, error=text[:500])


def submitted(held: Claim, *, feed_id: str, now: datetime) -> None:
    """Amazon has taken it."""
    held.record(
        state=FeedState.SUBMITTED,
        feed_id=feed_id[:128],
        submitted_at=now,
        next_look_at=now + SOONEST_LOOK,
        error="",
    )


def look_again(held: Claim, *, now: datetime) -> None:
    """It is not ready: the longer it has taken, the longer until the next look."""
    waited = now - (held.job.submitted_at or held.job.submitting_at or now)
    # A quarter of the time it has taken: a feed of two minutes is looked at every half minute, one of
    # hours every five minutes, and getFeed's quota (2/s) is never near.
    held.record(next_look_at=now + min(max(waited / 4, SOONEST_LOOK), LATEST_LOOK))


def put_back(held: Claim, *, after: timedelta, text: str, now: datetime) -> None:
    """Amazon wants us to wait: as it was, after a while. Nothing that is owed is ever dropped for that."""
    held.record(next_look_at=now + max(after, timedelta(seconds=1)), error=text[:500])


def begin_again(held: Claim, *, text: str, now: datetime) -> bool:
    """From the upload on, a few times; False where it was tried often enough."""
    # Three: a document that Amazon refuses three times will not be taken the fourth time either.
    if held.job.attempts + 1 >= ATTEMPTS:
        return False
    held.record(
        state=FeedState.WANTED,
        document_id="",
        submitting_at=None,
        attempts=F("attempts") + 1,
        error=text[:500],
        next_look_at=now + AFTER_AN_ATTEMPT,
    )
    return True


def end(held: Claim, *, state: FeedState, text: str, now: datetime) -> bool:
    """It is over; False where another worker was quicker."""
    return held.record(state=state, ended_at=now, error=text[:500])


def forget_old(*, now: datetime) -> None:
    """Feeds of long ago are nobody's any more; what they carried stays with its answer."""
    FeedJob.objects.filter(ended_at__lt=now - KEPT_FOR).delete()
