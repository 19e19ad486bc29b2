"""The number under which Amazon knows a parcel of ours. Pure.

Amazon counts its own packages of an order from 1, and confirming one of its numbers would change that one.
Ours are far from those, and made of the shipment, so that the same parcel always gets the same one.
"""

from collections.abc import Collection

# Amazon takes a positive number only, as a string (an integer is refused since January 2026,
# models#5094).
_FIRST = 1_000_000
_STEP = 100_000_000


def choose(shipment_id: int, *, taken: Collection[str]) -> str:
    """A positive number as text that is none of those `taken` within the order."""
    number = _FIRST + shipment_id
    while str(number) in taken:
        number += _STEP
    return str(number)
