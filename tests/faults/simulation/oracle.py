"""What an order must have become, from Amazon's document, the settings and the catalog alone.

Small and slow on purpose, and nothing of the product's own policy is used.
"""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """A line as Amazon counts it, in Amazon's items."""

    reference: str
    sku: str
    wanted: int
    shipped: int

    @property
    def left(self) -> int:
        return self.wanted - self.shipped


@dataclass(frozen=True)
class Product:
    """A product: for sale or not, units nobody has claimed."""

    sku: str
    is_enabled: bool
    free: int


@dataclass(frozen=True)
class Fate:
    """The state it must be in, the blockers it must have, whether it must be a Commerce order."""

    state: str
    blockers: frozenset[str] = frozenset()
    is_commerce_order: bool = False


@dataclass(frozen=True)
class Decided:
    """What people decided about an order, and about its store.

    `is_import_on`: for this order, now. `may_stay_view_only`: import was off at some time of its life, and
    nobody has asked for it since.
    """

    is_import_on: bool
    may_stay_view_only: bool = False
    is_skipped: bool = False
    is_address_corrected: bool = False


def lines_of(document: Json) -> list[Line]:
    """The lines that are still wanted."""
    lines = []
    for item in document["orderItems"]:
        counts = item["fulfillment"]
        shipped, left = counts["quantityFulfilled"], counts["quantityUnfulfilled"]
        if shipped + left:
            lines.append(Line(item["orderItemId"], item["product"]["sellerSku"], shipped + left, shipped))
    return lines


def fate(
    document: Json,
    *,
    decided: Decided,
    was_imported: bool,
    products: dict[str, tuple[Product, int]],
    held: dict[str, int],
) -> Fate:
    """`products`: by seller SKU, with the units of an item. `held`: units that the order's lines hold."""
    if was_imported:
        return Fate("IMPORTED", is_commerce_order=True)
    fulfillment = document["fulfillment"]
    status, is_ours = fulfillment["fulfillmentStatus"], fulfillment["fulfilledBy"] == "MERCHANT"
    if document["salesChannel"]["channelName"] != "AMAZON":
        return Fate("VIEW_ONLY")
    if decided.is_skipped:
        return Fate("SKIPPED")
    if not decided.is_import_on:
        return Fate("VIEW_ONLY")
    if status == "CANCELLED":
        return Fate("CANCELED")
    is_open = is_ours and status in ("UNSHIPPED", "PARTIALLY_SHIPPED")
    if not is_open and status != "SHIPPED":
        return Fate("WAITING")
    reasons = set(_reasons(document, products, held, is_open=is_open))
    if decided.is_address_corrected:
        reasons.discard("ADDRESS_INCOMPLETE")
    return Fate("BLOCKED", frozenset(reasons)) if reasons else Fate("IMPORTED", is_commerce_order=True)


def _reasons(
    document: Json, products: dict[str, tuple[Product, int]], held: dict[str, int], *, is_open: bool
) -> list[str]:
    reasons = []
    for line in lines_of(document):
        if line.sku not in products:
            reasons.append("PRODUCT_MISSING")
            continue
        product, units = products[line.sku]
        if not product.is_enabled:
            reasons.append("PRODUCT_DISABLED")
        # What has left already is taken from stock as well, when the order is placed.
        if is_open and line.left and line.wanted * units > product.free + held.get(line.reference, 0):
            reasons.append("OUT_OF_STOCK")
    if is_open and not document["recipient"]["deliveryAddress"].get("city"):
        reasons.append("ADDRESS_INCOMPLETE")
    return reasons


def is_possible(actual: Fate, document: Json, decided: Decided, *, was_imported: bool) -> bool:
    """What depends on the moment when import was switched: an order may have ended up either way."""
    if was_imported or decided.is_skipped or actual.is_commerce_order:
        return False
    if actual.state == "VIEW_ONLY":
        return decided.may_stay_view_only
    is_canceled = document["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
    return actual.state == "CANCELED" and is_canceled


def may_be_commerce_order(document: Json, *, was_import_on: bool) -> bool:
    """Whether it can ever have been right to import this order."""
    fulfillment = document["fulfillment"]
    if document["salesChannel"]["channelName"] != "AMAZON" or not was_import_on:
        return False
    if fulfillment["fulfilledBy"] == "AMAZON":
        return bool(fulfillment["fulfillmentStatus"] == "SHIPPED")
    return fulfillment["fulfillmentStatus"] not in ("PENDING", "PENDING_AVAILABILITY")
