"""Every way an order can fail to fit the merchant's own shop; each is a legal Amazon order.

Two orders of 25 (8 %) take one of them, in turn, so that a shop of 200 shows them all.
"""

from collections.abc import Callable, Mapping
from random import Random

from sandbox.catalog import Flaw
from sandbox.datasets import Json

Spoil = Callable[[Json, Random], None]


def _leave_as_is(document: Json, random: Random) -> None:
    """The ware itself is the trouble; of a scarce one more is ordered than there is."""


def _drop_sku(document: Json, random: Random) -> None:
    del document["orderItems"][0]["product"]["sellerSku"]


def _spoil_address(document: Json, random: Random) -> None:
    address = document["recipient"]["deliveryAddress"]
    # Japan's have no city to lose.
    if random.random() < 0.5 or "city" not in address:
        address["addressLine1"] = ""
    else:
        del address["city"]


def _drop_amounts(document: Json, random: Random) -> None:
    del document["proceeds"]
    for item in document["orderItems"]:
        del item["proceeds"]
        del item["product"]["price"]


def _unknown_currency(document: Json, random: Random) -> None:
    document["proceeds"]["grandTotal"]["currencyCode"] = "XTS"


def _drop_items(document: Json, random: Random) -> None:
    document["orderItems"] = []


def _several(document: Json, random: Random) -> None:
    _drop_sku(document, random)
    _spoil_address(document, random)


WAYS: Mapping[str, tuple[tuple[Flaw, ...], Spoil]] = {
    "product_missing": (("absent",), _leave_as_is),
    "product_disabled": (("disabled",), _leave_as_is),
    "sold_out": (("sold_out",), _leave_as_is),
    "scarce": (("scarce",), _leave_as_is),
    "no_sku": ((), _drop_sku),
    "address_incomplete": ((), _spoil_address),
    "amounts_missing": ((), _drop_amounts),
    "several": (("disabled", "absent"), _several),
    "currency_unsupported": ((), _unknown_currency),
    "no_items": ((), _drop_items),
}
"""Way -> flaws of the wares it starts with, and what is done to the finished document."""

_NAMES = tuple(WAYS)
_IN_EACH_25 = (7, 19)


def way_of(number: int) -> str | None:
    """The way the shop's order of this number is blocked, if it is."""
    block, place = divmod(number, 25)
    if place not in _IN_EACH_25:
        return None
    return _NAMES[(2 * block + _IN_EACH_25.index(place)) % len(_NAMES)]
