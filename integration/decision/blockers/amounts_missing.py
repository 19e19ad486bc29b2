"""AMOUNTS_MISSING: an order that must be shipped came without prices."""

from collections.abc import Iterator, Mapping
from typing import Any

from integration.decision.blockers.finding import Finding, of_line
from integration.decision.facts import OrderFacts

CODE = "AMOUNTS_MISSING"
GONE = "Amazon tells the prices now"


def check(facts: OrderFacts) -> Iterator[Finding]:
    """A finding per line without any amount; no amount is not the amount zero."""
    for line in facts.lines:
        # Only while something must leave: an order that has shipped is recorded with what Amazon says.
        if not line.has_amount and line.units_to_ship:
            yield of_line(CODE, line)


def message(details: Mapping[str, Any], seller_sku: str) -> str:
    """The reason in words."""
    return f'Amazon has sent no price for "{seller_sku}"'


def remedy(details: Mapping[str, Any], seller_sku: str) -> str:
    """What to do about it."""
    return "Refresh the order; if Amazon still sends no price, look at it in Seller Central."
