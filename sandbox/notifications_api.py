"""Notifications v1, for ORDER_CHANGE into SQS queues.

What concerns the application as a whole (destinations, a subscription by its id) is grantless: it takes a
token of the scope, and a seller's token does not do.
"""

import re
from collections.abc import Callable
from typing import Any

from sandbox.calls import Call, Operation
from sandbox.datasets import Json
from sandbox.quota import UsagePlan
from sandbox.subscriptions import ORDER_CHANGE, ORDER_CHANGE_TYPES, Conflict, Missing
from sandbox.wire import Response, SpApiError, invalid_input, json_response

SCOPE = "sellingpartnerapi::notifications"
PLAN = UsagePlan(1.0, 5)
_ARN = re.compile(r"arn:aws:sqs:\S+:\S+:\S+", re.ASCII)
_DESTINATIONS, _SUBSCRIPTIONS = "/notifications/v1/destinations", "/notifications/v1/subscriptions"
_ONE_DESTINATION = re.compile(_DESTINATIONS + r"/(?P<destination_id>[^/]+)")
_OF_TYPE = re.compile(_SUBSCRIPTIONS + r"/(?P<notification_type>[^/]+)")
_ONE_SUBSCRIPTION = re.compile(_OF_TYPE.pattern + r"/(?P<subscription_id>[^/]+)")


def create_destination(call: Call) -> Response:
    body = _body(call, {"name", "resourceSpecification"})
    queue = body.get("resourceSpecification")
    arn = ((queue.get("sqs") or {}) if isinstance(queue, dict) else {}).get("arn")
    if not isinstance(body.get("name"), str) or not body["name"]:
        raise invalid_input("name is required")
    if not isinstance(arn, str) or not _ARN.fullmatch(arn):
        raise invalid_input("resourceSpecification.sqs.arn is not the ARN of a queue")
    return _payload(call.world.subscriptions.add_destination(body["name"], arn).document())


def get_destinations(call: Call) -> Response:
    return _payload([one.document() for one in call.world.subscriptions.destinations()])


def get_destination(call: Call) -> Response:
    return _payload(call.world.subscriptions.destination(call.arguments["destination_id"]).document())


def delete_destination(call: Call) -> Response:
    call.world.subscriptions.remove_destination(call.arguments["destination_id"])
    return json_response({})


def create_subscription(call: Call) -> Response:
    kind = _type(call)
    body = _body(call, {"payloadVersion", "destinationId", "processingDirective"})
    if body.get("payloadVersion") != "1.0":
        raise invalid_input(f"payloadVersion of {kind} is 1.0")
    if not isinstance(body.get("destinationId"), str):
        raise invalid_input("destinationId is required")
    directive = _directive(body.get("processingDirective"), kind)
    made = call.world.subscriptions.subscribe(
        call.seller.seller_id, kind, body["destinationId"], body["payloadVersion"], directive
    )
    return _payload(made.document())


def get_subscription(call: Call) -> Response:
    found = call.world.subscriptions.of_seller(call.seller.seller_id, _type(call))
    if found is None:
        raise Missing
    return _payload(found.document())


def get_subscriptions(call: Call) -> Response:
    kinds = [name for name in call.query.get("notificationTypes", "").split(",") if name]
    if not kinds:
        raise invalid_input("notificationTypes is required")
    found = (call.world.subscriptions.of_seller(call.seller.seller_id, kind) for kind in kinds)
    return _payload({"subscriptions": [one.document() for one in found if one is not None]})


def get_subscription_by_id(call: Call) -> Response:
    found = call.world.subscriptions.subscription(call.arguments["subscription_id"], _type(call))
    return _payload(found.document())


def delete_subscription_by_id(call: Call) -> Response:
    call.world.subscriptions.remove_subscription(call.arguments["subscription_id"], _type(call))
    return json_response({})


def _type(call: Call) -> str:
    kind = call.arguments["notification_type"]
    if kind != ORDER_CHANGE:
        raise invalid_input(f"the sandbox has no notifications of type {kind}")
    return kind


def _directive(directive: Any, kind: str) -> Json | None:
    if directive is None:
        return None
    event_filter = directive.get("eventFilter") if isinstance(directive, dict) else None
    if not isinstance(event_filter, dict) or event_filter.get("eventFilterType") != kind:
        raise invalid_input(f"eventFilterType must be {kind}")
    wanted = event_filter.get("orderChangeTypes", [])
    if not isinstance(wanted, list) or any(one not in ORDER_CHANGE_TYPES for one in wanted):
        raise invalid_input("orderChangeTypes is not known")
    found: Json = directive
    return found


def _body(call: Call, known: set[str]) -> Json:
    """Amazon's clients send what the model names and nothing else."""
    body = call.request.json()
    if not isinstance(body, dict) or set(body) - known:
        raise invalid_input(f"the body takes {', '.join(sorted(known))}")
    return body


def _payload(value: Any) -> Response:
    return json_response({"payload": value})


def _told(answer: Callable[[Call], Response]) -> Callable[[Call], Response]:
    def answered(call: Call) -> Response:
        try:
            return answer(call)
        except Conflict:
            text = "The resource specified conflicts with the current state."
            raise SpApiError(409, "Conflict", text) from None
        except Missing:
            raise SpApiError(404, "NotFound", "The resource specified does not exist.") from None

    return answered


def _operation(
    name: str, method: str, path: re.Pattern[str], answer: Callable[[Call], Response], scope: str = ""
) -> Operation:
    return Operation(name, method, path, PLAN, _told(answer), scope)


NOTIFICATIONS = (
    _operation("createDestination", "POST", re.compile(_DESTINATIONS), create_destination, SCOPE),
    _operation("getDestinations", "GET", re.compile(_DESTINATIONS), get_destinations, SCOPE),
    _operation("getDestination", "GET", _ONE_DESTINATION, get_destination, SCOPE),
    _operation("deleteDestination", "DELETE", _ONE_DESTINATION, delete_destination, SCOPE),
    _operation("createSubscription", "POST", _OF_TYPE, create_subscription),
    _operation("getSubscription", "GET", _OF_TYPE, get_subscription),
    _operation("getSubscriptions", "GET", re.compile(_SUBSCRIPTIONS), get_subscriptions),
    _operation("getSubscriptionById", "GET", _ONE_SUBSCRIPTION, get_subscription_by_id, SCOPE),
    _operation("deleteSubscriptionById", "DELETE", _ONE_SUBSCRIPTION, delete_subscription_by_id, SCOPE),
)
