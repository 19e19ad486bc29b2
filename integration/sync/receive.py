"""Receive, our half: a page's rows, its due imports, its timeline and the cursor, in one transaction.

`amazon_orders.receive` writes what Amazon said; here it becomes work. The transaction first asserts the
lease's fencing number, so a worker that was taken over stores nothing.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F

from amazon_orders import receive
from amazon_orders.differences import FieldChange
from amazon_orders.models import Store
from amazon_orders.receive import Outdated, ReceivePlan, StoredOrder
from integration import timeline
from integration.decision.policy import CANCELED
from integration.models import OrderImport, QuarantineKind
from integration.sync import page_orders, quarantine, sales_marks
from integration.sync.lease import LeaseLost
from integration.sync.page_orders import PageOrders, Question, Readable
from integration.sync.quarantine import KeptAside
from integration.timeline import EventCode
from integration.transactions import repeat_when_beaten
from sealing import seal

logger = structlog.get_logger(__name__)

# What else happens in the page's transaction: assert the lease, move the cursor.
InTransaction = Callable[[], None]
# No order's fault: the page as a whole is stored later, or by another worker.
NOBODYS_FAULT = (OperationalError, InterfaceError, Outdated, LeaseLost)
# What one order can do to its page. ValueError: the driver refuses a text before the database sees it.
REFUSALS = (DataError, IntegrityError, ValueError, seal.DecryptionError)


@dataclass(slots=True)
class Received:
    """What became of a page. `updates`: when Amazon changed its readable orders.

    `kept_aside`: numbers of those in quarantine; `half_told`: of those that Amazon left a data set out of.
    """

    counts: Counter[str] = field(default_factory=Counter)
    updates: list[datetime] = field(default_factory=list)
    order_ids: list[int] = field(default_factory=list)
    kept_aside: list[str] = field(default_factory=list)
    half_told: list[str] = field(default_factory=list)


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
    question = Question(account_id, stores, data_sets, asked_at)
    orders = page_orders.read(question, payloads, named=named)
    try:
        page = repeat_when_beaten(lambda: _store(question, orders, now, in_transaction))
    except NOBODYS_FAULT:
        raise
    # Either somebody stored one of the orders at the same moment, or one of them cannot be stored: by the
    # database's word, or for a bug of ours, which is that order's trouble and no other's.
    except Exception as broken:
        logger.warning("page.repeated_order_by_order", cause=type(broken).__name__)
        page = repeat_when_beaten(lambda: _store_one_by_one(question, orders, now, in_transaction))
    return _received(question, orders, page)


def _received(question: Question, orders: PageOrders, page: "_Stored") -> Received:
    doubtful = sum(each.kind == QuarantineKind.OTHER_ACCOUNT for each in page.aside)
    counts = orders.counts + Counter(
        malformed=len(page.aside) - doubtful,
        # Not stored, for it is another account's here.
        ignored=doubtful,
        unchanged=page.unchanged,
        changed=len(page.changes),
    )
    records = (each.incoming.record for each in orders.readable)
    return Received(
        counts=counts,
        updates=orders.updates,
        order_ids=[change.order_id for change in page.changes],
        kept_aside=[each.amazon_order_id for each in page.aside if each.amazon_order_id],
        half_told=[
            record.amazon_order_id for record in records if record.data_sets != set(question.data_sets)
        ],
    )


@dataclass(slots=True)
class _Stored:
    """What of a page was written, and what is kept aside."""

    changes: list[StoredOrder] = field(default_factory=list)
    unchanged: int = 0
    aside: list[KeptAside] = field(default_factory=list)


def _store(question: Question, orders: PageOrders, now: datetime, in_transaction: InTransaction) -> _Stored:
    # Before the transaction: no lock is held while bytes are encrypted.
    plan = receive.prepare([each.incoming for each in orders.readable])
    aside = [*orders.aside, *_of_others(plan, orders.readable)]
    sealed = [quarantine.row(question.account_id, each, now=now) for each in aside]
    with transaction.atomic():
        in_transaction()
        # Windows overlap (ADR 0009): a page of known orders only is frequent and costs no statement here.
        changes = receive.store(plan, now=now) if plan.new or plan.changed else []
        _make_due(changes, now=now)
        _mark_days(changes, question.stores)
        quarantine.keep(sealed, now=now)
        if changes:
            quarantine.resolve(question.account_id, changes, now=now)
    return _Stored(changes, plan.unchanged, aside)


def _of_others(plan: ReceivePlan, readable: Sequence[Readable]) -> list[KeptAside]:
    """Orders that another account has here: this account's word is kept beside them (ADR 0036)."""
    if not plan.of_others:
        return []
    payloads = {each.amazon_order_id: each.payload for each in readable}
    reason = "another account lists this order too"
    return [
        KeptAside(number, payloads[number], reason, QuarantineKind.OTHER_ACCOUNT)
        for number in (record.amazon_order_id for record in plan.of_others)
    ]


def _store_one_by_one(
    question: Question, orders: PageOrders, now: datetime, in_transaction: InTransaction
) -> _Stored:
    """The same page, each order in its savepoint: the bad one is put aside, the rest go on."""
    page = _Stored(aside=list(orders.aside))
    with transaction.atomic():
        in_transaction()
        for each in orders.readable:
            try:
                # A savepoint: after an error PostgreSQL refuses every statement up to a rollback.
                with transaction.atomic():
                    _store_one(each, question.stores, page, now=now)
            except NOBODYS_FAULT:
                raise
            except REFUSALS as broken:
                page.aside.append(_refused(each, broken))
            except Exception as bug:
                page.aside.append(page_orders.failed(each.amazon_order_id, each.payload, bug))
        quarantine.keep([quarantine.row(question.account_id, one, now=now) for one in page.aside], now=now)
        if page.changes:
            quarantine.resolve(question.account_id, page.changes, now=now)
    return page


def _store_one(each: Readable, stores: Sequence[Store], page: _Stored, *, now: datetime) -> None:
    # Compared again: what another stored at the same moment is known now.
    plan = receive.prepare([each.incoming])
    stored = receive.store(plan, now=now) if plan.new or plan.changed else []
    _make_due(stored, now=now)
    _mark_days(stored, stores)
    page.changes.extend(stored)
    page.unchanged += plan.unchanged
    page.aside.extend(_of_others(plan, [each]))


def _refused(each: Readable, broken: Exception) -> KeptAside:
    logger.warning("order.refused_by_database", order=each.amazon_order_id, cause=type(broken).__name__)
    return KeptAside(each.amazon_order_id, each.payload, f"the database refuses it ({type(broken).__name__})")


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
    # An order may be kept under a store that is not in this pass.
    kept_in = [change.kept_in for change in changes if change.kept_in is not None]
    sales_marks.mark(
        [*stores, *kept_in], [(change.store_id, moment) for change in changes for moment in change.purchased]
    )


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
