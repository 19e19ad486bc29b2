"""Calls that Amazon grants the application itself, in one region: where notifications go, and that they stop.

They need no seller, so what a store that is gone has left at Amazon can still be cleared away.

    with ApplicationClient(region="NA") as client:
        destination_id = client.ensure_destination(name="orders", arn="arn:aws:sqs:...")
"""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from integration.spapi import answers, auth, guard, notifications, package
from integration.spapi.client import sent
from integration.spapi.errors import Rejected, RetryLater, StoreMisconfigured
from integration.spapi.notifications import SCOPE
from integration.spapi.package import Answer


class ApplicationClient:
    """Every call may raise RetryLater (ReadOnly: nothing was said to Amazon), StoreMisconfigured or Rejected.

    Amazon counts these per application, at one a second: they are too rare for a bucket of ours.
    """

    def __init__(self, *, region: str) -> None:
        self._package = package.open_package(region=region, refresh_token="")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._package.close()

    def ensure_destination(self, *, name: str, arn: str) -> str:
        """The id of the queue's destination; made where there is none, found where Amazon has it already."""
        try:
            body = notifications.queue(name, arn)
            answer = self._call("createDestination", "POST", notifications.DESTINATIONS, body)
        except Rejected as refused:
            # 409: the queue has a destination already, e.g. one that was made before our answer was
            # lost. Amazon refuses a second one for the same queue, so it is looked for.
            if refused.status != 409:
                raise
            return self._find_destination(arn)
        return notifications.destination("createDestination", answer).destination_id

    def delete_subscription(self, subscription_id: str) -> None:
        """Have nothing sent any more; one that is gone already is no mistake."""
        path = f"{notifications.OF_ORDER_CHANGE}/{subscription_id}"
        try:
            self._call("deleteSubscriptionById", "DELETE", path)
        except Rejected as refused:
            if refused.status != 404:
                raise

    def _find_destination(self, arn: str) -> str:
        answer = self._call("getDestinations", "GET", notifications.DESTINATIONS)
        for one in notifications.destinations("getDestinations", answer):
            if one.arn == arn:
                return one.destination_id
        text = "Amazon says that the queue has a destination already, and does not name it."
        raise RetryLater(text, answers.RETRY_AFTER, status=409, request_id=answer.request_id)

    def _call(self, operation: str, method: str, path: str, body: dict[str, object] | None = None) -> Answer:
        answer = self._attempt(operation, lambda: self._package.send(method, path, body=body, scope=SCOPE))
        if answer.status == 429:
            text = f"Amazon throttles {operation}."
            raise RetryLater(text, answers.RETRY_AFTER, status=429, request_id=answer.request_id)
        # A role that the application lacks is refused so; no seller's authorization is at fault.
        if answer.status in answers.REFUSES_TOKEN:
            raise _refusal(answer)
        failure = answers.failure(operation, answer)
        if failure is not None:
            raise failure
        return answer

    def _attempt(self, operation: str, send: Callable[[], Answer]) -> Answer:
        """Once more with a new token where Amazon refuses the one we had."""
        guard.require_speaking()
        answer = sent(operation, send, account_id=None)
        if answer.status in answers.REFUSES_TOKEN and not self._package.login.is_new:
            auth.forget_grantless(SCOPE)
            answer = sent(operation, send, account_id=None)
        return answer


def _refusal(answer: Answer) -> StoreMisconfigured:
    text = (
        f"Amazon denies the application its own notifications (HTTP {answer.status}). Check its roles in the"
        " developer console, and that the queue's policy lets Amazon send to it."
    )
    return StoreMisconfigured(text, status=answer.status, request_id=answer.request_id)
