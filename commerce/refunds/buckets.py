"""What is given back, by the charge it belongs to. Pure.

A channel takes no negative amount and none above what was charged in that very bucket (Amazon: help 25161);
a discount is taken off what it discounts. The buckets of a refund add up to its total, to the cent: they are
the credit memo seen from the other side, not a second computation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum

from commerce.refunds.parts import ZERO, Parts


class Bucket(StrEnum):
    """A charge, or the tax on top of it."""

    PRICE = "price"
    SHIPPING = "shipping"
    GIFT_WRAP = "gift wrap"
    COD = "cash on delivery"
    OTHER = "other charges"
    PRICE_TAX = "tax"
    SHIPPING_TAX = "tax on shipping"
    GIFT_WRAP_TAX = "tax on gift wrap"
    COD_TAX = "tax on cash on delivery"


Amounts = dict[Bucket, Decimal]
# The buckets in which an included tax can be, and the share of it there.
TAXED = {
    Bucket.PRICE: "",
    Bucket.SHIPPING: "shipping_tax",
    Bucket.GIFT_WRAP: "gift_wrap_tax",
    Bucket.COD: "cod_tax",
}


def of(parts: Parts) -> Amounts:
    """An amount by buckets, with their signs. Their sum is the total of the parts."""
    of_shipping, of_wrap, of_cod = (
        (parts.shipping_tax, parts.gift_wrap_tax, parts.cod_tax) if parts.tax else (ZERO, ZERO, ZERO)
    )
    return {
        Bucket.PRICE: parts.items + parts.discount - parts.shipping_discount,
        Bucket.SHIPPING: parts.shipping + parts.shipping_discount,
        Bucket.GIFT_WRAP: parts.gift_wrap,
        Bucket.COD: parts.cod,
        Bucket.OTHER: parts.other - parts.cod,
        Bucket.PRICE_TAX: parts.tax - of_shipping - of_wrap - of_cod,
        Bucket.SHIPPING_TAX: of_shipping,
        Bucket.GIFT_WRAP_TAX: of_wrap,
        Bucket.COD_TAX: of_cod,
    }


def plus(amounts: Iterable[Amounts]) -> Amounts:
    """The sums."""
    summed = dict.fromkeys(Bucket, ZERO)
    for each in amounts:
        for bucket, amount in each.items():
            summed[bucket] += amount
    return summed


def fitted(parts: Parts, most: Mapping[Bucket, Decimal], *, total: Decimal | None = None) -> Parts:
    """These parts with no bucket below nothing or above its most, and in all no more than `total`.

    What a bucket lacks (a discount above its price) is taken off the largest ones.
    """
    asked = of(parts)
    given = {bucket: min(max(amount, ZERO), max(most[bucket], ZERO)) for bucket, amount in asked.items()}
    lacking = -sum((amount for amount in asked.values() if amount < 0), ZERO)
    if total is not None:
        lacking = max(lacking, sum(given.values(), ZERO) - max(total, ZERO))
    for bucket in sorted(given, key=lambda each: given[each], reverse=True):
        taken = min(given[bucket], lacking)
        given[bucket] -= taken
        lacking -= taken
    return _changed(parts, {bucket: given[bucket] - asked[bucket] for bucket in asked})


def _changed(parts: Parts, by: Mapping[Bucket, Decimal]) -> Parts:
    items, off_items = _discounted(parts.items, parts.discount - parts.shipping_discount, by[Bucket.PRICE])
    shipping, off_shipping = _discounted(parts.shipping, parts.shipping_discount, by[Bucket.SHIPPING])
    taxes = (by[Bucket.SHIPPING_TAX], by[Bucket.GIFT_WRAP_TAX], by[Bucket.COD_TAX])
    return replace(
        parts,
        items=items,
        shipping=shipping,
        discount=off_items + off_shipping,
        shipping_discount=off_shipping,
        gift_wrap=parts.gift_wrap + by[Bucket.GIFT_WRAP],
        other=parts.other + by[Bucket.OTHER] + by[Bucket.COD],
        cod=parts.cod + by[Bucket.COD],
        tax=parts.tax + by[Bucket.PRICE_TAX] + sum(taxes, ZERO),
        shipping_tax=parts.shipping_tax + taxes[0],
        gift_wrap_tax=parts.gift_wrap_tax + taxes[1],
        cod_tax=parts.cod_tax + taxes[2],
    )


def _discounted(charge: Decimal, discount: Decimal, by: Decimal) -> tuple[Decimal, Decimal]:
    """A charge and its discount, changed together: less is charged, or less is taken off."""
    if by >= 0:
        return charge, discount + by
    lowered = max(charge + by, min(charge, ZERO))
    return lowered, discount + (charge + by - lowered)
