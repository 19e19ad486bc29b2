"""The all-orders report as Amazon writes it: tab-separated, no quoting, one row per ITEM.

Columns as Amazon's page "Order Tracking reports attributes" lists them.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from sandbox.clock import parse_iso
from sandbox.datasets import Json
from sandbox.marketplaces import marketplace
from sandbox.versions import OrderVersion

COLUMNS = (
    "amazon-order-id",
    "merchant-order-id",
    "purchase-date",
    "last-updated-date",
    "order-status",
    "fulfillment-channel",
    "sales-channel",
    "order-channel",
    "ship-service-level",
    "product-name",
    "sku",
    "asin",
    "item-status",
    "quantity",
    "currency",
    "item-price",
    "item-tax",
    "shipping-price",
    "shipping-tax",
    "gift-wrap-price",
    "gift-wrap-tax",
    "item-promotion-discount",
    "ship-promotion-discount",
    "ship-city",
    "ship-state",
    "ship-postal-code",
    "ship-country",
    "promotion-ids",
    "is-business-order",
    "purchase-order-number",
    "price-designation",
)
NON_AMAZON = "Non-Amazon"
_STATUSES = {
    "PENDING_AVAILABILITY": "PendingAvailability",
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "PartiallyShipped",
    "SHIPPED": "Shipped",
    "CANCELLED": "Canceled",
    "UNFULFILLABLE": "Unfulfillable",
}
_CHANNELS = {"MERCHANT": "Merchant", "AMAZON": "Amazon"}


def flat_file(orders: Iterable[OrderVersion]) -> Iterator[str]:
    """The lines, the heading first, each with its line break."""
    yield _line(COLUMNS)
    for version in orders:
        document = version.document()
        # An order whose items are gone still has its row.
        for item in document.get("orderItems") or [{}]:
            row = _order(version, document) | _item(item) | _place(document)
            yield _line(row.get(column, "") for column in COLUMNS)


def _line(values: Iterable[str]) -> str:
    # No quoting: a tab or line break within a value would be a new cell or row.
    cells = ("".join(" " if sign in "\t\r\n" else sign for sign in value) for value in values)
    return "\t".join(cells) + "\r\n"


def _order(version: OrderVersion, document: Json) -> dict[str, str]:
    programs = document.get("programs") or []
    return {
        "amazon-order-id": version.order_id,
        "merchant-order-id": version.order_id,
        "purchase-date": _moment(document["createdTime"]),
        "last-updated-date": _moment(document["lastUpdatedTime"]),
        "order-status": _STATUSES.get(version.status or "", version.status or ""),
        "fulfillment-channel": _CHANNELS.get(version.fulfilled_by or "", ""),
        "sales-channel": _sales_channel(version, document),
        "ship-service-level": str(document.get("fulfillment", {}).get("fulfillmentServiceLevel", "")),
        "is-business-order": str("AMAZON_BUSINESS" in programs).lower(),
    }


def _sales_channel(version: OrderVersion, document: Json) -> str:
    if document.get("salesChannel", {}).get("channelName") != "AMAZON":
        return NON_AMAZON
    return marketplace(version.marketplace_id).name if version.marketplace_id else ""


def _item(item: Json) -> dict[str, str]:
    product = item.get("product") or {}
    price: Any = (product.get("price") or {}).get("unitPrice") or {}
    left = (item.get("fulfillment") or {}).get("quantityUnfulfilled", 0)
    return {
        "product-name": str(product.get("title", "")),
        "sku": str(product.get("sellerSku", "")),
        "asin": str(product.get("asin", "")),
        "item-status": "Unshipped" if left else "Shipped",
        "quantity": str(item.get("quantityOrdered", "")),
        "currency": str(price.get("currencyCode", "")),
        "item-price": str(price.get("amount", "")),
    }


def _place(document: Json) -> dict[str, str]:
    address = (document.get("recipient") or {}).get("deliveryAddress") or {}
    return {
        "ship-city": str(address.get("city", "")),
        "ship-state": str(address.get("stateOrRegion", "")),
        "ship-postal-code": str(address.get("postalCode", "")),
        "ship-country": str(address.get("countryCode", "")),
    }


def _moment(text: object) -> str:
    """Reports write whole seconds with an offset: 2026-11-20T12:00:00+00:00."""
    try:
        moment: datetime = parse_iso(str(text))
    except ValueError:
        return str(text)
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()
