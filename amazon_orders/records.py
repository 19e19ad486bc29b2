"""An Amazon order in our own words: frozen, complete, free of Amazon's JSON. Pure."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

# {"currency": "USD", "total": "49.99", "parts": [{"type": "ITEM", "amount": "39.99"}, ...]}: the amounts are
# Amazon's own texts, so nothing is lost by a conversion.
Proceeds = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """One line. Quantities are Amazon's items (a 2-pack is one item)."""

    order_item_id: str
    position: int
    asin: str
    seller_sku: str
    title: str
    quantity_ordered: int
    quantity_shipped: int
    quantity_canceled: int
    unit_price: Decimal | None
    currency: str
    proceeds: Proceeds
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PackageRecord:
    """One parcel that Amazon knows of."""

    package_reference_id: str
    carrier: str
    shipping_service: str
    tracking_number: str
    shipped_at: datetime | None
    status: str
    detailed_status: str
    items: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """One order. `data_sets` names what Amazon was asked for and told: anything else is unknown, not empty.

    `oddities`: details that could not be read and are left out, in words without personal data.
    """

    amazon_order_id: str
    marketplace_id: str
    channel_name: str
    purchased_at: datetime
    last_updated_at: datetime
    status: str
    fulfilled_by: str
    total: Decimal | None
    currency: str
    proceeds: Proceeds
    service_level: str
    cash_on_delivery: Decimal | None
    earliest_ship_at: datetime | None
    latest_ship_at: datetime | None
    earliest_deliver_at: datetime | None
    latest_deliver_at: datetime | None
    programs: tuple[str, ...]
    is_cancel_requested: bool
    seller_order_id: str
    replaces_order_id: str
    address_gaps: str
    items: tuple[ItemRecord, ...]
    packages: tuple[PackageRecord, ...]
    personal: dict[str, Any]
    data_sets: frozenset[str]
    digest: str
    oddities: tuple[str, ...] = ()
