"""OUT_OF_STOCK: the units that have not left yet are not there.

Advice, not the last word: that is the reservation's, made under lock when the order is placed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from integration.decision.blockers.finding import Finding, of_line
from integration.decision.facts import OrderFacts

CODE = "OUT_OF_STOCK"
GONE = "the stock covers it now"


def check(facts: OrderFacts) -> Iterator[Finding]:
    """A finding per line that the stock does not cover; lines of one product share its stock."""
    left: dict[int, int] = {}
    for line in facts.lines:
        if line.product is None or line.product.salable is None or line.units_to_ship == 0:
            continue
        free = left.get(line.product.id, line.product.salable)
        available = free + line.reserved
        if line.units_to_ship > available:
            yield of_line(
                CODE, line, sku=line.product.sku, needed=line.units_to_ship, salable=max(available, 0)
            )
        # Taken off also where it does not suffice: the next line of the product must not count the same
        # units.
        left[line.product.id] = max(free - max(line.units_to_ship - line.reserved, 0), 0)


def message(details: Mapping[str, Any], seller_sku: str) -> str:
    """The reason in words."""
    sku = details.get("sku") or seller_sku
    needed, salable = details.get("needed", "?"), details.get("salable", 0)
    return f'Product "{sku}" is out of stock: {needed} needed, {salable} available'


def remedy(details: Mapping[str, Any], seller_sku: str) -> str:
    """What to do about it."""
    return f'Raise the quantity of "{details.get("sku") or seller_sku}" at a source, or add a source.'
