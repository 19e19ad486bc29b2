"""A sandbox whose clock stands still at noon, with one seller in two marketplaces."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.amazon import Amazon
from sandbox.clock import Clock
from sandbox.datasets import Json
from sandbox.samples import sample_order
from sandbox.server import SandboxServer
from sandbox.wire import Request, Response, dumps

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SELLER = "A1SELLER"
US, CA, MX = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1AM78C64UM0Y8"
SEARCH = "/orders/2026-01-01/orders"


@dataclass
class Caller:
    """Calls operations of one Amazon as one seller, without a socket."""

    amazon: Amazon
    seller_id: str = SELLER
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Response:
        token = self.amazon.tokens.issue(self.seller_id, self.amazon.clock.now())
        headers = {"x-amz-access-token": token, **self.headers}
        return self.amazon.answer(Request(method, path, urlencode(query), headers, dumps(body)))

    def call_grantless(
        self, method: str, path: str, body: Any = None, *, scope: str = "sellingpartnerapi::notifications"
    ) -> Response:
        token = self.amazon.tokens.issue(None, self.amazon.clock.now(), scope)
        return self.amazon.answer(Request(method, path, "", {"x-amz-access-token": token}, dumps(body)))

    def search(self, **query: Any) -> Response:
        window = (
            {}
            if {"createdAfter", "lastUpdatedAfter"} & query.keys()
            else {"lastUpdatedAfter": "2026-01-01T00:00:00Z"}
        )
        return self.call("GET", SEARCH, **window, **query)

    def found(self, **query: Any) -> list[str]:
        return [order["orderId"] for order in read(self.search(**query))["orders"]]

    def order(self, order_id: str, **query: Any) -> Response:
        return self.call("GET", f"{SEARCH}/{order_id}", **query)

    def confirm(self, order_id: str, body: Any) -> Response:
        return self.call("POST", f"/orders/v0/orders/{order_id}/shipmentConfirmation", body)


def read(response: Response, status: int = 200) -> Any:
    assert response.status == status, response.body
    return Request("", "", body=response.body).json()


def error(response: Response, status: int) -> Json:
    """The one error of a refusal."""
    [only] = read(response, status)["errors"]
    assert isinstance(only, dict)
    return only


def order_id(number: int) -> str:
    return f"111-0000000-{number:07d}"


@pytest.fixture
def amazon() -> Amazon:
    amazon = Amazon(clock=Clock(NOW), quota="off")
    amazon.add_seller(SELLER, "Harbor & Pine", ("US", "CA"), "refresh-1")
    return amazon


@pytest.fixture
def caller(amazon: Amazon) -> Caller:
    return Caller(amazon)


PutOrder = Callable[..., str]


@pytest.fixture
def put(amazon: Amazon) -> PutOrder:
    """Put a plain order, an hour old unless `minutes_old` says otherwise; gives its id."""

    def put_order(number: int = 1, minutes_old: float = 60, seller_id: str = SELLER, **fields: Any) -> str:
        created = amazon.clock.now() - timedelta(minutes=minutes_old)
        amazon.world.put_order(seller_id, sample_order(order_id(number), created=created, **fields))
        return order_id(number)

    return put_order


@pytest.fixture
def server(amazon: Amazon) -> Iterator[SandboxServer]:
    with SandboxServer(amazon) as server:
        yield server
