"""Feeds 2021-06-30: a document is put where Amazon says, handed in, looked after, and its result fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from integration.spapi import answers, document
from integration.spapi.answers import DocumentAddress
from integration.spapi.client import SellerClient, iso

ROOT = "/feeds/2021-06-30"
CONTENT_TYPE = "text/xml; charset=UTF-8"


class FeedStatus(StrEnum):
    """Where a feed stands, in Amazon's words."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    FATAL = "FATAL"


@dataclass(frozen=True, slots=True)
class FeedAnswer:
    """Where a feed stands. `result_id`: the document that says what came of each message."""

    feed_id: str
    status: str
    created_at: datetime | None
    result_id: str


def upload(client: SellerClient, body: bytes) -> str:
    """Put a document where Amazon wants it; gives its id. Raises RetryLater, Rejected."""
    answer = client.send(
        "createFeedDocument", "POST", f"{ROOT}/documents", body={"contentType": CONTENT_TYPE}
    )
    with client.told("createFeedDocument"):
        document_id = answers.text_of(answer, "createFeedDocument", "feedDocumentId")
        address = answers.text_of(answer, "createFeedDocument", "url")
    with client.told("feedDocument"):
        document.put(address, body, content_type=CONTENT_TYPE)
    return document_id


def submit(client: SellerClient, *, feed_type: str, marketplace_ids: Sequence[str], document_id: str) -> str:
    """Hand it in; gives the feed's id. Raises RetryLater (see errors.may_have_arrived), Rejected."""
    body = {
        "feedType": feed_type,
        "marketplaceIds": list(marketplace_ids),
        "inputFeedDocumentId": document_id,
    }
    answer = client.send("createFeed", "POST", f"{ROOT}/feeds", body=body)
    with client.told("createFeed"):
        return answers.text_of(answer, "createFeed", "feedId")


def handed_in(client: SellerClient, *, feed_type: str, since: datetime) -> list[FeedAnswer]:
    """The feeds of a type that Amazon has had since, up to a hundred. Raises RetryLater, Rejected."""
    # A hundred is Amazon's largest page, and far more than one account hands in within the minutes that
    # are looked back to: no second page is asked for.
    query = {"feedTypes": feed_type, "createdSince": iso(since), "pageSize": 100}
    answer = client.send("getFeeds", "GET", f"{ROOT}/feeds", query=query)
    feeds = (answer.document or {}).get("feeds")
    if not isinstance(feeds, list):
        with client.told("getFeeds"):
            raise answers.not_believed("getFeeds", answer)
    return [_feed(feed) for feed in feeds if isinstance(feed, dict) and feed.get("feedId")]


def look(client: SellerClient, feed_id: str) -> FeedAnswer:
    """How far Amazon is with it. Raises RetryLater, Rejected."""
    answer = client.send("getFeed", "GET", f"{ROOT}/feeds/{quote(feed_id, safe='')}")
    with client.told("getFeed"):
        answers.text_of(answer, "getFeed", "processingStatus")
    return _feed(answer.document or {})


def read_result(client: SellerClient, document_id: str) -> str:
    """The processing report. Raises RetryLater, Rejected."""
    path = f"{ROOT}/documents/{quote(document_id, safe='')}"
    answer = client.send("getFeedDocument", "GET", path)
    with client.told("getFeedDocument"):
        url = answers.text_of(answer, "getFeedDocument", "url")
    is_gzip = (answer.document or {}).get("compressionAlgorithm") == "GZIP"
    with client.told("feedDocument"):
        lines = document.lines(DocumentAddress(url, is_gzip), limits=document.RESULT_LIMITS)
        return "\n".join(lines)


def _feed(told: Any) -> FeedAnswer:
    return FeedAnswer(
        feed_id=str(told.get("feedId", "")),
        status=str(told.get("processingStatus", "")),
        created_at=_moment(told.get("createdTime")),
        result_id=str(told.get("resultFeedDocumentId") or ""),
    )


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
