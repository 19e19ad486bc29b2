"""Receive: store what Amazon sent. The one place that writes order rows.

In two halves, because sealing and merging need no lock: `prepare` reads what is known and decides, outside
any transaction; `store` writes inside the caller's transaction, a fixed number of statements however long
the page.

Newer wins: a record is dropped only if Amazon's own update time is older than ours; with the same time and
other content the answer to the later request is taken. An equal record writes nothing.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from amazon_orders import addresses, differences, merging, normalize, rows
from amazon_orders.differences import Children, FieldChange
from amazon_orders.models import (
    AmazonOrder,
    AmazonOrderItem,
    AmazonPackage,
    BuyerNameWord,
    PersonalData,
    Store,
)
from amazon_orders.records import ItemRecord, OrderRecord
from sealing import seal, search_hash

_ORDER_FIELDS = [
    "status", "fulfilled_by", "channel_name", "purchased_at", "last_updated_at", "total", "currency",
    "proceeds", "service_level", "cash_on_delivery", "earliest_ship_at", "latest_ship_at",
    "earliest_deliver_at", "latest_deliver_at", "programs", "is_prime", "is_business", "is_cancel_requested",
    "seller_order_id", "replaces_order_id", "address_gaps", "content_hashes", "untold", "oddities",
    "asked_at", "changed_at", "version",
]  # fmt: skip


class Outdated(Exception):
    """Somebody else wrote one of the orders between `prepare` and `store`: prepare again."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One record, the store it belongs to, the account that said it, and when the request for it began."""

    record: OrderRecord
    store_id: int
    asked_at: datetime
    account_id: int


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """What `store` wrote about one order."""

    order_id: int
    amazon_order_id: str
    is_new: bool
    status_before: str
    status: str
    cancel_was_requested: bool
    store_id: int
    # When it was purchased: as Amazon says now, and as it said before.
    purchased: tuple[datetime, ...]
    # What else Amazon changed; empty for a new order.
    fields: tuple[FieldChange, ...] = ()
    # The store it is kept under, which need not be one of this pass; None for a new order.
    kept_in: Store | None = None


@dataclass(slots=True)
class ReceivePlan:
    """What is to be written, decided and sealed."""

    new: list["_Planned"] = field(default_factory=list)
    changed: list["_Planned"] = field(default_factory=list)
    # Orders of which another account spoke first: what one account says never overwrites another's.
    of_others: list[OrderRecord] = field(default_factory=list)
    unchanged: int = 0


@dataclass(slots=True)
class _Planned:
    incoming: Incoming
    known: AmazonOrder | None
    items: tuple[ItemRecord, ...]
    sealed: bytes | None
    word_hashes: list[str]
    is_address_changed: bool = False
    was: Children = field(default_factory=lambda: Children((), None))
    row: AmazonOrder | None = None


def personal_associated_data(amazon_order_id: str) -> str:
    """Where an order's personal data is sealed to."""
    return f"amazon_orders.personal:{amazon_order_id}"


def name_hashes(personal: Mapping[str, Any]) -> list[str]:
    """What a search by the buyer's or the recipient's name looks up."""
    names = f"{personal.get('buyer_name', '')} {personal.get('address', {}).get('name', '')}"
    return search_hash.hash_words(names)


def prepare(incoming: Sequence[Incoming]) -> ReceivePlan:
    """Decide what is new, changed, unchanged or older; merge and seal. One to three statements."""
    newest = _newest_of_each(incoming)
    known = {
        order.amazon_order_id: order
        for order in AmazonOrder.objects.filter(amazon_order_id__in=list(newest)).select_related(
            "personal_data", "store"
        )
    }
    plan = ReceivePlan(unchanged=len(incoming) - len(newest))
    for amazon_order_id, arrived in newest.items():
        before = known.get(amazon_order_id)
        if before is None:
            plan.new.append(_planned(arrived, None))
        elif before.store.account_id != arrived.account_id:
            plan.of_others.append(arrived.record)
        elif _is_news(arrived, before):
            plan.changed.append(_planned(arrived, before))
        else:
            plan.unchanged += 1
    _read_children(plan.changed)
    _keep_what_was_not_told(plan.changed)
    return plan


def store(plan: ReceivePlan, *, now: datetime) -> list[StoredOrder]:
    """Write a plan inside the caller's transaction. Raises Outdated; at most 10 statements."""
    # First, in key order: what comes after is written upon what was compared, or not at all.
    _lock_unchanged_versions(plan.changed)
    for planned in plan.new:
        planned.row = _order_row(planned, now=now)
    # Fails where another stored an order at the same moment: the page is prepared again, newer wins.
    AmazonOrder.objects.bulk_create([_of(planned) for planned in plan.new])
    for planned in plan.changed:
        planned.row = _order_row(planned, now=now)
    if plan.changed:
        AmazonOrder.objects.bulk_create(
            [_of(planned) for planned in plan.changed],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=_ORDER_FIELDS,
        )
        # Lines, parcels and words are written anew as a whole (ADR 0006): there is nothing to match up.
        _clear_children(plan.changed)
    _write_children([*plan.new, *plan.changed])
    return [_change(planned) for planned in [*plan.new, *plan.changed]]


def _newest_of_each(incoming: Sequence[Incoming]) -> dict[str, Incoming]:
    """One record per order: the same order may stand on two pages, or twice on one (models#2297)."""
    newest: dict[str, Incoming] = {}
    for arrived in incoming:
        other = newest.get(arrived.record.amazon_order_id)
        if other is None or arrived.record.last_updated_at >= other.record.last_updated_at:
            newest[arrived.record.amazon_order_id] = arrived
    return newest


def _is_news(arrived: Incoming, known: AmazonOrder) -> bool:
    record = arrived.record
    # By data sets: an answer with fewer of them is another text, though it says nothing else.
    is_equal = known.content_hashes.get(rows.data_sets_key(record.data_sets)) == record.digest
    if record.last_updated_at == known.last_updated_at:
        return not is_equal and arrived.asked_at >= known.asked_at
    # A time from the future would freeze the order: nothing changed after the request that showed it.
    return record.last_updated_at > min(known.last_updated_at, known.asked_at)


def _planned(arrived: Incoming, known: AmazonOrder | None) -> _Planned:
    before = {} if known is None else _opened(known)
    merged = merging.merged_personal(arrived.record, known, before)
    # By the merged address: Amazon withholds parts of it later, and an order must not become incomplete
    # by that.
    if known is not None and merged.get("address"):
        gaps = addresses.gaps_of(merged["address"])
        arrived = dataclasses.replace(arrived, record=dataclasses.replace(arrived.record, address_gaps=gaps))
    associated_data = personal_associated_data(arrived.record.amazon_order_id)
    return _Planned(
        incoming=arrived,
        known=known,
        items=arrived.record.items,
        sealed=seal.seal_json(merged, associated_data=associated_data) if merged else None,
        word_hashes=name_hashes(merged),
        # One that Amazon tells for the first time was not changed.
        is_address_changed=bool(before.get("address")) and before.get("address") != merged.get("address", {}),
    )


def _opened(known: AmazonOrder) -> dict[str, Any]:
    kept = getattr(known, "personal_data", None)
    if kept is None:
        return {}
    opened: dict[str, Any] = seal.open_json(
        kept.sealed, associated_data=personal_associated_data(known.amazon_order_id)
    )
    return opened


def _read_children(changed: list[_Planned]) -> None:
    """The lines and parcels as they are known: two statements, or none."""
    if not changed:
        return
    orders = [_known(planned).pk for planned in changed]
    items: defaultdict[int, list[AmazonOrderItem]] = defaultdict(list)
    packages: defaultdict[int, list[AmazonPackage]] = defaultdict(list)
    for item in AmazonOrderItem.objects.filter(order_id__in=orders):
        items[item.order_id].append(item)
    for package in AmazonPackage.objects.filter(order_id__in=orders):
        packages[package.order_id].append(package)
    for planned in changed:
        key = _known(planned).pk
        planned.was = Children(items[key], packages[key])


def _keep_what_was_not_told(changed: list[_Planned]) -> None:
    """A fallback to fewer data sets blanks nothing: what was not told is taken from the known lines."""
    for planned in changed:
        if not _told(planned) >= set(normalize.DATA_SETS):
            planned.items = merging.merged_items(planned.incoming.record, planned.was.items)
        is_canceled = planned.incoming.record.status in ("CANCELLED", "CANCELED")
        planned.items = merging.with_dropped_lines(planned.items, planned.was.items, is_canceled=is_canceled)


def _lock_unchanged_versions(changed: list[_Planned]) -> None:
    if not changed:
        return
    planned_versions = {_known(planned).pk: _known(planned).version for planned in changed}
    locked = dict(
        AmazonOrder.objects.filter(pk__in=planned_versions)
        .order_by("pk")
        .select_for_update()
        .values_list("pk", "version")
    )
    # An order that was deleted counts as well: it is missing from what was locked.
    if locked != planned_versions:
        raise Outdated("an order changed while this page was prepared")


def _order_row(planned: _Planned, *, now: datetime) -> AmazonOrder:
    arrived = planned.incoming
    return rows.order_row(
        arrived.record, planned.known, store_id=arrived.store_id, asked_at=arrived.asked_at, now=now
    )


def _clear_children(changed: list[_Planned]) -> None:
    ids = [_known(planned).pk for planned in changed]
    # Straight to SQL: nothing hangs on these rows, and Django's delete would read them first.
    AmazonOrderItem.objects.filter(order_id__in=ids)._raw_delete(using=AmazonOrderItem.objects.db)
    # A name that changed is not found under its former words.
    BuyerNameWord.objects.filter(order_id__in=ids)._raw_delete(using=BuyerNameWord.objects.db)
    with_packages = [_known(planned).pk for planned in changed if "PACKAGES" in _told(planned)]
    AmazonPackage.objects.filter(order_id__in=with_packages)._raw_delete(using=AmazonPackage.objects.db)


def _write_children(planned_orders: list[_Planned]) -> None:
    AmazonOrderItem.objects.bulk_create(
        [rows.item_row(_of(planned), item) for planned in planned_orders for item in planned.items]
    )
    AmazonPackage.objects.bulk_create(
        [
            rows.package_row(_of(planned), package)
            for planned in planned_orders
            # What was not told was not cleared either.
            if "PACKAGES" in _told(planned)
            for package in planned.incoming.record.packages
        ]
    )
    PersonalData.objects.bulk_create(
        [
            PersonalData(order_id=_of(planned).pk, sealed=planned.sealed)
            for planned in planned_orders
            if planned.sealed
        ],
        update_conflicts=True,
        unique_fields=["order"],
        update_fields=["sealed"],
    )
    BuyerNameWord.objects.bulk_create(
        [
            BuyerNameWord(order_id=_of(planned).pk, word_hash=word_hash)
            for planned in planned_orders
            for word_hash in planned.word_hashes
        ],
        ignore_conflicts=True,
    )


def _change(planned: _Planned) -> StoredOrder:
    row, known = _of(planned), planned.known
    return StoredOrder(
        order_id=row.pk,
        amazon_order_id=row.amazon_order_id,
        is_new=known is None,
        status_before=known.status if known else "",
        status=row.status,
        cancel_was_requested=row.is_cancel_requested and not (known and known.is_cancel_requested),
        kept_in=known.store if known else None,
        store_id=row.store_id,
        purchased=tuple(order.purchased_at for order in (row, known) if order),
        fields=_differences(planned, known, row) if known else (),
    )


def _differences(planned: _Planned, known: AmazonOrder, row: AmazonOrder) -> tuple[FieldChange, ...]:
    packages = planned.incoming.record.packages if "PACKAGES" in _told(planned) else None
    return differences.between(
        known,
        row,
        was=planned.was,
        now=Children(planned.items, packages),
        is_address_changed=planned.is_address_changed,
    )


def _told(planned: _Planned) -> frozenset[str]:
    return planned.incoming.record.data_sets


def _known(planned: _Planned) -> AmazonOrder:
    if planned.known is None:
        raise AssertionError("only a known order can have changed")
    return planned.known


def _of(planned: _Planned) -> AmazonOrder:
    if planned.row is None:
        raise AssertionError("the row is made before its children")
    return planned.row
