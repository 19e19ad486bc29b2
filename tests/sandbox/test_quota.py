import pytest

from sandbox.amazon import Amazon
from tests.sandbox.conftest import Caller, PutOrder, error, order_id


@pytest.fixture
def thrifty(amazon: Amazon) -> Amazon:
    amazon.quota.mode = "real"
    return amazon


@pytest.mark.usefixtures("thrifty")
def test_twenty_searches_are_there_and_the_next_comes_after_179_seconds(
    amazon: Amazon, caller: Caller
) -> None:
    assert [caller.search().status for _ in range(21)] == [200] * 20 + [429]
    amazon.clock.advance(178)
    assert caller.search().status == 429
    amazon.clock.advance(1)
    assert [caller.search().status for _ in range(2)] == [200, 429]


@pytest.mark.usefixtures("thrifty")
def test_a_refusal_says_quota_exceeded_and_costs_nothing(amazon: Amazon, caller: Caller) -> None:
    amazon.quota.empty("A1SELLER", "searchOrders", amazon.clock.now())
    assert error(caller.search(), 429)["code"] == "QuotaExceeded"
    amazon.clock.advance(179)
    assert caller.search().status == 200


@pytest.mark.usefixtures("thrifty")
def test_a_bucket_belongs_to_one_seller_and_one_operation(
    amazon: Amazon, caller: Caller, put: PutOrder
) -> None:
    put()
    amazon.add_seller("A2OTHER", "Other", ("US",), "refresh-2")
    amazon.quota.empty("A1SELLER", "searchOrders", amazon.clock.now())
    assert caller.search().status == 429
    assert caller.order(order_id(1)).status == 200
    assert Caller(amazon, "A2OTHER").search().status == 200


@pytest.mark.usefixtures("thrifty")
def test_a_bucket_never_holds_more_than_its_burst(amazon: Amazon, caller: Caller) -> None:
    caller.search()
    amazon.clock.advance(30 * 86400)
    assert [caller.search().status for _ in range(21)].count(200) == 20


def test_with_the_quota_off_nothing_is_refused(caller: Caller) -> None:
    assert {caller.search().status for _ in range(40)} == {200}


@pytest.mark.usefixtures("thrifty")
def test_the_rate_is_told_where_the_model_tells_it(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    put()
    header = "x-amzn-RateLimit-Limit"
    assert caller.search().headers[header] == "0.0056"
    assert caller.search(createdAfter="x").headers[header] == "0.0056"
    assert caller.order(order_id(1)).headers[header] == "0.5"
    assert caller.order(order_id(2)).headers[header] == "0.5"
    amazon.quota.empty("A1SELLER", "searchOrders", amazon.clock.now())
    assert header not in caller.search().headers
