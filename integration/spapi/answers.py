"""What Amazon answered, judged: believed only if it really is an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from integration.spapi import broken_json
from integration.spapi.errors import AccessDenied, Rejected, RetryLater, SpApiFailure, StoreMisconfigured
from integration.spapi.package import Answer

# Amazon documents no Retry-After: a minute is many tokens of most operations and little beside an
# outage.
RETRY_AFTER = timedelta(seconds=60)
# Amazon answers an access token that has ended with 403 as well as with 401: both are tried once more
# with a new one before they are believed.
REFUSES_TOKEN = frozenset({401, 403})
# They are shown to people and stored: a body of Amazon's may be pages long and may repeat what was
# sent, addresses included.
LONGEST_WORDS = 200


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of a search.

    `orders` are as Amazon sent them: an entry may be malformed, or no object at all. `next_token` is None on
    the last page. `last_updated_before` is the bound Amazon really used, where it says so. `asked_at` is when
    the request began.
    """

    orders: list[Any]
    next_token: str | None
    last_updated_before: datetime | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class OrderAnswer:
    """One order as Amazon sent it; None: Amazon has no such order for this seller."""

    order: Any
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Participation:
    """Whether the seller sells in a marketplace, and under which name."""

    marketplace_id: str
    store_name: str
    is_participating: bool
    has_suspended_listings: bool


class ReportStatus(StrEnum):
    """Where a report stands, in Amazon's words."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    FATAL = "FATAL"


@dataclass(frozen=True, slots=True)
class ReportAnswer:
    """Where a report stands. `status` is Amazon's word, maybe one we do not know; CANCELLED: no data."""

    status: str
    document_id: str


@dataclass(frozen=True, slots=True)
class DocumentAddress:
    """Where a document lies, for five minutes."""

    url: str
    is_gzip: bool


def failure(operation: str, answer: Answer) -> SpApiFailure | None:
    """What an answer means if it is no success (429 is the quota's). Only Amazon's error form is final."""
    if answer.status in REFUSES_TOKEN:
        return _refusal(answer)
    # A 200 may carry `errors` beside or instead of data: it is judged as a failure.
    if 200 <= answer.status < 300 and not _errors(answer):
        return None
    # A proxy or load balancer on the way may answer 4xx with a page of its own: only Amazon's own error
    # form says that this request will never do.
    if 400 <= answer.status < 500 and _errors(answer):
        words, code = _all_words(answer), error_code(answer)
        text = f"Amazon refuses {operation} (HTTP {answer.status}): {words[:LONGEST_WORDS]}"
        return Rejected(text, answer.status, code, request_id=answer.request_id, words=words)
    return not_believed(operation, answer)


def _refusal(answer: Answer) -> StoreMisconfigured:
    text = (
        f"Amazon denies access (HTTP {answer.status}). Check in Seller Central that the application is"
        " authorized and the account in good standing, then run reauthorize_store."
    )
    # A 403 with a new token is about what was asked for (one marketplace may be closed); a 401 is about
    # who asks.
    denied = AccessDenied if answer.status == 403 else StoreMisconfigured
    return denied(text, status=answer.status, request_id=answer.request_id, code=error_code(answer))


def not_believed(operation: str, answer: Answer) -> RetryLater:
    """What is no answer, whatever its status."""
    what = "is down or overloaded" if answer.status >= 500 else "gave no usable answer"
    text = f"Amazon {what} ({operation}, HTTP {answer.status})."
    return RetryLater(
        text, RETRY_AFTER, status=answer.status, request_id=answer.request_id, code=error_code(answer)
    )


def error_code(answer: Answer) -> str:
    """Amazon's own code, e.g. "InvalidInput"; empty where the body is not Amazon's error form."""
    return next((str(error.get("code", "")) for error in _errors(answer)), "")


def error_words(answer: Answer) -> str:
    """Amazon's own words on one line, capped."""
    return _all_words(answer)[:LONGEST_WORDS]


def _all_words(answer: Answer) -> str:
    # What tells one refusal from another may stand far behind the cut (models#5037).
    words = (f"{error.get('message', '')} {error.get('details') or ''}" for error in _errors(answer))
    return " ".join(" ".join(words).split())


def _errors(answer: Answer) -> list[Mapping[str, Any]]:
    errors = (answer.document or {}).get("errors")
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def search_page(answer: Answer, *, asked_at: datetime) -> SearchPage:
    """Raises RetryLater for a 200 that holds no list of orders.

    Orders whose own text is broken stand in it as `broken_json.unreadable`.
    """
    document = answer.document or broken_json.page(answer.text) or {}
    orders = document.get("orders")
    # An empty page is `orders: []`. Read as "no orders", a body without the list would move the cursor
    # past orders that never came.
    if not isinstance(orders, list):
        raise not_believed("searchOrders", answer)
    pagination = document.get("pagination")
    token = pagination.get("nextToken") if isinstance(pagination, dict) else None
    return SearchPage(
        orders=orders,
        next_token=token if isinstance(token, str) and token else None,
        last_updated_before=_moment(document.get("lastUpdatedBefore")),
        asked_at=asked_at,
    )


def order_answer(answer: Answer, amazon_order_id: str, *, asked_at: datetime) -> OrderAnswer:
    """Raises RetryLater for a 200 without an order."""
    document = answer.document or broken_json.order(answer.text, amazon_order_id) or {}
    order = document.get("order")
    if not order:
        raise not_believed("getOrder", answer)
    return OrderAnswer(order=order, asked_at=asked_at)


def report_id(answer: Answer) -> str:
    """Raises RetryLater for a 202 that names no report."""
    return text_of(answer, "createReport", "reportId")


def report_answer(answer: Answer) -> ReportAnswer:
    """Raises RetryLater for a 200 that says no status, or DONE without a document."""
    status = text_of(answer, "getReport", "processingStatus")
    document_id = (answer.document or {}).get("reportDocumentId")
    # A report without rows is CANCELLED, not DONE: a DONE without a document is no answer, and must not
    # count as an empty list.
    if status == ReportStatus.DONE and not document_id:
        raise not_believed("getReport", answer)
    return ReportAnswer(status, document_id if isinstance(document_id, str) else "")


def document_address(answer: Answer) -> DocumentAddress:
    """Raises RetryLater for a 200 without an address."""
    url = text_of(answer, "getReportDocument", "url")
    return DocumentAddress(url, (answer.document or {}).get("compressionAlgorithm") == "GZIP")


def text_of(answer: Answer, operation: str, name: str) -> str:
    """A text that an answer must have. Raises RetryLater."""
    text = (answer.document or {}).get(name)
    if not isinstance(text, str) or not text:
        raise not_believed(operation, answer)
    return text


def participations(answer: Answer) -> list[Participation]:
    """Raises RetryLater for a 200 that holds no list of participations."""
    payload = (answer.document or {}).get("payload")
    if not isinstance(payload, list):
        raise not_believed("getMarketplaceParticipations", answer)
    read = (_participation(entry) for entry in payload if isinstance(entry, dict))
    return [participation for participation in read if participation is not None]


def _participation(entry: Mapping[str, Any]) -> Participation | None:
    marketplace, taking_part = entry.get("marketplace"), entry.get("participation")
    if not isinstance(marketplace, dict) or not isinstance(taking_part, dict):
        return None
    return Participation(
        marketplace_id=str(marketplace.get("id", "")),
        store_name=str(entry.get("storeName") or ""),
        is_participating=taking_part.get("isParticipating") is True,
        has_suspended_listings=taking_part.get("hasSuspendedListings") is True,
    )


def _moment(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    # Amazon's times are UTC; one without a zone would otherwise be read in this machine's.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
