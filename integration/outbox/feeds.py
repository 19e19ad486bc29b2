"""Feeding: what goes to Amazon by feed, one step of one feed at a time; each may run twice or die anywhere.

An answer to createFeed that was lost is looked for in Amazon's list of feeds. Cancellations may be handed in
twice, for Amazon refuses to cancel twice; refunds may not: where it is not certain whether Amazon has them, a
person decides (ADR 0024).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from integration import cursor, feed_jobs
from integration.feed_jobs import Claim
from integration.models import Adjustment, Cancellation, FeedJob, FeedKind, FeedState, FeedWish, Lane
from integration.outbox import answers
from integration.outbox.feed_documents import Refusal, Report
from integration.passes import Outcome, Problem
from integration.pipeline import feed
from integration.pipeline.feed import FeedLost
from integration.spapi.client import SellerClient
from integration.spapi.errors import ReadOnly, Rejected, RetryLater, StoreMisconfigured, may_have_arrived
from integration.transactions import repeat_when_beaten

logger = structlog.get_logger(__name__)
AFTER_A_REFUSAL = timedelta(minutes=15)
LOOK_FIRST = "Look in Seller Central whether the buyer was paid back before you send it again."
NOT_CERTAIN = "Amazon's answer was lost, and it cannot be told whether it took this."


def feed_account(*, account_id: int) -> Outcome:
    """Hand in all that an account owes now, in the foreground."""
    done = Outcome()
    feed_jobs.gather(now=timezone.now(), account_id=account_id)
    while (held := feed_jobs.take_next(now=timezone.now(), account_id=account_id)) is not None:
        done.add(work_on(held))
        if done.problems:
            break
    return done


def work_on(held: Claim) -> Outcome:
    """Do what comes next for a feed that is the caller's."""
    outcome = Outcome()
    job = held.job
    try:
        with SellerClient(job.account, lane=Lane.PERSON) as client:
            try:
                _STEPS[FeedState(job.state)](held, client)
            finally:
                outcome.requests, outcome.seconds_waited = client.requests, client.seconds
    except Rejected as refused:
        _come_to_nothing(held, refused.text, code=refused.code)
    except FeedLost as lost:
        _fail(held, str(lost))
    except (RetryLater, StoreMisconfigured) as failed:
        after = failed.after if isinstance(failed, RetryLater) else AFTER_A_REFUSAL
        feed_jobs.put_back(held, after=after, text=failed.text, now=timezone.now())
        outcome.problems.append(_problem(job, failed))
    return outcome


def _problem(job: FeedJob, failed: RetryLater | StoreMisconfigured) -> Problem:
    if isinstance(failed, StoreMisconfigured):
        code = "AUTHORIZATION_REFUSED"
    elif isinstance(failed, ReadOnly):
        code = "READ_ONLY"
    else:
        code = "QUOTA" if failed.is_quota else "AMAZON_UNAVAILABLE"
    return Problem(code, failed.text, cursor.store_names(job.account_id))


def _upload(held: Claim, client: SellerClient) -> None:
    document_id = feed.upload(client, held.job)
    feed_jobs.uploaded(held, document_id=document_id, now=timezone.now())


def _submit(held: Claim, client: SellerClient) -> None:
    """From the moment that `SUBMITTING` is written Amazon may have it, whatever becomes of us."""
    if not feed_jobs.submitting(held, now=timezone.now()):
        return
    try:
        feed_id = feed.submit(client, held.job)
    except RetryLater as later:
        if may_have_arrived(later):
            feed_jobs.put_back(held, after=feed_jobs.SOONEST_LOOK, text=later.text, now=timezone.now())
        else:
            feed_jobs.not_submitted(held, after=later.after, text=later.text, now=timezone.now())
        raise
    except StoreMisconfigured as refused:
        feed_jobs.not_submitted(held, after=AFTER_A_REFUSAL, text=refused.text, now=timezone.now())
        raise
    feed_jobs.submitted(held, feed_id=feed_id, now=timezone.now())


def _find_lost(held: Claim, client: SellerClient) -> None:
    job = held.job
    known = set(FeedJob.objects.filter(account_id=job.account_id).values_list("feed_id", flat=True))
    found = feed.find_lost(client, job, known=known)
    now = timezone.now()
    logger.info("feed.looked_for", account=job.account_id, kind=job.kind, found=len(found))
    if len(found) == 1:
        feed_jobs.submitted(held, feed_id=found[0].feed_id, now=now)
    elif not found and feed.waits_for_listing(job, now=now):
        feed_jobs.look_again(held, now=now)
    elif not found or job.kind == FeedKind.CANCEL:
        _come_to_nothing(held, "Amazon does not list the feed: it is handed in again.")
    else:
        _fail(held, NOT_CERTAIN)


def _look(held: Claim, client: SellerClient) -> None:
    report = feed.look(client, held.job)
    if report is None:
        feed_jobs.look_again(held, now=timezone.now())
        return
    wishes = feed_jobs.wishes(held.job)
    if report.processed != len(wishes) and not report.refusals.get(0):
        raise FeedLost(f"Amazon worked on {report.processed} messages, and {len(wishes)} were sent.")
    _end(held, wishes, _refusals(report, wishes), FeedState.DONE, "")


def _refusals(report: Report, wishes: Sequence[FeedWish]) -> dict[int, Refusal]:
    found = {wish.pk: report.refusal_of(wish.message_id or 0) for wish in wishes}
    return {pk: refusal for pk, refusal in found.items() if refusal is not None}


def _come_to_nothing(held: Claim, text: str, *, code: str = "") -> None:
    if held.job.state == FeedState.SUBMITTED or not feed_jobs.begin_again(
        held, text=text, now=timezone.now()
    ):
        _fail(held, text, code=code)


def _fail(held: Claim, text: str, *, code: str = "") -> None:
    """All of it is refused, with what is known of why."""
    if held.job.kind == FeedKind.REFUND and held.job.state in (FeedState.SUBMITTING, FeedState.SUBMITTED):
        text = f"{text} {LOOK_FIRST}"
    wishes = feed_jobs.wishes(held.job)
    refusals = {wish.pk: Refusal(text, code) for wish in wishes}
    _end(held, wishes, refusals, FeedState.FAILED, text)


def _end(
    held: Claim,
    wishes: Sequence[FeedWish],
    refusals: Mapping[int, Refusal],
    state: FeedState,
    text: str,
) -> None:
    def write() -> None:
        now: datetime = timezone.now()
        with transaction.atomic():
            # First, so that of two workers on one feed the second stops here.
            if not feed_jobs.end(held, state=state, text=text, now=now):
                return
            answers.note_cancellations(
                [wish for wish in wishes if isinstance(wish, Cancellation)], refusals, now=now
            )
            answers.note_adjustments(
                [wish for wish in wishes if isinstance(wish, Adjustment)], refusals, now=now
            )

    repeat_when_beaten(write)
    logger.info(
        "feed.ended",
        account=held.job.account_id,
        kind=held.job.kind,
        state=state,
        messages=len(wishes),
        refused=len(refusals),
    )


_STEPS = {
    FeedState.WANTED: _upload,
    FeedState.UPLOADED: _submit,
    FeedState.SUBMITTING: _find_lost,
    FeedState.SUBMITTED: _look,
}
