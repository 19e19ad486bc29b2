"""What a refusal of confirmShipment means, by Amazon's words: its codes say nothing ("InvalidInput"). Pure.

Such a refusal is no failure and no success: what became of the parcel is read back.
"""

import re

# The order has no unit left to ship (models#5037, in a message of over 300 characters); or Amazon makes the
# package itself: FBM Ship+, a label that was bought at Amazon ("Confirm the shipment status").
_DONE_ELSEWHERE = re.compile(
    r"PackageToUpdateNotFound|order already fulfilled|already (been )?(confirmed|shipped)"
    r"|FBM ?Ship ?(\+|plus)|FBM_SHIP_PLUS|Buy Shipping",
    re.IGNORECASE,
)


def says_done_elsewhere(*, code: str, words: str) -> bool:
    """Whether Amazon says that there is nothing to be told: `words` is all of its answer, uncut."""
    return _DONE_ELSEWHERE.search(f"{code} {words}") is not None
