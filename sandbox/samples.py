"""Plain orders for tests and benchmarks, in Amazon's JSON shape; `shop.py` makes the lifelike ones."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.clock import iso
from sandbox.datasets import Json
from sandbox.lifecycle import digits_of, set_status, without_payment
from sandbox.marketplaces import Marketplace, marketplace

Line = tuple[str | None, int, str]
"""Seller SKU (or None), quantity, unit price."""

_ADDRESSES: dict[str, Json] = {
    "US": {
        "addressLine1": "410 Terry Ave N",
        "city": "Seattle",
        "stateOrRegion": "WA",
        "postalCode": "98109",
    },
    "CA": {
        "addressLine1": "120 Bremner Blvd",
        "city": "Toronto",
        "stateOrRegion": "ON",
        "postalCode": "M5J 0A8",
    },
    "MX": {"addressLine1": "Av. Juárez 12", "city": "Puebla", "stateOrRegion": "PUE", "postalCode": "72000"},
    "UK": {"addressLine1": "1 Principal Place", "city": "London", "postalCode": "EC2A 2FA"},
    "DE": {"addressLine1": "Marcel-Breuer-Straße 12", "city": "München", "postalCode": "80807"},
    "JP": {
        # No city: region is the prefecture, the lines hold the rest.
        "addressLine1": "目黒区下目黒1-8-1",
        "stateOrRegion": "東京都",
        "postalCode": "153-0064",
    },
    "SG": {"addressLine1": "1 Raffles Quay", "addressLine2": "#12-34", "postalCode": "048583"},
    # In fields of its own, perhaps without a line (model orders 2026-01-01, AddressExtendedFields).
    "BR": {
        "city": "Campinas",
        "stateOrRegion": "SP",
        "postalCode": "13025-085",
        "extendedFields": {
            "streetName": "Rua Barão de Jaguara",
            "streetNumber": "901",
            "complement": "Sala 12",
            "neighborhood": "Centro",
        },
    },
}


def sample_order(
    order_id: str,
    *,
    created: datetime,
    updated: datetime | None = None,
    place: str = "US",
    status: str = "UNSHIPPED",
    fulfilled_by: str = "MERCHANT",
    lines: Sequence[Line] = (("SKU-1", 1, "10.00"),),
    buyer_name: str = "Alex Morgan",
) -> Json:
    """An order whose money adds up; PENDING ones have no money and no address, as at Amazon."""
    where = marketplace(place)
    items = [_item(order_id, number, line, where) for number, line in enumerate(lines, 1)]
    document: Json = {
        "orderId": order_id,
        "createdTime": iso(created),
        "lastUpdatedTime": iso(updated or created),
        "programs": [],
        "salesChannel": {
            "channelName": "AMAZON",
            "marketplaceId": where.id,
            "marketplaceName": where.name,
        },
        "buyer": {
            "buyerName": buyer_name,
            "buyerEmail": f"{digits_of(order_id)}@marketplace.amazon.{where.domain}",
        },
        "recipient": {"deliveryAddress": _address(buyer_name, where)},
        "proceeds": _proceeds(lines, where),
        "fulfillment": _fulfillment(fulfilled_by, created),
        "orderItems": items,
    }
    if status in ("PENDING", "PENDING_AVAILABILITY"):
        without_payment(document)
    set_status(document, status, updated or created)
    return document


def sample_orders(count: int, *, created: datetime, skus: int = 500, **fields: Any) -> Iterator[Json]:
    """Many orders for benchmarks, each a second after the one before, with 1 to 3 items whose SKUs run
    over `BENCH-0001` to `BENCH-<skus>`."""
    for number in range(count):
        lines = [
            (f"BENCH-{(number * 7 + line) % skus + 1:04d}", 1 + number % 2, f"{9 + number % 40}.95")
            for line in range(1 + number % 3)
        ]
        yield sample_order(
            f"{901 + number // 10**7:03d}-{number % 10**7:07d}-{number * 7919 % 10**7:07d}",
            created=created + timedelta(seconds=number),
            lines=lines,
            **fields,
        )


def _item(order_id: str, number: int, line: Line, where: Marketplace) -> Json:
    sku, quantity, price = line
    subtotal = _money(Decimal(price) * quantity, where)
    product = {
        "asin": f"B0{digits_of(order_id) % 10**6:06d}{number:02d}",
        "title": f"Product {sku or 'without SKU'}",
        "condition": {"conditionType": "NEW", "conditionSubtype": "NEW", "conditionNote": ""},
        "price": {"unitPrice": _money(Decimal(price), where)},
    } | ({} if sku is None else {"sellerSku": sku})
    return {
        "orderItemId": f"{digits_of(order_id) % 10**12:012d}{number:02d}",
        "quantityOrdered": quantity,
        "product": product,
        "proceeds": {"proceedsTotal": subtotal, "breakdowns": [{"type": "ITEM", "subtotal": subtotal}]},
        "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": quantity},
    }


def _proceeds(lines: Sequence[Line], where: Marketplace) -> Json:
    total = _money(sum((Decimal(price) * quantity for _, quantity, price in lines), Decimal()), where)
    return {"grandTotal": total, "breakdowns": [{"type": "ITEM", "subtotal": total}]}


def _address(name: str, where: Marketplace) -> Json:
    address = _ADDRESSES.get(where.code, {"addressLine1": "1 Market Street", "city": "Anytown"})
    return {"name": name, **address, "countryCode": where.country, "addressType": "RESIDENTIAL"}


def _fulfillment(fulfilled_by: str, created: datetime) -> Json:
    def window(first: int, last: int) -> Json:
        return {
            "earliestDateTime": iso(created + timedelta(days=first)),
            "latestDateTime": iso(created + timedelta(days=last)),
        }

    return {
        "fulfillmentStatus": "UNSHIPPED",
        "fulfilledBy": fulfilled_by,
        "fulfillmentServiceLevel": "STANDARD",
        "shipByWindow": window(0, 2),
        "deliverByWindow": window(3, 6),
    }


def _money(amount: Decimal, where: Marketplace) -> Json:
    return {"amount": str(round(amount, where.digits or None)), "currencyCode": where.currency}
