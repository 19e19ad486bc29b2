"""What Amazon is to give back per item, in the components it knows, out of a credit memo. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

from commerce.refunds.amounts import Parts

ZERO = Decimal(0)


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
    by_item = {line.order_item_id: line.parts for line in lines}
    alone = total
    for parts in by_item.values():
        alone = alone.minus(parts)
    if any(alone.by_name().values()):
        # Shipping of the order as a whole, or an amount a person added: any item will do for the buyer,
        # who gets one payment.
        first = next(iter(by_item), otherwise)
        by_item[first] = by_item.get(first, Parts()).plus(alone)
    # Amazon takes as many decimals as the currency has: "100", not "100.00", for yen.
    digits = Decimal(1).scaleb(-get_currency_precision(currency))
    items = ((item_id, _components(parts)) for item_id, parts in by_item.items())
    return [
        {
            "order_item_id": item_id,
            "components": {kind: str(amount.quantize(digits)) for kind, amount in components.items()},
        }
        for item_id, components in items
        if components
    ]


def _components(parts: Parts) -> dict[str, Decimal]:
    """The buyer paid the price less the discount, so that is what goes back; only positive amounts can."""
    net = {
        # A discount is a negative amount here (ADR 0005). Amazon caps each component by what was
        # charged in that very bucket (Seller Central help 25161).
        "Principal": parts.items + parts.discount,
        "Shipping": parts.shipping,
        "Tax": parts.tax,
        "GiftWrap": parts.gift_wrap,
        "Other": parts.other,
    }
    # A shipping discount may be larger than the price given back: it is taken off the largest component.
    owed = sum((amount for amount in net.values() if amount < 0), ZERO)
    positive = {kind: amount for kind, amount in net.items() if amount > 0}
    for kind in sorted(positive, key=lambda each: positive[each], reverse=True):
        taken = min(positive[kind], -owed)
        positive[kind] -= taken
        owed += taken
    return {kind: amount for kind, amount in positive.items() if amount > 0}
