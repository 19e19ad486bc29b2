"""CURRENCY_UNSUPPORTED: a currency that ISO 4217 does not know, or two in one order."""

from collections.abc import Iterator, Mapping
from typing import Any

from babel.numbers import list_currencies

from integration.decision.blockers.finding import Finding
from integration.decision.facts import OrderFacts

CODE = "CURRENCY_UNSUPPORTED"
GONE = "the currency can be handled now"
KNOWN = frozenset(list_currencies())


def check(facts: OrderFacts) -> Iterator[Finding]:
    """One finding for the order."""
    # An invoice has one currency, and Amazon names none that would decide.
    if len(facts.currencies) > 1 or not facts.currencies <= KNOWN:
        yield Finding(code=CODE, details={"currencies": sorted(facts.currencies)})


def message(details: Mapping[str, Any], seller_sku: str) -> str:
    """The reason in words."""
    currencies = details.get("currencies", [])
    if len(currencies) > 1:
        return f"The order mixes the currencies {', '.join(currencies)}"
    return f"The currency {', '.join(currencies)} is not known"


def remedy(details: Mapping[str, Any], seller_sku: str) -> str:
    """What to do about it."""
    return "Refresh the order; if it stays so, fulfill it in Seller Central and skip it here."
