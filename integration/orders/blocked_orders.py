"""What keeps orders from being imported, by cause: how many orders, how much money, how soon they must leave.

A cause is a blocker's code and what it is about: a seller SKU of an account that is no product, a product
that is disabled or sold out, else the code alone. A page of causes costs as many statements as the next one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, RowNumber

from amazon_orders.models import AmazonOrder, AmazonOrderItem
from commerce.catalog import product_queries
from commerce.catalog.product_queries import ProductInFull
from integration.access import Viewer
from integration.decision import blockers
from integration.models import Blocker, BlockerCode, ImportState

PAGE_SIZE = 20
ORDERS_SHOWN = 5
# As far as pages go; a merchant with more causes than that mends the biggest first.
# Pages by number, not by cursor: causes are ranked by a count that changes under the reader, so no
# cursor would hold.
LAST_PAGE = 50
_OF_A_PRODUCT = (BlockerCode.PRODUCT_DISABLED, BlockerCode.OUT_OF_STOCK)
_SHIP_BY = F("order_import__amazon_order__latest_ship_at")
_ACCOUNT = F("order_import__amazon_order__store__account_id")
_KEY = ("code", "of_sku", "of_product", "of_account")
Key = tuple[str, str, int, int]


@dataclass(frozen=True, slots=True)
class BlockedOrder:
    """One of the orders of a cause."""

    amazon_order_id: str
    store_name: str
    latest_ship_at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """What Amazon says of the line that a missing product was ordered by."""

    title: str
    unit_price: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Why these orders are not imported, the first to ship first among `shown`.

    `sku`: the seller SKU (or ASIN) or the product's SKU, empty where it is about no product. `totals`:
    amounts by currency. `units`: what its orders want, in Amazon's items of a missing product, else in units.
    """

    code: str
    sku: str
    message: str
    remedy: str
    orders: int
    totals: tuple[tuple[str, Decimal], ...]
    units: int
    first_ship_at: datetime | None
    store_ids: tuple[int, ...]
    shown: tuple[BlockedOrder, ...]
    product: ProductInFull | None
    line: Line | None
    has_seller_sku: bool

    @property
    def missing_units(self) -> int:
        """How many units more all of its orders need, of a product that is out of stock."""
        salable = self.product.salable if self.product else None
        return max(0, self.units - (salable or 0))


@dataclass(frozen=True, slots=True)
class CausePage:
    """Causes, the biggest pain first."""

    causes: tuple[Cause, ...]
    has_next: bool


@dataclass(slots=True)
class _Sums:
    totals: defaultdict[str, Decimal]
    units: int
    store_ids: set[int]


def page(*, viewer: Viewer, store_id: int | None = None, number: int = 1) -> CausePage:
    """A page of causes over the viewer's stores, or one of them. Five statements, whatever their number."""
    found = _open(viewer, store_id)
    start = (min(max(number, 1), LAST_PAGE) - 1) * PAGE_SIZE
    # One more than is shown tells whether there is a next page, without a count.
    groups = list(_groups(found)[start : start + PAGE_SIZE + 1])
    shown = groups[:PAGE_SIZE]
    if not shown:
        return CausePage((), has_next=False)
    of_page = found.filter(_any_of(shown))
    firsts = _firsts(of_page)
    sums = _sums(of_page)
    products = _products(firsts.values())
    lines = _lines(firsts.values())
    return CausePage(
        tuple(_cause(group, firsts[_key(group)], sums[_key(group)], products, lines) for group in shown),
        has_next=len(groups) > PAGE_SIZE and number < LAST_PAGE,
    )


def _open(viewer: Viewer, store_id: int | None) -> QuerySet[Blocker]:
    found = Blocker.objects.filter(closed_at=None, order_import__state=ImportState.BLOCKED)
    if viewer.store_ids is not None:
        found = found.filter(order_import__amazon_order__store_id__in=viewer.store_ids)
    if store_id is not None:
        found = found.filter(order_import__amazon_order__store_id=store_id)
    return found.annotate(
        **_subject(),
        of_account=Case(
            When(code=BlockerCode.PRODUCT_MISSING, then=_ACCOUNT),
            default=Value(0),
            output_field=IntegerField(),
        ),
    )


def _subject() -> dict[str, Case]:
    return {
        "of_sku": Case(When(code=BlockerCode.PRODUCT_MISSING, then=F("seller_sku")), default=Value("")),
        "of_product": Case(
            When(code__in=_OF_A_PRODUCT, product__isnull=False, then=F("product_id")),
            default=Value(0),
            output_field=IntegerField(),
        ),
    }


def _groups(found: QuerySet[Blocker]) -> QuerySet[Blocker, dict[str, Any]]:
    counted = found.values(*_KEY).annotate(
        orders=Count("order_import_id", distinct=True), first_ship_at=Min(_SHIP_BY)
    )
    ranked: QuerySet[Blocker, dict[str, Any]] = counted.order_by(
        "-orders", F("first_ship_at").asc(nulls_last=True), *_KEY
    )
    return ranked


def _key(group: Mapping[str, Any]) -> Key:
    return group["code"], group["of_sku"], group["of_product"], group["of_account"]


def _key_of(blocker: Any) -> Key:
    return blocker.code, blocker.of_sku, blocker.of_product, blocker.of_account


def _any_of(groups: Iterable[Mapping[str, Any]]) -> Q:
    """Their blockers, asked for by the columns themselves, so that indexes find them."""
    wanted = Q()
    for group in groups:
        about = Q(code=group["code"])
        if group["code"] == BlockerCode.PRODUCT_MISSING:
            about &= Q(seller_sku=group["of_sku"], of_account=group["of_account"])
        elif group["code"] in _OF_A_PRODUCT:
            about &= Q(product_id=group["of_product"] or None)
        wanted |= about
    return wanted


def _firsts(found: QuerySet[Blocker]) -> dict[Key, list[Blocker]]:
    """The blockers of each cause whose orders ship first; several lines of one order count several times."""
    ranked = found.annotate(
        rank=Window(
            RowNumber(),
            partition_by=[F(name) for name in _KEY],
            order_by=[_SHIP_BY.asc(nulls_last=True), F("id").asc()],
        )
    ).filter(rank__lte=ORDERS_SHOWN)
    firsts: defaultdict[Key, list[Blocker]] = defaultdict(list)
    for blocker in ranked.select_related("product", "order_import__amazon_order__store").order_by("rank"):
        firsts[_key_of(blocker)].append(blocker)
    return firsts


def _sums(found: QuerySet[Blocker]) -> dict[Key, _Sums]:
    """Money by currency, units and stores of each cause."""
    other_line = (
        Blocker.objects.filter(closed_at=None, order_import=OuterRef("order_import"), id__lt=OuterRef("id"))
        .annotate(**_subject())
        .filter(**{name: OuterRef(name) for name in ("code", "of_sku", "of_product")})
    )
    ordered = AmazonOrderItem.objects.filter(
        order_id=OuterRef("order_import_id"), order_item_id=OuterRef("line_reference")
    ).values_list(F("quantity_ordered") - F("quantity_canceled") - F("quantity_shipped"))
    # An order with several lines of one cause counts once: its total is the order's, not the line's.
    total = Case(When(is_repeated=True, then=Value(None)), default=F("order_import__amazon_order__total"))
    rows = (
        found.annotate(
            is_repeated=Exists(other_line),
            store=F("order_import__amazon_order__store_id"),
            currency=F("order_import__amazon_order__currency"),
            needed=Cast(KeyTextTransform("needed", "details"), IntegerField()),
            items=Subquery(ordered[:1]),
        )
        .annotate(counted=total)
        .values(*_KEY, "store", "currency")
        .annotate(total=Sum("counted"), sum_needed=Sum("needed"), sum_items=Sum("items"))
        .order_by(*_KEY, "currency")
    )
    sums: defaultdict[Key, _Sums] = defaultdict(lambda: _Sums(defaultdict(Decimal), 0, set()))
    for row in rows:
        mine = sums[_key(row)]
        mine.totals[row["currency"]] += row["total"] or 0
        mine.units += (
            (row["sum_needed"] or row["sum_items"] or 0) if row["of_sku"] or row["of_product"] else 0
        )
        mine.store_ids.add(row["store"])
    return sums


def _products(firsts: Iterable[Sequence[Blocker]]) -> dict[int, ProductInFull]:
    found = {each[0].product.pk: each[0].product for each in firsts if each[0].product is not None}
    return {full.product.pk: full for full in product_queries.with_stock(list(found.values()))}


def _lines(firsts: Iterable[Sequence[Blocker]]) -> dict[tuple[int, str], Line]:
    """What Amazon says of the lines without a product."""
    wanted = [each[0] for each in firsts if each[0].code == BlockerCode.PRODUCT_MISSING]
    items = AmazonOrderItem.objects.filter(
        order_id__in=[blocker.order_import_id for blocker in wanted],
        order_item_id__in=[blocker.line_reference for blocker in wanted],
    )
    return {
        (item.order_id, item.order_item_id): Line(item.title, item.unit_price, item.currency)
        for item in items
    }


def _cause(
    group: Mapping[str, Any],
    firsts: Sequence[Blocker],
    sums: _Sums,
    products: Mapping[int, ProductInFull],
    lines: Mapping[tuple[int, str], Line],
) -> Cause:
    first = firsts[0]
    product = products.get(first.product_id) if first.product_id and group["of_product"] else None
    is_alone = not group["of_sku"] and product is None
    return Cause(
        code=first.code,
        sku=group["of_sku"] or (product.product.sku if product else ""),
        message=_in_general(first)[0] if is_alone else _message(first, sums, product),
        remedy=_in_general(first)[1] if is_alone else _remedy(first),
        orders=group["orders"],
        totals=tuple(sums.totals.items()),
        units=sums.units,
        first_ship_at=group["first_ship_at"],
        store_ids=tuple(sorted(sums.store_ids)),
        shown=_shown(firsts),
        product=product,
        line=lines.get((first.order_import_id, first.line_reference or "")),
        has_seller_sku=bool(first.details.get("has_sku", True)),
    )


def _message(first: Blocker, sums: _Sums, product: ProductInFull | None) -> str:
    details = first.details
    if first.code == BlockerCode.OUT_OF_STOCK and product is not None:
        details = {**details, "needed": sums.units, "salable": product.salable or 0}
    return blockers.message(first.code, details, first.seller_sku)


def _remedy(first: Blocker) -> str:
    return blockers.remedy(first.code, first.details, first.seller_sku)


def _in_general(first: Blocker) -> tuple[str, str]:
    """What orders of one code have in common; what one of them says may not be true of the others."""
    return _GENERAL.get(first.code, (BlockerCode(first.code).label, _remedy(first)))


_GENERAL: Mapping[str, tuple[str, str]] = {
    BlockerCode.PRODUCT_MISSING: (
        "A line has neither a seller SKU nor an ASIN",
        "Deal with the orders in Seller Central, and skip them.",
    ),
    BlockerCode.ADDRESS_INCOMPLETE: (
        "The delivery address is incomplete",
        "Complete the address of each order.",
    ),
    BlockerCode.AMOUNTS_MISSING: (
        "Amazon tells no amounts",
        "Ask Amazon again; if it still sends no price, look in Seller Central.",
    ),
    BlockerCode.CURRENCY_UNSUPPORTED: (
        "The currency is not supported",
        "Ask Amazon again, or deal with the orders in Seller Central.",
    ),
    BlockerCode.NO_ITEMS: (
        "Amazon tells of no items",
        "Ask Amazon again; an order without items cannot be imported.",
    ),
    BlockerCode.FAILED: (
        "An error here stopped the import",
        "Retry the orders. Where that does not help, the page of each order has the reference for support.",
    ),
}


def _shown(firsts: Collection[Blocker]) -> tuple[BlockedOrder, ...]:
    orders: dict[int, AmazonOrder] = {
        blocker.order_import_id: blocker.order_import.amazon_order for blocker in firsts
    }
    return tuple(
        BlockedOrder(order.amazon_order_id, order.store.name, order.latest_ship_at)
        for order in orders.values()
    )
