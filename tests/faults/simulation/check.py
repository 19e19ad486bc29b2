"""Compares our database with the sandbox's truth once all is quiet, and stock with what it is kept for.

Every difference is a line of text, so that a failing seed says all that is wrong.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.db.models import Sum

from amazon_orders.models import AmazonOrder, AmazonOrderItem
from commerce.models import Order, OrderLine, Product, Reservation, StockItem
from integration.models import AccountSync, Blocker, OrderImport, Quarantine, StoreSettings, TimelineEvent
from integration.sandbox.versions import OrderVersion
from tests.faults.simulation import oracle
from tests.faults.simulation.shop import PACK, UNITS_IN_PACK, Shop

Json = dict[str, Any]


def differences(shop: Shop) -> list[str]:
    """All that is not as it must be; empty where all is well."""
    return [
        *_lost_or_stale(shop),
        *_fates(shop),
        *_commerce_orders(shop),
        *_told_once(),
        *stock_differences(shop),
        *_not_at_rest(),
    ]


def stock_differences(shop: Shop) -> Iterator[str]:
    """True at every moment, quiet or not: reserved is the sum of reservations, on hand what was not sent."""
    held = dict(Reservation.objects.order_by().values_list("stock_item").annotate(Sum("quantity")))
    shipped: Counter[str] = Counter()
    for sku, units, reference in OrderLine.objects.values_list(
        "product__sku", "quantity_shipped", "order__channel_reference"
    ):
        if shop.fulfilled_by[reference] == "MERCHANT":
            shipped[sku] += units
    has_shortfall = TimelineEvent.objects.filter(code="STOCK_SHORTFALL").exists()
    for item in StockItem.objects.select_related("product"):
        sku = item.product.sku
        if item.reserved != held.get(item.pk, 0):
            yield f"{sku}: reserved {item.reserved}, reservations {held.get(item.pk, 0)}"
        expected = shop.restocked[sku] - shipped[sku]
        if item.on_hand != expected and not (has_shortfall and item.on_hand > expected):
            yield f"{sku}: on hand {item.on_hand}, should be {expected}"


def _truth(shop: Shop) -> dict[str, OrderVersion]:
    """Amazon's orders of our stores."""
    ours = {(store.account.seller_id, store.marketplace_id) for store in shop.stores.values()}
    orders = shop.amazon.world.orders()
    return {one.order_id: one for one in orders if (one.seller_id, one.marketplace_id or "") in ours}


def _lost_or_stale(shop: Shop) -> Iterator[str]:
    here = {order.amazon_order_id: order for order in AmazonOrder.objects.all()}
    truth = _truth(shop)
    yield from (f"{order_id}: lost" for order_id in truth.keys() - here.keys())
    yield from (f"{order_id}: not Amazon's" for order_id in here.keys() - truth.keys())
    items: dict[str, dict[str, tuple[int, int]]] = {order_id: {} for order_id in here}
    for item in AmazonOrderItem.objects.select_related("order"):
        counted = (item.quantity_ordered - item.quantity_canceled, item.quantity_shipped)
        items[item.order.amazon_order_id][item.order_item_id] = counted
    for order_id in sorted(truth.keys() & here.keys()):
        order, version = here[order_id], truth[order_id]
        if (order.status, order.last_updated_at) != (version.status, version.updated_at):
            yield (
                f"{order_id}: is {order.status} of {order.last_updated_at:%H:%M:%S},"
                f" should be {version.status} of {version.updated_at:%H:%M:%S}"
            )
        wanted = {line.reference: (line.wanted, line.shipped) for line in oracle.lines_of(version.document())}
        stored = {reference: counts for reference, counts in items[order_id].items() if counts[0]}
        if version.status != "CANCELLED" and stored != wanted:
            yield f"{order_id}: lines {stored}, should be {wanted}"


def _fates(shop: Shop) -> Iterator[str]:
    truth = _truth(shop)
    enabled = dict(
        StoreSettings.objects.values_list("store__marketplace_id", "import_amazon_orders").order_by(
            "store_id"
        )
    )
    products = _products()
    for row in OrderImport.objects.select_related("amazon_order").order_by("amazon_order__amazon_order_id"):
        order_id = row.amazon_order.amazon_order_id
        if order_id not in truth:
            continue
        version = truth[order_id]
        document, is_enabled = version.document(), enabled[version.marketplace_id or ""]
        was_imported = Order.objects.filter(channel_reference=order_id).exists()
        if was_imported and not oracle.may_be_commerce_order(document, is_import_enabled=is_enabled):
            yield f"{order_id}: a Commerce order of an order that is {version.status}"
        expected = oracle.fate(
            document,
            is_import_enabled=is_enabled,
            was_imported=was_imported,
            products=products,
            held=_held(order_id),
        )
        actual = oracle.Fate(
            row.state,
            frozenset(Blocker.objects.filter(order_import=row, closed_at=None).values_list("code", flat=True))
            if row.state == "BLOCKED"
            else frozenset(),
            row.commerce_order_id is not None,
        )
        if not _is_as_expected(actual, expected):
            yield f"{order_id}: {version.status} is {actual}, should be {expected}"
        yield from _holds(document, row, products)


def _is_as_expected(actual: oracle.Fate, expected: oracle.Fate) -> bool:
    """Stock that others took later is no news to an order that is blocked for another reason anyway."""
    if actual == expected:
        return True
    missing = expected.blockers - actual.blockers
    return (
        replace(actual, blockers=expected.blockers) == expected
        and missing == {"OUT_OF_STOCK"}
        and bool(actual.blockers)
        and actual.blockers < expected.blockers
    )


def _products() -> dict[str, tuple[oracle.Product, int]]:
    found: dict[str, tuple[oracle.Product, int]] = {}
    for product in Product.objects.prefetch_related("stock_items"):
        free = sum(item.on_hand - item.reserved for item in product.stock_items.all())
        found[product.sku] = (oracle.Product(product.sku, product.is_enabled, free), 1)
    found[PACK] = (found["SKU-1"][0], UNITS_IN_PACK)
    return found


def _held(order_id: str) -> dict[str, int]:
    rows = Reservation.objects.filter(channel_reference=order_id).order_by()
    return dict(rows.values_list("line_reference").annotate(Sum("quantity")))


def _holds(
    document: Json, row: OrderImport, products: dict[str, tuple[oracle.Product, int]]
) -> Iterator[str]:
    """An order without a Commerce order keeps no more than it needs; a pending one all that there is."""
    if row.commerce_order_id is not None:
        return
    order_id, held = document["orderId"], _held(document["orderId"])
    is_ours = document["fulfillment"]["fulfilledBy"] == "MERCHANT"
    may_hold = is_ours and row.state in ("WAITING", "BLOCKED")
    settings = StoreSettings.objects.get(store_id=row.amazon_order.store_id)
    must_hold = may_hold and settings.reserve_pending and row.amazon_order.status == "PENDING"
    for line in oracle.lines_of(document):
        product, units = products.get(line.sku, (None, 1))
        kept, needed = held.pop(line.reference, 0), line.left * units
        # What has left of a blocked order is taken from what it keeps, once it is placed.
        if kept > (line.wanted * units if may_hold else 0):
            yield f"{order_id}: keeps {kept} of {line.sku}, wants {line.wanted * units}, is {row.state}"
        if must_hold and product is not None and kept < needed and product.free:
            yield f"{order_id}: pending, keeps {kept} of {needed} {line.sku}, {product.free} are free"
    if held:
        yield f"{order_id}: keeps {held} for lines it has not"


def _commerce_orders(shop: Shop) -> Iterator[str]:
    truth = _truth(shop)
    for order in Order.objects.prefetch_related("lines"):
        reference = order.channel_reference
        if reference not in truth:
            yield f"{reference}: a Commerce order of nothing"
            continue
        document = truth[reference].document()
        is_canceled = truth[reference].status == "CANCELLED"
        wanted = {} if is_canceled else {line.reference: line for line in oracle.lines_of(document)}
        expected = {
            reference: (line.wanted * _units(line.sku), line.shipped * _units(line.sku))
            for reference, line in wanted.items()
        }
        actual = {
            line.line_reference: (line.quantity - line.quantity_canceled, line.quantity_shipped)
            for line in order.lines.all()
            if line.quantity > line.quantity_canceled
        }
        if actual != expected:
            yield f"{reference}: Commerce lines {actual}, should be {expected}"
        to_ship = {key: open_ - gone for key, (open_, gone) in expected.items() if open_ > gone}
        status = "CANCELED" if is_canceled else "PROCESSING" if to_ship else "COMPLETE"
        if order.status != status:
            yield f"{reference}: Commerce order is {order.status}, should be {status}"
        if _held(reference) != (to_ship if shop.fulfilled_by[reference] == "MERCHANT" else {}):
            yield f"{reference}: reserved {_held(reference)}, to ship {to_ship}"


def _units(sku: str) -> int:
    return UNITS_IN_PACK if sku == PACK else 1


def _told_once() -> Iterator[str]:
    """Every order was received once and imported at most once, and no other order was adopted."""
    rows = TimelineEvent.objects.filter(code__in=("RECEIVED", "IMPORTED", "ADOPTED")).order_by("pk")
    told = Counter(rows.values_list("order_import__amazon_order__amazon_order_id", "code"))
    imported = set(Order.objects.values_list("channel_reference", flat=True))
    for (order_id, code), times in sorted(told.items()):
        if times > 1 or code == "ADOPTED":
            yield f"{order_id}: {code} {times} times"
    for order_id in sorted(imported):
        if not told[order_id, "IMPORTED"]:
            yield f"{order_id}: never told that it was imported"


def _not_at_rest() -> Iterator[str]:
    for sync in AccountSync.objects.all():
        found = (sync.window, sync.lease_owner, sync.failures, sync.refused_at)
        if found != (None, "", 0, None):
            yield f"account {sync.account_id}: not at rest: {found}"
    waiting = Quarantine.objects.filter(resolved_at=None).count()
    if waiting:
        yield f"{waiting} payloads in quarantine"
