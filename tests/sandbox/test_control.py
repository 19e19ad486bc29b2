from typing import Any

import pytest

from sandbox.amazon import Amazon
from sandbox.control import Control
from sandbox.datasets import Json
from sandbox.samples import sample_order
from sandbox.wire import Request, dumps
from tests.sandbox.conftest import NOW, Caller, PutOrder, order_id, read


class Steering:
    def __init__(self, amazon: Amazon) -> None:
        self._control = Control(amazon)

    def __call__(self, method: str, name: str, body: Any = None, query: str = "", status: int = 200) -> Any:
        request = Request(method, f"/_sandbox/{name}", query, body=dumps(body))
        return read(self._control.answer(request), status)


@pytest.fixture
def steer(amazon: Amazon) -> Steering:
    return Steering(amazon)


def test_orders_are_put_and_read_in_amazons_shape(steer: Steering, caller: Caller) -> None:
    order = sample_order(order_id(1), created=NOW)
    answer = steer("POST", "orders", {"seller_id": "A1SELLER", "order": order})
    assert answer == {"order_ids": [order_id(1)]}
    assert steer("GET", f"orders/{order_id(1)}") == order
    assert steer("GET", "orders", query="seller_id=A1SELLER") == [order]
    assert caller.order(order_id(1)).status == 200


def test_missing_times_become_now(steer: Steering) -> None:
    steer("POST", "orders", {"seller_id": "A1SELLER", "orders": [{"orderId": order_id(1)}]})
    order = steer("GET", f"orders/{order_id(1)}")
    assert order["createdTime"] == order["lastUpdatedTime"] == "2026-11-20T12:00:00Z"


def test_a_malformed_order_is_served_as_it_is(steer: Steering, amazon: Amazon, caller: Caller) -> None:
    broken = {"orderId": order_id(1), "lastUpdatedTime": "nonsense", "orderItems": "none", "fulfillment": []}
    steer("POST", "orders", {"seller_id": "A1SELLER", "order": broken})
    amazon.clock.advance(120)
    [order] = read(caller.search(includedData="FULFILLMENT"))["orders"]
    assert order == broken | {"createdTime": "2026-11-20T12:00:00Z"}


def test_a_merge_moves_the_time_unless_it_is_to_be_kept(steer: Steering, put: PutOrder) -> None:
    put()
    path = f"orders/{order_id(1)}"
    kept = steer("POST", path, {"buyer": {"buyerName": None}, "programs": ["PRIME"]}, query="keep_time=1")
    assert kept["lastUpdatedTime"] == "2026-11-20T11:00:00Z"
    assert "buyerName" not in kept["buyer"]
    assert kept["buyer"]["buyerEmail"].endswith("@marketplace.amazon.com")
    assert steer("POST", path, {"programs": []})["lastUpdatedTime"] == "2026-11-20T12:00:00Z"
    given = {"lastUpdatedTime": "2026-11-20T11:30:00Z"}
    assert steer("POST", path, given)["lastUpdatedTime"] == "2026-11-20T11:30:00Z"


def test_a_status_brings_its_quantities(steer: Steering, put: PutOrder) -> None:
    put(1)
    put(2)
    put(3)
    shipped = steer("POST", f"orders/{order_id(1)}/status", {"status": "SHIPPED"})
    assert shipped["orderItems"][0]["fulfillment"] == {"quantityFulfilled": 1, "quantityUnfulfilled": 0}
    assert len(shipped["packages"]) == 1
    canceled = steer("POST", f"orders/{order_id(2)}/status", {"status": "CANCELLED", "by": "MERCHANT"})
    assert canceled["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
    execution = canceled["orderItems"][0]["cancellation"]["cancellationExecution"]
    assert execution == {"cancelledBy": "MERCHANT", "cancelReason": "Buyer requested cancellation"}
    wished = steer("POST", f"orders/{order_id(3)}/status", {"status": "CANCEL_REQUESTED"})
    assert wished["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert wished["orderItems"][0]["cancellation"]["cancellationRequest"]["requester"] == "BUYER"


def test_sellers_come_change_and_are_revoked(steer: Steering, amazon: Amazon) -> None:
    wish = {"seller_id": "A9", "store_name": "Nine", "marketplaces": ["UK"], "refresh_token": "r9"}
    assert steer("POST", "sellers", wish)["marketplaces"] == ["A1F83G8C2ARO7P"]
    steer("POST", "sellers", {"seller_id": "A9", "marketplaces": ["DE"]})
    assert steer("GET", "sellers")[1]["marketplaces"] == ["A1PA6795UKMFR9"]
    assert amazon.tokens.seller_of_refresh_token("r9") == "A9"
    steer("POST", "revoke", {"seller_id": "A9"})
    assert amazon.tokens.seller_of_refresh_token("r9") is None


def test_faults_are_queued_shown_and_cleared(steer: Steering, caller: Caller) -> None:
    wish = {"next": [{"kind": "throttle", "operation": "searchOrders"}], "rates": {"drop": 0.0}}
    answer = steer("POST", "faults", wish)
    assert [fault["kind"] for fault in answer["next"]] == ["throttle"]
    assert caller.search().status == 429
    steer("POST", "faults", wish)
    steer("DELETE", "faults")
    assert steer("GET", "faults") == {"next": [], "rates": {}}


def test_the_log_tells_operation_seller_status_and_fault(steer: Steering, caller: Caller) -> None:
    steer("POST", "faults", {"next": [{"kind": "throttle"}]})
    caller.search(maxResultsPerPage=5)
    caller.order(order_id(1))
    [search, order] = steer("GET", "log")
    assert search == {
        "at": "2026-11-20T12:00:00Z",
        "operation": "searchOrders",
        "seller_id": "A1SELLER",
        "method": "GET",
        "path": "/orders/2026-01-01/orders",
        "query": {"lastUpdatedAfter": "2026-01-01T00:00:00Z", "maxResultsPerPage": "5"},
        "status": 429,
        "fault": "throttle",
    }
    assert (order["operation"], order["status"], order["fault"]) == ("getOrder", 404, None)
    assert len(steer("GET", "log", query="operation=getOrder")) == 1
    steer("DELETE", "log")
    assert steer("GET", "log") == []


def test_the_clock_moves_and_the_quota_can_be_emptied(steer: Steering, caller: Caller) -> None:
    assert steer("POST", "clock", {"advance": 60}) == {"now": "2026-11-20T12:01:00Z"}
    wish = {"mode": "real", "empty": {"seller_id": "A1SELLER", "operation": "searchOrders"}}
    assert steer("POST", "quota", wish) == {"mode": "real"}
    assert caller.search().status == 429


def test_health_counts(steer: Steering, put: PutOrder) -> None:
    put()
    expected = {"now": "2026-11-20T12:00:00Z", "sellers": 1, "orders": 1, "quota": "off"}
    assert steer("GET", "health") == expected


@pytest.mark.parametrize(
    ("method", "name", "body"),
    [
        ("POST", "faults", {"next": [{"kind": "thunder"}]}),
        ("POST", "faults", {"next": [{"kind": "drop", "color": "red"}]}),
        ("POST", "orders", {"seller_id": "nobody", "order": {"orderId": "1"}}),
        ("POST", "orders", {"seller_id": "A1SELLER", "order": {}}),
        ("GET", "orders/unknown", None),
        ("POST", "clock", {"advance": -1}),
        ("POST", "sellers", {"seller_id": "A9", "marketplaces": ["XX"]}),
    ],
)
def test_a_mistake_is_told(steer: Steering, method: str, name: str, body: Any) -> None:
    assert "error" in steer(method, name, body, status=400)


def test_an_unknown_path_is_told(steer: Steering) -> None:
    assert steer("GET", "weather", status=404) == {"error": "no GET /_sandbox/weather"}


def test_confirmations_can_be_asked_for(steer: Steering, put: PutOrder, caller: Caller) -> None:
    put()
    order = steer("GET", f"orders/{order_id(1)}")
    detail: Json = {"packageReferenceId": "1", "carrierCode": "UPS", "trackingNumber": "1"}
    item = {"orderItemId": order["orderItems"][0]["orderItemId"], "quantity": 1}
    detail |= {"shipDate": "2026-11-20T11:30:00Z", "orderItems": [item]}
    body = {"marketplaceId": order["salesChannel"]["marketplaceId"], "packageDetail": detail}
    assert caller.confirm(order_id(1), body).status == 204
    kept = {
        "seller_id": "A1SELLER",
        "order_id": order_id(1),
        "received_at": "2026-11-20T12:00:00Z",
        "body": body,
    }
    assert steer("GET", "confirmations", query=f"order_id={order_id(1)}") == [kept]
    assert steer("GET", "confirmations", query="order_id=other") == []
