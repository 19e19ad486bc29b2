"""What a person can do about a blocker in place: the same forms on an order's page and beside a cause."""

from dataclasses import dataclass
from decimal import Decimal

from commerce.catalog.product_queries import ProductInFull
from integration.orders.blocked_orders import Cause
from integration.orders.details import ItemDetails
from integration.orders.order_list import OpenBlocker


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What the forms of one blocker need. `id` makes their fields' names on the page its own.

    `match_key`: what a match is made for. `sku`: what a product is made with, empty where Amazon tells none.
    `stock`: the product with its stock where it is known already; else the page asks for it by itself.
    """

    id: str
    code: str
    store_id: int
    match_key: str = ""
    sku: str = ""
    title: str = ""
    price: Decimal | None = None
    currency: str = ""
    quantity: int = 0
    product_sku: str = ""
    stock: ProductInFull | None = None
    missing: int = 0


def of_line(item: ItemDetails, blocker: OpenBlocker, *, store_id: int) -> Fix:
    """The fix of a blocker of one line of an order."""
    return Fix(
        id=item.order_item_id,
        code=blocker.code,
        store_id=store_id,
        match_key=item.sku_or_asin,
        sku=item.seller_sku,
        title=item.title or item.seller_sku,
        price=item.unit_price,
        currency=item.currency,
        quantity=item.quantity_ordered,
        product_sku=item.product.sku if item.product else "",
    )


def of_cause(cause: Cause, *, number: int) -> Fix:
    """The fix of a whole cause. `number`: its place on the page."""
    line = cause.line
    return Fix(
        id=f"cause-{number}",
        code=cause.code,
        store_id=cause.store_ids[0],
        match_key="" if cause.product else cause.sku,
        sku=cause.sku if cause.has_seller_sku and not cause.product else "",
        title=line.title if line and line.title else cause.sku,
        price=line.unit_price if line else None,
        currency=line.currency if line else "",
        quantity=cause.units,
        product_sku=cause.product.product.sku if cause.product else "",
        stock=cause.product,
        missing=cause.missing_units,
    )
