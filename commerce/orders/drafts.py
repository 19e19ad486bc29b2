"""What a channel asks commerce to record: orders, lines and parcels that have no row yet.

Quantities are the product's own units. Amounts are in the order's currency; None where the channel did not
say, which is not zero.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """One line of an order.

    `tax` stands on top of the other amounts, `included_tax` is inside them; what follows it is a share of the
    discount, of the tax and of the other charges.
    """

    line_reference: str
    position: int
    product_id: int
    sku: str
    name: str
    quantity: int
    units_per_item: int = 1
    quantity_shipped: int = 0
    quantity_canceled: int = 0
    unit_price: Decimal | None = None
    row_total: Decimal | None = None
    shipping: Decimal | None = None
    gift_wrap: Decimal | None = None
    discount: Decimal | None = None
    tax: Decimal | None = None
    other: Decimal | None = None
    included_tax: Decimal = ZERO
    shipping_discount: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    gift_wrap_tax: Decimal = ZERO
    cod: Decimal = ZERO
    cod_tax: Decimal = ZERO

    @property
    def quantity_to_ship(self) -> int:
        return self.quantity - self.quantity_shipped - self.quantity_canceled


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelDraft:
    """A parcel that has left. `lines`: (line reference, units); empty where the channel does not say."""

    channel_package_reference: str = ""
    carrier: str = ""
    service: str = ""
    tracking_number: str = ""
    shipped_at: datetime | None = None
    lines: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDraft:
    """An order of a channel. `takes_stock` is False where the channel ships from its own stock.

    Without a `number` it gets the next one of its Commerce store. A paid order is invoiced; one that is not
    paid waits in Pending.
    `payment_method`, `payment_reference` and `shipping_method` are the channel's words.

    `sealed_personal` is JSON sealed for `personal_data.associated_data(channel, channel_reference)`.
    """

    channel_reference: str
    commerce_store_id: int
    number: str = ""
    currency: str
    purchased_at: datetime
    lines: tuple[LineDraft, ...]
    custom_status: str = ""
    items_total: Decimal | None = None
    shipping_total: Decimal | None = None
    gift_wrap_total: Decimal | None = None
    discount_total: Decimal | None = None
    tax_total: Decimal | None = None
    included_tax_total: Decimal = ZERO
    other_total: Decimal | None = None
    grand_total: Decimal | None = None
    ship_by: datetime | None = None
    sealed_personal: bytes | None = None
    customer_id: int | None = None
    parcels: tuple[ParcelDraft, ...] = ()
    takes_stock: bool = True
    is_complete: bool = False
    is_paid: bool = True
    payment_method: str = ""
    payment_reference: str = ""
    shipping_method: str = ""
