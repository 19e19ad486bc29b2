"""How an order's document changes when something happens to it. Nothing here sets its time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.clock import iso
from sandbox.datasets import Json


def set_status(document: Json, status: str, at: datetime) -> None:
    """Move an order to a status with all that goes with it; an unknown word is just written."""
    if status == "SHIPPED":
        ship_everything(document, at)
    elif status == "CANCELLED":
        cancel(document, "AMAZON", "NoReason")
    else:
        document.setdefault("fulfillment", {})["fulfillmentStatus"] = status


def ship_everything(document: Json, at: datetime, carrier: str = "UPS", service: str = "Ground") -> None:
    """Ship what is left; the merchant's parcels can be read, Amazon's own cannot."""
    left = {
        item["orderItemId"]: item["fulfillment"]["quantityUnfulfilled"]
        for item in document["orderItems"]
        if item.get("fulfillment", {}).get("quantityUnfulfilled")
    }
    if document["fulfillment"].get("fulfilledBy") == "MERCHANT" and left:
        number = len(document.get("packages", [])) + 1
        tracking = f"1Z{digits_of(document['orderId']):016d}{number:02d}"
        record_package(document, parcel(str(number), carrier, service, tracking, at, left, at))
    else:
        _move_quantities(document, left)
    document["fulfillment"]["fulfillmentStatus"] = "SHIPPED"


def parcel(
    reference: str,
    carrier: str,
    service: str | None,
    tracking: str,
    shipped_at: datetime,
    quantities: Mapping[str, int],
    created_at: datetime,
) -> Json:
    """An entry of `packages`."""
    items = [{"orderItemId": item_id, "quantity": quantity} for item_id, quantity in quantities.items()]
    return {
        "packageReferenceId": reference,
        "createdTime": iso(created_at),
        "packageStatus": {"status": "SHIPPED", "detailedStatus": "PICKED_UP"},
        "carrier": carrier,
        "shipTime": iso(shipped_at),
        "trackingNumber": tracking,
        "packageItems": items,
    } | ({"shippingService": service} if service else {})


def record_package(document: Json, package: Json) -> None:
    """Add a package, or put it in the place of the one with the same reference."""
    packages = document.setdefault("packages", [])
    old = find_package(document, package["packageReferenceId"])
    moved = {item["orderItemId"]: item["quantity"] for item in package["packageItems"]}
    if old is None:
        packages.append(package)
    else:
        for item_id, quantity in packed(old).items():
            moved[item_id] = moved.get(item_id, 0) - quantity
        packages[packages.index(old)] = package
    _move_quantities(document, moved)
    document["fulfillment"]["fulfillmentStatus"] = _status_by_quantities(document)


def record_units(document: Json, quantities: Mapping[str, int]) -> None:
    """Count units as gone without a package: the buyer has fetched them."""
    _move_quantities(document, quantities)
    document["fulfillment"]["fulfillmentStatus"] = _status_by_quantities(document)


def find_package(document: Json, reference: str) -> Json | None:
    for package in document.get("packages", []):
        if package["packageReferenceId"] == reference:
            found: Json = package
            return found
    return None


def packed(package: Json) -> dict[str, int]:
    return {item["orderItemId"]: item["quantity"] for item in package.get("packageItems", [])}


def unfulfilled(document: Json) -> dict[str, int]:
    """Units of each item that wait to be shipped."""
    return {
        item["orderItemId"]: item.get("fulfillment", {}).get("quantityUnfulfilled", item["quantityOrdered"])
        for item in document["orderItems"]
    }


def deliver(document: Json) -> None:
    for package in document.get("packages", []):
        package["packageStatus"] = {"status": "DELIVERED", "detailedStatus": "DELIVERED"}


def without_payment(document: Json) -> None:
    """Take out what an order lacks while its payment is not authorized."""
    for name in ("buyer", "recipient", "proceeds", "tax", "payment"):
        document.pop(name, None)
    for item in document["orderItems"]:
        for name in ("proceeds", "promotion", "tax", "expense"):
            item.pop(name, None)
        item["product"].pop("price", None)
        item["fulfillment"].pop("packing", None)
    document["fulfillment"].pop("deliverByWindow", None)


def request_cancellation(document: Json, reason: str) -> None:
    """A buyer's request to cancel: the order stays as it is until somebody acts on it."""
    for item in document["orderItems"]:
        cancellation_request = {"requester": "BUYER", "cancelReason": reason}
        item.setdefault("cancellation", {})["cancellationRequest"] = cancellation_request


def cancel(document: Json, by: str, reason: str) -> None:
    """Cancel what has not been shipped; an order of which a part has left counts as shipped."""
    has_shipped = False
    for item in document["orderItems"]:
        counts = item.setdefault("fulfillment", {"quantityFulfilled": 0})
        counts["quantityUnfulfilled"] = 0
        has_shipped = has_shipped or counts.get("quantityFulfilled", 0) > 0
        if counts.get("quantityFulfilled", 0) < item["quantityOrdered"]:
            execution = {"cancelledBy": by, "cancelReason": reason}
            item.setdefault("cancellation", {})["cancellationExecution"] = execution
    document["fulfillment"]["fulfillmentStatus"] = "SHIPPED" if has_shipped else "CANCELLED"


def digits_of(order_id: str) -> int:
    """The order id as a number: what tracking numbers and the like are made of."""
    return int("".join(filter(str.isdigit, order_id)) or "0") % 10**16


def _move_quantities(document: Json, moved: Mapping[str, int]) -> None:
    for item in document["orderItems"]:
        quantity = moved.get(item["orderItemId"], 0)
        counts: dict[str, Any] = item.setdefault(
            "fulfillment", {"quantityFulfilled": 0, "quantityUnfulfilled": item["quantityOrdered"]}
        )
        counts["quantityFulfilled"] = counts.get("quantityFulfilled", 0) + quantity
        counts["quantityUnfulfilled"] = counts.get("quantityUnfulfilled", 0) - quantity


def _status_by_quantities(document: Json) -> str:
    if not any(unfulfilled(document).values()):
        return "SHIPPED"
    shipped = sum(item["fulfillment"]["quantityFulfilled"] for item in document["orderItems"])
    return "PARTIALLY_SHIPPED" if shipped else "UNSHIPPED"
