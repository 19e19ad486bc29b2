"""How Amazon comes to know of a parcel, and what it wants to know of it. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from commerce.refusals import Refusal
from commerce.shipping.parcels import written_plainly
from commerce.shipping.wishes import ParcelToShip
from integration.decision.policy import CANCELED
from integration.models import ConfirmationWay
from integration.outbox import carriers

# Amazon's words for programs of an order (SP-API model orders 2026-01-01).
SHIP_PLUS, PICK_UP = "FBM_SHIP_PLUS", "IN_STORE_PICK_UP"
# These ways are told by a call of ours.
CALLED = (ConfirmationWay.CONFIRM, ConfirmationWay.PICKUP)


def way_of(*, programs: Collection[str], tracking_number: str, has_channel_label: bool) -> ConfirmationWay:
    """The way a parcel goes."""
    # Amazon refuses confirmShipment for these with a 400 and knows of the parcel by itself.
    if SHIP_PLUS in programs or has_channel_label:
        return ConfirmationWay.READ_BACK
    if PICK_UP in programs:
        return ConfirmationWay.PICKUP
    # confirmShipment wants a number (model ordersV0; models#4329), the feed does not.
    return ConfirmationWay.CONFIRM if tracking_number.strip() else ConfirmationWay.FEED


def is_same_label(
    parcel: ParcelToShip,
    contents: Mapping[str, int],
    *,
    number: str,
    items: Iterable[Mapping[str, Any]],
    status: str,
) -> bool:
    """Whether a package that Amazon shows is this parcel: the same number, and the same in it."""
    ours = written_plainly(parcel.tracking_number)
    if not ours or status in CANCELED or written_plainly(number) != ours:
        return False
    # One box may hold what was told of before and more: then Amazon has to be told of the rest.
    return {each["order_item_id"]: each["quantity"] for each in items} == dict(contents)


def unsayable(
    *, order_id: int, number: str, parcel: ParcelToShip, way: ConfirmationWay, country: str
) -> Iterator[Refusal]:
    """What Amazon wants to know of a parcel and is not said."""
    if way not in (ConfirmationWay.CONFIRM, ConfirmationWay.FEED):
        return
    carrier = carriers.find_carrier(code=parcel.carrier_code, name=parcel.carrier, country=country)
    if carrier is None:
        text = f"{number}: Amazon wants the carrier; one that is not on its list by name."
        yield Refusal(order_id, "CARRIER", text)
