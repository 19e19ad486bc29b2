"""Compares our database with the sandbox's truth once all is quiet, and stock with what it is kept for.

Every difference is a line of text, so that a failing seed says all that is wrong.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.db import connection
from django.db.models import Sum

from amazon_orders.models import AmazonOrder, AmazonOrderItem, Store
from commerce.models import Order, Product, Reservation
from integration.models import (
    AccountSync,
    Blocker,
    OrderImport,
    OrderRequest,
    Quarantine,
    StoreSettings,
    TimelineEvent,
)
from sandbox.versions import OrderVersion
from tests.faults.simulation import oracle, way_back
from tests.faults.simulation.market import OF_AMAZON
from tests.faults.simulation.shop import PACK, UNITS_IN_PACK, Shop

Json = dict[str, Any]


def differences(shop: Shop) -> list[str]:
    """All that is not as it must be; empty where all is well."""
    return [
        *_lost_or_stale(shop),
        *_fates(shop),
        *_commerce_orders(shop),
        *_told_once(shop),
        *way_back.differences(shop),
        *doubles(),
        *stock_differences(shop),
        *_not_at_rest(),
    ]


def missed(shop: Shop) -> list[str]:
    """What the polls should have brought by now; what they cannot see is found in the days to come."""
    later = shop.canceled_silently | shop.hidden
    later |= set(Quarantine.objects.filter(resolved_at=None).values_list("amazon_order_id", flat=True))
    return [line for line in _lost_or_stale(shop) if line.partition(":")[0] not in later]


def errors_here() -> Iterator[str]:
    """Bugs that were caught: at the boundary of an account, or of an order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bug FROM integration_accountsync WHERE bug_since IS NOT NULL"
            " UNION ALL SELECT amazon_order_id || ' ' || reason FROM integration_quarantine"
            " WHERE kind = 'ERROR'"
        )
        yield from (f"a bug: {said}" for (said,) in cursor.fetchall())


def stock_differences(shop: Shop) -> Iterator[str]:
    """True at every moment, quiet or not: reserved is the sum of reservations, on hand what was not sent.

    Two statements: it is asked after every event. What was shipped beyond the stock on record is remembered
    as it is said, for its word goes with a store that is deleted.
    """
    _remember_shortfalls(shop)
    with connection.cursor() as cursor:
        cursor.execute(STOCK_AND_HOLDS)
        found = cursor.fetchall()
    for sku, on_hand, reserved, held, shipped in found:
        if reserved != held:
            yield f"{sku}: reserved {reserved}, reservations {held}"
        short = sum(units for (_, of), units in shop.shortfalls.items() if of == sku)
        expected = shop.restocked[sku] - shipped + short
        if on_hand != expected:
            yield f"{sku}: on hand {on_hand}, should be {expected}"


def _remember_shortfalls(shop: Shop) -> None:
    said = TimelineEvent.objects.filter(code="STOCK_SHORTFALL").values_list("pk", "details")
    for pk, details in said:
        for sku, shipped, on_record in SHORTFALL.findall(details["text"]):
            shop.shortfalls[pk, sku] = int(shipped) - int(on_record)


SHORTFALL = re.compile(r"(\S+): (\d+) shipped, (\d+) on record")
# Orders that Amazon ships itself touch no stock here; theirs begin with 222.
STOCK_AND_HOLDS = f"""
    SELECT product.sku, item.on_hand, item.reserved,
        (SELECT coalesce(sum(quantity), 0) FROM commerce_reservation WHERE stock_item_id = item.id),
        (SELECT coalesce(sum(line.quantity_shipped), 0)
            FROM commerce_orderline line JOIN commerce_order placed ON placed.id = line.order_id
            WHERE line.product_id = product.id AND placed.channel_reference NOT LIKE '{OF_AMAZON}%%')
    FROM commerce_stockitem item JOIN commerce_product product ON product.id = item.product_id
    ORDER BY product.sku
"""
DOUBLES = {
    "Amazon order": "SELECT amazon_order_id FROM amazon_orders_amazonorder",
    "Commerce order": "SELECT channel || ' ' || channel_reference FROM commerce_order",
    "reservation": "SELECT channel_reference || ' ' || line_reference || ' ' || source_id"
    " FROM commerce_reservation",
}


def doubles() -> Iterator[str]:
    """What must be there once, twice."""
    for what, rows in DOUBLES.items():
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT one, count(*) FROM ({rows}) AS named (one) GROUP BY 1 HAVING count(*) > 1"
            )
            yield from (f"{what} {one}: {times} times" for one, times in sorted(cursor.fetchall()))


def _truth(shop: Shop) -> dict[str, OrderVersion]:
    """Amazon's orders of our stores."""
    ours = set(Store.objects.values_list("account__seller_id", "marketplace_id"))
    orders = shop.amazon.world.orders()
    return {one.order_id: one for one in orders if (one.seller_id, one.marketplace_id or "") in ours}


def _lost_or_stale(shop: Shop) -> Iterator[str]:
    here = {order.amazon_order_id: order for order in AmazonOrder.objects.all()}
    # Nobody waits for these: that they were canceled without a new time need not be known.
    unasked = shop.canceled_silently & set(
        OrderImport.objects.filter(state__in=("VIEW_ONLY", "SKIPPED")).values_list(
            "amazon_order__amazon_order_id", flat=True
        )
    )
    truth = _truth(shop)
    yield from (f"{order_id}: lost" for order_id in truth.keys() - here.keys())
    # Asked for by its number, an order that was sold elsewhere belongs to any store of its seller.
    of_sellers = {one.order_id for one in shop.amazon.world.orders() if not _is_sold_at_amazon(one)}
    strangers = here.keys() - truth.keys() - of_sellers
    yield from (f"{order_id}: not Amazon's" for order_id in strangers)
    items: dict[str, dict[str, tuple[int, int]]] = {order_id: {} for order_id in here}
    for item in AmazonOrderItem.objects.select_related("order"):
        counted = (item.quantity_ordered - item.quantity_canceled, item.quantity_shipped)
        items[item.order.amazon_order_id][item.order_item_id] = counted
    for order_id in sorted(truth.keys() & here.keys()):
        order, version = here[order_id], truth[order_id]
        if order_id in unasked:
            continue
        if (order.status, order.last_updated_at) != (version.status, version.updated_at):
            yield (
                f"{order_id}: is {order.status} of {order.last_updated_at:%H:%M:%S},"
                f" should be {version.status} of {version.updated_at:%H:%M:%S}"
            )
        wanted = {line.reference: (line.wanted, line.shipped) for line in oracle.lines_of(version.document())}
        stored = {reference: counts for reference, counts in items[order_id].items() if counts[0]}
        if version.status != "CANCELLED" and stored != wanted:
            yield f"{order_id}: lines {stored}, should be {wanted}"


def _is_sold_at_amazon(version: OrderVersion) -> bool:
    return bool(version.document()["salesChannel"]["channelName"] == "AMAZON")


def _fates(shop: Shop) -> Iterator[str]:
    truth, products = _truth(shop), _products()
    is_on = {
        (seller, marketplace): is_on
        for seller, marketplace, is_on in StoreSettings.objects.values_list(
            "store__account__seller_id", "store__marketplace_id", "import_amazon_orders"
        )
    }
    placed = set(Order.objects.values_list("channel_reference", flat=True))
    blockers: dict[int, set[str]] = {}
    for key, code in Blocker.objects.filter(closed_at=None).values_list("order_import_id", "code"):
        blockers.setdefault(key, set()).add(code)
    for row in OrderImport.objects.select_related("amazon_order").order_by("amazon_order__amazon_order_id"):
        order_id = row.amazon_order.amazon_order_id
        if order_id not in truth:
            continue
        version = truth[order_id]
        document, was_imported = version.document(), order_id in placed
        store = (version.seller_id, version.marketplace_id or "")
        decided = _decided(shop, version, is_on=is_on[store])
        was_import_on = True in shop.import_was[store] or order_id in shop.ever_requested
        if was_imported and not oracle.may_be_commerce_order(document, was_import_on=was_import_on):
            yield f"{order_id}: a Commerce order of an order that is {version.status}"
        expected = oracle.fate(
            document,
            decided=decided,
            was_imported=was_imported,
            products=products,
            held=_held(order_id),
        )
        actual = oracle.Fate(
            row.state,
            frozenset(blockers.get(row.pk, ())) if row.state == "BLOCKED" else frozenset(),
            row.commerce_order_id is not None,
        )
        if not _is_as_expected(actual, expected) and not oracle.is_possible(
            actual, document, decided, was_imported=was_imported
        ):
            yield f"{order_id}: {version.status} is {actual}, should be {expected}"
        yield from _holds(document, row, products)


def _decided(shop: Shop, version: OrderVersion, *, is_on: bool) -> oracle.Decided:
    order_id, store = version.order_id, (version.seller_id, version.marketplace_id or "")
    is_requested = order_id in shop.requested
    was_off = False in shop.import_was[store]
    return oracle.Decided(
        is_import_on=is_on or is_requested,
        # Nobody can have one imported that was canceled meanwhile.
        may_stay_view_only=was_off and (not is_requested or version.status == "CANCELLED"),
        is_skipped=order_id in shop.skipped,
        is_address_corrected=order_id in shop.corrected,
    )


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
    truth, contested = _truth(shop), way_back.contested()
    for order in Order.objects.prefetch_related("lines"):
        reference = order.channel_reference
        if reference not in truth:
            yield f"{reference}: a Commerce order of nothing"
            continue
        if reference in contested:
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
        if _held(reference) != (to_ship if not reference.startswith(OF_AMAZON) else {}):
            yield f"{reference}: reserved {_held(reference)}, to ship {to_ship}"


def _units(sku: str) -> int:
    return UNITS_IN_PACK if sku == PACK else 1


def _told_once(shop: Shop) -> Iterator[str]:
    """Every order was received once and imported at most once; adopted only where its store came back."""
    rows = TimelineEvent.objects.filter(code__in=("RECEIVED", "IMPORTED", "ADOPTED")).order_by("pk")
    told = Counter(rows.values_list("order_import__amazon_order__amazon_order_id", "code"))
    came_back = {
        one.order_id
        for one in shop.amazon.world.orders()
        if (one.seller_id, one.marketplace_id) in shop.ever_deleted
    }
    for (order_id, code), times in sorted(told.items()):
        if times > 1 or (code == "ADOPTED" and order_id not in came_back):
            yield f"{order_id}: {code} {times} times"
    for order_id in sorted(Order.objects.values_list("channel_reference", flat=True)):
        if not told[order_id, "IMPORTED"] and not told[order_id, "ADOPTED"]:
            yield f"{order_id}: never told that it was imported"


def _not_at_rest() -> Iterator[str]:
    for sync in AccountSync.objects.all():
        found = (sync.window, sync.lease_owner, sync.failures, sync.refused_at)
        if found != (None, "", 0, None):
            yield f"account {sync.account_id}: not at rest: {found}"
    waiting = Quarantine.objects.filter(resolved_at=None).count()
    if waiting:
        yield f"{waiting} payloads in quarantine"
    for request in OrderRequest.objects.filter(answered_at=None):
        yield f"{request.amazon_order_id}: still wanted since {request.wanted_at}"
