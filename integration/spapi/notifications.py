"""Notifications v1: paths and bodies as Amazon's model has them, and what its answers say.

The package adds two marketplace fields to both bodies and asks for grantless things with a seller's token;
these are sent without its methods.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integration.spapi import answers
from integration.spapi.errors import RetryLater
from integration.spapi.package import Answer

SCOPE = "sellingpartnerapi::notifications"
DESTINATIONS = "/notifications/v1/destinations"
OF_ORDER_CHANGE = "/notifications/v1/subscriptions/ORDER_CHANGE"
# The only version of ORDER_CHANGE there is (Amazon's notification schema).
PAYLOAD_VERSION = "1.0"
CHANGE_TYPES = ("OrderStatusChange", "BuyerRequestedChange", "DeliveryTipChange")
# These ids go into paths and columns: what is longer is no id of Amazon's.
LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Subscription:
    """A seller's ORDER_CHANGE subscription at Amazon."""

    subscription_id: str
    destination_id: str


@dataclass(frozen=True, slots=True)
class Destination:
    """A queue that Amazon may send to."""

    destination_id: str
    arn: str


def subscription_request(destination_id: str) -> dict[str, Any]:
    """CreateSubscriptionRequest: every kind of change of an order."""
    return {
        "payloadVersion": PAYLOAD_VERSION,
        "destinationId": destination_id,
        "processingDirective": {
            "eventFilter": {"eventFilterType": "ORDER_CHANGE", "orderChangeTypes": list(CHANGE_TYPES)}
        },
    }


def queue(name: str, arn: str) -> dict[str, Any]:
    """CreateDestinationRequest for an SQS queue."""
    return {"name": name, "resourceSpecification": {"sqs": {"arn": arn}}}


def subscription(operation: str, answer: Answer) -> Subscription:
    """Raises RetryLater for a 200 that holds none."""
    payload = _payload(answer)
    found = _id(payload, "subscriptionId"), _id(payload, "destinationId")
    if not all(found):
        raise _no_answer(operation, answer)
    return Subscription(*found)


def destination(operation: str, answer: Answer) -> Destination:
    """Raises RetryLater for a 200 that holds none."""
    found = _destination(_payload(answer))
    if found is None:
        raise _no_answer(operation, answer)
    return found


def destinations(operation: str, answer: Answer) -> list[Destination]:
    """Those that are queues. Raises RetryLater for a 200 without a list."""
    payload = _payload(answer)
    if not isinstance(payload, list):
        raise _no_answer(operation, answer)
    return [found for one in payload if (found := _destination(one)) is not None]


def _destination(value: Any) -> Destination | None:
    name = _id(value, "destinationId")
    if not name:
        return None
    resource = value.get("resource")
    queue_ = resource.get("sqs") if isinstance(resource, Mapping) else None
    arn = queue_.get("arn") if isinstance(queue_, Mapping) else None
    return Destination(name, arn) if isinstance(arn, str) else None


def _payload(answer: Answer) -> Any:
    return (answer.document or {}).get("payload")


def _id(value: Any, name: str) -> str:
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) and len(found) <= LONGEST_ID else ""


def _no_answer(operation: str, answer: Answer) -> RetryLater:
    text = f"Amazon gave no usable answer ({operation}, HTTP {answer.status})."
    return RetryLater(text, answers.RETRY_AFTER, status=answer.status, request_id=answer.request_id)
