"""Rows of the merchant's own business."""

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from commerce.models import (
    CommerceStore,
    Order,
    OrderLine,
    OrderStatus,
    Product,
    Source,
    StockItem,
    StockMovement,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def commerce_store(name: str = "Default Store") -> CommerceStore:
    """The shop of this name, made at its first use."""
    return CommerceStore.objects.get_or_create(name=name)[0]


def source(code: str = "main") -> Source:
    """The source of this code, made at its first use."""
    return Source.objects.get_or_create(code=code, defaults={"name": code.title()})[0]


def product(sku: str, *, stock: Mapping[str, int] | None = None, **fields: Any) -> Product:
    """An enabled product; `stock` is the quantity on hand by source code."""
    made = Product.objects.create(
        sku=sku,
        **{
            "name": f"Product {sku}",
            "price": Decimal("24.98"),
            "currency": "USD",
            "availability_changed_at": NOW,
            **fields,
        },
    )
    for code, on_hand in (stock or {}).items():
        item = StockItem.objects.create(product=made, source=source(code), on_hand=on_hand)
        if on_hand:
            StockMovement.objects.create(stock_item=item, reason="COUNT", on_hand=on_hand, reserved=0, at=NOW)
    return made


def order(**fields: Any) -> Order:
    """A Commerce order in Processing, without lines."""
    number = next(_numbers)
    return Order.objects.create(
        **{
            "number": f"{1_000_000 + number}",
            "channel": "AMAZON",
            "channel_reference": f"reference-{number}",
            "commerce_store": commerce_store(),
            "status": OrderStatus.PROCESSING,
            "currency": "USD",
            "items_total": Decimal("24.98"),
            "grand_total": Decimal("24.98"),
            "purchased_at": NOW - timedelta(days=1),
            "created_at": NOW,
            **fields,
        },
    )


def line(of: Order, product: Product, *, quantity: int = 1, position: int = 0, **fields: Any) -> OrderLine:
    """One line of a Commerce order."""
    return OrderLine.objects.create(
        order=of,
        product=product,
        position=position,
        sku=product.sku,
        name=product.name,
        quantity=quantity,
        **{"line_reference": f"line-{next(_numbers)}", "unit_price": Decimal("24.98"), **fields},
    )
