"""ORDER_CHANGE 1.0 as Amazon sends it: statuses in the words of Orders v0, quantities, nothing of the money.

Orders that are malformed on purpose live here too: what they lack is told as empty.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.clock import iso
from sandbox.datasets import Json
from sandbox.subscriptions import ORDER_CHANGE, Subscription
from sandbox.versions import OrderVersion

APPLICATION_ID = "amzn1.sp.solution.sandbox"
STATUSES_V0 = {
    "PENDING_AVAILABILITY": "PendingAvailability",
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "PartiallyShipped",
    "SHIPPED": "Shipped",
    "CANCELLED": "Canceled",
    "UNFULFILLABLE": "Unfulfillable",
}
_FULFILLMENT_V0 = {"MERCHANT": "MFN", "AMAZON": "AFN"}
_PROGRAMS_V0 = {
    "AMAZON_BUSINESS": "Business",
    "PRIME": "Prime",
    "PREMIUM": "Premium",
    "INVOICE_BY_AMAZON": "IBA",
}
_REASONS = {
    "BuyerRequestedChange": "Buyer Requested Cancel",
    "DeliveryTipChange": "Delivery Tip Change",
    "OrderStatusChange": "Order Status Change",
}


@dataclass(frozen=True)
class Notification:
    """What is to be put into the queue `arn`."""

    arn: str
    body: Json

    @property
    def notification_id(self) -> str:
        return str(self.body["NotificationMetadata"]["NotificationId"])


def change_type(before: OrderVersion | None, after: OrderVersion) -> str:
    """What kind of change it is; what neither asks to cancel nor is a tip counts as one of the status."""
    old = {} if before is None else before.document()
    new = after.document()
    if _asks_to_cancel(new) and not _asks_to_cancel(old):
        return "BuyerRequestedChange"
    if before is not None and before.status == after.status and _tips(new) != _tips(old):
        return "DeliveryTipChange"
    return "OrderStatusChange"


def notification(subscription: Subscription, version: OrderVersion, kind: str, now: datetime) -> Notification:
    document = version.document()
    change = {
        "NotificationLevel": "OrderLevel",
        "SellerId": version.seller_id,
        "AmazonOrderId": version.order_id,
        "OrderChangeType": kind,
        "OrderChangeTrigger": {"TimeOfOrderChange": iso(version.updated_at), "ChangeReason": _REASONS[kind]},
        "Summary": _summary(version, document),
    }
    return Notification(subscription.destination.arn, _envelope(subscription, change, now))


def _envelope(subscription: Subscription, change: Json, now: datetime) -> Json:
    return {
        "NotificationVersion": "1.0",
        "NotificationType": ORDER_CHANGE,
        "PayloadVersion": subscription.payload_version,
        "EventTime": iso(now),
        "Payload": {"OrderChangeNotification": change},
        "NotificationMetadata": {
            "ApplicationId": APPLICATION_ID,
            "SubscriptionId": subscription.subscription_id,
            "PublishTime": iso(now),
            "NotificationId": str(uuid.uuid4()),
        },
    }


def _summary(version: OrderVersion, document: Json) -> Json:
    items = [_item(item) for item in _items(document)]
    programs = _texts(document.get("programs"))
    shipped = sum(item["QuantityShipped"] for item in items)
    return {
        "MarketplaceId": version.marketplace_id or "",
        "OrderStatus": STATUSES_V0.get(version.status or "", version.status or "Pending"),
        "PurchaseDate": iso(version.created_at),
        "DestinationPostalCode": _block(document, "recipient", "deliveryAddress").get("postalCode"),
        "FulfillmentType": _FULFILLMENT_V0.get(version.fulfilled_by or "", "MFN"),
        "OrderType": "Preorder" if "PREORDER" in programs else "StandardOrder",
        "NumberOfItemsShipped": shipped,
        "NumberOfItemsUnshipped": sum(item["Quantity"] for item in items) - shipped,
        **_dates(document),
        "OrderPrograms": [_PROGRAMS_V0[name] for name in programs if name in _PROGRAMS_V0],
        "OrderItems": items,
    }


def _item(item: Json) -> Json:
    counts = _block(item, "fulfillment")
    cancellation_request = _block(item, "cancellation", "cancellationRequest")
    return {
        "OrderItemId": str(item.get("orderItemId", "")),
        "SellerSKU": str(_block(item, "product").get("sellerSku") or ""),
        "SupplySourceId": None,
        "Quantity": _count(item.get("quantityOrdered")),
        "QuantityShipped": _count(counts.get("quantityFulfilled")),
        "IsBuyerRequestedCancel": cancellation_request.get("requester") == "BUYER",
    }


def _dates(document: Json) -> Json:
    """Dates that are promised for the merchant's own orders only are left out where Amazon has none."""
    found = {}
    for name, window in (("Delivery", "deliverByWindow"), ("Ship", "shipByWindow")):
        bounds = _block(document, "fulfillment", window)
        for first, bound in (("Earliest", "earliestDateTime"), ("Latest", "latestDateTime")):
            if isinstance(bounds.get(bound), str):
                found[f"{first}{name}Date"] = bounds[bound]
    return found


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _asks_to_cancel(document: Mapping[str, Any]) -> bool:
    return any(_block(item, "cancellation").get("cancellationRequest") for item in _items(document))


def _tips(document: Mapping[str, Any]) -> list[Any]:
    breakdowns = _block(document, "proceeds").get("breakdowns")
    parts = breakdowns if isinstance(breakdowns, list) else []
    return [part for part in parts if isinstance(part, dict) and part.get("type") == "DELIVERY_TIP"]


def _items(document: Mapping[str, Any]) -> Iterator[Json]:
    items = document.get("orderItems")
    yield from (item for item in (items if isinstance(items, list) else ()) if isinstance(item, dict))


def _block(document: Mapping[str, Any], *path: str) -> Json:
    found: Any = document
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, dict) else {}


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
