"""Destinations, subscriptions, and what subscribed sellers are told."""

from typing import Any

import pytest

from sandbox import lifecycle
from sandbox.amazon import Amazon
from sandbox.datasets import Json
from sandbox.order_change import Notification
from sandbox.subscriptions import ORDER_CHANGE
from sandbox.wire import Response
from tests.sandbox.conftest import SELLER, Caller, PutOrder, error, read

ARN = "arn:aws:sqs:us-east-1:123456789012:orders"
DESTINATIONS = "/notifications/v1/destinations"
OF_TYPE = f"/notifications/v1/subscriptions/{ORDER_CHANGE}"


def make_destination(caller: Caller, arn: str = ARN) -> Response:
    body = {"name": "orders", "resourceSpecification": {"sqs": {"arn": arn}}}
    return caller.call_grantless("POST", DESTINATIONS, body)


def subscribe(caller: Caller, *wanted: str) -> Json:
    destination = read(make_destination(caller))["payload"]["destinationId"]
    body: Json = {"payloadVersion": "1.0", "destinationId": destination}
    if wanted:
        wish = {"eventFilterType": ORDER_CHANGE, "orderChangeTypes": list(wanted)}
        body["processingDirective"] = {"eventFilter": wish}
    payload: Json = read(caller.call("POST", OF_TYPE, body))["payload"]
    return payload


def told(amazon: Amazon) -> list[tuple[str, str]]:
    """(kind of change, status) of what was sent."""
    changes = [one.body["Payload"]["OrderChangeNotification"] for one in amazon.world.notifications]
    return [(change["OrderChangeType"], change["Summary"]["OrderStatus"]) for change in changes]


def test_destinations_take_a_grantless_token_of_their_scope_and_no_other(caller: Caller) -> None:
    assert caller.call("GET", DESTINATIONS).status == 403
    assert caller.call_grantless("GET", DESTINATIONS, scope="sellingpartnerapi::migration").status == 403
    assert read(caller.call_grantless("GET", DESTINATIONS)) == {"payload": []}


def test_a_sellers_own_operations_take_no_grantless_token(caller: Caller) -> None:
    assert caller.call_grantless("GET", OF_TYPE).status == 403
    assert caller.call("GET", OF_TYPE).status == 404


def test_one_destination_per_queue_and_one_subscription_per_seller(caller: Caller) -> None:
    made = subscribe(caller)
    assert error(make_destination(caller), 409)["code"] == "Conflict"
    body = {"payloadVersion": "1.0", "destinationId": made["destinationId"]}
    assert error(caller.call("POST", OF_TYPE, body), 409)["code"] == "Conflict"


def test_a_destination_that_is_used_is_not_deleted(caller: Caller) -> None:
    made = subscribe(caller)
    path = f"{DESTINATIONS}/{made['destinationId']}"
    assert caller.call_grantless("DELETE", path).status == 409
    assert caller.call_grantless("DELETE", f"{OF_TYPE}/{made['subscriptionId']}").status == 200
    assert caller.call_grantless("DELETE", path).status == 200
    assert caller.call_grantless("GET", path).status == 404


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "resourceSpecification": {"sqs": {"arn": ARN}}},
        {"name": "orders", "resourceSpecification": {"sqs": {"arn": "orders"}}},
        {"name": "orders", "resourceSpecification": None},
        {"name": "orders", "resourceSpecification": {"sqs": {"arn": ARN}}, "marketplaceIds": ["x"]},
        [],
    ],
)
def test_a_destination_that_is_none_is_refused(caller: Caller, body: Any) -> None:
    assert error(caller.call_grantless("POST", DESTINATIONS, body), 400)["code"] == "InvalidInput"


@pytest.mark.parametrize(
    "changes",
    [
        {"payloadVersion": "2.0"},
        {"destinationId": None},
        {"marketplaceIds": [""]},
        {"processingDirective": {"eventFilter": {"eventFilterType": "ANY_OFFER_CHANGED"}}},
        {
            "processingDirective": {
                "eventFilter": {"eventFilterType": ORDER_CHANGE, "orderChangeTypes": ["AnyChange"]}
            }
        },
    ],
)
def test_a_subscription_that_is_none_is_refused(caller: Caller, changes: Json) -> None:
    destination = read(make_destination(caller))["payload"]["destinationId"]
    body = {"payloadVersion": "1.0", "destinationId": destination} | changes
    assert error(caller.call("POST", OF_TYPE, body), 400)["code"] == "InvalidInput"


def test_other_types_and_unknown_destinations_are_refused(caller: Caller) -> None:
    body = {"payloadVersion": "1.0", "destinationId": "none"}
    assert caller.call("POST", OF_TYPE, body).status == 404
    assert caller.call("POST", "/notifications/v1/subscriptions/ANY_OFFER_CHANGED", body).status == 400


def test_a_seller_without_subscription_is_told_nothing(amazon: Amazon, put: PutOrder) -> None:
    put()
    assert told(amazon) == []


def test_every_change_of_an_order_is_told_in_the_words_of_v0(
    amazon: Amazon, caller: Caller, put: PutOrder
) -> None:
    subscribe(caller)
    order_id = put(status="PENDING")
    put()
    amazon.world.edit_order(
        order_id, lambda order: lifecycle.request_cancellation(order, "Ordered by mistake")
    )
    amazon.world.edit_order(order_id, lambda order: lifecycle.cancel(order, "BUYER", "Ordered by mistake"))
    assert told(amazon) == [
        ("OrderStatusChange", "Pending"),
        ("OrderStatusChange", "Unshipped"),
        ("BuyerRequestedChange", "Unshipped"),
        ("OrderStatusChange", "Canceled"),
    ]
    [*_, last] = amazon.world.notifications
    change = last.body["Payload"]["OrderChangeNotification"]
    assert (last.arn, change["SellerId"], change["AmazonOrderId"]) == (ARN, SELLER, order_id)
    assert change["Summary"]["OrderItems"][0]["IsBuyerRequestedCancel"] is True
    assert len({one.notification_id for one in amazon.world.notifications}) == 4


def test_a_tip_is_a_change_of_its_own(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    subscribe(caller)
    order_id = put()
    tip = {"type": "DELIVERY_TIP", "status": "PENDING", "subtotal": {"amount": "3.00", "currencyCode": "USD"}}
    amazon.world.change_order(order_id, {"proceeds": {"breakdowns": [tip]}})
    assert told(amazon)[-1][0] == "DeliveryTipChange"


def test_only_wanted_changes_are_told(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    subscribe(caller, "BuyerRequestedChange")
    order_id = put()
    amazon.world.edit_order(
        order_id, lambda order: lifecycle.request_cancellation(order, "Ordered by mistake")
    )
    assert [kind for kind, _ in told(amazon)] == ["BuyerRequestedChange"]


def test_whoever_listens_is_handed_each_notification(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    heard: list[Notification] = []
    subscribe(caller)
    amazon.world.on_notification = heard.append
    put()
    assert [one.arn for one in heard] == [ARN]


def test_a_malformed_order_is_told_too(amazon: Amazon, caller: Caller) -> None:
    subscribe(caller)
    broken = {"orderId": "111-0000000-0000009", "orderItems": [None, {}], "programs": 5, "proceeds": []}
    amazon.world.put_order(SELLER, broken)
    assert told(amazon) == [("OrderStatusChange", "Pending")]
