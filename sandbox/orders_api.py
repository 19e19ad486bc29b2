"""searchOrders and getOrder, Orders 2026-01-01."""

import itertools
import re

from sandbox.calls import Call, Operation
from sandbox.clock import iso
from sandbox.page_faults import bodies
from sandbox.page_token import PageToken, read_page_token
from sandbox.quota import UsagePlan
from sandbox.search_query import SearchQuery, included_data, search_query
from sandbox.versions import OrderVersion
from sandbox.wire import Response, SpApiError, dumps, unauthorized
from sandbox.world import Key

ORDER_ID = re.compile(r"[0-9A-Z]{3}-\d{7}-\d{7}", re.ASCII)


def search_orders(call: Call) -> Response:
    query = search_query(call.query, call.now)
    _require_participation(call, query)
    token = None
    if query.page_token is not None:
        token = read_page_token(query.page_token, call.seller.seller_id, query.fingerprint, call.now)
    until = query.until if token is None else token.until
    page, has_more = _page(call, query, token)
    parts = [b'{"orders":[', b",".join(bodies(page, query.included, call.fault, call.world)), b"]"]
    if has_more:
        beyond = _last_key(call, query, page, token)
        following = PageToken(call.seller.seller_id, query.fingerprint, until, beyond, call.now).encode()
        parts += [b',"pagination":', dumps({"nextToken": following})]
    parts += [b',"', query.family.encode(), b'Before":', dumps(iso(until)), b"}"]
    return Response(200, b"".join(parts))


def get_order(call: Call) -> Response:
    order_id = call.arguments["order_id"]
    if not ORDER_ID.fullmatch(order_id):
        raise SpApiError(400, "InvalidInput", "Invalid Input")
    included = included_data(call.query)
    order = call.world.order(order_id, call.seller.seller_id)
    if order is None:
        raise SpApiError(404, "NotFound", "The requested order does not exist.")
    if order.marketplace_id is not None and not call.seller.participates(order.marketplace_id):
        raise unauthorized("The seller does not participate in the order's marketplace.")
    [body] = bodies([order], included, call.fault, call.world)
    return Response(200, b'{"order":' + body + b"}")


def _require_participation(call: Call, query: SearchQuery) -> None:
    for marketplace_id in sorted(query.marketplace_ids):
        if not call.seller.participates(marketplace_id):
            raise unauthorized(f"The seller does not participate in marketplace {marketplace_id}.")


def _page(call: Call, query: SearchQuery, token: PageToken | None) -> tuple[list[OrderVersion], bool]:
    """The orders of this page, and whether there are more."""
    until = query.until if token is None else token.until
    beyond = None if token is None else token.beyond
    with call.world.lock:
        listing = call.world.listing(call.seller, query.family, query.after, until, beyond)
        found = (version for version in listing if _is_wanted(version, query, call))
        # One more than the page tells whether there is a next one.
        page = list(itertools.islice(found, query.page_size + 1))
    return page[: query.page_size], len(page) > query.page_size


def _is_wanted(version: OrderVersion, query: SearchQuery, call: Call) -> bool:
    """An order that names no marketplace is listed whatever marketplaces are asked for."""
    if version.marketplace_id is not None:
        if query.marketplace_ids and version.marketplace_id not in query.marketplace_ids:
            return False
        if not call.seller.participates(version.marketplace_id):
            return False
    if query.statuses and version.status not in query.statuses:
        return False
    return not query.fulfilled_by or version.fulfilled_by in query.fulfilled_by


def _last_key(
    call: Call, query: SearchQuery, page: list[OrderVersion], token: PageToken | None
) -> Key | None:
    """Where the next page goes on; one order earlier if the fault wants an order on both pages."""
    if call.fault is None or call.fault.kind != "repeated_order":
        return _key(page[-1], query)
    if len(page) > 1:
        return _key(page[-2], query)
    return None if token is None else token.beyond


def _key(version: OrderVersion, query: SearchQuery) -> Key:
    moment = version.created_at if query.family == "created" else version.updated_at
    return (moment, version.order_id)


SEARCH_ORDERS = Operation(
    "searchOrders", "GET", re.compile(r"/orders/2026-01-01/orders"), UsagePlan(0.0056, 20), search_orders
)
GET_ORDER = Operation(
    "getOrder",
    "GET",
    re.compile(r"/orders/2026-01-01/orders/(?P<order_id>[^/]+)"),
    UsagePlan(0.5, 30),
    get_order,
)
