"""All calls to Amazon for one account. One client per claim and thread; nothing here waits or repeats, but
for one new try with a new access token after a 401 or 403.

    with SellerClient(account) as client:
        page = client.search_orders(SearchQuery(marketplace_ids=("ATVPDKIKX0DER",), last_updated_after=since))
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import httpx
import structlog
from django.utils import timezone

from amazon_orders.models import Account
from integration.models import Lane
from integration.spapi import answers, auth, communication, document, guard, notifications, package, quota
from integration.spapi.answers import DocumentAddress, OrderAnswer, Participation, ReportAnswer, SearchPage
from integration.spapi.errors import (
    PageTokenRefused,
    Rejected,
    RetryLater,
    SearchRefused,
    SpApiFailure,
    StoreMisconfigured,
)
from integration.spapi.notifications import Subscription
from integration.spapi.package import Answer
from sealing import seal

logger = structlog.get_logger(__name__)

ORDERS_A_PAGE = 100  # Amazon's maximum: a page costs one of 484 tokens a day, however few it brings.


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What one page of a search asks for: what was changed, or what was bought, in a stretch of time.

    Times are cut to milliseconds and an `after` in the future becomes now. A page after the first repeats
    every word of the first with its `page_token` (Amazon lets `data_sets` alone change on the way).
    `last_updated_before` is to be two minutes old at least; None leaves the bound to Amazon.
    """

    marketplace_ids: tuple[str, ...]
    last_updated_after: datetime | None = None
    last_updated_before: datetime | None = None
    data_sets: tuple[str, ...] = ()
    page_token: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None

    def parameters(self, *, now: datetime) -> dict[str, Any]:
        """The call's parameters; the package joins lists with commas."""
        if not self.marketplace_ids:
            # The package would add four spellings of a marketplace of its own choice.
            raise ValueError("a search names its marketplaces")
        parameters: dict[str, Any] = {
            "marketplaceIds": list(self.marketplace_ids),
            "maxResultsPerPage": ORDERS_A_PAGE,
            **self._period(now),
        }
        if self.data_sets:
            parameters["includedData"] = list(self.data_sets)
        if self.page_token is not None:
            parameters["paginationToken"] = self.page_token
        return parameters

    def _period(self, now: datetime) -> dict[str, str]:
        """The bounds. Amazon takes exactly one family of them and never both."""
        if (self.last_updated_after is None) == (self.created_after is None):
            raise ValueError("a search goes by update time or by purchase time")
        if self.created_after is not None:
            family, after, before = "created", self.created_after, self.created_before
        else:
            family, after, before = "lastUpdated", self.last_updated_after or now, self.last_updated_before
        bounds = {f"{family}After": iso(min(after, now))}  # Amazon refuses a stretch in the future.
        if before is not None:
            bounds[f"{family}Before"] = iso(before)
        return bounds


class SellerClient:
    """The calls of one account. `requests`: how many were sent to SP-API; `seconds`: their time in sum.

    `lane` is for whom the next call is made; whoever serves several sets it before each.
    An account that is not stored yet (its authorization is being tried) spends no quota of ours.
    Every call may raise RetryLater (ReadOnly: nothing was said to Amazon) or StoreMisconfigured.
    """

    def __init__(
        self, account: Account, *, lane: Lane = Lane.POLL, clock: Callable[[], datetime] = timezone.now
    ) -> None:
        self.requests = 0
        self.lane = lane
        self.seconds = 0.0
        self._account_id: int | None = account.pk
        self._clock = clock
        self._learned: dict[str, float] = {}
        self._refresh_token = _refresh_token(account)
        self._package = package.open_package(region=account.region, refresh_token=self._refresh_token)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._package.close()

    def search_orders(self, query: SearchQuery) -> SearchPage:
        """One page. Raises PageTokenRefused, SearchRefused, AccessDenied."""
        parameters = query.parameters(now=self._clock())
        try:
            answer, asked_at = self._call("searchOrders", lambda: self._package.search_orders(**parameters))
        except (Rejected, RetryLater) as failed:
            refusal = _search_refusal(failed, query)
            if refusal is None:
                raise
            raise refusal from failed
        with self._told("searchOrders"):
            return answers.search_page(answer, asked_at=asked_at)

    def get_order(self, amazon_order_id: str, data_sets: Sequence[str] = ()) -> OrderAnswer:
        """One order, None inside where Amazon has it not. Raises Rejected, AccessDenied."""
        parameters = {"includedData": list(data_sets)} if data_sets else {}
        asked_at = self._clock()
        try:
            answer, asked_at = self._call(
                "getOrder", lambda: self._package.get_order(amazon_order_id, **parameters)
            )
        except Rejected as refused:
            if refused.status == 404:
                return OrderAnswer(order=None, asked_at=asked_at)
            raise
        with self._told("getOrder"):
            return answers.order_answer(answer, amazon_order_id, asked_at=asked_at)

    def marketplace_participations(self) -> list[Participation]:
        """Where the seller may sell. Amazon does not say who the seller is. Raises Rejected, AccessDenied."""
        answer, _ = self._call("getMarketplaceParticipations", self._package.get_marketplace_participation)
        with self._told("getMarketplaceParticipations"):
            return answers.participations(answer)

    def subscription(self) -> Subscription | None:
        """Where Amazon sends this seller's order changes, if anywhere. Raises Rejected, AccessDenied."""
        try:
            answer, _ = self._call(
                "getSubscription", lambda: self._package.send("GET", notifications.OF_ORDER_CHANGE)
            )
        except Rejected as refused:
            if refused.status == 404:
                return None
            raise
        with self._told("getSubscription"):
            return notifications.subscription("getSubscription", answer)

    def subscribe(self, *, destination_id: str) -> Subscription:
        """Have this seller's order changes sent there. Raises Rejected (409: there is one), AccessDenied."""
        body = notifications.subscription_request(destination_id)
        answer, _ = self._call(
            "createSubscription",
            lambda: self._package.send("POST", notifications.OF_ORDER_CHANGE, body=body),
        )
        with self._told("createSubscription"):
            return notifications.subscription("createSubscription", answer)

    def create_report(
        self, report_type: str, marketplace_ids: Sequence[str], *, since: datetime, until: datetime
    ) -> str:
        """Ask Amazon to write a report; gives its number. Raises Rejected, AccessDenied."""
        answer, _ = self._call(
            "createReport",
            lambda: self._package.create_report(
                reportType=report_type,
                marketplaceIds=list(marketplace_ids),
                dataStartTime=iso(since),
                dataEndTime=iso(until),
            ),
        )
        with self._told("createReport"):
            return answers.report_id(answer)

    def get_report(self, report_id: str) -> ReportAnswer:
        """How far Amazon is with it. Raises Rejected, AccessDenied."""
        answer, _ = self._call("getReport", lambda: self._package.get_report(report_id))
        with self._told("getReport"):
            return answers.report_answer(answer)

    def get_report_document(self, document_id: str) -> DocumentAddress:
        """Where a document lies; `spapi.document` fetches it. Raises Rejected, AccessDenied."""
        answer, _ = self._call("getReportDocument", lambda: self._package.report_document(document_id))
        with self._told("getReportDocument"):
            return answers.document_address(answer)

    def read_document(self, document_id: str) -> Iterator[str]:
        """The lines of a document. Raises Rejected, AccessDenied; and RetryLater in the middle of it, too."""
        address = self.get_report_document(document_id)
        with self._told("document"):
            yield from document.lines(address)

    def send(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Answer:
        """A call that another module of this room puts together. Raises Rejected, AccessDenied."""
        return self._call(operation, lambda: self._package.send(method, path, body=body, query=query))[0]

    def told(self, operation: str) -> AbstractContextManager[None]:
        """Around what is made of an answer to `send`: what fails in here is written down for people."""
        return self._told(operation)

    def _call(self, operation: str, send: Callable[[], Answer]) -> tuple[Answer, datetime]:
        with self._told(operation):
            answer, asked_at = self._attempt(operation, send)
            if answer.status in answers.REFUSES_TOKEN:
                answer, asked_at = self._attempt_anew(operation, send, answer, asked_at)
            failure = answers.failure(operation, answer)
            if failure is not None:
                raise failure
        return answer, asked_at

    @contextmanager
    def _told(self, operation: str) -> Iterator[None]:
        """What fails in here is written down for people before it flies on: the one place that does so."""
        try:
            yield
        except SpApiFailure as failed:
            if self._account_id is not None:
                communication.record_failure(
                    account_id=self._account_id,
                    operation=failed.operation or operation,
                    failed=failed,
                    lane=int(self.lane),
                    now=self._clock(),
                )
            raise

    def _attempt_anew(
        self, operation: str, send: Callable[[], Answer], refused: Answer, asked_at: datetime
    ) -> tuple[Answer, datetime]:
        """One more try with a new access token. Where no quota is left for it, the refusal of a token that
        was new already stands: waiting for one token at a time would never bring two together."""
        was_new = self._package.login.is_new
        # Amazon may end a token before its hour is over (a new consent, a role that changed).
        auth.forget(self._refresh_token)
        try:
            return self._attempt(operation, send)
        except RetryLater as later:
            if later.is_quota and was_new:
                return refused, asked_at
            raise

    def _attempt(self, operation: str, send: Callable[[], Answer]) -> tuple[Answer, datetime]:
        # The access token first: a sign-in that is down must cost no quota.
        self._package.login.get_auth()
        asked_at = self._clock()
        if self._account_id is None:
            guard.require_speaking()
        else:
            # Spent before the call and never given back: one without an answer may count at Amazon.
            quota.spend(account_id=self._account_id, operation=operation, now=asked_at, lane=self.lane)
        answer = self._send(operation, send)
        # Before the bucket is emptied: the rate tells when its next token comes.
        self._learn_rate(operation, answer)
        if answer.status == 429:
            raise self._throttled(operation, answer)
        return answer, asked_at

    def _send(self, operation: str, send: Callable[[], Answer]) -> Answer:
        self.requests += 1
        started = time.monotonic()
        try:
            return sent(operation, send, account_id=self._account_id)
        finally:
            self.seconds += time.monotonic() - started

    def _throttled(self, operation: str, answer: Answer) -> RetryLater:
        after = answers.RETRY_AFTER
        if self._account_id is not None:
            # Amazon limits accounts, applications and marketplaces: our count of one is too high.
            after = quota.drain(account_id=self._account_id, operation=operation, now=self._clock())
        text = f"Amazon throttles {operation}: others spend the same quota."
        code = answers.error_code(answer)
        return RetryLater(text, after, status=429, request_id=answer.request_id, code=code, is_quota=True)

    def _learn_rate(self, operation: str, answer: Answer) -> None:
        """Each rate is compared once per client; most clients live for one call."""
        if self._account_id is None or answer.rate is None or self._learned.get(operation) == answer.rate:
            return
        quota.learn_rate(account_id=self._account_id, operation=operation, rate=answer.rate)
        self._learned[operation] = answer.rate


def sent(operation: str, send: Callable[[], Answer], *, account_id: int | None) -> Answer:
    """One request, logged. Raises RetryLater where no answer came."""
    log = logger.bind(operation=operation, account=account_id)
    started = time.monotonic()
    try:
        answer = send()
    except httpx.HTTPError as broken:
        log.info("spapi_request", status=0, error=type(broken).__name__, seconds=_since(started))
        text = f"Amazon cannot be reached ({operation})."
        raise RetryLater(text, answers.RETRY_AFTER) from broken
    log.info("spapi_request", status=answer.status, request_id=answer.request_id, seconds=_since(started))
    return answer


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC, cut (never rounded up: docs#326) to milliseconds: "2026-11-23T03:16:00.123Z"."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _refresh_token(account: Account) -> str:
    try:
        return seal.open_sealed(
            account.sealed_refresh_token, associated_data=account.associated_data
        ).decode()
    except seal.DecryptionError as closed:
        raise StoreMisconfigured(
            "The stored refresh token cannot be opened."
            " Check FIELD_ENCRYPTION_KEYS, or run reauthorize_store."
        ) from closed


def _search_refusal(
    refused: Rejected | RetryLater, query: SearchQuery
) -> PageTokenRefused | SearchRefused | None:
    """A 400 is about our parameters, whatever its body; other statuses only in Amazon's own form."""
    if refused.status != 400 and isinstance(refused, RetryLater):
        return None
    if query.page_token is not None and refused.status == 400:
        return PageTokenRefused(refused.text, status=refused.status, request_id=refused.request_id)
    return SearchRefused(
        refused.text, answers.RETRY_AFTER, status=refused.status, request_id=refused.request_id
    )


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
