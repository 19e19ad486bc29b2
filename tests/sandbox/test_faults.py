import json

import pytest

from sandbox.amazon import Amazon
from sandbox.clock import Clock
from sandbox.datasets import Json
from sandbox.faults import Fault, UnknownFault, parse_rates
from tests.sandbox.conftest import NOW, Caller, PutOrder, error, order_id, read


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("throttle_bare", 429, b'{"message":"Too Many Requests"}'),
        ("bare500", 500, b'{"message":"Internal Server Error"}'),
        ("unauthorized401", 401, b'{"message":"Unauthorized"}'),
        ("no_orders", 200, b"{}"),
        ("empty", 200, b""),
    ],
)
def test_answers_without_errors_hit_once(
    amazon: Amazon, caller: Caller, kind: str, status: int, body: bytes
) -> None:
    amazon.faults.queue(kind)
    response = caller.search()
    assert (response.status, response.body) == (status, body)
    assert "orders" in read(caller.search())


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("throttle", 429, "QuotaExceeded"),
        ("error500", 500, "InternalFailure"),
        ("forbidden403", 403, "Unauthorized"),
    ],
)
def test_answers_with_errors(amazon: Amazon, caller: Caller, kind: str, status: int, code: str) -> None:
    amazon.faults.queue(kind)
    assert error(caller.search(), status)["code"] == code


def test_a_503_can_be_html(amazon: Amazon, caller: Caller) -> None:
    amazon.faults.queue("html503")
    response = caller.search()
    assert (response.status, response.content_type) == (503, "text/html")
    assert response.body.startswith(b"<html>")


def test_answers_can_get_lost_cut_or_late(amazon: Amazon, caller: Caller) -> None:
    for fault in (Fault("cut"), Fault("drop"), Fault("slow", seconds=0.5)):
        amazon.faults.queue(fault)
    answers = [caller.search() for _ in range(4)]
    assert [answer.is_cut for answer in answers] == [True, False, False, False]
    assert [answer.is_dropped for answer in answers] == [False, True, False, False]
    assert [answer.delay_seconds for answer in answers] == [0, 0, 0.5, 0]


def test_a_lost_answer_is_lost_after_the_work_is_done(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    put()
    order = amazon.world.orders()[0].document()
    item = {"orderItemId": order["orderItems"][0]["orderItemId"], "quantity": 1}
    detail: Json = {"packageReferenceId": "1", "carrierCode": "UPS", "trackingNumber": "1"}
    detail |= {"shipDate": "2026-11-20T11:30:00Z", "orderItems": [item]}
    amazon.faults.queue("lost_answer", operation="confirmShipment")
    body = {"marketplaceId": order["salesChannel"]["marketplaceId"], "packageDetail": detail}
    assert caller.confirm(order_id(1), body).is_dropped
    assert len(amazon.world.confirmations) == 1


def test_an_expired_token_hits_only_a_following_page(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    put(1)
    put(2)
    amazon.faults.queue("expired_page_token")
    token = read(caller.search(maxResultsPerPage=1))["pagination"]["nextToken"]
    refusal = error(caller.search(maxResultsPerPage=1, paginationToken=token), 400)
    assert refusal["details"] == "paginationToken has expired"


def test_a_malformed_order_stands_among_good_ones(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    put(1, minutes_old=20)
    put(2, minutes_old=10)
    amazon.faults.queue("malformed_order")
    assert caller.found() == [order_id(1), "999-0000000-0000001", order_id(2)]
    amazon.faults.queue("malformed_order", order={"orderId": "x"})
    assert caller.found() == [order_id(1), "x", order_id(2)]
    assert caller.found() == [order_id(1), order_id(2)]


def test_one_orders_text_breaks_the_answers_it_stands_in_and_no_others(
    amazon: Amazon, caller: Caller, put: PutOrder
) -> None:
    for number in (1, 2, 3):
        put(number, minutes_old=60 - number)
    amazon.faults.queue("broken_text", order_id=order_id(2), times=0)
    for answer in (caller.search(), caller.order(order_id(2))):
        assert answer.status == 200
        with pytest.raises(ValueError, match="escape"):
            json.loads(answer.body)
    assert read(caller.order(order_id(1)))["order"]["orderId"] == order_id(1)
    amazon.faults.clear()
    amazon.faults.queue("broken_text")
    text = caller.search().body.decode()
    assert text.index(order_id(1)) < text.index("\\x41") < text.index(order_id(3))


def test_an_order_can_stand_on_two_pages(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    for number in (1, 2, 3):
        put(number, minutes_old=60 - number)
    amazon.faults.queue("repeated_order")
    first = read(caller.search(maxResultsPerPage=2))
    second = read(caller.search(maxResultsPerPage=2, paginationToken=first["pagination"]["nextToken"]))
    assert [order["orderId"] for order in first["orders"]] == [order_id(1), order_id(2)]
    assert [order["orderId"] for order in second["orders"]] == [order_id(2), order_id(3)]


def test_an_order_can_be_missing_from_a_page(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    put(1)
    amazon.faults.queue("missing_order")
    assert caller.found() == []
    assert caller.found() == [order_id(1)]


def test_an_order_can_come_back_as_it_was_before(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    put(1)
    amazon.world.change_order(order_id(1), {"fulfillment": {"fulfillmentStatus": "SHIPPED"}})
    amazon.faults.queue("older_order")
    older = read(caller.order(order_id(1), includedData="FULFILLMENT"))["order"]
    assert older["lastUpdatedTime"] == "2026-11-20T11:00:00Z"
    assert older["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    newer = read(caller.order(order_id(1), includedData="FULFILLMENT"))["order"]
    assert newer["fulfillment"]["fulfillmentStatus"] == "SHIPPED"


def test_an_order_can_have_other_content_at_the_same_time(
    amazon: Amazon, caller: Caller, put: PutOrder
) -> None:
    put(1)
    amazon.faults.queue("same_time_other_content")
    one, two = (read(caller.search())["orders"][0] for _ in range(2))
    assert one["lastUpdatedTime"] == two["lastUpdatedTime"]
    assert (one["programs"], two["programs"]) == (["PREMIUM"], [])


def test_a_fault_waits_for_its_operation_seller_and_data_set(
    amazon: Amazon, caller: Caller, put: PutOrder
) -> None:
    put()
    amazon.faults.queue("bare500", operation="getOrder", seller_id="A1SELLER", needs_dataset="PACKAGES")
    assert caller.search(includedData="PACKAGES").status == 200
    assert caller.order(order_id(1), includedData="BUYER").status == 200
    assert caller.order(order_id(1), includedData="BUYER,PACKAGES").status == 500
    assert caller.order(order_id(1), includedData="BUYER,PACKAGES").status == 200


def test_a_fault_can_come_later_last_longer_or_stay(amazon: Amazon, caller: Caller) -> None:
    amazon.faults.queue("throttle", times=2, after_calls=1)
    assert [caller.search().status for _ in range(4)] == [200, 429, 429, 200]
    amazon.faults.queue("throttle", times=0)
    assert [caller.search().status for _ in range(4)] == [429] * 4
    amazon.faults.clear()
    assert caller.search().status == 200


def test_faults_by_chance_follow_from_the_seed() -> None:
    def statuses(seed: int) -> list[int]:
        amazon = Amazon(clock=Clock(NOW), quota="off", faults="throttle=0.3,html503=0.1", fault_seed=seed)
        amazon.add_seller("A1SELLER", "x", ("US",), "r")
        return [Caller(amazon).search().status for _ in range(200)]

    first = statuses(1)
    assert first == statuses(1)
    assert first != statuses(2)
    assert 40 <= first.count(429) <= 80
    assert set(first) == {200, 429, 503}


@pytest.mark.parametrize("spec", ["thunder=0.1", "throttle", "throttle=much", "throttle=1.5"])
def test_a_wrong_specification_is_refused(spec: str) -> None:
    with pytest.raises(UnknownFault):
        parse_rates(spec)


def test_the_token_endpoint_fails_only_when_it_is_named(amazon: Amazon, caller: Caller) -> None:
    amazon.faults.queue("html503")
    assert caller.call("POST", "/auth/o2/token").status == 400
    amazon.faults.queue("html503", operation="token")
    assert caller.call("POST", "/auth/o2/token").status == 503


def test_a_probability_can_belong_to_one_operation(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    put()
    amazon.faults.rates.update(parse_rates("getOrder.error500=1, token.html503=1"))
    assert caller.search().status == 200
    assert caller.order(order_id(1)).status == 500
    assert caller.call("POST", "/auth/o2/token").status == 503
