"""Reads of products for pages and REST: a fixed number of statements each, keyset pages, never OFFSET."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from commerce.models import Product, StockItem
from paging import keyset
from paging.keyset import Ordering, Page

PAGE_SIZE = 50
_BY_SKU = Ordering(column="sku", read=keyset.read_text, is_unique=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilter:
    """Which products; what is left empty does not filter. `text`: a SKU's beginning or a part of a name."""

    text: str = ""
    is_enabled: bool | None = None
    is_stock_managed: bool | None = None
    is_out_of_stock: bool | None = None


@dataclass(frozen=True, slots=True)
class SourceStock:
    """A product's units at one source."""

    source: str
    source_name: str
    is_source_enabled: bool
    on_hand: int
    reserved: int
    shortfall: int

    @property
    def salable(self) -> int:
        return max(0, self.on_hand - self.reserved) if self.is_source_enabled else 0


@dataclass(frozen=True, slots=True)
class ProductInFull:
    """A product with its stock, the preferred source first."""

    product: Product
    stock: tuple[SourceStock, ...]

    @property
    def salable(self) -> int | None:
        """Units that may be promised now, less those kept back; None where stock is not managed."""
        if not self.product.manage_stock:
            return None
        return max(0, sum(at.salable for at in self.stock) - self.product.out_of_stock_threshold)


def product_page(*, filters: ProductFilter, cursor: str = "", size: int = PAGE_SIZE) -> Page[Product]:
    """A page of products by SKU: 1 statement, and `with_stock` adds one. Raises keyset.BadCursor."""
    return keyset.page(_filtered(filters), ordering=_BY_SKU, cursor=cursor, size=size)


def with_stock(products: Collection[Product]) -> list[ProductInFull]:
    """These products with their stock per source: 1 statement."""
    stock: dict[int, list[SourceStock]] = {product.pk: [] for product in products}
    rows = (
        StockItem.objects.filter(product_id__in=stock)
        .order_by("source__priority", "source__code")
        .values_list(
            "product_id",
            "source__code",
            "source__name",
            "source__is_enabled",
            "on_hand",
            "reserved",
            "shortfall",
        )
    )
    for product_id, code, name, is_enabled, on_hand, reserved, shortfall in rows:
        stock[product_id].append(SourceStock(code, name, is_enabled, on_hand, reserved, shortfall))
    return [ProductInFull(product, tuple(stock[product.pk])) for product in products]


def product_in_full(*, sku: str) -> ProductInFull | None:
    """One product with its stock; None where there is no such SKU. 2 statements."""
    # No database takes a NUL, and an address may hold one.
    product = None if "\x00" in sku else Product.objects.filter(sku=sku).first()
    return None if product is None else with_stock([product])[0]


def _filtered(filters: ProductFilter) -> QuerySet[Product]:
    products = Product.objects.all()
    if filters.text:
        products = products.filter(Q(sku__istartswith=filters.text) | Q(name__icontains=filters.text))
    if filters.is_enabled is not None:
        products = products.filter(is_enabled=filters.is_enabled)
    if filters.is_stock_managed is not None:
        products = products.filter(manage_stock=filters.is_stock_managed)
    if filters.is_out_of_stock is not None:
        here = StockItem.objects.filter(product=OuterRef("pk"), source__is_enabled=True)
        units = Sum(F("on_hand") + F("shortfall") - F("reserved"))
        # A subquery, not a join: a join with a sum would group every product before the page is cut.
        free = here.order_by().values("product").annotate(units=units).values("units")
        products = products.alias(free=Coalesce(Subquery(free), 0))
        sold_out = Q(manage_stock=True, free__lte=F("out_of_stock_threshold"))
        products = products.filter(sold_out if filters.is_out_of_stock else ~sold_out)
    return products
