"""The orders of a page, each read for itself, and the store each belongs to."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from amazon_orders import normalize, reading
from amazon_orders.models import AmazonOrder, Store
from amazon_orders.receive import Incoming
from amazon_orders.records import OrderRecord
from integration.models import QuarantineKind
from integration.order_import import error_boundary
from integration.sync.quarantine import KeptAside

ORDER_ID = re.compile(r"[A-Z0-9-]{1,30}")  # Wider than 3-7-7 digits: it is against log injection.
logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: of which account, for which of its stores and data sets, and when."""

    account_id: int
    stores: Sequence[Store]
    data_sets: Sequence[str]
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Readable:
    """An order we can read, beside the payload it came in: the database may still refuse it."""

    incoming: Incoming
    payload: Any

    @property
    def amazon_order_id(self) -> str:
        """Its number."""
        return self.incoming.record.amazon_order_id


@dataclass(slots=True)
class PageOrders:
    """A page as read: what can be stored, what is kept aside, and what became of the rest."""

    readable: list[Readable] = field(default_factory=list)
    aside: list[KeptAside] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    updates: list[datetime] = field(default_factory=list)


def read(question: Question, payloads: Sequence[Any], *, named: Collection[tuple[int, str]]) -> PageOrders:
    """Normalize each payload for itself: one that cannot be read stops no other. Two statements at most."""
    by_marketplace = {store.marketplace_id: store for store in question.stores}
    page, homeless = PageOrders(), list[Readable]()
    for payload in payloads:
        page.counts["received"] += 1
        record = _record(payload, question.data_sets)
        if isinstance(record, KeptAside):
            page.aside.append(record)
            continue
        page.updates.append(record.last_updated_at)
        store = _store_of(record, by_marketplace)
        is_homeless = store is None and not record.marketplace_id and bool(question.stores)
        if store is None and not is_homeless:
            page.counts["ignored"] += 1
            continue
        incoming = Incoming(record, (store or question.stores[0]).pk, question.asked_at, question.account_id)
        (homeless if is_homeless else page.readable).append(Readable(incoming, payload))
    _find_homes(question, homeless, page)
    _leave_out_older(question, page, named)
    return page


def failed(amazon_order_id: str, payload: Any, bug: Exception) -> KeptAside:
    """A bug of ours in one order stops no other, and the payload is kept for when it is mended."""
    logger.error(
        "order.failed_here",
        order=_loggable(amazon_order_id),
        cause=type(bug).__name__,
        at=error_boundary.way_to(bug),
    )
    return KeptAside(amazon_order_id, payload, f"an error here ({type(bug).__name__})", QuarantineKind.ERROR)


def _record(payload: Any, data_sets: Sequence[str]) -> OrderRecord | KeptAside:
    amazon_order_id = normalize.readable_order_id(payload)
    try:
        return normalize.normalize(payload, data_sets=data_sets)
    except reading.MalformedPayload as reason:
        return KeptAside(amazon_order_id, payload, str(reason))
    except Exception as bug:
        return failed(amazon_order_id, payload, bug)


def _find_homes(question: Question, homeless: Sequence[Readable], page: PageOrders) -> None:
    """Orders that do not say their marketplace, in an account with several: known ones stay where they are.

    A guess could book an order's stock and invoice with the wrong store: a new one is for a person.
    """
    if not homeless:
        return
    known = _stored(question, [each.amazon_order_id for each in homeless])
    page.readable += [each for each in homeless if each.amazon_order_id in known]
    reason = "marketplaceId is missing and the account has several stores"
    page.aside += [
        KeptAside(each.amazon_order_id, each.payload, reason)
        for each in homeless
        if each.amazon_order_id not in known
    ]


def _leave_out_older(question: Question, page: PageOrders, named: Collection[tuple[int, str]]) -> None:
    """Leave out what was purchased before its store was connected, but what a person named (ADR 0016)."""
    connected_at = {store.pk: store.connected_at for store in question.stores}
    older = {
        each.amazon_order_id
        for each in page.readable
        if each.incoming.record.purchased_at < connected_at[each.incoming.store_id]
        and (each.incoming.store_id, each.amazon_order_id) not in named
    }
    if older:
        older -= _stored(question, older)
    kept = [each for each in page.readable if each.amazon_order_id not in older]
    page.counts["ignored"] += len(page.readable) - len(kept)
    page.readable = kept


def _stored(question: Question, amazon_order_ids: Collection[str]) -> set[str]:
    """Which of these this account has told before."""
    stored = AmazonOrder.objects.filter(
        amazon_order_id__in=amazon_order_ids, store__account_id=question.account_id
    )
    return set(stored.values_list("amazon_order_id", flat=True))


def _store_of(record: OrderRecord, by_marketplace: dict[str, Store]) -> Store | None:
    """The store an order belongs to, None for a marketplace that is not ours, or not named."""
    store = by_marketplace.get(record.marketplace_id)
    if store is not None:
        return store
    # Optional in the SP-API model orders 2026-01-01; with one store there is nothing to confuse.
    # Sold elsewhere, fulfilled by Amazon: it has no marketplace of ours and is only looked at.
    is_only_one = len(by_marketplace) == 1 and not record.marketplace_id
    if is_only_one or record.channel_name != "AMAZON":
        return next(iter(by_marketplace.values()), None)
    return None


def _loggable(order_id: str) -> str:
    """A payload that is no order may hold anything where its number should be."""
    return order_id if ORDER_ID.fullmatch(order_id) else ""
