"""PRODUCT_DISABLED: a line's product is in the catalog but not for sale."""

from collections.abc import Iterator, Mapping
from typing import Any

from integration.decision.blockers.finding import Finding, of_line
from integration.decision.facts import OrderFacts

CODE = "PRODUCT_DISABLED"
GONE = "the product is enabled now"


def check(facts: OrderFacts) -> Iterator[Finding]:
    """A finding per line whose product is disabled."""
    for line in facts.lines:
        if line.product is not None and not line.product.is_enabled:
            yield of_line(CODE, line, sku=line.product.sku)


def message(details: Mapping[str, Any], seller_sku: str) -> str:
    """The reason in words."""
    return f'Product "{details.get("sku") or seller_sku}" is disabled'


def remedy(details: Mapping[str, Any], seller_sku: str) -> str:
    """What to do about it."""
    return f'Enable the product "{details.get("sku") or seller_sku}" in the catalog.'
