"""Amazon's models read strictly; what of them is spoken and what is not; and that the reader notices."""

import ast
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.amazon import OPERATIONS
from sandbox.wire import Request, Response, dumps
from tests.sandbox import amazon_models
from tests.sandbox.amazon_models import ABSENT, AMAZONS, Operation

pytestmark = pytest.mark.skipif(not AMAZONS.is_dir(), reason=ABSENT)
ROOT = Path(__file__).resolve().parents[2]
SEARCH = "/orders/2026-01-01/orders"
CONFIRM = "/orders/v0/orders/111-0000000-0000001/shipmentConfirmation"
# tests/integration/spapi/test_conformance.py walks through every operation of these that the product calls.
SPOKEN_MODELS = {
    "feeds-api-model/feeds_2021-06-30.json",
    "notifications-api-model/notifications.json",
    "orders-api-model/ordersV0.json",
    "orders-api-model/orders_2026-01-01.json",
    "reports-api-model/reports_2021-06-30.json",
    "sellers-api-model/sellers.json",
}
UNSPOKEN_MODELS = {
    "fba-inventory-api-model/fbaInventory.json": "stock that Amazon keeps is not read here",
    "finances-api-model/financesV0.json": "2024-06-19 is the one that says what was paid",
    "finances-api-model/finances_2024-06-19.json": "whether a refund was paid is not read yet",
    "listings-items-api-model/listingsItems_2021-08-01.json": "no stock and no listing is sent to Amazon",
    "messaging-api-model/messaging.json": "buyers are not written to",
    "tokens-api-model/tokens_2021-03-01.json": "Orders 2026-01-01 needs no restricted data token",
}
# Sent: tests/sandbox/test_conformance.py; read: tests/amazon_orders/test_order_change.py.
SPOKEN_SCHEMAS = {"notifications/OrderChangeNotification.json"}
NO_FBA = "stock that Amazon keeps is not read here"
NO_LISTINGS = "no stock and no listing is sent to Amazon"
POLLED = "its end is asked for, not waited for"
UNSPOKEN_SCHEMAS = {
    "feeds/listings-feed-message-schema-v2.json": NO_LISTINGS,
    "feeds/listings-feed-processing-report-schema-v2.json": NO_LISTINGS,
    "feeds/listings-feed-schema-v2.json": NO_LISTINGS,
    "notifications/FBAInventoryAvailabilityChangeNotification.json": NO_FBA,
    "notifications/FeedProcessingFinishedNotification.json": POLLED,
    "notifications/ItemInventoryEventChangeNotification.json": NO_FBA,
    "notifications/ListingsItemIssuesChangeNotification_2023-12-13.json": NO_LISTINGS,
    "notifications/ListingsItemMfnQuantityChange.json": NO_LISTINGS,
    "notifications/ListingsItemStatusChangeNotification.json": NO_LISTINGS,
    "notifications/ReportProcessingFinishedNotification.json": POLLED,
    "notifications/TransactionUpdateNotification.json": "whether a refund was paid is not read yet",
}
# Where Amazon's own examples do not fit Amazon's own models: neither side is ours to mend.
AMAZON_CONTRADICTS_ITSELF = {
    "getAccount": "marketplaces without a currency and a language, which are required",
    "getMarketplaceParticipations": "one of two examples is the bare list",
    "getOrderItemsBuyerInfo": "an example is the order, the answer holds items",
    "listBalances": "a day where a moment is asked for",
    "listSummary": "days where moments are asked for",
    "notifications/ListingsItemStatusChangeNotification.json": "its example says CHANGE, not CHANGED",
}


def operation(name: str, model: str) -> Operation:
    [found] = [each for each in amazon_models.operations() if (each.name, each.model) == (name, model)]
    return found


def search() -> Operation:
    return operation("searchOrders", "orders-api-model/orders_2026-01-01.json")


def confirm() -> Operation:
    return operation("confirmShipment", "orders-api-model/ordersV0.json")


def examples(of: Operation) -> list[tuple[int, Any]]:
    """What Amazon's model shows as answers: of the static sandbox, and beside them."""
    found: list[tuple[int, Any]] = []
    for status, response in of.responses.items():
        pairs = response.get("x-amzn-api-sandbox", {}).get("static", [])
        found += [(int(status), pair.get("response")) for pair in pairs]
        found += [(int(status), each) for each in response.get("examples", {}).values()]
    return found


def test_every_model_is_spoken_or_said_why_not() -> None:
    assert sorted(SPOKEN_MODELS | UNSPOKEN_MODELS.keys()) == amazon_models.model_names()
    assert not SPOKEN_MODELS & UNSPOKEN_MODELS.keys()


def test_every_schema_is_spoken_or_said_why_not() -> None:
    assert sorted(SPOKEN_SCHEMAS | UNSPOKEN_SCHEMAS.keys()) == amazon_models.schema_names()
    assert not SPOKEN_SCHEMAS & UNSPOKEN_SCHEMAS.keys()


def texts_of_the_product() -> set[str]:
    """Every text that stands in the product's own code."""
    found: set[str] = set()
    for package in ("integration", "amazon_orders"):
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found |= {
                node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
    return found


@pytest.mark.parametrize("name", sorted(UNSPOKEN_MODELS))
def test_of_an_unspoken_model_nothing_is_asked(name: str) -> None:
    roots = {"/".join(each.path.split("/")[:3]) for each in amazon_models.operations() if each.model == name}
    assert roots
    assert not [text for text in texts_of_the_product() for root in roots if text.startswith(root)]


@pytest.mark.parametrize("name", sorted(UNSPOKEN_SCHEMAS))
def test_of_an_unspoken_schema_nothing_is_read(name: str) -> None:
    schema = json.loads((AMAZONS / "schemas" / name).read_text(encoding="utf-8"))
    shown = [
        each.get("NotificationType") or each.get("notificationType") for each in schema.get("examples", [])
    ]
    kinds = {kind for kind in shown if kind} or {"JSON_LISTINGS_FEED", "FBA_INVENTORY_AVAILABILITY_CHANGES"}
    assert not kinds & texts_of_the_product()


@pytest.mark.parametrize("ours", OPERATIONS, ids=lambda each: each.name)
def test_each_operation_of_the_sandbox_is_one_of_amazons(ours: Any) -> None:
    named = [each for each in amazon_models.operations() if each.name == ours.name]
    asked = [each for each in named if each.verb.upper() == ours.method]
    found = [each for each in asked if ours.path.fullmatch(each.path.replace("{", "").replace("}", ""))]
    assert len(found) == 1


@pytest.mark.parametrize(
    "of", amazon_models.operations(), ids=lambda each: f"{each.model.split('/')[-1]}-{each.name}"
)
def test_amazons_own_answers_fit_amazons_own_model(of: Operation) -> None:
    shown = [(status, b"" if body is None else dumps(body)) for status, body in examples(of)]
    told = [(status, b"" if "schema" not in of.responses[str(status)] else body) for status, body in shown]
    found = [fault for status, body in told for fault in of.faults_of_answer(Response(status, body))]
    assert bool(found) == (of.name in AMAZON_CONTRADICTS_ITSELF), found


@pytest.mark.parametrize("name", amazon_models.schema_names())
def test_amazons_own_messages_fit_amazons_own_schema(name: str) -> None:
    path = AMAZONS / "schemas" / name
    beside = path.with_name(path.name.replace(".json", ".example.json"))
    shown = json.loads(path.read_text(encoding="utf-8")).get("examples", [])
    shown += [json.loads(beside.read_text(encoding="utf-8"))] if beside.is_file() else []
    found = [fault for each in shown for fault in amazon_models.schema_faults(name, each)]
    assert bool(found) == (name in AMAZON_CONTRADICTS_ITSELF), found


def test_a_search_of_ours_is_taken() -> None:
    period = "lastUpdatedAfter=2026-11-20T10:00:00.000Z"
    query = f"marketplaceIds=A%2CB&{period}&includedData=BUYER,PACKAGES&maxResultsPerPage=100"
    assert search().faults_of_request(Request("GET", SEARCH, query)) == []


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("marketplaceIds=A&nextToken=x", "no query parameter 'nextToken'"),
        ("includedData=BUYER,EVERYTHING", "'EVERYTHING' is not one of"),
        ("maxResultsPerPage=many", "'many' is not of type 'integer'"),
        ("createdAfter=yesterday", "'yesterday' is not a 'date-time'"),
        ("createdAfter=2026-11-20T10:00:00", "is not a 'date-time'"),
    ],
)
def test_a_search_that_amazon_does_not_know_is_noticed(query: str, says: str) -> None:
    [fault] = search().faults_of_request(Request("GET", SEARCH, query))
    assert says in fault


def confirmation(**changes: Any) -> bytes:
    detail: dict[str, Any] = {
        "packageReferenceId": "1",
        "carrierCode": "UPS",
        "trackingNumber": "1Z",
        "shipDate": "2026-11-20T10:00:00Z",
        "orderItems": [{"orderItemId": "1", "quantity": 1}],
    }
    return dumps({"marketplaceId": "ATVPDKIKX0DER", "packageDetail": detail | changes})


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "a body is missing"),
        (confirmation(marketplaceIds=["A"]), "'marketplaceIds' was unexpected"),
        (confirmation(shipDate="today"), "'today' is not a 'date-time'"),
        (confirmation(orderItems=[{"orderItemId": "1", "quantity": "1"}]), "'1' is not of type 'integer'"),
        (dumps({"marketplaceId": "A"}), "'packageDetail' is a required property"),
    ],
)
def test_a_parcel_that_amazon_does_not_know_is_noticed(body: bytes, says: str) -> None:
    assert confirm().faults_of_request(Request("POST", CONFIRM, body=confirmation())) == []
    [fault] = confirm().faults_of_request(Request("POST", CONFIRM, body=body))
    assert says in fault


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (418, {}, "no answer 418"),
        (200, {"orders": [], "total": 3}, "'total' was unexpected"),
        (200, {}, "'orders' is a required property"),
        (400, {"errors": [{"code": "InvalidInput"}]}, "'message' is a required property"),
    ],
)
def test_an_answer_that_amazon_does_not_give_is_noticed(status: int, body: Any, says: str) -> None:
    [fault] = search().faults_of_answer(Response(status, dumps(body)))
    assert says in fault


def test_a_field_deep_in_an_order_is_noticed() -> None:
    [(_, first), *_] = [each for each in examples(search()) if each[0] == 200]
    first = copy.deepcopy(first)
    first["orders"][0]["orderItems"][0]["product"]["color"] = "red"
    [fault] = search().faults_of_answer(Response(200, dumps(first)))
    assert "orders[0].orderItems[0].product" in fault
    assert "'color' was unexpected" in fault
