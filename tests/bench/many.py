"""Very many orders, made by the database itself: one imported order, multiplied.

Every column that is not named here is the template's. 80 % belong to one store; of a hundred orders 90 are
imported, 2 blocked, the rest view-only.
"""

import io
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from amazon_orders import marketplaces, receive
from amazon_orders.models import AmazonOrder, AmazonOrderItem, BuyerNameWord, PersonalData, Store
from commerce.models import Order, OrderLine
from integration.models import Blocker, OrderImport, StoreSettings, StoreSync, TimelineEvent
from sealing import seal
from tests.bench import shop
from tests.bench.shop import BenchShop

# Keys of what is made; the template's are far below.
BASE = 10_000_000
AT_A_TIME = 50_000
_KEY = f"{BASE} + n"
_ID = "lpad((100 + n % 899)::text, 3, '0') || '-' || lpad(n::text, 7, '0') || '-' || lpad((n * 7919 % 10000000)::text, 7, '0')"  # noqa: E501
_BOUGHT = "t.purchased_at - n * interval '37 seconds'"
_IS_IMPORTED, _IS_BLOCKED = "n % 100 < 90", "n % 100 >= 98"


def order_number(number: int) -> str:
    """Amazon's id of the n-th order."""
    return f"{100 + number % 899:03d}-{number:07d}-{number * 7919 % 10**7:07d}"


def fill(opened: BenchShop, *, first: int, last: int) -> None:
    """Make the orders `first` to `last`, both included."""
    template = _template(opened)
    other = _other_store(opened.store)
    for start in range(first, last + 1, AT_A_TIME):
        _fill(template, other, start, min(start + AT_A_TIME - 1, last))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _template(opened: BenchShop) -> AmazonOrder:
    if not AmazonOrder.objects.filter(pk__lt=BASE).exists():
        shop.import_page(opened, shop.pages(opened, 1)[0])
    return AmazonOrder.objects.get(pk__lt=BASE)


def _other_store(store: Store) -> Store:
    settings = StoreSettings.objects.get(store=store)
    canada = marketplaces.by_code("CA").marketplace_id
    other, is_new = Store.objects.get_or_create(
        account_id=store.account_id,
        marketplace_id=canada,
        defaults={"name": "Bench CA", "connected_at": store.connected_at, "is_active": False},
    )
    if is_new:
        StoreSettings.objects.create(store=other, commerce_store_id=settings.commerce_store_id)
        StoreSync.objects.create(store=other)
    return other


def _fill(template: AmazonOrder, other: Store, first: int, last: int) -> None:
    placed = Order.objects.get(channel_reference=template.amazon_order_id)
    order = {"order_id": _KEY}
    _multiply(AmazonOrder, template.pk, first, last, _order_columns(other))
    _multiply(
        Order, placed.pk, first, last, {"id": _KEY, "number": _KEY, "channel_reference": _ID}, _IS_IMPORTED
    )
    _multiply(OrderLine, OrderLine.objects.filter(order=placed)[0].pk, first, last, order, _IS_IMPORTED)
    _multiply(AmazonOrderItem, AmazonOrderItem.objects.filter(order=template)[0].pk, first, last, {
        **order, "seller_sku": f"'BENCH-' || lpad((n % {shop.SKUS} + 1)::text, 4, '0')",
    })  # fmt: skip
    _multiply(OrderImport, template.pk, first, last, _import_columns())
    for event in TimelineEvent.objects.filter(order_import_id=template.pk):
        _multiply(TimelineEvent, event.pk, first, last, {"order_import_id": _KEY})
    for word in BuyerNameWord.objects.filter(order=template):
        _multiply(
            BuyerNameWord, word.pk, first, last, {**order, "word_hash": "left(md5(n::text || t.id), 24)"}
        )
    _block(first, last)
    _copy_personal_data(first, last)


def _order_columns(other: Store) -> dict[str, str]:
    return {
        "id": _KEY,
        "amazon_order_id": _ID,
        "store_id": f"CASE WHEN n % 5 = 0 THEN {other.pk} ELSE t.store_id END",
        # Each store has its share of every status.
        "status": "CASE WHEN n / 5 % 20 = 0 THEN 'CANCELLED' WHEN n / 5 % 20 < 3 THEN 'UNSHIPPED'"
        " ELSE 'SHIPPED' END",
        "purchased_at": _BOUGHT,
        "latest_ship_at": f"CASE WHEN n % 50 > 0 THEN {_BOUGHT} + interval '2 days' END",
        "total": "CASE WHEN n % 50 > 0 THEN (n * 7 % 30000)::numeric / 100 END",
    }


def _import_columns() -> dict[str, str]:
    return {
        "amazon_order_id": _KEY,
        "state": f"CASE WHEN {_IS_IMPORTED} THEN 'IMPORTED' WHEN {_IS_BLOCKED} THEN 'BLOCKED'"
        " ELSE 'VIEW_ONLY' END",
        "commerce_order_id": f"CASE WHEN {_IS_IMPORTED} THEN {_KEY} END",
    }


def _multiply(
    model: type[Model], key: int, first: int, last: int, changes: Mapping[str, str], condition: str = "true"
) -> None:
    meta = model._meta
    own_key = meta.pk.attname
    names = [field.attname for field in meta.concrete_fields]
    columns = [name for name in names if name in changes or name != own_key]
    values = [changes.get(column, f't."{column}"') for column in columns]
    into = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {meta.db_table} ({into}) SELECT {', '.join(values)}"
            f" FROM {meta.db_table} t, generate_series({first}::bigint, {last}::bigint) n"
            f' WHERE t."{own_key}" = {key} AND {condition} ORDER BY n'
        )


def _block(first: int, last: int) -> None:
    now = timezone.now()
    details = {"sku": "BENCH-0001", "needed": 2, "salable": 0}
    Blocker.objects.bulk_create(
        [
            Blocker(
                order_import_id=BASE + number,
                code="OUT_OF_STOCK",
                seller_sku="BENCH-0001",
                details=details,
                opened_at=now,
            )
            for number in range(first, last + 1)
            if number % 100 >= 98
        ]
    )


def _copy_personal_data(first: int, last: int) -> None:
    """Sealed as they should be: the list opens them to show names."""
    personal: dict[str, Any] = {"buyer_name": "Alex Morgan", "address": {"city": "Seattle"}}
    rows = io.StringIO()
    for number in range(first, last + 1):
        sealed = seal.seal_json(
            personal, associated_data=receive.personal_associated_data(order_number(number))
        )
        rows.write(f"{BASE + number}\t\\\\x{sealed.hex()}\n")
    rows.seek(0)
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(f"COPY {PersonalData._meta.db_table} (order_id, sealed) FROM STDIN", rows)
