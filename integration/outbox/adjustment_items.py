"""What Amazon is to give back per item, in the components it knows, out of a credit memo. Pure.

The components are the credit memo's own buckets: nothing is computed here a second time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

from commerce.refunds import buckets
from commerce.refunds.buckets import Bucket
from commerce.refunds.parts import SUMMED, Parts, sum_of

# Amazon's words (OrderAdjustment schema, BuyerPrice component types).
COMPONENTS: Mapping[Bucket, str] = {
    Bucket.PRICE: "Principal",
    Bucket.SHIPPING: "Shipping",
    Bucket.GIFT_WRAP: "GiftWrap",
    Bucket.COD: "COD",
    Bucket.OTHER: "Other",
    Bucket.PRICE_TAX: "Tax",
    Bucket.SHIPPING_TAX: "ShippingTax",
    Bucket.GIFT_WRAP_TAX: "GiftWrapTax",
    Bucket.COD_TAX: "CODTax",
}


@dataclass(frozen=True, slots=True)
class LineGivenBack:
    """What was given back of one Amazon order item."""

    order_item_id: str
    parts: Parts


def of_memo(
    total: Parts, lines: Sequence[LineGivenBack], *, otherwise: str, currency: str
) -> list[dict[str, Any]]:
    """[{order_item_id, components: {type: amount as text}}].

    Amazon knows no amount without an item: what belongs to no line goes with the first one.
    """
    by_item = {line.order_item_id: buckets.of(line.parts) for line in lines}
    alone = total.minus(sum_of(line.parts for line in lines)).by_name()
    if any(alone[name] for name in SUMMED):
        # Shipping of the order as a whole, or an amount a person added: any item will do for the buyer,
        # who gets one payment.
        first = next(iter(by_item), otherwise)
        own = buckets.of(Parts(**{name: alone[name] for name in SUMMED}))
        by_item[first] = buckets.plus([by_item.get(first, {}), own])
    # Amazon takes as many decimals as the currency has: "100", not "100.00", for yen.
    digits = Decimal(1).scaleb(-get_currency_precision(currency))
    items = {
        item_id: {
            COMPONENTS[bucket]: str(amount.quantize(digits)) for bucket, amount in amounts.items() if amount
        }
        for item_id, amounts in by_item.items()
    }
    return [
        {"order_item_id": item_id, "components": components}
        for item_id, components in items.items()
        if components
    ]
