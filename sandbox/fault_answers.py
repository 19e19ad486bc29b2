"""The answers Amazon's front gives when the operation behind it never runs, and the ways an answer
gets lost on its way.

Only some of them carry an `errors` key. The others are what a client mistakes for an empty success
(facts on python-amazon-sp-api: exceptions come only if the JSON body has `errors`).
"""

from collections.abc import Callable, Mapping

from sandbox.faults import Fault
from sandbox.wire import Response, SpApiError, invalid_input, json_response

_HTML = b"<html><head><title>503 Service Temporarily Unavailable</title></head><body></body></html>"


def _errors(status: int, code: str, message: str) -> Callable[[], Response]:
    return lambda: SpApiError(status, code, message).response()


# Both kinds of each: with `errors`, as Amazon's front answers, and without, as a load balancer before
# it does.
_INSTEAD: Mapping[str, Callable[[], Response]] = {
    "throttle": _errors(429, "QuotaExceeded", "You exceeded your quota for the requested resource."),
    "throttle_bare": lambda: json_response({"message": "Too Many Requests"}, 429),
    "html503": lambda: Response(503, _HTML, "text/html"),
    "bare500": lambda: json_response({"message": "Internal Server Error"}, 500),
    "error500": _errors(500, "InternalFailure", "We encountered an internal error. Please try again."),
    "unauthorized401": lambda: json_response({"message": "Unauthorized"}, 401),
    "forbidden403": _errors(403, "Unauthorized", "Access to requested resource is denied."),
    "no_orders": lambda: json_response({}),
    "empty": lambda: Response(200, b""),
    "drop": lambda: Response(200, is_dropped=True),
    "expired_page_token": lambda: invalid_input("paginationToken has expired").response(),
}


def answer_instead(fault: Fault | None) -> Response | None:
    """The answer that replaces the operation's own, if the fault is of that sort."""
    make = _INSTEAD.get(fault.kind) if fault is not None else None
    return make() if make is not None else None


def spoil(response: Response, fault: Fault | None) -> Response:
    """Send an answer that was really made, but not as it should be sent."""
    if fault is None:
        return response
    if fault.kind == "cut":
        response.is_cut = True
    elif fault.kind == "lost_answer":
        response.is_dropped = True
    elif fault.kind == "slow":
        response.delay_seconds = fault.seconds
    return response
