"""Feeding: what goes to Amazon by feed, one step of one feed at a time; each may run twice or die anywhere.

An answer to createFeed that was lost is looked for in Amazon's list of feeds. Cancellations may be handed in
twice, for Amazon refuses to cancel twice; refunds may not: where it is not certain whether Amazon has them, a
person decides (ADR 0024).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from integration.models import (
    Adjustment,
    Cancellation,
    FeedJob,
    FeedKind,
    FeedRequest,
    FeedState,
    Lane,
    ParcelNotice,
)
from integration.outbox import answers, feed_documents, feed_jobs, parcel_notices
from integration.outbox.feed_documents import ItemToRefund, OrderToCancel, OrderToRefund, Refusal, Report
from integration.outbox.feed_jobs import Claim
from integration.spapi import feeds
from integration.spapi.client import SellerClient
from integration.spapi.errors import Rejected, RetryLater, StoreMisconfigured, may_have_arrived
from integration.spapi.feeds import FeedAnswer, FeedStatus
from integration.sync import cursor
from integration.sync.outcome import AccountSyncOutcome, problem_of
from integration.transactions import repeat_when_beaten

logger = structlog.get_logger(__name__)
# As long as a refused account waits for its next try (`sync/cursor`).
AFTER_A_REFUSAL = timedelta(minutes=15)
LOOK_FIRST = "Look in Seller Central whether the buyer was paid back before you send it again."
NOT_CERTAIN = "Amazon's answer was lost, and it cannot be told whether it took this."


def feed_account(*, account_id: int) -> AccountSyncOutcome:
    """Hand in all that an account owes now, in the foreground."""
    done = AccountSyncOutcome()
    feed_jobs.gather(now=timezone.now(), account_id=account_id)
    while (held := feed_jobs.take_next(now=timezone.now(), account_id=account_id)) is not None:
        done.add(work_on(held))
        if done.problems:
            break
    return done


def work_on(held: Claim) -> AccountSyncOutcome:
    """Do what comes next for a feed that is the caller's."""
    outcome = AccountSyncOutcome()
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
        outcome.problems.append(problem_of(failed, stores=cursor.store_names(job.account_id)))
    return outcome


def _upload(held: Claim, client: SellerClient) -> None:
    document_id = _upload_document(client, held.job)
    feed_jobs.uploaded(held, document_id=document_id, now=timezone.now())


def _submit(held: Claim, client: SellerClient) -> None:
    """From the moment that `SUBMITTING` is written Amazon may have it, whatever becomes of us."""
    # Committed before the call: after it, a worker that dies leaves a feed that is looked for at
    # Amazon, never one that is handed in blindly again.
    if not feed_jobs.submitting(held, now=timezone.now()):
        return
    try:
        feed_id = _hand_in(client, held.job)
    except RetryLater as later:
        if may_have_arrived(later):
            # It stays `SUBMITTING`: the next step is to find out whether Amazon has it.
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
    # Feeds of ours that are known already are left out; what remains of that kind and moment can only
    # be this one, or another program's.
    known = set(FeedJob.objects.filter(account_id=job.account_id).values_list("feed_id", flat=True))
    found = _find_candidates(client, job, known=known)
    now = timezone.now()
    logger.info("feed.looked_for", account=job.account_id, kind=job.kind, found=len(found))
    if len(found) == 1:
        feed_jobs.submitted(held, feed_id=found[0].feed_id, now=now)
    elif not found and _may_still_be_listed(job, now=now):
        feed_jobs.look_again(held, now=now)
    # Two that may be ours: which does not matter for a cancellation, since Amazon cancels an order
    # once. For money it does (ADR 0024).
    elif not found or job.kind == FeedKind.CANCEL:
        _come_to_nothing(held, "Amazon does not list the feed: it is handed in again.")
    else:
        _fail(held, NOT_CERTAIN)


def _look(held: Claim, client: SellerClient) -> None:
    report = _read_answer(client, held.job)
    if report is None:
        feed_jobs.look_again(held, now=timezone.now())
        return
    rows = feed_jobs.requests_of(held.job)
    # A refusal of message 0 is about the feed as a whole: then nothing was processed, and that is an
    # answer.
    if report.processed != len(rows) and not report.refusals.get(0):
        raise FeedLost(f"Amazon worked on {report.processed} messages, and {len(rows)} were sent.")
    _end(held, rows, _refusals(report, rows), FeedState.DONE, "")


def _refusals(report: Report, rows: Sequence[FeedRequest]) -> dict[int, Refusal]:
    found = {row.pk: report.refusal_of(row.message_id or 0) for row in rows}
    return {pk: refusal for pk, refusal in found.items() if refusal is not None}


def _come_to_nothing(held: Claim, text: str, *, code: str = "") -> None:
    # A feed that Amazon has had is never sent again by itself: some of its messages may have been
    # carried out.
    if held.job.state == FeedState.SUBMITTED or not feed_jobs.begin_again(
        held, text=text, now=timezone.now()
    ):
        _fail(held, text, code=code)


def _fail(held: Claim, text: str, *, code: str = "") -> None:
    """All of it is refused, with what is known of why."""
    # Only from the hand-in on can money have moved.
    if held.job.kind == FeedKind.REFUND and held.job.state in (FeedState.SUBMITTING, FeedState.SUBMITTED):
        text = f"{text} {LOOK_FIRST}"
    rows = feed_jobs.requests_of(held.job)
    refusals = {row.pk: Refusal(text, code) for row in rows}
    _end(held, rows, refusals, FeedState.FAILED, text)


def _end(
    held: Claim,
    rows: Sequence[FeedRequest],
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
            parcel_notices.note([row for row in rows if isinstance(row, ParcelNotice)], refusals, now=now)
            answers.note_cancellations(
                [row for row in rows if isinstance(row, Cancellation)], refusals, now=now
            )
            answers.note_adjustments([row for row in rows if isinstance(row, Adjustment)], refusals, now=now)

    repeat_when_beaten(write)
    logger.info(
        "feed.ended",
        account=held.job.account_id,
        kind=held.job.kind,
        state=state,
        messages=len(rows),
        refused=len(refusals),
    )


_STEPS = {
    FeedState.WANTED: _upload,
    FeedState.UPLOADED: _submit,
    FeedState.SUBMITTING: _find_lost,
    FeedState.SUBMITTED: _look,
}
# Clocks differ; a feed that Amazon dates a little before our call may be ours.
CLOCKS_DIFFER = timedelta(minutes=2)


class FeedLost(Exception):
    """The feed came to nothing: another one has to be handed in, or a person has to act."""


def _upload_document(client: SellerClient, job: FeedJob) -> str:
    """Put the document where Amazon wants it; gives its id. Raises Rejected, RetryLater."""
    return feeds.upload(client, feed_document(job))


def feed_document(job: FeedJob) -> bytes:
    """The feed's document: the same however often it is written."""
    rows = feed_jobs.requests_of(job)
    seller_id = job.account.seller_id
    notices = [row for row in rows if isinstance(row, ParcelNotice)]
    if notices:
        return parcel_notices.document(seller_id, notices)
    cancellations = [_to_cancel(row) for row in rows if isinstance(row, Cancellation)]
    if cancellations:
        return feed_documents.cancellations(seller_id, cancellations)
    adjustments = [_to_refund(row) for row in rows if isinstance(row, Adjustment)]
    return feed_documents.adjustments(seller_id, adjustments)


def _hand_in(client: SellerClient, job: FeedJob) -> str:
    """Hand it in; gives Amazon's id of the feed. Raises Rejected, RetryLater."""
    # Sorted: the same request however often it is made.
    marketplaces = sorted({row.marketplace_id for row in feed_jobs.requests_of(job)})
    return feeds.submit(client, feed_type=job.kind, marketplace_ids=marketplaces, document_id=job.document_id)


def _find_candidates(client: SellerClient, job: FeedJob, *, known: Collection[str]) -> list[FeedAnswer]:
    """Feeds that may be this one, whose answer was lost: of its kind, of that moment, and nobody's."""
    since = (job.submitting_at or job.wanted_at) - CLOCKS_DIFFER
    found = feeds.handed_in(client, feed_type=job.kind, since=since)
    return [
        each
        for each in found
        if each.feed_id not in known and (each.created_at is None or each.created_at >= since)
    ]


def _read_answer(client: SellerClient, job: FeedJob) -> Report | None:
    """What came of it; None while Amazon works on it. Raises FeedLost, Rejected, RetryLater."""
    feed = feeds.look(client, job.feed_id)
    if feed.status in (FeedStatus.IN_QUEUE, FeedStatus.IN_PROGRESS):
        return None
    if feed.status == FeedStatus.CANCELLED:
        raise FeedLost("The feed was canceled before Amazon worked on it.")
    # A FATAL feed may have a report (some messages carried out); without one nothing is known of any.
    if not feed.result_id:
        raise FeedLost(f"Amazon ended the feed as {feed.status}, without saying what came of it.")
    try:
        return feed_documents.read_report(feeds.read_result(client, feed.result_id))
    except feed_documents.NotAReport as wrong:
        raise FeedLost(str(wrong)) from wrong


def _may_still_be_listed(job: FeedJob, *, now: datetime) -> bool:
    """Whether a feed that Amazon does not list may still turn up."""
    return now - (job.submitting_at or now) < feed_jobs.LISTED_WITHIN


def _to_cancel(row: Cancellation) -> OrderToCancel:
    return OrderToCancel(row.message_id or 0, row.amazon_order_id, row.item_ids, row.reason)


def _to_refund(row: Adjustment) -> OrderToRefund:
    return OrderToRefund(
        message_id=row.message_id or 0,
        amazon_order_id=row.amazon_order_id,
        items=[ItemToRefund(item["order_item_id"], item["components"]) for item in row.items],
        reason=row.reason,
        currency=row.currency,
        reference=str(row.credit_memo_id),
    )
