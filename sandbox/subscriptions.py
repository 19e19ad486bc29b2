"""Who wants to be told of changes, and where: destinations of the application, subscriptions of sellers."""

import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.datasets import Json

ORDER_CHANGE = "ORDER_CHANGE"
ORDER_CHANGE_TYPES = ("BuyerRequestedChange", "DeliveryTipChange", "OrderStatusChange")


class Conflict(Exception):
    """There is one already, or something hangs on it."""


class Missing(Exception):
    """There is no such destination or subscription."""


@dataclass(frozen=True)
class Destination:
    """A queue that notifications may be sent to."""

    destination_id: str
    name: str
    arn: str

    def document(self) -> Json:
        resource = {"sqs": {"arn": self.arn}}
        return {"destinationId": self.destination_id, "resource": resource, "name": self.name}


@dataclass(frozen=True)
class Subscription:
    """One seller's wish; `directive` is the body's processingDirective as it came."""

    subscription_id: str
    seller_id: str
    notification_type: str
    payload_version: str
    destination: Destination
    directive: Mapping[str, Any] | None = field(default=None)

    def wants(self, change_type: str) -> bool:
        wanted = ((self.directive or {}).get("eventFilter") or {}).get("orderChangeTypes")
        return not wanted or change_type in wanted

    def document(self) -> Json:
        return {
            "subscriptionId": self.subscription_id,
            "payloadVersion": self.payload_version,
            "destinationId": self.destination.destination_id,
        } | ({} if self.directive is None else {"processingDirective": dict(self.directive)})


class Subscriptions:
    """One destination per queue, one subscription per seller and type."""

    def __init__(self, new_id: Callable[[], str] = lambda: str(uuid.uuid4())) -> None:
        self.new_id = new_id
        self._destinations: dict[str, Destination] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._lock = threading.Lock()

    def add_destination(self, name: str, arn: str) -> Destination:
        with self._lock:
            # Amazon knows one destination per queue and answers a second one with 409.
            if any(one.arn == arn for one in self._destinations.values()):
                raise Conflict
            made = Destination(self.new_id(), name, arn)
            self._destinations[made.destination_id] = made
            return made

    def destinations(self) -> list[Destination]:
        return list(self._destinations.values())

    def destination(self, destination_id: str) -> Destination:
        try:
            return self._destinations[destination_id]
        except KeyError:
            raise Missing from None

    def remove_destination(self, destination_id: str) -> None:
        with self._lock:
            gone = self.destination(destination_id)
            if any(one.destination == gone for one in self._subscriptions.values()):
                raise Conflict
            del self._destinations[destination_id]

    def subscribe(
        self,
        seller_id: str,
        notification_type: str,
        destination_id: str,
        payload_version: str,
        directive: Mapping[str, Any] | None,
    ) -> Subscription:
        with self._lock:
            if self.of_seller(seller_id, notification_type) is not None:
                raise Conflict
            destination = self.destination(destination_id)
            made = Subscription(
                self.new_id(), seller_id, notification_type, payload_version, destination, directive
            )
            self._subscriptions[made.subscription_id] = made
            return made

    def of_seller(self, seller_id: str, notification_type: str) -> Subscription | None:
        for one in self._subscriptions.values():
            if (one.seller_id, one.notification_type) == (seller_id, notification_type):
                return one
        return None

    def subscription(self, subscription_id: str, notification_type: str) -> Subscription:
        found = self._subscriptions.get(subscription_id)
        if found is None or found.notification_type != notification_type:
            raise Missing
        return found

    def remove_subscription(self, subscription_id: str, notification_type: str) -> None:
        with self._lock:
            del self._subscriptions[self.subscription(subscription_id, notification_type).subscription_id]
