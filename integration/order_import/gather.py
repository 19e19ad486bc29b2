"""Gathers what `policy` needs to know of a batch of orders: a fixed number of statements, whatever the
batch.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Prefetch

from amazon_orders import amounts, marketplaces
from amazon_orders.models import AmazonOrder, AmazonOrderItem, Store
from commerce.models import Order, OrderLine, Product
from commerce.stock import stock
from integration.decision.facts import (
    CommerceFacts,
    CommerceLineFacts,
    LineFacts,
    OrderFacts,
    OrderSnapshot,
    ProductFacts,
)
from integration.models import ImportState, OrderImport, ProductMatch
from integration.models.imports import CHANNEL


@dataclass(frozen=True, slots=True)
class Gathered:
    """An order's facts, beside the rows they were read from (for `place`).

    `bug`: what went wrong with this one order; its facts are then bare and must not be judged.
    """

    order_import: OrderImport
    order: AmazonOrder
    items: tuple[AmazonOrderItem, ...]
    facts: OrderFacts
    holds_stock: bool
    bug: Exception | None = None


def gather(order_ids: Sequence[int]) -> list[Gathered]:
    """The facts of these orders, in key order; 9 statements at most."""
    # A page has a few stores and many orders: joined, each store would be built once per order.
    stores = Store.objects.select_related("import_settings")
    imports = list(
        OrderImport.objects.filter(pk__in=order_ids)
        .select_related("amazon_order", "address_correction")
        .prefetch_related(Prefetch("amazon_order__store", stores))
        .order_by("pk")
    )
    items = _items(imports)
    products = _Products.of(imports, items)
    # Commerce knows an order by its channel and number, not by our keys: reservations and orders
    # outlive a store that is deleted.
    references = [row.amazon_order.amazon_order_id for row in imports]
    reserved = stock.held(channel=CHANNEL, channel_references=references)
    holders = {reference for reference, _, _ in reserved}
    commerce = _commerce(references)
    known = []
    for row in imports:
        reference, bug = row.amazon_order.amazon_order_id, None
        try:
            facts = _facts(row, items[row.pk], products, reserved, commerce.get(reference))
        except Exception as found:
            # It stops no other order; check says it.
            facts, bug = _bare_facts(row), found
        known.append(
            Gathered(row, row.amazon_order, items[row.pk], facts, holds_stock=reference in holders, bug=bug)
        )
    return known


def seen(known: Gathered) -> OrderSnapshot:
    """What Amazon says of the order now, as it is kept for the next judgment."""
    order = known.order
    return OrderSnapshot(
        status=order.status,
        wanted=sum(max(item.quantity_ordered - item.quantity_canceled, 0) for item in known.items),
        shipped=sum(shipped_items(order, item) for item in known.items),
        canceled=sum(item.quantity_canceled for item in known.items),
        total=order.total,
        currency=order.total_currency,
        asks_to_cancel=order.is_cancel_requested,
    )


def _items(imports: Iterable[OrderImport]) -> dict[int, tuple[AmazonOrderItem, ...]]:
    found: dict[int, list[AmazonOrderItem]] = defaultdict(list)
    for item in AmazonOrderItem.objects.filter(order_id__in=[row.pk for row in imports]):
        found[item.order_id].append(item)
    return defaultdict(tuple, {order_id: tuple(items) for order_id, items in found.items()})


@dataclass(frozen=True, slots=True)
class _Products:
    """Products by match and by SKU: a match wins over the product that merely has the same SKU."""

    matched: dict[tuple[int, str], tuple[Product, int]]
    by_sku: dict[str, Product]
    salable: dict[int, int | None]

    @classmethod
    def of(cls, imports: Iterable[OrderImport], items: dict[int, tuple[AmazonOrderItem, ...]]) -> "_Products":
        # `sellerSku` is optional (SP-API model orders 2026-01-01): the ASIN stands in where it is
        # missing.
        keys = {item.seller_sku or item.asin for lines in items.values() for item in lines} - {""}
        accounts = {row.amazon_order.store.account_id for row in imports}
        matched = {
            (match.account_id, match.seller_sku): (match.product, match.units)
            for match in ProductMatch.objects.filter(
                account_id__in=accounts, seller_sku__in=keys
            ).select_related("product")
        }
        by_sku = {product.sku: product for product in Product.objects.filter(sku__in=keys)}
        products = {product.pk for product, _ in matched.values()} | {found.pk for found in by_sku.values()}
        return cls(matched, by_sku, dict(stock.salable(products)))

    def find(self, account_id: int, key: str) -> tuple[ProductFacts | None, int]:
        """The product a line is for and how many units of it one item takes."""
        product, units = self.matched.get((account_id, key), (self.by_sku.get(key), 1))
        if product is None:
            return None, 1
        # None is "as many as wanted", zero is "none left": they must not meet.
        salable = self.salable.get(product.pk, 0) if product.manage_stock else None
        facts = ProductFacts(
            id=product.pk,
            sku=product.sku,
            is_enabled=product.is_enabled,
            salable=salable,
            stamp=product.availability_changed_at,
        )
        return facts, units


def _commerce(references: Sequence[str]) -> dict[str, CommerceFacts]:
    """The Commerce orders that these have become, by Amazon's number: also those that became one before
    their store was deleted and connected again.
    """
    orders = Order.objects.filter(channel=CHANNEL, channel_reference__in=references).values_list(
        "channel_reference", "pk", "number", "status", "grand_total"
    )
    found = {reference: (pk, number, status, total) for reference, pk, number, status, total in orders}
    if not found:
        return {}
    lines: dict[int, list[CommerceLineFacts]] = defaultdict(list)
    for line in OrderLine.objects.filter(order_id__in=[pk for pk, *_ in found.values()]):
        lines[line.order_id].append(
            CommerceLineFacts(
                reference=line.line_reference,
                quantity=line.quantity,
                units_per_item=line.units_per_item,
                shipped=line.quantity_shipped,
                canceled=line.quantity_canceled,
                has_amount=line.row_total is not None,
            )
        )
    return {
        reference: CommerceFacts(pk, number, status, tuple(lines[pk]), total)
        for reference, (pk, number, status, total) in found.items()
    }


def _facts(
    row: OrderImport,
    items: tuple[AmazonOrderItem, ...],
    products: _Products,
    reserved: dict[tuple[str, str, int], int],
    commerce: CommerceFacts | None,
) -> OrderFacts:
    order = row.amazon_order
    settings = order.store.import_settings
    return OrderFacts(
        amazon_order_id=order.amazon_order_id,
        status=order.status,
        fulfilled_by=order.fulfilled_by,
        channel_name=order.channel_name,
        currencies=_currencies(order),
        address_gaps=_address_gaps(row),
        lines=tuple(_line(order, item, products, reserved) for item in items if _is_wanted(item)),
        state=row.state,
        reason=row.reason,
        import_enabled=settings.import_amazon_orders,
        is_import_requested=row.is_import_requested,
        reserve_pending=settings.reserve_pending,
        is_skipped=row.state == ImportState.SKIPPED or row.skipped_at is not None,
        skipped_until=row.skip_until,
        commerce=commerce,
        untold=frozenset(order.untold),
    )


def _bare_facts(row: OrderImport) -> OrderFacts:
    order = row.amazon_order
    return OrderFacts(
        amazon_order_id=order.amazon_order_id,
        status=order.status,
        fulfilled_by=order.fulfilled_by,
        channel_name=order.channel_name,
        currencies=frozenset(),
        address_gaps=(),
        lines=(),
        state=row.state,
        reason=row.reason,
        import_enabled=False,
        is_import_requested=False,
        reserve_pending=False,
        is_skipped=False,
        skipped_until=None,
        commerce=None,
    )


def _is_wanted(item: AmazonOrderItem) -> bool:
    return item.quantity_ordered > item.quantity_canceled


def _line(
    order: AmazonOrder,
    item: AmazonOrderItem,
    products: _Products,
    reserved: dict[tuple[str, str, int], int],
) -> LineFacts:
    product, units = products.find(order.store.account_id, item.seller_sku or item.asin)
    key = (order.amazon_order_id, item.order_item_id, product.id if product else 0)
    return LineFacts(
        reference=item.order_item_id,
        seller_sku=item.seller_sku,
        asin=item.asin,
        quantity=item.quantity_ordered - item.quantity_canceled,
        # Amazon may count an item as shipped and canceled alike: never more than is left of it.
        shipped=min(shipped_items(order, item), item.quantity_ordered - item.quantity_canceled),
        units=units,
        product=product,
        reserved=reserved.get(key, 0),
        has_amount=amounts.has_amount(
            # Amazon tells no price of a replacement: it costs nothing.
            amounts.Line(
                item.proceeds, item.unit_price, item.quantity_ordered, is_free=bool(order.replaces_order_id)
            )
        ),
    )


def shipped_items(order: AmazonOrder, item: AmazonOrderItem) -> int:
    """Items that have left. An order that is SHIPPED as a whole need not count its lines."""
    if order.status == "SHIPPED":
        return item.quantity_ordered - item.quantity_canceled
    return item.quantity_shipped


def _currencies(order: AmazonOrder) -> frozenset[str]:
    """The order's currencies; without any amount, that of its marketplace."""
    named = frozenset(code for code in order.currency.split(",") if code)
    # A Pending order has no amounts at all (docs#554): its marketplace sells in one currency.
    return named or frozenset({marketplaces.by_id(order.store.marketplace_id).currency})


def _address_gaps(row: OrderImport) -> tuple[str, ...]:
    correction = getattr(row, "address_correction", None)
    gaps = row.amazon_order.address_gaps if correction is None else correction.address_gaps
    return tuple(part for part in gaps.split(",") if part)
