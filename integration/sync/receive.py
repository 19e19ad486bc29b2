"""Receive, our half: a page's rows, its due imports, its timeline and the cursor, in one transaction.

`amazon_orders.receive` writes what Amazon said; here it becomes work. The transaction first asserts the
lease's fencing number, so a worker that was taken over stores nothing.
"""

import dataclasses
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import DataError, IntegrityError, transaction
from django.db.models import F

from amazon_orders import normalize, reading, receive
from amazon_orders.differences import FieldChange
from amazon_orders.models import AmazonOrder, Store
from amazon_orders.receive import Incoming, StoredOrder
from amazon_orders.records import OrderRecord
from integration import timeline
from integration.decision.policy import CANCELED
from integration.models import OrderImport, Quarantine
from integration.order_import import error_boundary
from integration.sync import sales_marks
from integration.timeline import EventCode
from integration.transactions import repeat_when_beaten
from sealing import seal

# Amazon has just sent it so: asked at once, it would say the same again.
ASKED_AGAIN_AFTER = timedelta(minutes=5)
ORDER_ID = re.compile(r"[A-Z0-9-]{1,30}")  # Wider than 3-7-7 digits: it is against log injection.
logger = structlog.get_logger(__name__)

# What else happens in the page's transaction: assert the lease, move the cursor.
InTransaction = Callable[[], None]
# What one order can do to its page. ValueError: the driver refuses a text before the database sees it.
REFUSALS = (DataError, IntegrityError, ValueError, seal.DecryptionError)


@dataclass(slots=True)
class Received:
    """What became of a page. `updates`: when Amazon changed its readable orders."""

    counts: Counter[str] = field(default_factory=Counter)
    updates: list[datetime] = field(default_factory=list)
    order_ids: list[int] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Readable:
    """An order we can read, beside the payload it came in: the database may still refuse it."""

    incoming: Incoming
    payload: Any


@dataclass(frozen=True, slots=True)
class Malformed:
    """A payload that is no order we can read."""

    amazon_order_id: str
    payload: Any
    reason: str


def run(
    *,
    account_id: int,
    stores: Sequence[Store],
    payloads: Sequence[Any],
    data_sets: Sequence[str],
    asked_at: datetime,
    now: datetime,
    in_transaction: InTransaction = lambda: None,
    named: Collection[tuple[int, str]] = (),
) -> Received:
    """Store one page of payloads. `in_transaction` runs first in its transaction and may raise LeaseLost.

    `named`: (store, order number) of orders that a person named: they are stored however old they are.
    """
    received = Received()
    readable, malformed = _read(payloads, stores, data_sets, asked_at, received)
    readable = _without_older(readable, stores, named, received)
    incoming = [each.incoming for each in readable]
    try:
        changes, unchanged = repeat_when_beaten(
            lambda: _store(account_id, stores, incoming, malformed, now, in_transaction)
        )
    except REFUSALS:
        # Either somebody stored one of the orders at the same moment, or one of them is refused by the
        # database.
        changes, unchanged, refused = repeat_when_beaten(
            lambda: _store_one_by_one(account_id, stores, readable, malformed, now, in_transaction)
        )
        malformed = [*malformed, *refused]
    received.counts["malformed"] = len(malformed)
    received.counts["unchanged"] = unchanged
    received.counts["changed"] = len(changes)
    received.malformed = [bad.amazon_order_id for bad in malformed if bad.amazon_order_id]
    received.order_ids = [change.order_id for change in changes]
    return received


def _read(
    payloads: Sequence[Any],
    stores: Sequence[Store],
    data_sets: Sequence[str],
    asked_at: datetime,
    received: Received,
) -> tuple[list[Readable], list[Malformed]]:
    """Normalize each payload for itself: one that cannot be read stops no other."""
    by_marketplace = {store.marketplace_id: store for store in stores}
    readable: list[Readable] = []
    malformed: list[Malformed] = []
    for payload in payloads:
        received.counts["received"] += 1
        try:
            record = normalize.normalize(payload, data_sets=data_sets)
            store = _store_of(record, by_marketplace)
        except reading.MalformedPayload as reason:
            malformed.append(Malformed(normalize.readable_order_id(payload), payload, str(reason)))
            continue
        except Exception as bug:
            # A bug of ours in one order stops no other, and the payload is kept for when it is mended.
            logger.error(
                "order.not_normalized",
                order=_loggable(normalize.readable_order_id(payload)),
                cause=type(bug).__name__,
                at=error_boundary.way_to(bug),
            )
            reason_ = f"an error here ({type(bug).__name__})"
            malformed.append(Malformed(normalize.readable_order_id(payload), payload, reason_))
            continue
        received.updates.append(record.last_updated_at)
        if store is None:
            received.counts["ignored"] += 1
        else:
            readable.append(Readable(Incoming(record, store.pk, asked_at), payload))
    return readable, malformed


def _without_older(
    readable: Sequence[Readable],
    stores: Sequence[Store],
    named: Collection[tuple[int, str]],
    received: Received,
) -> list[Readable]:
    """Leave out what was purchased before its store was connected, but what a person named (ADR 0016).

    One statement, and none where nothing is that old.
    """
    connected_at = {store.pk: store.connected_at for store in stores}
    older = {
        each.incoming.record.amazon_order_id
        for each in readable
        if each.incoming.record.purchased_at < connected_at[each.incoming.store_id]
        and (each.incoming.store_id, each.incoming.record.amazon_order_id) not in named
    }
    if older:
        stored = AmazonOrder.objects.filter(amazon_order_id__in=older)
        older -= set(stored.values_list("amazon_order_id", flat=True))
    kept = [each for each in readable if each.incoming.record.amazon_order_id not in older]
    received.counts["ignored"] += len(readable) - len(kept)
    return kept


def _loggable(order_id: str) -> str:
    """A payload that is no order may hold anything where its number should be."""
    return order_id if ORDER_ID.fullmatch(order_id) else ""


def _store_of(record: OrderRecord, by_marketplace: dict[str, Store]) -> Store | None:
    """The store an order belongs to, None for a marketplace that is not ours."""
    store = by_marketplace.get(record.marketplace_id)
    if store is not None:
        return store
    # Optional in the SP-API model orders 2026-01-01; with one store there is nothing to confuse.
    if len(by_marketplace) == 1 and not record.marketplace_id:
        return next(iter(by_marketplace.values()))
    if record.channel_name != "AMAZON":
        # Sold elsewhere, fulfilled by Amazon: it has no marketplace of ours and is only looked at.
        return next(iter(by_marketplace.values()))
    # A guess could book its stock and its invoice with the wrong store: a person decides.
    if not record.marketplace_id:
        raise reading.MalformedPayload("marketplaceId is missing and the account has several stores")
    return None


def _store(
    account_id: int,
    stores: Sequence[Store],
    incoming: Sequence[Incoming],
    malformed: Sequence[Malformed],
    now: datetime,
    in_transaction: InTransaction,
) -> tuple[list[StoredOrder], int]:
    plan = receive.prepare(incoming)  # Before the transaction: no lock is held while bytes are encrypted.
    sealed = [_quarantined(account_id, bad, now) for bad in malformed]
    with transaction.atomic():
        in_transaction()
        # Windows overlap (ADR 0009): a page of known orders only is frequent and costs no statement here.
        changes = receive.store(plan, now=now) if plan.new or plan.changed else []
        _make_due(changes, now=now)
        _mark_days(changes, stores)
        _quarantine(sealed, now=now)
        if changes:
            _resolve_quarantine(account_id, changes, now=now)
    return changes, plan.unchanged


def _store_one_by_one(
    account_id: int,
    stores: Sequence[Store],
    readable: Sequence[Readable],
    malformed: Sequence[Malformed],
    now: datetime,
    in_transaction: InTransaction,
) -> tuple[list[StoredOrder], int, list[Malformed]]:
    """The same page, each order in its savepoint: the bad one is put aside, the rest go on."""
    changes: list[StoredOrder] = []
    refused: list[Malformed] = []
    unchanged = 0
    with transaction.atomic():
        in_transaction()
        for each in readable:
            try:
                # A savepoint: after an error PostgreSQL refuses every statement up to a rollback.
                with transaction.atomic():
                    # Compared again: what another stored at the same moment is known now.
                    plan = receive.prepare([each.incoming])
                    stored = receive.store(plan, now=now) if plan.new or plan.changed else []
                    _make_due(stored, now=now)
            except REFUSALS as broken:
                logger.warning(
                    "order.refused_by_database",
                    order=each.incoming.record.amazon_order_id,
                    cause=type(broken).__name__,
                )
                reason = f"the database refuses it ({type(broken).__name__})"
                refused.append(Malformed(each.incoming.record.amazon_order_id, each.payload, reason))
                continue
            changes.extend(stored)
            unchanged += plan.unchanged
        _mark_days(changes, stores)
        _quarantine([_quarantined(account_id, bad, now) for bad in [*malformed, *refused]], now=now)
        if changes:
            _resolve_quarantine(account_id, changes, now=now)
    return changes, unchanged, refused


def _make_due(changes: Sequence[StoredOrder], *, now: datetime) -> None:
    """Every new or changed order waits for a judgment; the row is the job."""
    new = [change.order_id for change in changes if change.is_new]
    known = [change.order_id for change in changes if not change.is_new]
    OrderImport.objects.bulk_create([OrderImport(amazon_order_id=order_id) for order_id in new])
    imported: set[int] = set()
    if known:
        locked = dict(
            OrderImport.objects.filter(pk__in=known)
            .order_by("pk")
            .select_for_update(no_key=True)
            .values_list("pk", "commerce_order_id")
        )
        # Raised under the lock: a judgment under way loses by it, and the order is still due.
        OrderImport.objects.filter(pk__in=list(locked)).update(version=F("version") + 1)
        imported = {pk for pk, commerce_order_id in locked.items() if commerce_order_id}
    told = [event for change in changes for event in _events(_not_twice(change, imported), now=now)]
    timeline.record_events(told)


def _not_twice(change: StoredOrder, imported: Collection[int]) -> StoredOrder:
    """Without the new total of an imported order: the next judgment tells it (AMOUNTS_CHANGED)."""
    if change.order_id not in imported or change.status in CANCELED:
        return change
    fields = tuple(each for each in change.fields if not _is_new_total(each))
    return dataclasses.replace(change, fields=fields)


def _is_new_total(field: FieldChange) -> bool:
    return field.what == "total" and bool(field.before and field.after)


def _mark_days(changes: Sequence[StoredOrder], stores: Sequence[Store]) -> None:
    """The days these orders were purchased on are counted again."""
    sales_marks.mark(stores, [(change.store_id, moment) for change in changes for moment in change.purchased])


def _events(change: StoredOrder, *, now: datetime) -> list[Any]:
    events = []
    if change.is_new:
        events.append(timeline.event(change.order_id, EventCode.RECEIVED, now=now, status=change.status))
    elif change.status != change.status_before:
        details = {"before": change.status_before, "after": change.status, **_fields(change)}
        events.append(timeline.event(change.order_id, EventCode.STATUS_CHANGED, now=now, **details))
    elif change.fields:
        events.append(timeline.event(change.order_id, EventCode.CHANGED, now=now, **_fields(change)))
    return events


def _fields(change: StoredOrder) -> dict[str, Any]:
    return {"changes": [field.as_json() for field in change.fields]} if change.fields else {}


def _quarantined(account_id: int, bad: Malformed, now: datetime) -> Quarantine:
    text = json.dumps(bad.payload, sort_keys=True, default=str)  # Whatever its order: the same row.
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Quarantine(
        account_id=account_id,
        amazon_order_id=bad.amazon_order_id,
        digest=digest,
        sealed_payload=seal.seal(
            text.encode("utf-8", "replace"), associated_data=quarantine_associated_data(account_id, digest)
        ),
        reason=bad.reason[:500],
        seen_at=now,
        ask_again_at=now + ASKED_AGAIN_AFTER if bad.amazon_order_id else None,  # None: for a person.
    )


def quarantine_associated_data(account_id: int, digest: str) -> str:
    """Where a quarantined payload is sealed to."""
    return f"integration.quarantine:{account_id}:{digest}"


def _quarantine(rows: list[Quarantine], *, now: datetime) -> None:
    if not rows:
        return
    Quarantine.objects.bulk_create(rows, ignore_conflicts=True)  # Amazon sends it with every poll.
    # The same payload was put aside before and settled since: it is news again.
    settled = Quarantine.objects.filter(
        account_id=rows[0].account_id, digest__in=[row.digest for row in rows], resolved_at__isnull=False
    )
    settled.update(resolved_at=None, seen_at=now, ask_again_at=now + ASKED_AGAIN_AFTER)


def _resolve_quarantine(account_id: int, changes: Sequence[StoredOrder], *, now: datetime) -> None:
    """An order that could not be read once and now can is out of quarantine."""
    Quarantine.objects.filter(
        account_id=account_id,
        resolved_at=None,
        amazon_order_id__in=[change.amazon_order_id for change in changes],
    ).update(resolved_at=now, ask_again_at=None)
