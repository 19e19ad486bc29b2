"""POST_ORDER_FULFILLMENT_DATA: parcels by feed, with or without carrier and tracking number.

The elements are those of OrderFulfillment.xsd as public client libraries carry it (2021). Amazon numbers the
package itself, from 1: no element names it (MerchantFulfillmentID is kept and not used).
"""

from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element

from sandbox import carrier_codes
from sandbox.clock import parse_iso
from sandbox.datasets import Json
from sandbox.feed_refusals import BAD_DOCUMENT, BAD_ORDER, BAD_STATE, Refused
from sandbox.lifecycle import deliver, parcel, record_package, unfulfilled
from sandbox.shipping_api import TIME_IN_TRANSIT
from sandbox.versions import OrderVersion
from sandbox.world import World

# The order of the schema: another one is no valid document.
_ORDER = (
    *("AmazonOrderID", "MerchantFulfillmentID", "FulfillmentDate", "FulfillmentData"),
    *("CODCollectionMethod", "Item"),
)
_OPEN = ("UNSHIPPED", "PARTIALLY_SHIPPED")


@dataclass(frozen=True)
class Fulfillment:
    """One message."""

    shipped_at: datetime
    carrier: str
    service: str | None
    tracking_number: str
    quantities: dict[str, int]


def fulfill(world: World, order: OrderVersion, message: Element, at: datetime) -> None:
    """Do what one message says. Raises Refused."""
    document = order.document()
    wanted = _read(message, document)
    if "FBM_SHIP_PLUS" in (document.get("programs") or []) or order.fulfilled_by != "MERCHANT":
        raise Refused(BAD_STATE, f"Order {order.order_id} is not confirmed by you.")
    if order.status not in _OPEN:
        raise Refused(BAD_STATE, f"Order {order.order_id} cannot be fulfilled: it is {order.status}.")
    room = unfulfilled(document)
    for item_id, quantity in wanted.quantities.items():
        if item_id not in room:
            raise Refused(BAD_ORDER, f"Order {order.order_id} has no item {item_id}.")
        if quantity > room[item_id]:
            raise Refused(BAD_STATE, f"{quantity} of item {item_id} are more than the {room[item_id]} left.")
    world.edit_order(
        order.order_id, lambda changed: _ship(changed, wanted, at), at, seller_id=order.seller_id
    )
    _schedule_delivery(world, order, wanted.shipped_at + TIME_IN_TRANSIT)


def _schedule_delivery(world: World, order: OrderVersion, due: datetime) -> None:
    def arrive(at: datetime) -> None:
        if world.order(order.order_id, order.seller_id) is not None:
            world.edit_order(order.order_id, deliver, at, seller_id=order.seller_id)

    world.schedule(due, arrive)


def _read(message: Element, document: Json) -> Fulfillment:
    places = [_ORDER.index(child.tag) if child.tag in _ORDER else -1 for child in message]
    if -1 in places or places != sorted(places):
        raise Refused(BAD_DOCUMENT, "The elements of OrderFulfillment are not those of the schema.")
    code = message.findtext("FulfillmentData/CarrierCode")
    if code is not None and code not in carrier_codes.KNOWN:
        raise Refused(BAD_DOCUMENT, f"CarrierCode {code} is not valid.")
    try:
        shipped_at = parse_iso(message.findtext("FulfillmentDate") or "")
        quantities = _quantities(message, document)
    except ValueError:
        raise Refused(BAD_DOCUMENT, "FulfillmentDate or Quantity is not valid.") from None
    return Fulfillment(
        shipped_at=shipped_at,
        carrier=code or message.findtext("FulfillmentData/CarrierName") or "",
        service=message.findtext("FulfillmentData/ShippingMethod"),
        tracking_number=message.findtext("FulfillmentData/ShipperTrackingNumber") or "",
        quantities=quantities,
    )


def _quantities(message: Element, document: Json) -> dict[str, int]:
    """Without items the whole order has left; an item without a quantity has left as a whole."""
    room = unfulfilled(document)
    items = list(message.iter("Item"))
    if not items:
        return {item_id: left for item_id, left in room.items() if left}
    found: dict[str, int] = {}
    for item in items:
        item_id = item.findtext("AmazonOrderItemCode") or ""
        quantity = item.findtext("Quantity")
        found[item_id] = found.get(item_id, 0) + (int(quantity) if quantity else room.get(item_id, 0))
    if any(quantity <= 0 for quantity in found.values()):
        raise ValueError
    return found


def _ship(document: Json, wanted: Fulfillment, at: datetime) -> None:
    taken = {package["packageReferenceId"] for package in document.get("packages", [])}
    number = next(number for number in range(1, len(taken) + 2) if str(number) not in taken)
    entry = parcel(
        str(number),
        wanted.carrier,
        wanted.service,
        wanted.tracking_number,
        wanted.shipped_at,
        wanted.quantities,
        at,
    )
    if not wanted.tracking_number:
        del entry["trackingNumber"]
    record_package(document, entry)
