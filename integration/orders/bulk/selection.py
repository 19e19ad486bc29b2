"""Retry, refresh, skip or import many orders: those ticked in the list, or all that fit its filter.

What was chosen becomes a batch for each store it lies in; `work` does it, so that the page
may be left at once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from amazon_orders.models import AmazonOrder
from integration.access import Viewer
from integration.models import BatchAction, BatchKind, ImportBatch
from integration.orders import actions, order_list
from integration.orders.actions import BadRequest
from integration.orders.bulk import batches
from integration.orders.order_list import OrderFilter

TICKED_AT_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """What is to be done, by whom. `token`: of the form, so that a double click does it once."""

    action: BatchAction
    token: str
    by: str
    now: datetime
    reason: str = ""
    until: datetime | None = None


def start_ticked(*, order_ids: Collection[int], viewer: Viewer, bulk: Bulk) -> list[ImportBatch]:
    """Begin with single orders, by key. Raises BadRequest."""
    if len(order_ids) > TICKED_AT_MOST:
        raise BadRequest("orders", f"At most {TICKED_AT_MOST:,} ticked orders at a time.")
    bulk = _checked(bulk)
    by_store: defaultdict[int, list[str]] = defaultdict(list)
    chosen = AmazonOrder.objects.filter(pk__in=order_ids, store__in=viewer.stores()).order_by("pk")
    for store_id, amazon_order_id in chosen.values_list("store_id", "amazon_order_id"):
        by_store[store_id].append(amazon_order_id)
    if not by_store:
        raise BadRequest("orders", "Tick at least one order.")
    stores = _workable(viewer, by_store, bulk)
    return [
        batches.begin(
            _batch(store_id, bulk, kind=BatchKind.CHOSEN, expected=len(by_store[store_id])),
            by_store[store_id],
        )
        for store_id in stores
    ]


def start_fitting(*, filters: OrderFilter, viewer: Viewer, bulk: Bulk) -> list[ImportBatch]:
    """Begin with all orders that fit a filter now. Raises BadRequest."""
    bulk = _checked(bulk)
    try:
        # The store is the batch's own: each store has one of its own, which its people may see.
        written = order_list.stored.write(replace(filters, store_ids=()))
    except order_list.stored.NamesAPerson as refused:
        text = "A search by buyer is kept nowhere: tick the orders, or leave the name out."
        raise BadRequest("orders", text) from refused
    by_store = order_list.count_by_store(viewer=viewer, filters=filters)
    if not by_store:
        raise BadRequest("orders", "No order fits the filter.")
    stores = _workable(viewer, by_store, bulk)
    return [batches.begin(_fitting(store_id, bulk, written, by_store[store_id])) for store_id in stores]


def _fitting(store_id: int, bulk: Bulk, written: Mapping[str, object], expected: int) -> ImportBatch:
    batch = _batch(store_id, bulk, kind=BatchKind.FILTERED, expected=expected)
    batch.filters, batch.collected_after = written, 0
    return batch


def _batch(store_id: int, bulk: Bulk, *, kind: BatchKind, expected: int) -> ImportBatch:
    return ImportBatch(
        store_id=store_id,
        kind=kind,
        action=bulk.action,
        token=bulk.token,
        expected=expected,
        skip_reason=bulk.reason,
        skip_until=bulk.until,
        requested_by=bulk.by,
        requested_at=bulk.now,
    )


def _checked(bulk: Bulk) -> Bulk:
    """A skip says why, and ends in the future; nothing else has a reason."""
    if bulk.action != BatchAction.SKIP:
        return replace(bulk, reason="", until=None)
    return replace(bulk, reason=actions.skip_reason(bulk.reason, until=bulk.until, now=bulk.now))


def _workable(viewer: Viewer, store_ids: Iterable[int], bulk: Bulk) -> list[int]:
    """Those of these stores in which it can be done, by key: nobody asks Amazon for an inactive store."""
    stores = {store.pk: store for store in viewer.stores().filter(pk__in=list(store_ids))}
    found = [
        pk for pk, store in sorted(stores.items()) if store.is_active or bulk.action != BatchAction.REFRESH
    ]
    if not found:
        names = ", ".join(sorted(store.name for store in stores.values()))
        raise BadRequest("orders", f"{names} is inactive: activate it first.")
    return found
