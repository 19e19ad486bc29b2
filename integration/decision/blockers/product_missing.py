"""PRODUCT_MISSING: a line's SKU is neither matched to a product nor the SKU of one."""

from collections.abc import Iterator, Mapping
from typing import Any

from integration.decision.blockers.finding import Finding, of_line
from integration.decision.facts import OrderFacts

CODE = "PRODUCT_MISSING"
GONE = "the product is there now"


def check(facts: OrderFacts) -> Iterator[Finding]:
    """A finding per line without a product."""
    for line in facts.lines:
        if line.product is None:
            yield of_line(CODE, line, asin=line.asin, has_sku=bool(line.seller_sku))


def message(details: Mapping[str, Any], seller_sku: str) -> str:
    """The reason in words."""
    if not details.get("has_sku", True):
        return f"A line has no seller SKU (ASIN {seller_sku or 'unknown'})"
    return f'Product "{seller_sku}" is not in the catalog'


def remedy(details: Mapping[str, Any], seller_sku: str) -> str:
    """What to do about it."""
    if not details.get("has_sku", True):
        return f"Match {seller_sku or 'the line'} to a product of the catalog."
    return f'Create the product "{seller_sku}", or match the SKU to a product of the catalog.'
