"""The shop that is measured: one store, 500 products with stock for everything, Amazon's pages as JSON."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import connection
from django.utils import timezone

from amazon_orders import normalize
from amazon_orders.models import Store
from commerce.models import CommerceStore, Product, Source, StockItem
from integration import stores
from integration.models import AccountSync, QuotaBucket, StoreSync
from integration.order_import import judge
from integration.sync import receive
from sandbox.samples import sample_orders

SELLER = "A1BENCH"
REFRESH_TOKEN = "refresh-bench"  # noqa: S105 - of the local sandbox
SKUS = 500
PAGE = 100
ON_HAND = 10_000_000
DAYS_CONNECTED = 30
# What stays when orders are cleared away: the shop itself.
_KEPT = (CommerceStore, Product, Source, StockItem, Store)


@dataclass(frozen=True, slots=True)
class BenchShop:
    """A connected store and when its first order was bought."""

    store: Store
    first_order_at: datetime


def open_shop() -> BenchShop:
    """Set it up in an empty database."""
    now = timezone.now()
    _fill_catalog(now)
    CommerceStore.objects.get_or_create(name="Bench")
    store = stores.connect(
        name="Bench US",
        seller_id=SELLER,
        marketplace_code="US",
        refresh_token=REFRESH_TOKEN,
        connected_at=now - timedelta(days=DAYS_CONNECTED),
        commerce_store_name=None,
        by="bench",
        now=now,
        verify=False,
    )
    _fill_quota(store, now)
    return BenchShop(store, first_order_at=(now - timedelta(days=5)).replace(microsecond=0))


def _fill_catalog(now: datetime) -> None:
    source = Source.objects.create(code="main", name="Main")
    products = Product.objects.bulk_create(
        [
            Product(sku=f"BENCH-{number:04d}", name=f"Product {number}", availability_changed_at=now)
            for number in range(1, SKUS + 1)
        ]
    )
    StockItem.objects.bulk_create(
        [StockItem(product=product, source=source, on_hand=ON_HAND) for product in products]
    )


def _fill_quota(store: Store, now: datetime) -> None:
    """The sandbox of a benchmark has no quota; ours must not be what is measured."""
    QuotaBucket.objects.create(
        account_id=store.account_id,
        operation="searchOrders",
        tokens=1e6,
        burst=1e6,
        rate=0.0056,
        refilled_at=now,
    )


def clear_orders() -> None:
    """Take away all orders and what hangs on them; the store was never synced again."""
    kept = {model._meta.db_table for model in _KEPT}
    order_tables = [
        model._meta.db_table
        for label in ("amazon_orders", "commerce")
        for model in apps.get_app_config(label).get_models()
        if model._meta.db_table not in kept | {"amazon_orders_account"}
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(order_tables)} CASCADE")
    StockItem.objects.update(reserved=0)
    AccountSync.objects.update(synced_until=None, window=None, next_poll_at=timezone.now())
    StoreSync.objects.update(synced_until=None)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE commerce_stockitem, commerce_product")


def payloads(shop: BenchShop, count: int) -> Iterator[dict[str, Any]]:
    """Orders as Amazon tells them."""
    return sample_orders(count, created=shop.first_order_at, skus=SKUS)


def pages(shop: BenchShop, count: int) -> list[str]:
    """The bodies of a search's answers, 100 orders each."""
    return [json.dumps({"orders": batch}) for batch in _batches(payloads(shop, count))]


def _batches(orders: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(itertools.islice(orders, PAGE)):
        yield batch


def receive_page(shop: BenchShop, page: str) -> list[int]:
    """Normalize and store one page; gives the keys of what is new or changed."""
    now = timezone.now()
    received = receive.run(
        account_id=shop.store.account_id,
        stores=[shop.store],
        payloads=json.loads(page)["orders"],
        data_sets=normalize.DATA_SETS,
        asked_at=now,
        now=now,
    )
    return received.order_ids


def import_page(shop: BenchShop, page: str) -> None:
    """One page from JSON to Commerce orders with reserved stock."""
    order_ids = receive_page(shop, page)
    if order_ids:
        judge.judge_orders(order_ids=order_ids, now=timezone.now())
