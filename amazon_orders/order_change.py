"""An ORDER_CHANGE notification, read strictly where it matters. Pure.

What it says of the order is not taken over: it tells that something changed, and getOrder tells what. So an
order of notifications, and a repeated or a lost one, can do no harm.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amazon_orders import reading
from amazon_orders.reading import MalformedPayload

TYPE = "ORDER_CHANGE"


@dataclass(frozen=True, slots=True)
class OrderChange:
    """Which order of which seller changed, and how Amazon calls the change. Holds nothing personal."""

    notification_id: str
    subscription_id: str
    seller_id: str
    marketplace_id: str
    amazon_order_id: str
    change_type: str
    published_at: datetime | None


def parse(body: str) -> OrderChange:
    """Read a message's body. Raises MalformedPayload."""
    envelope = reading.obj(_json(body), "the message")
    kind = reading.identifier(envelope, "NotificationType")
    if kind != TYPE:
        raise MalformedPayload(f"NotificationType is not {TYPE}")
    metadata = _block(envelope, "NotificationMetadata")
    change = _block(_block(envelope, "Payload"), "OrderChangeNotification")
    return OrderChange(
        notification_id=reading.identifier(metadata, "NotificationId", 128),
        subscription_id=reading.text(metadata.get("SubscriptionId"), "SubscriptionId", 200),
        seller_id=reading.identifier(change, "SellerId"),
        marketplace_id=reading.text(_block(change, "Summary").get("MarketplaceId"), "MarketplaceId", 20),
        amazon_order_id=reading.identifier(change, "AmazonOrderId"),
        change_type=reading.text(change.get("OrderChangeType"), "OrderChangeType", 64),
        published_at=reading.optional_time(_published(envelope, metadata), "PublishTime"),
    )


def _json(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as broken:
        raise MalformedPayload("the message is no JSON") from broken


def _block(container: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return reading.obj(reading.required(container, key, key), key)


def _published(envelope: Mapping[str, Any], metadata: Mapping[str, Any]) -> Any:
    return metadata.get("PublishTime") or envelope.get("EventTime")
