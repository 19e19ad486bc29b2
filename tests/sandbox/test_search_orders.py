from datetime import timedelta
from typing import Any

import pytest

from sandbox.amazon import Amazon
from sandbox.datasets import DATASETS
from tests.sandbox.conftest import CA, MX, NOW, US, Caller, PutOrder, error, order_id, read


def test_an_answer_has_orders_and_the_bound_but_no_payload_wrapper(caller: Caller, put: PutOrder) -> None:
    put()
    answer = read(caller.search())
    assert sorted(answer) == ["lastUpdatedBefore", "orders"]
    assert answer["lastUpdatedBefore"] == "2026-11-20T11:58:00Z"


def test_a_search_by_creation_tells_created_before(caller: Caller) -> None:
    answer = read(caller.search(createdAfter="2026-11-01T00:00:00Z"))
    assert answer == {"orders": [], "createdBefore": "2026-11-20T11:58:00Z"}


def test_the_bound_asked_for_is_the_bound_used(caller: Caller) -> None:
    answer = read(caller.search(lastUpdatedBefore="2026-11-20T10:00:00.250Z"))
    assert answer["lastUpdatedBefore"] == "2026-11-20T10:00:00.250Z"


def test_an_order_shows_only_two_minutes_after_its_last_change(
    amazon: Amazon, caller: Caller, put: PutOrder
) -> None:
    put(minutes_old=1)
    assert caller.found() == []
    amazon.clock.advance(60)
    assert caller.found() == [order_id(1)]


def test_both_ends_of_the_window_belong_to_it(caller: Caller, put: PutOrder) -> None:
    put(minutes_old=60)
    hour_ago = "2026-11-20T11:00:00Z"
    assert caller.found(lastUpdatedAfter=hour_ago, lastUpdatedBefore=hour_ago) == [order_id(1)]
    assert caller.found(lastUpdatedAfter="2026-11-20T11:00:01Z") == []
    assert caller.found(lastUpdatedBefore="2026-11-20T10:59:59Z") == []


def test_a_change_moves_an_order_in_the_one_family_only(
    amazon: Amazon, caller: Caller, put: PutOrder
) -> None:
    put(minutes_old=60)
    amazon.world.change_order(order_id(1), {"programs": ["PRIME"]})
    amazon.clock.advance(120)
    assert caller.found(lastUpdatedAfter="2026-11-20T11:30:00Z") == [order_id(1)]
    assert caller.found(createdAfter="2026-11-20T11:30:00Z") == []


def test_orders_come_oldest_change_first(caller: Caller, put: PutOrder) -> None:
    put(1, minutes_old=10)
    put(2, minutes_old=30)
    put(3, minutes_old=20)
    assert caller.found() == [order_id(2), order_id(3), order_id(1)]


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ({"createdAfter": "TEST_CASE_400"}, "Invalid Input"),
        ({"createdAfter": "2026-11-01T00:00:00"}, "Invalid Input"),
        (
            {"createdAfter": "2026-11-01T00:00:00Z", "lastUpdatedAfter": "2026-11-01T00:00:00Z"},
            "createdAfter/createdBefore and lastUpdatedAfter/lastUpdatedBefore exclude each other",
        ),
        (
            {"createdAfter": "2026-11-01T00:00:00Z", "lastUpdatedBefore": "2026-11-02T00:00:00Z"},
            "createdAfter/createdBefore and lastUpdatedAfter/lastUpdatedBefore exclude each other",
        ),
        (
            {"createdAfter": "2026-11-02T00:00:00Z", "createdBefore": "2026-11-01T00:00:00Z"},
            "createdBefore must be equal to or after createdAfter",
        ),
        (
            {"lastUpdatedBefore": "2026-11-20T11:58:01Z"},
            "lastUpdatedBefore must be at least two minutes before the time of the request",
        ),
        ({"createdAfter": "2026-11-20T12:00:01Z"}, "createdAfter lies in the future"),
        ({"marketplaceIds": ",".join([US] * 51)}, "marketplaceIds holds more than 50 values"),
        ({"marketplaceIds": "US"}, "marketplaceIds does not know US"),
        ({"fulfillmentStatuses": "Shipped"}, "fulfillmentStatuses does not know Shipped"),
        ({"fulfilledBy": "AFN"}, "fulfilledBy does not know AFN"),
        ({"includedData": "BUYER,EVERYTHING"}, "includedData does not know EVERYTHING"),
        ({"maxResultsPerPage": "0"}, "maxResultsPerPage must be between 1 and 100"),
        ({"maxResultsPerPage": "101"}, "maxResultsPerPage must be between 1 and 100"),
        ({"maxResultsPerPage": "-1"}, "maxResultsPerPage must be between 1 and 100"),
        ({"paginationToken": "abc"}, "paginationToken is not valid"),
    ],
)
def test_a_parameter_against_the_rules_is_refused(
    caller: Caller, query: dict[str, str], details: str
) -> None:
    refusal = error(caller.search(**query), 400)
    assert refusal == {"code": "InvalidInput", "message": "Invalid Input", "details": details}


def test_a_search_without_any_after_is_refused(caller: Caller) -> None:
    refusal = error(
        caller.call("GET", "/orders/2026-01-01/orders", lastUpdatedBefore="2026-11-01T00:00:00Z"), 400
    )
    assert refusal["details"] == "Exactly one of createdAfter and lastUpdatedAfter is required"


def test_a_window_that_starts_within_the_last_two_minutes_is_empty(caller: Caller, put: PutOrder) -> None:
    put(minutes_old=1)
    answer = read(caller.search(lastUpdatedAfter="2026-11-20T11:59:00Z"))
    assert answer == {"orders": [], "lastUpdatedBefore": "2026-11-20T11:58:00Z"}


def test_parameters_nobody_knows_are_ignored(caller: Caller, put: PutOrder) -> None:
    put()
    assert caller.found(MarketplaceId=US) == [order_id(1)]


def test_one_call_serves_several_marketplaces(caller: Caller, put: PutOrder) -> None:
    put(1, place="US")
    put(2, place="CA")
    assert caller.found(marketplaceIds=US) == [order_id(1)]
    assert caller.found(marketplaceIds=f"{US},{CA}") == [order_id(1), order_id(2)]
    assert caller.found() == [order_id(1), order_id(2)]


def test_a_marketplace_the_seller_is_not_in_forbids_the_whole_search(caller: Caller) -> None:
    refusal = error(caller.search(marketplaceIds=f"{US},{MX}"), 403)
    assert refusal["code"] == "Unauthorized"
    assert refusal["details"] == f"The seller does not participate in marketplace {MX}."


def test_a_seller_who_left_a_marketplace_sees_the_others(
    amazon: Amazon, caller: Caller, put: PutOrder
) -> None:
    put(1, place="US")
    put(2, place="CA")
    amazon.world.set_participation("A1SELLER", "CA", False)
    assert error(caller.search(marketplaceIds=f"{US},{CA}"), 403)["code"] == "Unauthorized"
    assert caller.found(marketplaceIds=US) == [order_id(1)]
    assert caller.found() == [order_id(1)]


def test_another_sellers_orders_do_not_exist(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    amazon.add_seller("A2OTHER", "Other", ("US",), "refresh-2")
    put(seller_id="A2OTHER")
    assert caller.found() == []
    assert Caller(amazon, "A2OTHER").found() == [order_id(1)]


def test_statuses_and_fulfillers_filter(caller: Caller, put: PutOrder) -> None:
    put(1)
    put(2, status="PENDING")
    put(3, status="SHIPPED", fulfilled_by="AMAZON")
    assert caller.found(fulfillmentStatuses="PENDING,SHIPPED") == [order_id(2), order_id(3)]
    assert caller.found(fulfilledBy="MERCHANT") == [order_id(1), order_id(2)]
    assert caller.found(fulfilledBy="AMAZON", fulfillmentStatuses="UNSHIPPED") == []


WHOLE: dict[str, Any] = {
    "orderId": order_id(9),
    "createdTime": "2026-11-20T10:00:00Z",
    "lastUpdatedTime": "2026-11-20T10:00:00Z",
    "salesChannel": {"channelName": "AMAZON", "marketplaceId": US},
    "buyer": {"buyerName": "A"},
    "recipient": {"deliveryAddress": {"city": "B"}},
    "proceeds": {"grandTotal": {"amount": "1.00", "currencyCode": "USD"}},
    "tax": {"taxInvoicing": {"invoiceStatus": "C"}},
    "payment": {"paymentExecutions": []},
    "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
    "packages": [{"packageReferenceId": "1"}],
    "fulfillmentOrders": [{"fulfillmentOrderId": "D"}],
    "orderItems": [
        {
            "orderItemId": "1",
            "quantityOrdered": 1,
            "product": {"asin": "E", "price": {"unitPrice": {"amount": "1.00", "currencyCode": "USD"}}},
            "proceeds": {"proceedsTotal": {"amount": "1.00", "currencyCode": "USD"}},
            "expense": {"pointsCost": {}},
            "promotion": {"breakdowns": []},
            "cancellation": {"cancellationRequest": {"requester": "BUYER"}},
            "fulfillment": {"quantityFulfilled": 0},
            "tax": {"taxCollections": []},
        }
    ],
}


@pytest.mark.parametrize(
    ("word", "in_order", "in_item"),
    [
        ("BUYER", "buyer", None),
        ("RECIPIENT", "recipient", None),
        ("PROCEEDS", "proceeds", "proceeds"),
        ("EXPENSE", None, "expense"),
        ("PROMOTION", None, "promotion"),
        ("CANCELLATION", None, "cancellation"),
        ("FULFILLMENT", "fulfillment", "fulfillment"),
        ("PACKAGES", "packages", None),
        ("TAX", "tax", "tax"),
        ("PAYMENT", "payment", None),
        ("FULFILLMENT_ORDERS", "fulfillmentOrders", None),
    ],
)
def test_a_data_set_brings_its_blocks_and_nothing_else(
    amazon: Amazon, caller: Caller, word: str, in_order: str | None, in_item: str | None
) -> None:
    amazon.world.put_order("A1SELLER", WHOLE)
    [order] = read(caller.search(includedData=word))["orders"]
    always = {"orderId", "createdTime", "lastUpdatedTime", "salesChannel", "orderItems"}
    assert set(order) == always | {in_order} - {None}
    assert set(order["orderItems"][0]) == {"orderItemId", "quantityOrdered", "product"} | {in_item} - {None}


def test_without_included_data_there_is_no_status(amazon: Amazon, caller: Caller) -> None:
    amazon.world.put_order("A1SELLER", WHOLE)
    assert "fulfillment" not in read(caller.search())["orders"][0]


def test_all_data_sets_bring_the_whole_order(amazon: Amazon, caller: Caller) -> None:
    amazon.world.put_order("A1SELLER", WHOLE)
    assert read(caller.search(includedData=",".join(DATASETS)))["orders"] == [WHOLE]


def test_orders_that_amazon_fulfills_have_no_packages(amazon: Amazon, caller: Caller) -> None:
    amazon.world.put_order("A1SELLER", WHOLE)
    amazon.world.change_order(WHOLE["orderId"], {"fulfillment": {"fulfilledBy": "AMAZON"}})
    amazon.clock.advance(timedelta(minutes=5).total_seconds())
    assert amazon.clock.now() > NOW
    assert "packages" not in read(caller.search(includedData="PACKAGES,FULFILLMENT"))["orders"][0]
