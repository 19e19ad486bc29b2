"""How Amazon comes to know of a parcel, and what it wants to know of it. Pure."""

from collections.abc import Collection, Iterator

from commerce.refusals import Refusal
from commerce.shipping.wishes import ParcelToShip
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
