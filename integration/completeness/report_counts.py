"""Counting a list of Amazon's per store and day, batch by batch, against what is stored here."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TypeVar

from amazon_orders.models import AmazonOrder, Store
from integration.completeness.listed_orders import ListedOrder
from integration.models import ImportState, StoreSync

T = TypeVar("T")
# A report of 100,000 orders in a hundred statements; each holds a thousand numbers in memory.
BATCH = 1_000
KEY = tuple[int, date]


@dataclass(slots=True)
class Counted:
    """One store and day. `states` counts what is stored by its state."""

    amazon: int = 0
    to_come: int = 0
    missing: int = 0
    states: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Tally:
    """A list that is being counted: the days of the period, of each store from its connection on."""

    stores: Sequence[Store]
    first: date
    last: date
    days: dict[KEY, Counted] = field(default_factory=dict)
    missing: list[tuple[Store, ListedOrder]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for store in self.stores:
            first = max(self.first, store.connected_at.date())
            for offset in range((self.last - first).days + 1):
                self.days.setdefault((store.pk, first + timedelta(days=offset)), Counted())

    @property
    def orders(self) -> int:
        """Orders counted so far."""
        return sum(counted.amazon for counted in self.days.values())

    def store_of(self, listed: ListedOrder) -> Store | None:
        """The store of an order; what was sold elsewhere goes where the sync puts it: to the first."""
        if not self.stores:
            return None
        if not listed.marketplace_id:
            return self.stores[0]
        return next((one for one in self.stores if one.marketplace_id == listed.marketplace_id), None)


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Lists of at most so many."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def count(
    tally: Tally, listed: Iterable[ListedOrder], *, synced_until: Mapping[int, datetime | None]
) -> None:
    """Count one batch of a list; one statement. `synced_until` is of each store, as of before the list.

    What changed after that is still to be read by the sync: not missing.
    """
    new = _new(tally, listed)
    stored = dict(
        AmazonOrder.objects.filter(amazon_order_id__in=list(new)).values_list(
            "amazon_order_id", "order_import__state"
        )
    )
    for amazon_order_id, (store, order) in new.items():
        # Multi-channel orders are the merchant's own business: proved where they are here, never missing.
        if order.is_elsewhere and amazon_order_id not in stored:
            continue
        counted = tally.days[store.pk, order.day]
        counted.amazon += 1
        if amazon_order_id in stored:
            counted.states[stored[amazon_order_id] or ImportState.WAITING] += 1
        # Reports and searches are two systems of Amazon's: what changed after our cursor is still to be
        # read, and would be a false alarm.
        elif _is_to_come(order, synced_until.get(store.pk)):
            counted.to_come += 1
        else:
            counted.missing += 1
            tally.missing.append((store, order))


def _new(tally: Tally, listed: Iterable[ListedOrder]) -> dict[str, tuple[Store, ListedOrder]]:
    """Orders of the period that were not counted before, those from before the connection left out."""
    new: dict[str, tuple[Store, ListedOrder]] = {}
    for order in listed:
        store = tally.store_of(order)
        if store is None or order.amazon_order_id in tally.seen:
            continue
        tally.seen.add(order.amazon_order_id)
        if order.purchased_at >= store.connected_at and (store.pk, order.day) in tally.days:
            new[order.amazon_order_id] = (store, order)
    return new


def _is_to_come(order: ListedOrder, synced_until: datetime | None) -> bool:
    return synced_until is None or order.last_updated_at >= synced_until


def synced_until(stores: Sequence[Store]) -> dict[int, datetime | None]:
    """How far each store is in; one statement."""
    rows = StoreSync.objects.filter(store__in=stores)
    return dict(rows.values_list("store_id", "synced_until"))
