"""Feed: orders to cancel and money to give back go to Amazon in a document, and its answer is read."""

from collections.abc import Collection
from datetime import datetime, timedelta

from integration import feed_jobs
from integration.models import Adjustment, Cancellation, FeedJob
from integration.outbox import feed_documents
from integration.outbox.feed_documents import ItemToRefund, OrderToCancel, OrderToRefund, Report
from integration.spapi import feeds
from integration.spapi.client import SellerClient
from integration.spapi.feeds import FeedAnswer, FeedStatus

# Clocks differ; a feed that Amazon dates a little before our call may be ours.
CLOCKS_DIFFER = timedelta(minutes=2)


class FeedLost(Exception):
    """The feed came to nothing: another one has to be handed in, or a person has to act."""


def upload(client: SellerClient, job: FeedJob) -> str:
    """Put the document where Amazon wants it; gives its id. Raises Rejected, RetryLater."""
    return feeds.upload(client, document(job))


def document(job: FeedJob) -> bytes:
    """The feed's document: the same however often it is written."""
    wishes = feed_jobs.wishes(job)
    seller_id = job.account.seller_id
    cancellations = [_to_cancel(wish) for wish in wishes if isinstance(wish, Cancellation)]
    if cancellations:
        return feed_documents.cancellations(seller_id, cancellations)
    adjustments = [_to_refund(wish) for wish in wishes if isinstance(wish, Adjustment)]
    return feed_documents.adjustments(seller_id, adjustments)


def submit(client: SellerClient, job: FeedJob) -> str:
    """Hand it in; gives Amazon's id of the feed. Raises Rejected, RetryLater."""
    marketplaces = sorted({wish.marketplace_id for wish in feed_jobs.wishes(job)})
    return feeds.submit(client, feed_type=job.kind, marketplace_ids=marketplaces, document_id=job.document_id)


def find_lost(client: SellerClient, job: FeedJob, *, known: Collection[str]) -> list[FeedAnswer]:
    """Feeds that may be this one, whose answer was lost: of its kind, of that moment, and nobody's."""
    since = (job.submitting_at or job.wanted_at) - CLOCKS_DIFFER
    found = feeds.handed_in(client, feed_type=job.kind, since=since)
    return [
        each
        for each in found
        if each.feed_id not in known and (each.created_at is None or each.created_at >= since)
    ]


def look(client: SellerClient, job: FeedJob) -> Report | None:
    """What came of it; None while Amazon works on it. Raises FeedLost, Rejected, RetryLater."""
    feed = feeds.look(client, job.feed_id)
    if feed.status in (FeedStatus.IN_QUEUE, FeedStatus.IN_PROGRESS):
        return None
    if feed.status == FeedStatus.CANCELLED:
        raise FeedLost("The feed was canceled before Amazon worked on it.")
    if not feed.result_id:
        raise FeedLost(f"Amazon ended the feed as {feed.status}, without saying what came of it.")
    try:
        return feed_documents.read_report(feeds.read_result(client, feed.result_id))
    except feed_documents.NotAReport as wrong:
        raise FeedLost(str(wrong)) from wrong


def waits_for_listing(job: FeedJob, *, now: datetime) -> bool:
    """Whether a feed that Amazon does not list may still turn up."""
    return now - (job.submitting_at or now) < feed_jobs.LISTED_WITHIN


def _to_cancel(wish: Cancellation) -> OrderToCancel:
    return OrderToCancel(wish.message_id or 0, wish.amazon_order_id, wish.item_ids, wish.reason)


def _to_refund(wish: Adjustment) -> OrderToRefund:
    return OrderToRefund(
        message_id=wish.message_id or 0,
        amazon_order_id=wish.amazon_order_id,
        items=[ItemToRefund(item["order_item_id"], item["components"]) for item in wish.items],
        reason=wish.reason,
        currency=wish.currency,
        reference=str(wish.credit_memo_id),
    )
