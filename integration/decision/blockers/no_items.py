"""NO_ITEMS: an order without a line that is still wanted."""

from collections.abc import Iterator, Mapping
from typing import Any

from integration.decision.blockers.finding import Finding
from integration.decision.facts import OrderFacts

CODE = "NO_ITEMS"
GONE = "Amazon tells its items now"


def check(facts: OrderFacts) -> Iterator[Finding]:
    """One finding for the order."""
    if not facts.lines:
        yield Finding(code=CODE)


def message(details: Mapping[str, Any], seller_sku: str) -> str:
    """The reason in words."""
    return "Amazon sent the order without items"


def remedy(details: Mapping[str, Any], seller_sku: str) -> str:
    """What to do about it."""
    return "Refresh the order; if it stays empty, look at it in Seller Central."
