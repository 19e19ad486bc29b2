"""The sandbox's answers against Amazon's own models, which live beside the project and not in it."""

from datetime import timedelta

import pytest

from sandbox.amazon import Amazon
from sandbox.clock import Clock, parse_iso
from sandbox.datasets import DATASETS, Json
from sandbox.shop import DEMO_SELLERS, Shop
from sandbox.subscriptions import ORDER_CHANGE
from sandbox.wire import Response
from tests.sandbox.amazon_models import schema_faults
from tests.sandbox.conformance import MODELS, amazon_at, as_query, assert_is, model, parameters, static_pairs
from tests.sandbox.conftest import NOW, SELLER, Caller, PutOrder, order_id, read

pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason="Amazon's models are not beside the project")

ORDERS = "orders-api-model/orders_2026-01-01.json"
ORDERS_V0 = "orders-api-model/ordersV0.json"
SELLERS = "sellers-api-model/sellers.json"
NOTIFICATIONS = "notifications-api-model/notifications.json"
ORDER_CHANGE_SCHEMA = "notifications/OrderChangeNotification.json"
SEARCH_PATH, GET_PATH = "/orders/2026-01-01/orders", "/orders/2026-01-01/orders/{orderId}"
CONFIRM_PATH = "/orders/v0/orders/{orderId}/shipmentConfirmation"


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
        "createdTime": "2022-02-10T00:00:00Z",
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


DESTINATIONS, SUBSCRIPTIONS = "/notifications/v1/destinations", "/notifications/v1/subscriptions"
ONE_SUBSCRIPTION = "/{notificationType}/{subscriptionId}"
QUEUE = "arn:aws:sqs:us-east-2:444455556666:queue1"


def only_pair(path: str, verb: str) -> Json:
    """What Amazon's static sandbox answers; its requests are empty, whatever the operation requires."""
    [pair] = static_pairs(NOTIFICATIONS, path, 200, verb)
    answer: Json = pair["response"]
    return answer


def notified(*ids: str) -> Caller:
    """A seller at an Amazon that gives out these ids, one after the other."""
    caller = amazon_at("2026-11-20T12:00:00Z", [])
    caller.amazon.world.subscriptions.new_id = iter(ids).__next__
    return caller


def with_destination(destination_id: str, *others: str) -> Caller:
    caller = notified(destination_id, *others)
    body = {"name": "SQSDestination", "resourceSpecification": {"sqs": {"arn": QUEUE}}}
    assert_is(body, "CreateDestinationRequest", NOTIFICATIONS)
    assert caller.call_grantless("POST", DESTINATIONS, body).status == 200
    return caller


def with_subscription(destination_id: str, subscription_id: str) -> Caller:
    caller = with_destination(destination_id, subscription_id)
    body = {"payloadVersion": "1.0", "destinationId": destination_id}
    assert_is(body, "CreateSubscriptionRequest", NOTIFICATIONS)
    assert caller.call("POST", f"{SUBSCRIPTIONS}/{ORDER_CHANGE}", body).status == 200
    return caller


def test_a_destination_is_made_as_amazons_static_sandbox_does() -> None:
    expected = only_pair(DESTINATIONS, "post")
    caller = notified(expected["payload"]["destinationId"])
    body = {"name": "SQSDestination", "resourceSpecification": {"sqs": {"arn": QUEUE}}}
    answer = read(caller.call_grantless("POST", DESTINATIONS, body))
    assert_is(answer, "CreateDestinationResponse", NOTIFICATIONS)
    assert answer == expected


def test_destinations_are_told_as_by_amazons_static_sandbox() -> None:
    expected = only_pair(DESTINATIONS, "get")
    caller = with_destination(expected["payload"][0]["destinationId"])
    answer = read(caller.call_grantless("GET", DESTINATIONS))
    assert_is(answer, "GetDestinationsResponse", NOTIFICATIONS)
    assert answer == expected


def test_a_destination_is_told_and_deleted_as_by_amazons_static_sandbox() -> None:
    path = DESTINATIONS + "/{destinationId}"
    expected = only_pair(path, "get")
    name = expected["payload"]["destinationId"]
    caller = with_destination(name)
    answer = read(caller.call_grantless("GET", f"{DESTINATIONS}/{name}"))
    assert_is(answer, "GetDestinationResponse", NOTIFICATIONS)
    assert answer == expected
    gone = read(caller.call_grantless("DELETE", f"{DESTINATIONS}/{name}"))
    assert gone == only_pair(path, "delete")
    assert read(caller.call_grantless("GET", DESTINATIONS)) == {"payload": []}


@pytest.mark.parametrize(
    ("path", "verb", "definition"),
    [
        ("/{notificationType}", "post", "CreateSubscriptionResponse"),
        ("/{notificationType}", "get", "GetSubscriptionResponse"),
        (ONE_SUBSCRIPTION, "get", "GetSubscriptionByIdResponse"),
    ],
)
def test_a_subscription_is_told_as_by_amazons_static_sandbox(path: str, verb: str, definition: str) -> None:
    expected = only_pair(SUBSCRIPTIONS + path, verb)
    destination, subscription = expected["payload"]["destinationId"], expected["payload"]["subscriptionId"]
    of_type = f"{SUBSCRIPTIONS}/{ORDER_CHANGE}"
    if verb == "post":
        body = {"payloadVersion": "1.0", "destinationId": destination}
        response = with_destination(destination, subscription).call("POST", of_type, body)
    elif path == ONE_SUBSCRIPTION:
        caller = with_subscription(destination, subscription)
        response = caller.call_grantless("GET", f"{of_type}/{subscription}")
    else:
        response = with_subscription(destination, subscription).call("GET", of_type)
    answer = read(response)
    assert_is(answer, definition, NOTIFICATIONS)
    assert answer == expected


def test_subscriptions_are_told_as_by_amazons_static_sandbox() -> None:
    expected = only_pair(SUBSCRIPTIONS, "get")
    [one] = expected["payload"]["subscriptions"]
    caller = with_subscription(one["destinationId"], one["subscriptionId"])
    answer = read(caller.call("GET", SUBSCRIPTIONS, notificationTypes=ORDER_CHANGE))
    assert_is(answer, "GetSubscriptionsResponse", NOTIFICATIONS)
    assert answer == expected


def test_a_subscription_is_deleted_as_by_amazons_static_sandbox() -> None:
    caller = with_subscription("destination-1", "subscription-1")
    gone = caller.call_grantless("DELETE", f"{SUBSCRIPTIONS}/{ORDER_CHANGE}/subscription-1")
    assert read(gone) == only_pair(SUBSCRIPTIONS + ONE_SUBSCRIPTION, "delete")
    assert caller.call("GET", f"{SUBSCRIPTIONS}/{ORDER_CHANGE}").status == 404


def test_whatever_the_living_shop_does_is_notified_in_amazons_schema() -> None:
    amazon = Amazon(clock=Clock(NOW), quota="off")
    for seller in DEMO_SELLERS:
        amazon.world.add_seller(seller.seller_id, seller.store_name, seller.marketplaces)
        destination = amazon.world.subscriptions.add_destination(seller.seller_id, QUEUE + seller.group)
        amazon.world.subscriptions.subscribe(
            seller.seller_id, ORDER_CHANGE, destination.destination_id, "1.0", None
        )
    Shop(amazon, seed=1, orders=200)
    amazon.clock.advance(7200)
    amazon.world.settle()
    for each in amazon.world.notifications:
        assert schema_faults(ORDER_CHANGE_SCHEMA, each.body) == []
    changes = [each.body["Payload"]["OrderChangeNotification"] for each in amazon.world.notifications]
    assert len(changes) > 400
    assert {"Pending", "Unshipped", "Shipped", "Canceled"} <= {
        change["Summary"]["OrderStatus"] for change in changes
    }


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
            "shipDate": "2026-11-20T11:30:00Z",
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
