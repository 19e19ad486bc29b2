"""The sandbox without its socket: one request in, one answer out.

The order of the checks is Amazon's: first the access token, then the quota, then the parameters of the
operation.
"""

from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from sandbox import feeds_api, reports_api, tokens_api
from sandbox.calls import Call, Operation
from sandbox.clock import Clock, iso
from sandbox.fault_answers import answer_instead, spoil
from sandbox.faults import DOCUMENT, FEED_DOCUMENT, Faults, parse_rates
from sandbox.notifications_api import NOTIFICATIONS
from sandbox.orders_api import GET_ORDER, SEARCH_ORDERS
from sandbox.pickup_api import UPDATE_SHIPMENT_STATUS
from sandbox.quota import Quota, QuotaMode
from sandbox.sellers_api import GET_MARKETPLACE_PARTICIPATIONS
from sandbox.shipping_api import CONFIRM_SHIPMENT
from sandbox.tokens import Tokens
from sandbox.tokens_api import ClientCredentials
from sandbox.wire import Request, Response, SpApiError, unauthorized
from sandbox.world import Seller, World

OPERATIONS = (
    SEARCH_ORDERS,
    GET_ORDER,
    CONFIRM_SHIPMENT,
    UPDATE_SHIPMENT_STATUS,
    GET_MARKETPLACE_PARTICIPATIONS,
    *reports_api.OPERATIONS,
    *feeds_api.OPERATIONS,
    *NOTIFICATIONS,
)
STATUSES_WITH_RATE = (200, 201, 202, 204, 400, 404)
"""The model's answers that carry x-amzn-RateLimit-Limit."""


APPLICATION = Seller("", "the application itself", {})
"""Who calls where an operation is grantless."""


@dataclass(frozen=True)
class LoggedRequest:
    """A request that came in. Orders' names and addresses are in bodies only, so not here."""

    at: str
    operation: str
    seller_id: str | None
    method: str
    path: str
    query: dict[str, str]
    status: int
    fault: str | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Amazon:
    def __init__(
        self,
        *,
        clock: Clock | None = None,
        quota: QuotaMode = "real",
        faults: str = "",
        fault_seed: int = 1,
        client: ClientCredentials | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.world = World(self.clock)
        self.tokens = Tokens()
        self.quota = Quota(quota)
        self.faults = Faults(parse_rates(faults), fault_seed)
        self.client = client
        self.log: deque[LoggedRequest] = deque(maxlen=20_000)

    def add_seller(self, seller_id: str, store_name: str, marketplaces: tuple[str, ...], token: str) -> None:
        """A seller with his refresh token; marketplaces by code (US) or id."""
        self.world.add_seller(seller_id, store_name, marketplaces)
        self.tokens.accept(token, seller_id)

    def answer(self, request: Request) -> Response:
        # No thread lets things happen: who asks, brings the world up to now first.
        self.world.settle()
        if request.path == tokens_api.PATH and request.method == "POST":
            return self._token(request)
        document = reports_api.DOCUMENT_PATH.fullmatch(request.path)
        if document is not None and request.method in ("GET", "PUT"):
            return self._document(request, unquote(document["document_id"]))
        operation, arguments = _route(request)
        if operation is None:
            return SpApiError(404, "NotFound", "The requested path does not exist.").response()
        return self._operation(operation, arguments, request)

    def _token(self, request: Request) -> Response:
        fault = self.faults.draw("token", None, {})
        response, seller_id = answer_instead(fault), None
        if response is None:
            now = self.clock.now()
            response, seller_id = tokens_api.token(request, self.tokens, self.client, now)
        self._write_log("token", seller_id, request, {}, response.status, fault.kind if fault else None)
        return spoil(response, fault)

    def _document(self, request: Request, document_id: str) -> Response:
        """A document that is fetched or put: no operation of SP-API, so neither a token nor quota."""
        name = DOCUMENT if request.method == "GET" else FEED_DOCUMENT
        fault = self.faults.draw(name, None, {})
        response = answer_instead(fault)
        now = self.clock.now()
        if response is None and name == FEED_DOCUMENT:
            response = feeds_api.put_document(request, document_id, self.world, now)
        elif response is None:
            response = reports_api.document(request, document_id, self.world, now, fault)
        self._write_log(name, None, request, {}, response.status, fault.kind if fault else None)
        return spoil(response, fault)

    def _operation(self, operation: Operation, arguments: dict[str, str], request: Request) -> Response:
        query, now = request.query(), self.clock.now()
        seller = self._caller(operation, request.headers.get("x-amz-access-token", ""), now)
        if seller is None:
            response = unauthorized("The access token is revoked, malformed or expired.").response()
            self._write_log(operation.name, None, request, query, response.status, None)
            return response
        fault, seller_id = None, seller.seller_id
        # Before any fault: an answer that is lost has cost a token all the same.
        if not self.quota.spend(seller_id, operation.name, operation.plan, now):
            response = _quota_exceeded(operation.name)
        else:
            fault = self.faults.draw(operation.name, seller_id, query)
            call = Call(request, query, arguments, seller, self.world, now, fault)
            response = answer_instead(fault) or _run(operation, call)
        # Not on a 429: Amazon's model has the header on these answers only, and it is often missing
        # (docs#592, #86).
        if response.status in STATUSES_WITH_RATE:
            response.headers["x-amzn-RateLimit-Limit"] = str(operation.plan.rate)
        self._write_log(
            operation.name, seller_id, request, query, response.status, fault.kind if fault else None
        )
        return spoil(response, fault)

    def _caller(self, operation: Operation, access_token: str, now: datetime) -> Seller | None:
        """Whose token it is, None where it does not open this operation."""
        if operation.scope:
            return APPLICATION if self.tokens.has_scope(access_token, operation.scope, now) else None
        seller_id = self.tokens.seller_of_access_token(access_token, now)
        return None if seller_id is None else self.world.sellers[seller_id]

    def _write_log(
        self,
        operation: str,
        seller_id: str | None,
        request: Request,
        query: dict[str, str],
        status: int,
        fault: str | None,
    ) -> None:
        at = iso(self.clock.now())
        self.log.append(
            LoggedRequest(at, operation, seller_id, request.method, request.path, query, status, fault)
        )


def _route(request: Request) -> tuple[Operation | None, dict[str, str]]:
    for operation in OPERATIONS:
        match = operation.path.fullmatch(request.path)
        if match is not None and operation.method == request.method:
            return operation, {name: unquote(value) for name, value in match.groupdict().items()}
    return None, {}


def _run(operation: Operation, call: Call) -> Response:
    try:
        return operation.answer(call)
    except SpApiError as refusal:
        return refusal.response()


def _quota_exceeded(operation: str) -> Response:
    message = "You exceeded your quota for the requested resource."
    return SpApiError(429, "QuotaExceeded", message, f"Usage plan of {operation}").response()
