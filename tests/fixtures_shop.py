"""A whole shop over HTTP: a local Amazon on a socket, a connected store, products, and a pass over it all."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from amazon_orders.models import AmazonOrder, Store
from commerce.catalog import products
from commerce.models import Order, StockItem
from commerce.stock import counts
from integration import stores
from integration.models import Blocker, Lane, OrderImport, OrderRequest
from integration.order_import import judge as judging
from integration.stores import daily_sales, store_settings
from integration.sync import account_sync, outcome
from sandbox import lifecycle
from sandbox.amazon import Amazon
from sandbox.clock import Clock, iso
from sandbox.datasets import Json
from sandbox.samples import sample_order
from sandbox.server import SandboxServer
from sandbox.world import merge
from tests.factories import commerce as catalog

SELLER = "A1SELLER"
SECOND_SELLER = "A2SELLER"

Edit = Callable[[Json], object]


@dataclass
class Shop:
    """A merchant with one connected store, and the Amazon it sells at."""

    amazon: Amazon
    server: SandboxServer
    token: str
    store: Store = field(init=False)
    opened_at: datetime = field(default_factory=timezone.now)
    _number: int = 0
    _seconds: int = 0

    def connect(self, name: str = "Harbor US", marketplace: str = "US", **changes: Any) -> Store:
        """Connect a store of the seller, since a month ago."""
        given: dict[str, Any] = {
            "seller_id": SELLER,
            "refresh_token": self.token,
            "connected_at": timezone.now() - timedelta(days=30),
            "commerce_store_name": None,
            "by": "tests",
            "now": timezone.now(),
        }
        return stores.connect(name=name, marketplace_code=marketplace, **(given | changes))

    def moment(self) -> datetime:
        """When Amazon changes something next: minutes ago, so that it can be read at once, and within what
        every later search covers again.
        """
        self._seconds += 1
        return self.opened_at - timedelta(minutes=10) + timedelta(seconds=self._seconds)

    def order_id(self) -> str:
        """A new order number."""
        self._number += 1
        return f"111-0000000-{self._number:07d}"

    def sell(
        self,
        *lines: tuple[str | None, int, str],
        seller: str = SELLER,
        patch: Mapping[str, Any] | None = None,
        edit: Edit | None = None,
        **fields: Any,
    ) -> str:
        """An order at Amazon, unshipped and to be shipped by the merchant unless said otherwise.

        `patch` is merged into its document, `edit` changes it.
        """
        order_id: str = fields.pop("order_id", None) or self.order_id()
        given = {"created": self.opened_at - timedelta(hours=1), "updated": self.moment(), **fields}
        document = sample_order(order_id, lines=lines or (("SKU-1", 1, "10.00"),), **given)
        merge(document, patch or {})
        if edit is not None:
            edit(document)
        self.amazon.world.put_order(seller, document)
        return order_id

    def change(self, order_id: str, patch: Mapping[str, Any], *, keep_time: bool = False) -> None:
        """Amazon changes an order: a merge patch."""
        self.edit(order_id, lambda document: merge(document, patch), keep_time=keep_time)

    def edit(self, order_id: str, edit: Edit, *, keep_time: bool = False) -> None:
        """Amazon changes an order: whatever `edit` does to its document."""

        def changed(document: Json) -> None:
            edit(document)
            if not keep_time:
                document["lastUpdatedTime"] = iso(self.moment())

        self.amazon.world.edit_order(order_id, changed, keep_time=keep_time)

    def set_status(self, order_id: str, status: str) -> None:
        """Amazon moves an order on, with all that goes with it."""
        self.edit(order_id, lambda document: lifecycle.set_status(document, status, self.opened_at))

    def pay(self, order_id: str, *lines: tuple[str | None, int, str]) -> None:
        """The payment of a pending order is settled: now it has money, a buyer, an address."""
        before = self.document(order_id)
        created = datetime.fromisoformat(before["createdTime"])
        document = sample_order(
            order_id, lines=lines or (("SKU-1", 1, "10.00"),), created=created, updated=self.moment()
        )
        self.amazon.world.put_order(SELLER, document)

    def ship_at_amazon(self, order_id: str, *quantities: int, reference: str = "1", **fields: Any) -> None:
        """A parcel that was reported in Seller Central: so many of the first line, of the second, ..."""
        packed = {line_id(order_id, line): count for line, count in enumerate(quantities, 1) if count}
        parcel = lifecycle.parcel(
            reference,
            fields.get("carrier", "UPS"),
            fields.get("service", "Ground"),
            fields.get("tracking", f"1Z{reference}"),
            self.opened_at - timedelta(minutes=30),
            packed,
            self.opened_at,
        )
        self.edit(order_id, lambda document: lifecycle.record_package(document, parcel))

    def cancel_at_amazon(self, order_id: str) -> None:
        """The buyer cancels, or Amazon does."""
        self.edit(order_id, lambda document: lifecycle.cancel(document, "BUYER", "Ordered by mistake"))

    def document(self, order_id: str) -> Json:
        """The order as Amazon has it."""
        version = self.amazon.world.order(order_id)
        assert version is not None
        return version.document()

    def sync(self, store: Store | None = None) -> outcome.AccountSyncOutcome:
        """A whole pass, and what is due after it."""
        account_id = (store or self.store).account_id
        outcome = account_sync.sync_account(account_id=account_id, now=timezone.now())
        outcome.counts += judging.judge_due(now=timezone.now())
        daily_sales.count_stale()
        return outcome

    def judge(self, *, now: datetime | None = None) -> Counter[str]:
        """What the one-second tick does; Amazon is not asked."""
        asked_before = len(self.amazon.log)
        counts = judging.judge_due(now=now or timezone.now())
        assert len(self.amazon.log) == asked_before
        return counts

    def settings(self, store: Store | None = None, **changes: Any) -> None:
        """Change Order Settings, by their names in REST."""
        store_settings.change(
            store_id=(store or self.store).pk, changes=changes, by="maria", now=timezone.now()
        )

    def restock(self, sku: str, on_hand: int) -> None:
        """A person writes down what is there."""
        counts.set_on_hand(sku=sku, source_code="main", on_hand=on_hand, now=timezone.now())

    def enable(self, sku: str, *, is_enabled: bool = True) -> None:
        """A person puts a product on sale, or takes it off."""
        products.change(sku=sku, is_enabled=is_enabled, now=timezone.now())


@pytest.fixture
def shop(transactional_db: None, settings: Settings) -> Iterator[Shop]:
    """A connected US store and a local Amazon whose quota is off; SKU-1 has 10 on hand."""
    amazon = Amazon(clock=Clock(), quota="off")
    # The package keeps access tokens by refresh token for the whole process: each test has its own.
    token = f"refresh-{datetime.now(UTC).timestamp()}"
    amazon.add_seller(SELLER, "Harbor & Pine", ("US", "CA", "MX"), token)
    with SandboxServer(amazon) as server:
        settings.SPAPI_ENDPOINT = server.url
        settings.SPAPI_LWA_URL = server.lwa_url
        shop = Shop(amazon, server, token)
        catalog.commerce_store()
        catalog.product("SKU-1", stock={"main": 10})
        shop.store = shop.connect()
        yield shop


def line_id(order_id: str, number: int = 1) -> str:
    """Amazon's id of an order's first (second, ...) line."""
    return f"{lifecycle.digits_of(order_id) % 10**12:012d}{number:02d}"


def import_of(order_id: str) -> OrderImport:
    """Our decision about an Amazon order."""
    return OrderImport.objects.get(amazon_order__amazon_order_id=order_id)


def state_of(order_id: str) -> str:
    """Our state of an Amazon order."""
    return import_of(order_id).state


def is_wanted_fresh(order_id: str) -> bool:
    """Whether a person waits for Amazon to be asked for the order."""
    return OrderRequest.objects.filter(amazon_order_id=order_id, lane=Lane.PERSON, answered_at=None).exists()


def blockers_of(order_id: str) -> list[tuple[str, str]]:
    """(code, SKU) of the blockers in force."""
    rows = Blocker.objects.filter(order_import__amazon_order__amazon_order_id=order_id, closed_at=None)
    return sorted(rows.values_list("code", "seller_sku"))


def commerce_order_of(order_id: str) -> Order:
    """The Commerce order of an Amazon order."""
    return Order.objects.get(channel="AMAZON", channel_reference=order_id)


def has_commerce_order(order_id: str) -> bool:
    """Whether there is a Commerce order of an Amazon order."""
    return Order.objects.filter(channel="AMAZON", channel_reference=order_id).exists()


def stock_of(sku: str = "SKU-1", at: str = "main") -> tuple[int, int]:
    """(on hand, reserved) of a product at a source."""
    item = StockItem.objects.get(product__sku=sku, source__code=at)
    return item.on_hand, item.reserved


def events_of(order_id: str) -> list[str]:
    """The codes of an order's timeline, oldest first."""
    order = AmazonOrder.objects.get(amazon_order_id=order_id)
    return [event.code for event in order.order_import.timeline.all()]


def last_note_of(order_id: str, code: str) -> str:
    """The text of the newest event of this code."""
    event = import_of(order_id).timeline.filter(code=code).last()
    assert event is not None
    return str(event.details.get("text", ""))
