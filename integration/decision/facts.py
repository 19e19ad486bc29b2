"""All that is known of an order when it is judged: frozen, gathered before, free of any database. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

MERCHANT = "MERCHANT"
AMAZON = "AMAZON"


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """The product a line is for. `salable` is None where its stock is not managed."""

    id: int
    sku: str
    is_enabled: bool
    salable: int | None
    stamp: datetime


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One line that is still wanted. `quantity`, `shipped`: Amazon's items; `units`: what one item takes."""

    reference: str
    seller_sku: str
    asin: str
    quantity: int
    shipped: int
    units: int
    product: ProductFacts | None
    reserved: int
    has_amount: bool

    @property
    def sku_or_asin(self) -> str:
        """What a match is made for: the seller SKU, or the ASIN of a line without one."""
        return self.seller_sku or self.asin

    @property
    def units_to_ship(self) -> int:
        """Units of the product that have not left yet."""
        return max(self.quantity - self.shipped, 0) * self.units


@dataclass(frozen=True, slots=True)
class CommerceLineFacts:
    """A line of the Commerce order; quantities are product units, `units_per_item` of which are one item."""

    reference: str
    quantity: int
    units_per_item: int
    shipped: int
    canceled: int
    has_amount: bool = True

    @property
    def open(self) -> int:
        """Units that are neither shipped nor canceled."""
        return self.quantity - self.shipped - self.canceled


@dataclass(frozen=True, slots=True)
class CommerceFacts:
    """The Commerce order this order has become."""

    id: int
    number: str
    status: str
    lines: tuple[CommerceLineFacts, ...]
    grand_total: Decimal | None = None

    @property
    def has_shipped(self) -> bool:
        """Whether anything has left."""
        return any(line.shipped for line in self.lines)


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """One order: Amazon's word, our settings, what we know of its products and stock."""

    amazon_order_id: str
    status: str
    fulfilled_by: str
    channel_name: str
    currencies: frozenset[str]
    address_gaps: tuple[str, ...]
    lines: tuple[LineFacts, ...]
    state: str
    reason: str
    import_enabled: bool
    is_import_requested: bool
    reserve_pending: bool
    skipped_until: datetime | None
    is_skipped: bool
    commerce: CommerceFacts | None
    # Data sets of which nothing was told yet: not asked for, or left out by Amazon.
    untold: frozenset[str] = frozenset()

    @property
    def is_merchant_fulfilled(self) -> bool:
        """Whether the merchant ships it; an order that does not say is taken for one: not overlooked."""
        return self.fulfilled_by != AMAZON

    @property
    def units_to_ship(self) -> int:
        """Units that have not left yet."""
        return sum(line.units_to_ship for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSnapshot:
    """Amazon's word about an order at one moment. Counts are items; `wanted`: ordered, not canceled."""

    status: str
    wanted: int
    shipped: int
    canceled: int
    total: Decimal | None
    currency: str
    asks_to_cancel: bool

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "OrderSnapshot | None":
        """What was kept of the last judgment; None where nothing was."""
        if not kept:
            return None
        total = None if kept["total"] is None else Decimal(kept["total"])
        return cls(**{**kept, "total": total})

    def as_json(self) -> dict[str, Any]:
        """What is kept until the next judgment."""
        return {**asdict(self), "total": None if self.total is None else str(self.total)}
