"""ADDRESS_INCOMPLETE: the merchant has to ship and a parcel could not be addressed.

An odd region is no reason: Amazon accepts addresses that no table of regions knows.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from integration.decision.blockers.finding import Finding
from integration.decision.facts import OrderFacts

CODE = "ADDRESS_INCOMPLETE"
GONE = "the address is complete now"


def check(facts: OrderFacts) -> Iterator[Finding]:
    """One finding that names all that is missing."""
    if facts.is_merchant_fulfilled and facts.address_gaps and facts.units_to_ship:
        yield Finding(code=CODE, details={"gaps": list(facts.address_gaps)})


def message(details: Mapping[str, Any], seller_sku: str) -> str:
    """The reason in words."""
    return f"The delivery address has no {' and no '.join(details.get('gaps', [])) or 'street'}"


def remedy(details: Mapping[str, Any], seller_sku: str) -> str:
    """What to do about it."""
    return "Correct the delivery address on the order's page."
