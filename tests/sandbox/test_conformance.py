"""The sandbox's answers against Amazon's own models, which live beside the project and not in it."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, FormatChecker

from integration.sandbox.amazon import Amazon
from integration.sandbox.clock import Clock, parse_iso
from integration.sandbox.datasets import DATASETS, Json
from integration.sandbox.shop import DEMO_SELLERS, Shop
from integration.sandbox.wire import Response
from tests.sandbox.conftest import NOW, SELLER, Caller, PutOrder, order_id, read

MODELS = Path(__file__).resolve().parents[2].parent / "shared" / "amazon-models" / "models"
pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason="Amazon's models are not beside the project")

ORDERS = "orders-api-model/orders_2026-01-01.json"
ORDERS_V0 = "orders-api-model/ordersV0.json"
SELLERS = "sellers-api-model/sellers.json"
SEARCH_PATH, GET_PATH = "/orders/2026-01-01/orders", "/orders/2026-01-01/orders/{orderId}"
CONFIRM_PATH = "/orders/v0/orders/{orderId}/shipmentConfirmation"
PLACES = ("US", "UK", "DE", "JP", "BR", "TR")


def model(name: str) -> Json:
    loaded: Json = json.loads((MODELS / name).read_text(encoding="utf-8"))
    return loaded


def assert_is(answer: Any, definition: str, model_name: str) -> None:
    schema = {"$ref": f"#/definitions/{definition}", "definitions": model(model_name)["definitions"]}
    errors = Draft4Validator(schema, format_checker=FormatChecker()).iter_errors(answer)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def static_pairs(model_name: str, path: str, status: int) -> list[Json]:
    """The request and response pairs of Amazon's static sandbox; where the models are absent, one that is
    never read, so that the skip tells its reason."""
    if not MODELS.is_dir():
        return [{}]
    [operation] = (body for verb, body in model(model_name)["paths"][path].items() if verb in ("get", "post"))
    pairs: list[Json] = operation["responses"][str(status)]["x-amzn-api-sandbox"]["static"]
    return pairs


def parameters(pair: Json) -> dict[str, Any]:
    return {name: wrapped["value"] for name, wrapped in pair["request"]["parameters"].items()}


def as_query(values: dict[str, Any]) -> dict[str, str]:
    return {
        name: ",".join(value) if isinstance(value, list) else str(value)
        for name, value in values.items()
        if name != "orderId"
    }


def amazon_at(moment: str, orders: list[Json]) -> Caller:
    """An Amazon at that moment whose one seller has these orders."""
    amazon = Amazon(clock=Clock(parse_iso(moment)), quota="off")
    amazon.add_seller(SELLER, "BestSellerStore", PLACES, "refresh-1")
    for order in orders:
        amazon.world.put_order(SELLER, order)
    return Caller(amazon)


@pytest.mark.parametrize("pair", static_pairs(ORDERS, SEARCH_PATH, 200))
def test_a_search_of_amazons_static_sandbox_is_answered_alike(pair: Json) -> None:
    expected = pair["response"]
    query = as_query(parameters(pair))
    # Its page tokens are mere patterns: a real one comes only from a page before.
    query.pop("paginationToken", None)
    now = parse_iso(expected["createdBefore"]) + timedelta(minutes=2)
    caller = amazon_at(now.isoformat(), expected["orders"])
    answer = read(caller.search(**query))
    assert_is(answer, "SearchOrdersResponse", ORDERS)
    assert answer["createdBefore"] == expected["createdBefore"]
    [order] = answer["orders"]
    [expected_order] = expected["orders"]
    assert order == expected_order


@pytest.mark.parametrize("pair", static_pairs(ORDERS, GET_PATH, 200))
def test_an_order_of_amazons_static_sandbox_is_answered_alike(pair: Json) -> None:
    values = parameters(pair)
    caller = amazon_at("2025-06-01T00:00:00Z", [pair["response"]["order"]])
    answer = read(caller.order(values["orderId"], **as_query(values)))
    assert_is(answer, "GetOrderResponse", ORDERS)
    assert answer == pair["response"]


@pytest.mark.parametrize("pair", static_pairs(ORDERS, SEARCH_PATH, 400))
def test_a_refused_search_is_answered_alike(pair: Json) -> None:
    response = amazon_at("2025-06-01T00:00:00Z", []).search(**as_query(parameters(pair)))
    assert read(response, 400) == pair["response"]


@pytest.mark.parametrize("pair", static_pairs(ORDERS, GET_PATH, 400))
def test_a_refused_order_is_answered_alike(pair: Json) -> None:
    response = amazon_at("2025-06-01T00:00:00Z", []).order(parameters(pair)["orderId"])
    assert read(response, 400) == pair["response"]


@pytest.mark.parametrize("pair", static_pairs(SELLERS, "/sellers/v1/marketplaceParticipations", 200))
def test_participations_of_amazons_static_sandbox_are_answered_alike(pair: Json) -> None:
    amazon = Amazon(clock=Clock(NOW), quota="off")
    amazon.add_seller(SELLER, "BestSellerStore", ("US",), "refresh-1")
    answer = read(Caller(amazon).call("GET", "/sellers/v1/marketplaceParticipations"))
    assert_is(answer, "GetMarketplaceParticipationsResponse", SELLERS)
    assert answer == pair["response"]


def confirmed(pair: Json) -> Response:
    """Amazon's example sent to an order that has the item it names."""
    values = parameters(pair)
    body = values["body"]
    [item] = body["packageDetail"]["orderItems"]
    caller = amazon_at("2022-02-11T02:00:00Z", [])
    order = {
        "orderId": values["orderId"],
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": body["marketplaceId"]},
        "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
        "orderItems": [{"orderItemId": item["orderItemId"], "quantityOrdered": 1, "product": {}}],
    }
    caller.amazon.world.put_order(SELLER, order)
    return caller.confirm(values["orderId"], body)


@pytest.mark.parametrize("pair", static_pairs(ORDERS_V0, CONFIRM_PATH, 204))
def test_a_confirmation_of_amazons_static_sandbox_is_taken(pair: Json) -> None:
    response = confirmed(pair)
    assert (response.status, response.body) == (204, b"")


@pytest.mark.parametrize("pair", static_pairs(ORDERS_V0, CONFIRM_PATH, 400))
def test_a_refused_confirmation_is_answered_alike(pair: Json) -> None:
    answer = read(confirmed(pair), 400)
    assert_is(answer, "ConfirmShipmentErrorResponse", ORDERS_V0)
    assert answer == pair["response"]


def test_every_order_of_the_living_shop_is_a_legal_one_at_any_time() -> None:
    amazon = Amazon(clock=Clock(NOW), quota="off")
    Shop(amazon, seed=1, orders=200)
    for seconds in (0, 900, 7200):
        amazon.clock.advance(seconds)
        for seller in DEMO_SELLERS:
            caller = Caller(amazon, seller.seller_id)
            answer = read(caller.search(includedData=",".join(DATASETS)))
            assert len(answer["orders"]) >= 8
            assert_is(answer, "SearchOrdersResponse", ORDERS)


@pytest.mark.parametrize("query", [{"createdAfter": "x"}, {"marketplaceIds": "A1F83G8C2ARO7P"}])
def test_refusals_have_the_models_form(caller: Caller, query: dict[str, str]) -> None:
    response = caller.search(**query)
    assert response.status in (400, 403)
    assert_is(read(response, response.status), "ErrorList", ORDERS)


def test_a_confirmed_order_stays_a_legal_one(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    put()
    order = read(caller.order(order_id(1)))["order"]
    body = {
        "marketplaceId": order["salesChannel"]["marketplaceId"],
        "packageDetail": {
            "packageReferenceId": "1",
            "carrierCode": "UPS",
            "trackingNumber": "1Z",
            "shipDate": "2026-11-20T10:00:00Z",
            "orderItems": [{"orderItemId": order["orderItems"][0]["orderItemId"], "quantity": 1}],
        },
    }
    assert_is(body, "ConfirmShipmentRequest", ORDERS_V0)
    assert caller.confirm(order_id(1), body).status == 204
    answer = read(caller.order(order_id(1), includedData=",".join(DATASETS)))
    assert_is(answer, "GetOrderResponse", ORDERS)
    assert answer["order"]["packages"][0]["packageReferenceId"] == "1"


def test_we_know_the_models_statuses_and_data_sets() -> None:
    by_name = {one["name"]: one for one in model(ORDERS)["paths"][SEARCH_PATH]["get"]["parameters"]}
    assert tuple(by_name["includedData"]["items"]["enum"]) == DATASETS
    assert sorted(by_name) == [
        "createdAfter",
        "createdBefore",
        "fulfilledBy",
        "fulfillmentStatuses",
        "includedData",
        "lastUpdatedAfter",
        "lastUpdatedBefore",
        "marketplaceIds",
        "maxResultsPerPage",
        "paginationToken",
    ]
