"""The transport of the product, python-amazon-sp-api, against the sandbox over HTTP."""

import ssl
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from sp_api.api import OrdersV0, OrdersV20260101, Sellers
from sp_api.base import AccessTokenClient, SellingApiException
from sp_api.base.exceptions import (
    SellingApiBadRequestException,
    SellingApiForbiddenException,
    SellingApiNotFoundException,
    SellingApiRequestThrottledException,
)

from sandbox.amazon import Amazon
from sandbox.server import SandboxServer
from tests.sandbox.conftest import CA, MX, US, PutOrder, order_id

INCLUDED = ["BUYER", "RECIPIENT", "PROCEEDS", "FULFILLMENT", "PACKAGES"]
CONTEXT = ssl.create_default_context()
SINCE = "2026-11-01T00:00:00Z"


def connect(api: Any, server: SandboxServer) -> Any:
    """A client of the package that takes the sandbox for Amazon."""

    class Lwa(AccessTokenClient):  # type: ignore[misc]
        scheme, host, path = "http://", f"127.0.0.1:{server.port}", "/auth/o2/token"

    class Client(api):  # type: ignore[misc]
        @property
        def headers(self) -> dict[str, str]:
            return {**super().headers, "host": urlsplit(self.endpoint).netloc}

    return Client(
        SimpleNamespace(endpoint=server.url, marketplace_id=US, region="us-east-1"),
        # The package caches access tokens by refresh token, for the whole process.
        refresh_token=f"refresh-{server.port}",
        credentials={"lwa_app_id": "id", "lwa_client_secret": "secret"},
        auth_token_client_class=Lwa,
        timeout=10,
        verify=CONTEXT,
    )


@pytest.fixture
def clients(amazon: Amazon, server: SandboxServer) -> Iterator[SimpleNamespace]:
    amazon.tokens.accept(f"refresh-{server.port}", "A1SELLER")
    made = {"orders": OrdersV20260101, "shipping": OrdersV0, "sellers": Sellers}
    clients = SimpleNamespace(**{name: connect(api, server) for name, api in made.items()})
    yield clients
    for client in vars(clients).values():
        client.close()
        client._auth._transport.close()


def test_searching_all_pages(clients: SimpleNamespace, put: PutOrder) -> None:
    for number in range(1, 6):
        put(number, minutes_old=60 - number, place="US" if number % 2 else "CA")
    query = {"lastUpdatedAfter": SINCE, "marketplaceIds": [US, CA], "includedData": INCLUDED}
    found: list[str] = []
    token = None
    while token is not None or not found:
        following: dict[str, str] = {"paginationToken": token} if token else {}
        answer = clients.orders.search_orders(**query, maxResultsPerPage=2, **following)
        found += [order["orderId"] for order in answer.payload["orders"]]
        token = (answer.pagination or {}).get("nextToken")
    assert found == [order_id(number) for number in range(1, 6)]
    assert answer.headers["x-amzn-RateLimit-Limit"] == "0.0056"


def test_a_search_without_marketplaces_survives_what_the_package_adds(
    clients: SimpleNamespace, put: PutOrder
) -> None:
    put()
    answer = clients.orders.search_orders(createdAfter=SINCE)
    assert answer.payload["createdBefore"] == "2026-11-20T11:58:00Z"
    assert len(answer.payload["orders"]) == 1


def test_reading_one_order(clients: SimpleNamespace, put: PutOrder) -> None:
    put()
    order = clients.orders.get_order(order_id(1), includedData=INCLUDED).payload["order"]
    assert order["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert order["buyer"]["buyerName"] == "Alex Morgan"


def test_confirming_a_shipment(clients: SimpleNamespace, amazon: Amazon, put: PutOrder) -> None:
    put()
    item_id = amazon.world.orders()[0].document()["orderItems"][0]["orderItemId"]
    clients.shipping.confirm_shipment(
        order_id(1),
        marketplaceId=US,
        packageDetail={
            "packageReferenceId": "1",
            "carrierCode": "UPS",
            "trackingNumber": "1Z",
            "shipDate": "2026-11-20T11:30:00Z",
            "orderItems": [{"orderItemId": item_id, "quantity": 1}],
        },
    )
    assert amazon.world.orders()[0].status == "SHIPPED"
    assert len(amazon.world.confirmations) == 1


def test_asking_for_participations(clients: SimpleNamespace) -> None:
    payload = clients.sellers.get_marketplace_participation().payload
    assert [one["marketplace"]["id"] for one in payload] == [US, CA]


def test_refusals_arrive_as_the_packages_exceptions(clients: SimpleNamespace, amazon: Amazon) -> None:
    with pytest.raises(SellingApiBadRequestException):
        clients.orders.search_orders(createdAfter="TEST_CASE_400")
    with pytest.raises(SellingApiForbiddenException):
        clients.orders.search_orders(createdAfter=SINCE, marketplaceIds=[MX])
    with pytest.raises(SellingApiNotFoundException):
        clients.orders.get_order(order_id(1))
    amazon.faults.queue("throttle")
    with pytest.raises(SellingApiRequestThrottledException):
        clients.orders.search_orders(createdAfter=SINCE)
    amazon.faults.queue("error500")
    with pytest.raises(SellingApiException):
        clients.orders.search_orders(createdAfter=SINCE)


@pytest.mark.parametrize("kind", ["throttle_bare", "html503", "bare500", "empty", "no_orders"])
def test_what_the_package_takes_for_an_empty_success(
    clients: SimpleNamespace, amazon: Amazon, put: PutOrder, kind: str
) -> None:
    put()
    amazon.faults.queue(kind)
    answer = clients.orders.search_orders(createdAfter=SINCE)
    assert "orders" not in (answer.payload or {})
