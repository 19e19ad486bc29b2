from typing import Any

import pytest

from sandbox.amazon import Amazon
from tests.sandbox.conftest import CA, US, Caller, PutOrder, error, order_id, read


@pytest.fixture
def five_orders(put: PutOrder) -> None:
    """Numbers 1 to 5, oldest first."""
    for number in range(1, 6):
        put(number, minutes_old=60 - number)


def pages(caller: Caller, **query: Any) -> list[list[str]]:
    """The order ids of every page."""
    found, token = [], None
    while True:
        answer = read(caller.search(**query, **({"paginationToken": token} if token else {})))
        found.append([order["orderId"] for order in answer["orders"]])
        token = answer.get("pagination", {}).get("nextToken")
        if token is None:
            return found


@pytest.mark.usefixtures("five_orders")
def test_pages_hold_every_order_once_and_the_last_has_no_token(caller: Caller) -> None:
    assert pages(caller, maxResultsPerPage=2) == [
        [order_id(1), order_id(2)],
        [order_id(3), order_id(4)],
        [order_id(5)],
    ]


@pytest.mark.usefixtures("five_orders")
def test_a_page_that_is_just_full_is_the_last(caller: Caller) -> None:
    answer = read(caller.search(maxResultsPerPage=5))
    assert len(answer["orders"]) == 5
    assert "pagination" not in answer


def test_a_page_holds_a_hundred_orders_unless_asked_otherwise(caller: Caller, put: PutOrder) -> None:
    for number in range(101):
        put(number)
    assert [len(page) for page in pages(caller)] == [100, 1]


@pytest.mark.usefixtures("five_orders")
def test_orders_of_the_same_second_are_neither_lost_nor_repeated(caller: Caller, put: PutOrder) -> None:
    for number in range(1, 6):
        put(number, minutes_old=30)
    assert sum(pages(caller, maxResultsPerPage=2), []) == [order_id(number) for number in range(1, 6)]


@pytest.mark.usefixtures("five_orders")
def test_an_order_that_changes_while_pages_are_read_moves_to_the_next_window(
    amazon: Amazon, caller: Caller
) -> None:
    first = read(caller.search(maxResultsPerPage=2))
    amazon.clock.advance(600)
    amazon.world.change_order(order_id(4), {"programs": ["PRIME"]})
    second = read(caller.search(maxResultsPerPage=2, paginationToken=first["pagination"]["nextToken"]))
    assert [order["orderId"] for order in second["orders"]] == [order_id(3), order_id(5)]
    assert second["lastUpdatedBefore"] == first["lastUpdatedBefore"] == "2026-11-20T11:58:00Z"
    amazon.clock.advance(120)
    assert caller.found(lastUpdatedAfter=first["lastUpdatedBefore"]) == [order_id(4)]


@pytest.mark.usefixtures("five_orders")
@pytest.mark.parametrize(
    "other",
    [
        {"maxResultsPerPage": 3},
        {"maxResultsPerPage": 2, "includedData": "BUYER"},
        {"maxResultsPerPage": 2, "marketplaceIds": f"{US},{CA}"},
        {"maxResultsPerPage": 2, "lastUpdatedAfter": "2026-01-02T00:00:00Z"},
    ],
)
def test_a_token_with_other_parameters_is_refused(caller: Caller, other: dict[str, Any]) -> None:
    token = read(caller.search(maxResultsPerPage=2))["pagination"]["nextToken"]
    refusal = error(caller.search(paginationToken=token, **other), 400)
    assert refusal["code"] == "InvalidInput"
    assert refusal["details"] == "paginationToken must come with the parameters of the first request"


@pytest.mark.usefixtures("five_orders")
def test_a_token_lives_for_24_hours(amazon: Amazon, caller: Caller) -> None:
    token = read(caller.search(maxResultsPerPage=2))["pagination"]["nextToken"]
    amazon.clock.advance(24 * 3600)
    assert len(read(caller.search(maxResultsPerPage=2, paginationToken=token))["orders"]) == 2
    amazon.clock.advance(1)
    refusal = error(caller.search(maxResultsPerPage=2, paginationToken=token), 400)
    assert refusal["details"] == "paginationToken has expired"


@pytest.mark.usefixtures("five_orders")
def test_a_token_of_another_seller_is_refused(amazon: Amazon, caller: Caller) -> None:
    amazon.add_seller("A2OTHER", "Other", ("US",), "refresh-2")
    token = read(caller.search(maxResultsPerPage=2))["pagination"]["nextToken"]
    refusal = error(Caller(amazon, "A2OTHER").search(maxResultsPerPage=2, paginationToken=token), 400)
    assert refusal["details"] == "paginationToken is not valid"
