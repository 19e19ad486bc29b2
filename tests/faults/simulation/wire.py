"""The way from the package's HTTP client to the sandbox, without sockets; pages may be spoilt on it.

A page is spoilt only within what the sync promises: an order may be left out or shown in an older version if
it is here already, or was changed so lately that the next window covers it again. One that is not here may be
left out for good: Amazon's own list names it.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

import httpx
from django.db import connection

from sandbox.amazon import Amazon
from sandbox.datasets import project
from sandbox.wire import Request, Response
from tests.faults.simulation.lives import Lives

URL = "http://amazon.invalid"
ORDERS = "/orders/2026-01-01/orders"
SPOILT_IN = ("older", "older", "omitted", "omitted for good", "garbled", "doubled")
# Windows overlap by 15 minutes.
SEEN_AGAIN_WITHIN = timedelta(minutes=10)
Json = dict[str, Any]


class Wire:
    """Answers every request of the package."""

    def __init__(
        self, amazon: Amazon, lives: Lives, rng: Random, *, hidden: set[str], shown_older: set[str]
    ) -> None:
        """`hidden` gets the numbers of orders that were left out where no later window has to find them,
        `shown_older` of those that were shown as they had been.
        """
        self._amazon = amazon
        self._hidden, self._shown_older = hidden, shown_older
        self._lives = lives
        self._rng = rng
        self.spoil_next: list[str] = []
        self.spoilt = 0

    def handle(self, request: httpx.Request) -> httpx.Response:
        """One call: the caller may die before and after it, and others may run meanwhile."""
        self._lives.call()
        answer = self._amazon.answer(_asked(request))
        self._amazon.clock.advance(self._rng.choice((0.1, 0.4, 2.0)))
        self._spoil(request, answer)
        self._lives.call()
        if answer.is_dropped:
            raise httpx.RemoteProtocolError("server disconnected", request=request)
        body = answer.body[: len(answer.body) // 2] if answer.is_cut else answer.body
        headers = {"content-type": answer.content_type, **answer.headers}
        stream = httpx.ByteStream(body)
        return httpx.Response(answer.status, headers=headers, stream=stream, request=request)

    def _spoil(self, request: httpx.Request, answer: Response) -> None:
        if not self.spoil_next or answer.status != 200 or not request.url.path.startswith(ORDERS):
            return
        document: Json = json.loads(answer.body or b"{}")
        included = frozenset(request.url.params.get("includedData", "").split(","))
        if document.get("orders"):
            self._spoil_page(self.spoil_next.pop(0), document, included)
        elif "order" in document:
            [document["order"]] = self._older([document["order"]], included)
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
        elif how == "omitted":
            if chosen["orderId"] in self._may_be_missed([chosen]):
                del orders[number]
        elif how == "omitted for good":
            if not any(order_id == chosen["orderId"] for order_id, _ in _stored([chosen["orderId"]])):
                self._hidden.add(chosen["orderId"])
                del orders[number]
        elif how == "older":
            document["orders"] = self._older(orders, included)

    def _older(self, orders: Sequence[Any], included: frozenset[str]) -> list[Any]:
        """Each as it was before its last change, where that may be."""
        may_be_missed = self._may_be_missed(orders)
        shown: list[Any] = []
        for order in orders:
            earlier = self._amazon.world.earlier_version(str(order.get("orderId")))
            newest = self._amazon.world.order(str(order.get("orderId")))
            may_be_older = order.get("orderId") in may_be_missed and earlier is not None
            # Of two contents of one time the later answer counts: this would not be older.
            if may_be_older and earlier and newest and earlier.updated_at != newest.updated_at:
                self._shown_older.add(earlier.order_id)
                shown.append(project(earlier.document(), included))
            else:
                shown.append(order)
        return shown

    def _may_be_missed(self, orders: Sequence[Any]) -> set[str]:
        """Those that a later window shows again, and those whose newest version is stored."""
        versions = [self._amazon.world.order(str(order.get("orderId"))) for order in orders]
        known = [version for version in versions if version is not None]
        here = _stored([version.order_id for version in known])
        now = self._amazon.clock.now()
        return {
            version.order_id
            for version in known
            if now - version.updated_at < SEEN_AGAIN_WITHIN or (version.order_id, version.updated_at) in here
        }


def _stored(order_ids: Sequence[str]) -> set[tuple[str, Any]]:
    """What is committed; no step of the worker that waits for this answer."""
    raw = connection.connection
    if raw is None:
        return set()
    with raw.cursor() as cursor:
        cursor.execute(
            "SELECT amazon_order_id, last_updated_at FROM amazon_orders_amazonorder"
            " WHERE amazon_order_id = ANY(%s)",
            [list(order_ids)],
        )
        return set(cursor.fetchall())


def _asked(request: httpx.Request) -> Request:
    return Request(
        method=request.method,
        path=request.url.raw_path.decode().partition("?")[0],
        query_string=request.url.query.decode(),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.read(),
    )
