"""Which part of an order belongs to which `includedData` word.

Without FULFILLMENT there is no `fulfillment` block and hence no status; packages exist only for
orders the merchant fulfills (orders_2026-01-01 model).
"""

from collections.abc import Set as AbstractSet
from typing import Any

Json = dict[str, Any]

DATASETS = (
    "BUYER",
    "RECIPIENT",
    "PROCEEDS",
    "EXPENSE",
    "PROMOTION",
    "CANCELLATION",
    "FULFILLMENT",
    "PACKAGES",
    "TAX",
    "PAYMENT",
    "FULFILLMENT_ORDERS",
)
_ORDER_BLOCKS = {
    "buyer": "BUYER",
    "recipient": "RECIPIENT",
    "proceeds": "PROCEEDS",
    "fulfillment": "FULFILLMENT",
    "packages": "PACKAGES",
    "tax": "TAX",
    "payment": "PAYMENT",
    "fulfillmentOrders": "FULFILLMENT_ORDERS",
}
_ITEM_BLOCKS = {
    "proceeds": "PROCEEDS",
    "expense": "EXPENSE",
    "promotion": "PROMOTION",
    "cancellation": "CANCELLATION",
    "fulfillment": "FULFILLMENT",
    "tax": "TAX",
}


def project(document: Json, included: AbstractSet[str]) -> Json:
    """The order as a request for these data sets sees it."""
    order = _kept(document, _ORDER_BLOCKS, included)
    # Amazon's own parcels are not told (SP-API model orders 2026-01-01: packages of MERCHANT orders
    # only).
    if (document.get("fulfillment") or {}).get("fulfilledBy") != "MERCHANT":
        order.pop("packages", None)
    items = document.get("orderItems")
    if isinstance(items, list):
        order["orderItems"] = [
            _kept(item, _ITEM_BLOCKS, included) if isinstance(item, dict) else item for item in items
        ]
    return order


def _kept(block: Json, owners: dict[str, str], included: AbstractSet[str]) -> Json:
    return {name: value for name, value in block.items() if name not in owners or owners[name] in included}
