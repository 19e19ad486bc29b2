"""Products: made, changed, enabled, their stock management switched."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from commerce.models import Product
from commerce.orders import stock_management
from commerce.orders.stock_management import Switched
from commerce.stock.counts import UnknownProduct
from commerce.stock.stock import NoTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """What is said of a product; None leaves it as it is, or at its default in a new one."""

    sku: str
    name: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    is_enabled: bool | None = None
    manage_stock: bool | None = None
    out_of_stock_threshold: int | None = None


@dataclass(frozen=True, slots=True)
class Upserted:
    """SKUs by what happened to them, and what switching stock management did."""

    created: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]
    switched: Switched = field(default_factory=Switched)


class PriceNeedsCurrency(ValueError):
    """A price without a currency, on a product that has none yet."""

    def __init__(self, skus: Collection[str]) -> None:
        super().__init__(f"a price without a currency: {', '.join(sorted(skus)[:10])}")
        self.skus = frozenset(skus)


def find_by_skus(skus: Collection[str]) -> dict[str, Product]:
    """The products with these SKUs, 1 statement."""
    return {product.sku: product for product in Product.objects.filter(sku__in=skus)}


def upsert_products(rows: Sequence[ProductRow], *, now: datetime, by: str = "") -> Upserted:
    """Make or change products, each SKU at most once, in a fixed number of statements.

    What makes a product sellable (it is new, or enabled, its stock management is switched, its threshold
    is another) stamps `availability_changed_at`; disabling it leaves news (`disabled_products`). Raises
    PriceNeedsCurrency and NoTransaction, with nothing written.
    """
    if not transaction.get_connection().in_atomic_block:
        raise NoTransaction("upsert_products needs a transaction around it")
    by_sku = {row.sku: row for row in rows}
    before = find_by_skus(by_sku)
    # Before products are locked: it locks orders and stock items, and those come first
    # (docs/locking.md).
    switched = _switch(by_sku, before, now, by)
    # Read again: what somebody changed while we waited for these locks must not be written over.
    locked = Product.objects.filter(sku__in=by_sku).select_for_update(no_key=True).order_by("pk")
    known = {product.sku: product for product in locked}
    created = [_new(row, now) for sku, row in by_sku.items() if sku not in known]
    updated = [product for sku, product in known.items() if _apply(by_sku[sku], product, now)]
    priced = [product for product in (*created, *updated) if product.price is not None]
    if bare := [product.sku for product in priced if not product.currency]:
        raise PriceNeedsCurrency(bare)
    _save(created)
    _save(updated)
    changed = {product.sku for product in updated}
    return Upserted(
        created=tuple(product.sku for product in created),
        updated=tuple(sorted(changed)),
        unchanged=tuple(sorted(known.keys() - changed)),
        switched=switched,
    )


def change(
    *,
    sku: str,
    now: datetime,
    by: str = "",
    name: str | None = None,
    price: Decimal | None = None,
    currency: str | None = None,
    is_enabled: bool | None = None,
    manage_stock: bool | None = None,
    out_of_stock_threshold: int | None = None,
) -> Upserted:
    """Change one product that exists; None leaves a field as it is.

    Raises UnknownProduct and PriceNeedsCurrency.
    """
    row = ProductRow(
        sku=sku,
        name=name,
        price=price,
        currency=currency,
        is_enabled=is_enabled,
        manage_stock=manage_stock,
        out_of_stock_threshold=out_of_stock_threshold,
    )
    with transaction.atomic():
        if not Product.objects.filter(sku=sku).exists():
            raise UnknownProduct(f"no product {sku!r}")
        return upsert_products([row], now=now, by=by)


_FIELDS = ("name", "price", "currency", "is_enabled", "manage_stock", "out_of_stock_threshold")
_OF_AVAILABILITY = frozenset({"manage_stock", "out_of_stock_threshold"})


def _save(products: Sequence[Product]) -> None:
    """An upsert by SKU: two imports of the same new product make one."""
    if products:
        Product.objects.bulk_create(
            products,
            update_conflicts=True,
            unique_fields=["sku"],
            update_fields=[*_FIELDS, "availability_changed_at", "disabled_news_at"],
        )


def _new(row: ProductRow, now: datetime) -> Product:
    return Product(
        sku=row.sku,
        name=row.name or row.sku,
        price=row.price,
        currency=row.currency or "",
        is_enabled=row.is_enabled is not False,
        manage_stock=row.manage_stock is not False,
        out_of_stock_threshold=row.out_of_stock_threshold or 0,
        availability_changed_at=now,
    )


def _apply(row: ProductRow, product: Product, now: datetime) -> bool:
    """Put what is said into the product. Gives whether anything changed."""
    said = {name: getattr(row, name) for name in _FIELDS if getattr(row, name) is not None}
    changed = {name: value for name, value in said.items() if getattr(product, name) != value}
    if changed.get("is_enabled") or _OF_AVAILABILITY & changed.keys():
        product.availability_changed_at = now
    if "is_enabled" in changed:
        product.disabled_news_at = None if changed["is_enabled"] else now
    for name, value in changed.items():
        setattr(product, name, value)
    return bool(changed)


def _switch(rows: Mapping[str, ProductRow], known: Mapping[str, Product], now: datetime, by: str) -> Switched:
    """Release or reserve for the known products whose stock management is switched by these rows."""
    switched = {
        product.pk: row.manage_stock
        for sku, product in known.items()
        if (row := rows[sku]).manage_stock is not None and row.manage_stock != product.manage_stock
    }
    written = [product.pk for product in known.values()]
    return stock_management.switch(switched, written=written, now=now, by=by)
