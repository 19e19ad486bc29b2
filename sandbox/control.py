"""Steering a sandbox that runs in another process: a small HTTP surface beside Amazon's own.

Everything is JSON; there is no authentication, as the server listens on the loopback only.

    GET  /_sandbox/health          {"now", "sellers", "orders", "quota"}
    GET  /_sandbox/sellers         [{"seller_id", "store_name", "marketplaces"}]
    POST /_sandbox/sellers         {"seller_id", "store_name"?, "marketplaces": ["US"], "refresh_token"?}
                                   adds or changes a seller; marketplaces not named are lost to him
    POST /_sandbox/revoke          {"seller_id", "access_tokens_only"?: true}
    GET  /_sandbox/orders          ?seller_id=   every order, whole
    POST /_sandbox/orders          {"seller_id", "order": {...}} or {"seller_id", "orders": [...]}
                                   in Amazon's own JSON shape; missing times become now
    GET  /_sandbox/orders/{id}     the whole order; ?seller_id= as that seller has it, where two list it
    POST /_sandbox/orders/{id}     a merge patch (RFC 7396); lastUpdatedTime becomes now unless given or
                                   ?keep_time=1 is asked
    POST /_sandbox/orders/{id}/status   {"status", "by"?, "reason"?}: with quantities and packages;
                                   "status": "CANCEL_REQUESTED" writes the buyer's request to cancel
    GET  /_sandbox/faults          what is queued and switched on
    POST /_sandbox/faults          {"next": [{"kind", "operation"?, "seller_id"?, "needs_dataset"?,
                                   "times"?, "after_calls"?, "seconds"?, "order"?}], "rates"?: {kind: p}}
                                   kinds: faults.py
    DELETE /_sandbox/faults        all clear again
    POST /_sandbox/quota           {"mode": "real" | "off"} or {"empty": {"seller_id", "operation"}}
    GET  /_sandbox/log             ?operation=&seller_id=   the calls that came in, oldest first
    DELETE /_sandbox/log
    GET  /_sandbox/confirmations   ?order_id=   the confirmShipment calls that were accepted
    GET  /_sandbox/feeds           ?seller_id=   the feeds that were handed in, the newest first
    GET  /_sandbox/adjustments     ?order_id=   what was paid back through feeds
    POST /_sandbox/delays          {"packages"?, "feed_queue"?, "feed_work"?: seconds}: until a package
                                   is shown, until Amazon begins with a feed, and how long it works on it
    GET  /_sandbox/notifications   the ORDER_CHANGE notifications that subscribed sellers were sent
    POST /_sandbox/clock           {"advance": seconds}  -> {"now"}
A mistake is answered with 400 and {"error": "..."}.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from sandbox.amazon import Amazon
from sandbox.clock import iso
from sandbox.datasets import Json
from sandbox.faults import Fault, parse_rates
from sandbox.lifecycle import cancel, request_cancellation, set_status
from sandbox.wire import Request, Response, SpApiError, json_response
from sandbox.world import Seller

CONTROL_PATH = "/_sandbox/"
_ONE_ORDER = re.compile(r"orders/([^/]+)(/status)?")


class Control:
    def __init__(self, amazon: Amazon) -> None:
        self._amazon = amazon
        self._routes: Mapping[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "health"): self._health,
            ("GET", "sellers"): self._sellers,
            ("POST", "sellers"): self._put_seller,
            ("POST", "revoke"): self._revoke,
            ("GET", "orders"): self._orders,
            ("POST", "orders"): self._put_orders,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._set_faults,
            ("DELETE", "faults"): self._clear_faults,
            ("POST", "quota"): self._set_quota,
            ("GET", "log"): self._log,
            ("DELETE", "log"): self._clear_log,
            ("GET", "confirmations"): self._confirmations,
            ("GET", "feeds"): self._feeds,
            ("GET", "adjustments"): self._adjustments,
            ("POST", "delays"): self._set_delays,
            ("GET", "notifications"): self._notifications,
            ("POST", "clock"): self._advance,
        }

    def answer(self, request: Request) -> Response:
        self._amazon.world.settle()
        name = request.path.removeprefix(CONTROL_PATH).strip("/")
        route = self._routes.get((request.method, name))
        one_order = _ONE_ORDER.fullmatch(name)
        try:
            if route is not None:
                return json_response(route(request))
            if one_order is not None:
                return json_response(self._one_order(request, unquote(one_order[1]), bool(one_order[2])))
        # A mistake in a test's own request: said to it, and no bug of the sandbox.
        except (ValueError, TypeError, KeyError, AttributeError, SpApiError) as mistake:
            return json_response({"error": f"{type(mistake).__name__}: {mistake}"}, 400)
        return json_response({"error": f"no {request.method} {request.path}"}, 404)

    def _health(self, request: Request) -> Json:
        amazon = self._amazon
        return {
            "now": iso(amazon.clock.now()),
            "sellers": len(amazon.world.sellers),
            "orders": len(amazon.world.orders()),
            "quota": amazon.quota.mode,
        }

    def _sellers(self, request: Request) -> list[Json]:
        return [_seller(seller) for seller in self._amazon.world.sellers.values()]

    def _put_seller(self, request: Request) -> Json:
        body = request.json()
        seller_id = body["seller_id"]
        seller = self._amazon.world.add_seller(
            seller_id, body.get("store_name", seller_id), body["marketplaces"]
        )
        if "refresh_token" in body:
            self._amazon.tokens.accept(body["refresh_token"], seller_id)
        return _seller(seller)

    def _revoke(self, request: Request) -> Json:
        body = request.json()
        tokens = self._amazon.tokens
        (tokens.expire_access_tokens if body.get("access_tokens_only") else tokens.revoke)(body["seller_id"])
        return {}

    def _orders(self, request: Request) -> list[Json]:
        return [order.document() for order in self._amazon.world.orders(request.query().get("seller_id"))]

    def _put_orders(self, request: Request) -> Json:
        body = request.json()
        orders = body["orders"] if "orders" in body else [body["order"]]
        versions = [self._amazon.world.put_order(body["seller_id"], order) for order in orders]
        return {"order_ids": [version.order_id for version in versions]}

    def _one_order(self, request: Request, order_id: str, is_status: bool) -> Json:
        world = self._amazon.world
        query = request.query()
        seller_id = query.get("seller_id")
        version = world.order(order_id, seller_id)
        if version is None:
            raise KeyError(order_id)
        if request.method == "GET":
            return version.document()
        if is_status:
            body = request.json()
            return world.edit_order(
                order_id, lambda document: self._set_status(document, body), seller_id=seller_id
            ).document()
        keep_time = query.get("keep_time") == "1"
        return world.change_order(
            order_id, request.json(), keep_time=keep_time, seller_id=seller_id
        ).document()

    def _set_status(self, document: Json, body: Json) -> None:
        if body["status"] == "CANCEL_REQUESTED":
            request_cancellation(document, body.get("reason", "Ordered by mistake"))
        elif body["status"] == "CANCELLED":
            cancel(document, body.get("by", "BUYER"), body.get("reason", "Buyer requested cancellation"))
        else:
            set_status(document, body["status"], self._amazon.clock.now())

    def _faults(self, request: Request) -> Json:
        faults = self._amazon.faults
        return {"next": [vars(fault) for fault in faults.waiting()], "rates": faults.rates}

    def _set_faults(self, request: Request) -> Json:
        body = request.json()
        rates = parse_rates(",".join(f"{kind}={rate}" for kind, rate in body.get("rates", {}).items()))
        queued = [Fault(**fields) for fields in body.get("next", [])]
        for fault in queued:
            self._amazon.faults.queue(fault)
        self._amazon.faults.rates.update(rates)
        return self._faults(request)

    def _clear_faults(self, request: Request) -> Json:
        self._amazon.faults.clear()
        return {}

    def _set_quota(self, request: Request) -> Json:
        body = request.json()
        if "empty" in body:
            self._amazon.quota.empty(**body["empty"], now=self._amazon.clock.now())
        if body.get("mode") in ("real", "off"):
            self._amazon.quota.mode = body["mode"]
        return {"mode": self._amazon.quota.mode}

    def _log(self, request: Request) -> list[Json]:
        wanted = request.query()
        entries = [entry.as_json() for entry in list(self._amazon.log)]
        return [entry for entry in entries if all(entry.get(name) == value for name, value in wanted.items())]

    def _clear_log(self, request: Request) -> Json:
        self._amazon.log.clear()
        return {}

    def _confirmations(self, request: Request) -> list[Json]:
        order_id = request.query().get("order_id")
        return [
            vars(one) | {"received_at": iso(one.received_at)}
            for one in list(self._amazon.world.confirmations)
            if order_id in (None, one.order_id)
        ]

    def _feeds(self, request: Request) -> list[Json]:
        seller_id = request.query().get("seller_id")
        feeds = self._amazon.world.feeds.all()
        return [feed.as_json() for feed in feeds if seller_id in (None, feed.seller_id)]

    def _adjustments(self, request: Request) -> list[Json]:
        order_id = request.query().get("order_id")
        return [
            vars(one) | {"amount": str(one.amount), "at": iso(one.at)}
            for one in list(self._amazon.world.feeds.paid_back)
            if order_id in (None, one.order_id)
        ]

    def _set_delays(self, request: Request) -> Json:
        body, world = request.json(), self._amazon.world
        world.package_seconds = float(body.get("packages", world.package_seconds))
        world.feeds.queue_seconds = float(body.get("feed_queue", world.feeds.queue_seconds))
        world.feeds.work_seconds = float(body.get("feed_work", world.feeds.work_seconds))
        return {
            "packages": world.package_seconds,
            "feed_queue": world.feeds.queue_seconds,
            "feed_work": world.feeds.work_seconds,
        }

    def _notifications(self, request: Request) -> list[Json]:
        return [one.body for one in list(self._amazon.world.notifications)]

    def _advance(self, request: Request) -> Json:
        now = self._amazon.clock.advance(float(request.json()["advance"]))
        self._amazon.world.settle()
        return {"now": iso(now)}


def _seller(seller: Seller) -> Json:
    return {
        "seller_id": seller.seller_id,
        "store_name": seller.store_name,
        "marketplaces": [name for name, takes_part in seller.participations.items() if takes_part],
    }
