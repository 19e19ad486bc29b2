"""confirmShipment, the one write of Orders v0 that stays."""

import re
from datetime import datetime, timedelta

from sandbox.calls import Call, Operation
from sandbox.clock import parse_iso
from sandbox.confirmation_body import ShippedPackage, shipped_package
from sandbox.datasets import Json
from sandbox.lifecycle import deliver, find_package, packed, parcel, record_package, unfulfilled
from sandbox.quota import UsagePlan
from sandbox.shipping_refusals import already_fulfilled, require_tellable
from sandbox.versions import OrderVersion
from sandbox.wire import Response, SpApiError, invalid_input
from sandbox.world import Confirmation, World

TIME_IN_TRANSIT = timedelta(days=3)
CLOCKS_DIFFER_BY = timedelta(minutes=5)
_CONFIRMABLE = ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED")


def confirm_shipment(call: Call) -> Response:
    body = call.request.json()
    package = shipped_package(body)
    if call.fault is not None and call.fault.kind == "refused_shipment":
        raise invalid_input("The tracking number is not valid for the carrier")
    # Looked at and done under one lock: of two calls for the last unit one is refused.
    with call.world.lock:
        order = _order(call)
        _require_confirmable(order, package)
        require_tellable(order, order.document(), package)
        _require_timely(order.document(), package, call.now)
        _require_possible(order.document(), package)
        take(call.world, Confirmation(order.seller_id, order.order_id, call.now, body))
    return Response(204)


def take(world: World, confirmation: Confirmation) -> None:
    """Do what an accepted confirmation says; its packages arrive some days later."""
    package, at = shipped_package(confirmation.body), confirmation.received_at
    if world.package_seconds:
        _schedule_showing(world, confirmation, package, at)
    else:
        world.edit_order(
            confirmation.order_id,
            lambda document: _ship(document, package, at),
            at,
            seller_id=confirmation.seller_id,
        )
    world.add_confirmation(confirmation)
    _schedule_delivery(world, confirmation, max(package.shipped_at, at) + TIME_IN_TRANSIT)


def _order(call: Call) -> OrderVersion:
    order = call.world.order(call.arguments["order_id"], call.seller.seller_id)
    if order is None:
        raise SpApiError(404, "NotFound", "The requested order does not exist.")
    return order


def _require_confirmable(order: OrderVersion, package: ShippedPackage) -> None:
    if order.marketplace_id != package.marketplace_id:
        raise invalid_input("The order was not placed in this marketplace")
    if order.fulfilled_by != "MERCHANT":
        raise invalid_input("The order is not fulfilled by the merchant")
    if order.status not in _CONFIRMABLE:
        raise invalid_input(f"The order cannot be confirmed as shipped: it is {order.status}")


def _require_timely(document: Json, package: ShippedPackage, now: datetime) -> None:
    """Nothing ships before it is bought, nor in the future (Seller Central's own form refuses both).

    Whether the API does so everywhere is not documented (?): the harder variant.
    """
    if package.shipped_at < parse_iso(document["createdTime"]).replace(microsecond=0):
        raise invalid_input("The shipDate is before the order was placed")
    if package.shipped_at > now + CLOCKS_DIFFER_BY:
        raise invalid_input("The shipDate is in the future")


def _require_possible(document: Json, package: ShippedPackage) -> None:
    """The same reference again edits that package; a new one needs units that wait to be shipped."""
    room = unfulfilled(document)
    old = find_package(document, package.reference)
    if old is None and not any(room.values()):
        raise already_fulfilled(str(document["orderId"]), package.reference)
    # The same reference edits: what is in the old package is free to be packed anew.
    for item_id, quantity in (packed(old) if old is not None else {}).items():
        room[item_id] = room.get(item_id, 0) + quantity
    for item_id, quantity in package.quantities.items():
        if item_id not in room:
            raise invalid_input(f"The order has no item {item_id}")
        if quantity > room[item_id]:
            raise invalid_input(f"{quantity} units of item {item_id} are more than the {room[item_id]} left")


def _ship(document: Json, package: ShippedPackage, at: datetime) -> None:
    old = find_package(document, package.reference)
    entry = parcel(
        package.reference,
        package.carrier,
        package.service,
        package.tracking_number,
        package.shipped_at,
        package.quantities,
        at,
    )
    if old is not None:
        entry["createdTime"] = old["createdTime"]
    record_package(document, entry)


def _schedule_showing(
    world: World, confirmation: Confirmation, package: ShippedPackage, at: datetime
) -> None:
    """Amazon's reads lag behind its writes."""
    order_id, seller_id = confirmation.order_id, confirmation.seller_id

    def show(due: datetime) -> None:
        order = world.order(order_id, seller_id)
        if order is not None and order.status in _CONFIRMABLE:
            world.edit_order(
                order_id, lambda document: _ship(document, package, at), due, seller_id=seller_id
            )

    world.schedule(at + timedelta(seconds=world.package_seconds), show)


def _schedule_delivery(world: World, confirmation: Confirmation, due: datetime) -> None:
    order_id, seller_id = confirmation.order_id, confirmation.seller_id

    def arrive(at: datetime) -> None:
        if world.order(order_id, seller_id) is not None:
            world.edit_order(order_id, deliver, at, seller_id=seller_id)

    world.schedule(due, arrive)


CONFIRM_SHIPMENT = Operation(
    "confirmShipment",
    "POST",
    re.compile(r"/orders/v0/orders/(?P<order_id>[^/]+)/shipmentConfirmation"),
    UsagePlan(2, 10),
    confirm_shipment,
)
