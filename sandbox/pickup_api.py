"""updateShipmentStatus: what becomes of goods that the buyer fetches in a store (model ordersV0).

What Amazon's order shows of it is not documented. The harder variant: ready for pick-up is not seen at all,
picked up makes no package and only moves the counts, refused leaves the order open for the seller to cancel.
"""

import re
from typing import Any

from sandbox.calls import Call, Operation
from sandbox.datasets import Json
from sandbox.lifecycle import record_units, unfulfilled
from sandbox.quota import UsagePlan
from sandbox.versions import OrderVersion
from sandbox.wire import Response, SpApiError, invalid_input

STATUSES = ("ReadyForPickup", "PickedUp", "RefusedPickup")


def update_shipment_status(call: Call) -> Response:
    body = call.request.json()
    if not isinstance(body, dict) or body.get("shipmentStatus") not in STATUSES:
        raise invalid_input("shipmentStatus is one of ReadyForPickup, PickedUp, RefusedPickup")
    with call.world.lock:
        order = _order(call, body)
        quantities = _quantities(body, order.document())
        call.world.pickups.append((order.order_id, body["shipmentStatus"], quantities))
        if body["shipmentStatus"] == "PickedUp":
            call.world.edit_order(
                order.order_id,
                lambda document: record_units(document, quantities),
                call.now,
                seller_id=order.seller_id,
            )
    return Response(204)


def _order(call: Call, body: Json) -> OrderVersion:
    order = call.world.order(call.arguments["order_id"], call.seller.seller_id)
    if order is None:
        raise SpApiError(404, "NotFound", "The requested order does not exist.")
    if order.marketplace_id != body.get("marketplaceId"):
        # Word for word the model's example of a 400.
        raise SpApiError(400, "InvalidInput", "Marketplace ID is not defined", "1001")
    if "IN_STORE_PICK_UP" not in (order.document().get("programs") or []):
        raise invalid_input("The order is not picked up in a store")
    if order.status not in ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"):
        raise invalid_input(f"The status of the shipment cannot be updated: the order is {order.status}")
    return order


def _quantities(body: Json, document: Json) -> dict[str, int]:
    """What is picked up of what is left: all of it where no items are named. Told again it counts again."""
    room, items = unfulfilled(document), body.get("orderItems")
    if not items:
        return room
    found: dict[str, int] = {}
    for item in items:
        item_id, quantity = _item(item)
        if item_id not in room:
            raise invalid_input(f"The order has no item {item_id}")
        found[item_id] = min(quantity, room[item_id])
    return found


def _item(item: Any) -> tuple[str, int]:
    if not isinstance(item, dict) or not isinstance(item.get("quantity"), int) or item["quantity"] <= 0:
        raise invalid_input("an order item has an orderItemId and a positive quantity")
    return str(item.get("orderItemId")), item["quantity"]


UPDATE_SHIPMENT_STATUS = Operation(
    "updateShipmentStatus",
    "POST",
    re.compile(r"/orders/v0/orders/(?P<order_id>[^/]+)/shipment"),
    UsagePlan(5, 15),
    update_shipment_status,
)
