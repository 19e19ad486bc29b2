"""Everything Amazon knows: sellers, their orders in every version, and what is going to happen."""

import heapq
import itertools
import threading
from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sandbox.clock import Clock, iso
from sandbox.datasets import Json
from sandbox.feeds import Feeds
from sandbox.marketplaces import marketplace
from sandbox.order_change import Notification, change_type, notification
from sandbox.reports import Reports
from sandbox.subscriptions import ORDER_CHANGE, Subscriptions
from sandbox.versions import OrderVersion, order_version

TimeFamily = Literal["created", "lastUpdated"]
Event = Callable[[datetime], None]
Key = tuple[datetime, str]
"""Where an order stands in a listing: its time, then its id."""


@dataclass
class Seller:
    seller_id: str
    store_name: str
    participations: dict[str, bool]
    """Marketplace id -> whether the seller still takes part in it."""
    by_created: list[Key] = field(default_factory=list, repr=False)
    by_updated: list[Key] = field(default_factory=list, repr=False)

    def participates(self, marketplace_id: str) -> bool:
        return self.participations.get(marketplace_id, False)


@dataclass(frozen=True)
class Confirmation:
    """A confirmShipment that was accepted, the body as it came."""

    seller_id: str
    order_id: str
    received_at: datetime
    body: Json


class World:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.reports = Reports()
        self.feeds = Feeds()
        self.package_seconds = 0.0
        """How long after confirmShipment a package is shown."""
        self.confirmations: list[Confirmation] = []
        self.pickups: list[tuple[str, str, dict[str, int]]] = []
        """Order, status and units of every updateShipmentStatus that was accepted."""
        self.on_confirmation: Callable[[Confirmation], None] | None = None
        self.subscriptions = Subscriptions()
        self.notifications: deque[Notification] = deque(maxlen=10_000)
        self.on_notification: Callable[[Notification], None] | None = None
        # Reentrant: an event of the agenda edits orders while the agenda holds the lock.
        self.lock = threading.RLock()
        self.sellers: dict[str, Seller] = {}
        # By seller: an order id has been listed by two sellers (a report of merchants; Amazon promises
        # nothing of the sort in orders_2026-01-01), each with his own copy.
        self._orders: dict[tuple[str, str], OrderVersion] = {}
        self._earlier: dict[tuple[str, str], OrderVersion] = {}
        self._sellers_of: dict[str, list[str]] = {}
        self._agenda: list[tuple[datetime, int, Event]] = []
        self._numbers = itertools.count()

    def add_seller(self, seller_id: str, store_name: str, marketplaces: Iterable[str]) -> Seller:
        """A seller who takes part in these marketplaces (codes or ids); again: his new participations."""
        participations = {marketplace(name).id: True for name in marketplaces}
        with self.lock:
            seller = self.sellers.setdefault(seller_id, Seller(seller_id, store_name, {}))
            seller.store_name = store_name
            seller.participations = participations
            return seller

    def set_participation(self, seller_id: str, marketplace_name: str, is_participating: bool) -> None:
        with self.lock:
            self.sellers[seller_id].participations[marketplace(marketplace_name).id] = is_participating

    def put_order(self, seller_id: str, document: Mapping[str, Any]) -> OrderVersion:
        """Store an order in Amazon's own JSON shape, new or instead of its last version."""
        version = order_version(seller_id, document, self.clock.now())
        with self.lock:
            before = self._orders.get((seller_id, version.order_id))
            # Before it is listed anew: an order stands in each listing once, at its newest time.
            self._unlist(seller_id, version.order_id)
            self._keep(version)
            seller = self.sellers[seller_id]
            insort(seller.by_created, (version.created_at, version.order_id))
            insort(seller.by_updated, (version.updated_at, version.order_id))
            self._notify(before, version)
        return version

    def put_new_orders(self, seller_id: str, documents: Iterable[Mapping[str, Any]]) -> int:
        """Store many orders whose ids are all new; the listings are sorted once, and nobody is notified."""
        versions = [order_version(seller_id, document, self.clock.now()) for document in documents]
        with self.lock:
            seller = self.sellers[seller_id]
            for version in versions:
                self._keep(version)
            seller.by_created.extend((version.created_at, version.order_id) for version in versions)
            seller.by_updated.extend((version.updated_at, version.order_id) for version in versions)
            seller.by_created.sort()
            seller.by_updated.sort()
        return len(versions)

    def edit_order(
        self,
        order_id: str,
        edit: Callable[[Json], None],
        at: datetime | None = None,
        *,
        keep_time: bool = False,
        seller_id: str | None = None,
    ) -> OrderVersion:
        """Change an order; its lastUpdatedTime becomes `at` (now) unless kept or set by the edit."""
        with self.lock:
            version = self.order(order_id, seller_id)
            if version is None:
                raise KeyError(order_id)
            document = version.document()
            before = document["lastUpdatedTime"]
            edit(document)
            if document.get("lastUpdatedTime") == before and not keep_time:
                document["lastUpdatedTime"] = iso(at or self.clock.now())
            return self.put_order(version.seller_id, document)

    def change_order(
        self,
        order_id: str,
        changes: Mapping[str, Any],
        *,
        keep_time: bool = False,
        seller_id: str | None = None,
    ) -> OrderVersion:
        """Merge changes in (RFC 7396: objects merge, lists are replaced, null removes)."""
        return self.edit_order(
            order_id,
            lambda document: merge(document, changes),
            keep_time=keep_time,
            seller_id=seller_id,
        )

    def order(self, order_id: str, seller_id: str | None = None) -> OrderVersion | None:
        """The order as this seller has it; without one, as the first that had it."""
        if seller_id is None:
            seller_id = next(iter(self._sellers_of.get(order_id, ())), "")
        return self._orders.get((seller_id, order_id))

    def earlier_version(self, order_id: str, seller_id: str | None = None) -> OrderVersion | None:
        """The version before this one."""
        if seller_id is None:
            seller_id = next(iter(self._sellers_of.get(order_id, ())), "")
        return self._earlier.get((seller_id, order_id))

    def orders(self, seller_id: str | None = None) -> list[OrderVersion]:
        with self.lock:
            return [one for one in self._orders.values() if seller_id in (None, one.seller_id)]

    def listing(
        self, seller: Seller, family: TimeFamily, after: datetime, until: datetime, beyond: Key | None
    ) -> Iterator[OrderVersion]:
        """Orders of a window in listing order, from beyond a key on. Hold the lock while reading it."""
        keys = seller.by_created if family == "created" else seller.by_updated
        start = bisect_left(keys, (after, "")) if beyond is None else bisect_right(keys, beyond)
        for moment, order_id in itertools.islice(keys, start, None):
            if moment > until:
                return
            yield self._orders[seller.seller_id, order_id]

    def schedule(self, due: datetime, event: Event) -> None:
        with self.lock:
            heapq.heappush(self._agenda, (due, next(self._numbers), event))

    def settle(self, until: datetime | None = None) -> None:
        """Let everything happen that is due. No thread does this: who looks, settles first."""
        until = until or self.clock.now()
        with self.lock:
            while self._agenda and self._agenda[0][0] <= until:
                due, _, event = heapq.heappop(self._agenda)
                event(due)

    def add_confirmation(self, confirmation: Confirmation) -> None:
        self.confirmations.append(confirmation)
        if self.on_confirmation is not None:
            self.on_confirmation(confirmation)

    def _notify(self, before: OrderVersion | None, after: OrderVersion) -> None:
        subscription = self.subscriptions.of_seller(after.seller_id, ORDER_CHANGE)
        if subscription is None:
            return
        kind = change_type(before, after)
        if not subscription.wants(kind):
            return
        told = notification(subscription, after, kind, self.clock.now())
        self.notifications.append(told)
        if self.on_notification is not None:
            self.on_notification(told)

    def _keep(self, version: OrderVersion) -> None:
        self._orders[version.seller_id, version.order_id] = version
        sellers = self._sellers_of.setdefault(version.order_id, [])
        if version.seller_id not in sellers:
            sellers.append(version.seller_id)

    def _unlist(self, seller_id: str, order_id: str) -> None:
        old = self._orders.get((seller_id, order_id))
        if old is None:
            return
        self._earlier[seller_id, order_id] = old
        seller = self.sellers[seller_id]
        # Sorted lists and bisection: a page costs the same with a million orders as with a hundred.
        for keys, moment in ((seller.by_created, old.created_at), (seller.by_updated, old.updated_at)):
            del keys[bisect_left(keys, (moment, order_id))]


def merge(document: Json, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if value is None:
            document.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(document.get(name), dict):
            merge(document[name], value)
        else:
            document[name] = value
