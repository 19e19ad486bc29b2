"""Facts of an order as a judgment gathers them; no database."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from integration.decision.facts import (
    CommerceFacts,
    CommerceLineFacts,
    LineFacts,
    OrderFacts,
    OrderSnapshot,
    ProductFacts,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def product(**changes: Any) -> ProductFacts:
    """An enabled product of which 10 may be promised."""
    return ProductFacts(
        **{"id": 1, "sku": "SKU-1", "is_enabled": True, "salable": 10, "stamp": NOW, **changes}
    )


def line(**changes: Any) -> LineFacts:
    """One item that can be imported."""
    given = {
        "reference": "L1",
        "seller_sku": "SKU-1",
        "asin": "B000000001",
        "quantity": 1,
        "shipped": 0,
        "units": 1,
        "product": product(),
        "reserved": 0,
        "has_amount": True,
    }
    return LineFacts(**{**given, **changes})


def order(**changes: Any) -> OrderFacts:
    """An unshipped order of the merchant's, first seen, with nothing in its way."""
    given = {
        "amazon_order_id": "111-0000000-0000001",
        "status": "UNSHIPPED",
        "fulfilled_by": "MERCHANT",
        "channel_name": "AMAZON",
        "currencies": frozenset({"USD"}),
        "address_gaps": (),
        "lines": (line(),),
        "state": "WAITING",
        "reason": "",
        "import_enabled": True,
        "is_import_requested": False,
        "reserve_pending": True,
        "is_skipped": False,
        "skipped_until": None,
        "commerce": None,
    }
    return OrderFacts(**{**given, **changes})


def commerce_line(**changes: Any) -> CommerceLineFacts:
    """Five units of which nothing has happened."""
    given = {"reference": "L1", "quantity": 5, "units_per_item": 1, "shipped": 0, "canceled": 0}
    return CommerceLineFacts(**{**given, **changes})


def commerce_order(*lines: CommerceLineFacts, status: str = "PROCESSING") -> CommerceFacts:
    """The Commerce order an order has become."""
    return CommerceFacts(id=1, number="1000000001", status=status, lines=lines or (commerce_line(),))


# What Amazon says of an order of three items, at first and after one change.
UNSHIPPED = OrderSnapshot(
    status="UNSHIPPED",
    wanted=3,
    shipped=0,
    canceled=0,
    total=Decimal("30.0000"),
    currency="USD",
    asks_to_cancel=False,
)
PARTLY = replace(UNSHIPPED, status="PARTIALLY_SHIPPED", shipped=1)
SHIPPED = replace(UNSHIPPED, status="SHIPPED", shipped=3)
CANCELED = replace(UNSHIPPED, status="CANCELLED")
ONE_LESS = replace(UNSHIPPED, wanted=2, canceled=1)
ASKS = replace(UNSHIPPED, asks_to_cancel=True)
LOWERED = replace(SHIPPED, total=Decimal("20.00"))
