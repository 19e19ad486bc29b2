"""The feeds that sellers have handed in, from the upload to the processing report.

Amazon works on a feed some minutes after it was handed in. `queue_seconds` and `work_seconds` are how long
that takes here; the world's agenda lets it happen.
"""

import itertools
import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.clock import iso
from sandbox.datasets import Json
from sandbox.reports import DONE, IN_QUEUE


@dataclass
class Feed:
    """One feed. `ends_as`: how it ends, whatever is in it."""

    feed_id: str
    seller_id: str
    feed_type: str
    marketplace_ids: tuple[str, ...]
    document_id: str
    created_at: datetime
    ends_as: str = DONE
    status: str = IN_QUEUE
    processing_started_at: datetime | None = None
    processing_ended_at: datetime | None = None
    result_id: str | None = None

    def as_json(self) -> Json:
        """As getFeed and getFeeds tell it."""
        times = {
            "processingStartTime": self.processing_started_at,
            "processingEndTime": self.processing_ended_at,
        }
        answer: Json = {
            "feedId": self.feed_id,
            "feedType": self.feed_type,
            "createdTime": iso(self.created_at),
            "processingStatus": self.status,
        }
        answer |= {name: iso(moment) for name, moment in times.items() if moment is not None}
        answer |= {"marketplaceIds": list(self.marketplace_ids)} if self.marketplace_ids else {}
        return answer | ({"resultFeedDocumentId": self.result_id} if self.result_id else {})


@dataclass
class Document:
    """A document to be put: by whom, and what he put."""

    seller_id: str
    content_type: str
    body: bytes | None = None
    is_handed_in: bool = False


@dataclass(frozen=True)
class PaidBack:
    """One component that was paid back to a buyer."""

    order_id: str
    order_item_id: str
    reason: str
    kind: str
    amount: Decimal
    currency: str
    at: datetime


@dataclass
class Feeds:
    """All feeds, by seller and number; what was put, and what was paid back through them."""

    queue_seconds: float = 0.0
    work_seconds: float = 0.0
    documents: dict[str, Document] = field(default_factory=dict, repr=False)
    paid_back: list[PaidBack] = field(default_factory=list)
    _feeds: dict[tuple[str, str], Feed] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(60_000_000_001)
        self._lock = threading.Lock()

    def new_id(self) -> str:
        """Amazon's numbers of feeds are long."""
        with self._lock:
            return str(next(self._numbers))

    def new_document(self, seller_id: str, content_type: str) -> str:
        """A place for a document."""
        document_id = f"amzn1.tortuga.4.na.{uuid.uuid4()}"
        self.documents[document_id] = Document(seller_id, content_type)
        return document_id

    def add(self, feed: Feed) -> None:
        """Keep a feed that was handed in."""
        with self._lock:
            self._feeds[feed.seller_id, feed.feed_id] = feed

    def find(self, seller_id: str, feed_id: str) -> Feed | None:
        """A seller's own feed."""
        return self._feeds.get((seller_id, feed_id))

    def all(self) -> list[Feed]:
        """Every feed, the newest first."""
        with self._lock:
            feeds = list(self._feeds.values())
        return sorted(feeds, key=lambda feed: (feed.created_at, feed.feed_id), reverse=True)

    def of(self, seller_id: str) -> list[Feed]:
        """A seller's feeds, the newest first."""
        return [feed for feed in self.all() if feed.seller_id == seller_id]

    def times(self, created_at: datetime) -> tuple[datetime, datetime]:
        """When work on a feed begins and when it ends."""
        begins = created_at + timedelta(seconds=self.queue_seconds)
        return begins, begins + timedelta(seconds=self.work_seconds)

    def paid_back_by_kind(self, order_id: str, order_item_id: str) -> dict[str, Decimal]:
        """What was paid back of an item so far, by component."""
        sums: dict[str, Decimal] = {}
        for one in self.paid_back:
            if (one.order_id, one.order_item_id) == (order_id, order_item_id):
                sums[one.kind] = sums.get(one.kind, Decimal()) + one.amount
        return sums
