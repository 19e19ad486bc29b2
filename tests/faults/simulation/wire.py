"""The way from the package's HTTP client to the sandbox, without sockets; pages may be spoilt on it.

A page is spoilt only within what the sync promises: an order may be left out or shown in an older version if
it is here already, or was changed so lately that the next window covers it again.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import httpx

from amazon_orders.models import AmazonOrder
from integration.sandbox import tokens_api
from integration.sandbox.amazon import Amazon
from integration.sandbox.datasets import project
from integration.sandbox.wire import Request, Response
from tests.faults.simulation.lives import Life, Lives

URL = "http://amazon.invalid"
ORDERS = "/orders/2026-01-01/orders"
SPOILT_IN = ("older", "older", "omitted", "garbled", "doubled")
# Windows overlap by 15 minutes.
SEEN_AGAIN_WITHIN = timedelta(minutes=10)
Json = dict[str, Any]


class Wire:
    """Answers every request of the package. `during_call`: what happens while the next call is on its way."""

    def __init__(self, amazon: Amazon, lives: Lives, rng: Random) -> None:
        self._amazon = amazon
        self._lives = lives
        self._rng = rng
        self.spoil_next: list[str] = []
        self.during_call: Callable[[], None] | None = None
        self.spoilt = 0

    def handle(self, request: httpx.Request) -> httpx.Response:
        """One call: the caller may die before and after it, and others may run meanwhile."""
        # Who asks for an access token holds a lock of its process, which here all workers share.
        is_alone = request.url.path == tokens_api.PATH
        self._lives.step(may_overtake=not is_alone)
        answer = self._amazon.answer(_asked(request))
        self._amazon.clock.advance(self._rng.choice((0.1, 0.4, 2.0)))
        self._spoil(request, answer)
        if self.during_call is not None and not is_alone:
            during, self.during_call = self.during_call, None
            during()
        self._lives.step(may_overtake=not is_alone)
        if answer.is_dropped:
            raise httpx.RemoteProtocolError("server disconnected", request=request)
        body = answer.body[: len(answer.body) // 2] if answer.is_cut else answer.body
        headers = {"content-type": answer.content_type, **answer.headers}
        return httpx.Response(answer.status, headers=headers, content=body, request=request)

    def _spoil(self, request: httpx.Request, answer: Response) -> None:
        if not self.spoil_next or answer.status != 200 or not request.url.path.startswith(ORDERS):
            return
        document: Json = json.loads(answer.body or b"{}")
        included = frozenset(request.url.params.get("includedData", "").split(","))
        if document.get("orders"):
            self._spoil_page(self.spoil_next.pop(0), document, included)
        elif "order" in document and self._is_here(document["order"]["orderId"]):
            document["order"] = self._older(document["order"], included)
        answer.body = json.dumps(document).encode() if document else answer.body

    def _spoil_page(self, how: str, document: Json, included: frozenset[str]) -> None:
        orders: list[Any] = document["orders"]
        number = self._rng.randrange(len(orders))
        chosen: Json = orders[number]
        if not isinstance(chosen.get("orderId"), str):
            return
        self.spoilt += 1
        if how == "doubled":
            orders.append(chosen)
        elif how == "garbled":
            chosen["orderItems"][0]["quantityOrdered"] = "many"
        elif how == "omitted" and self._may_be_missed(chosen):
            del orders[number]
        elif how == "older":
            document["orders"] = [self._older(order, included) for order in orders]

    def _older(self, order: Json, included: frozenset[str]) -> Json:
        earlier = self._amazon.world.earlier_version(str(order.get("orderId")))
        newest = self._amazon.world.order(str(order.get("orderId")))
        if earlier is None or newest is None or not self._may_be_missed(order):
            return order
        if earlier.updated_at == newest.updated_at:
            # Of two contents of one time the later answer counts: this would not be older.
            return order
        return project(earlier.document(), included)

    def _may_be_missed(self, order: Json) -> bool:
        now = self._amazon.clock.now()
        version = self._amazon.world.order(order["orderId"])
        if version is None:
            return False
        return now - version.updated_at < SEEN_AGAIN_WITHIN or self._is_here(order["orderId"])

    def _is_here(self, order_id: str) -> bool:
        """Whether its newest version is stored."""
        version = self._amazon.world.order(order_id)
        found: list[datetime] = []
        rows = AmazonOrder.objects.filter(amazon_order_id=order_id).values_list("last_updated_at", flat=True)
        self._lives.live(Life("onlooker:0:0"), lambda: found.extend(rows))
        return version is not None and found == [version.updated_at]


def _asked(request: httpx.Request) -> Request:
    return Request(
        method=request.method,
        path=request.url.raw_path.decode().partition("?")[0],
        query_string=request.url.query.decode(),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.read(),
    )
