"""FAILED: a bug of ours stopped the order. No check finds it: the boundary around check and place says it."""

from collections.abc import Iterator, Mapping
from typing import Any

from integration.decision.blockers.finding import Finding
from integration.decision.facts import OrderFacts

CODE = "FAILED"
GONE = "the error did not come again"


def check(facts: OrderFacts) -> Iterator[Finding]:
    """Nothing: a failure cannot be foreseen."""
    return iter(())


def message(details: Mapping[str, Any], seller_sku: str) -> str:
    """The reason in words."""
    return (
        f"An error here stopped the import ({details.get('error', 'unknown')}); it is tried again by itself"
    )


def remedy(details: Mapping[str, Any], seller_sku: str) -> str:
    """What to do about it."""
    return f"Tell support the reference {details.get('reference', '-')}; the order is tried again meanwhile."
