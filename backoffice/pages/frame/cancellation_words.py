"""Cancellations and refunds at Amazon, in words."""

from collections.abc import Mapping

from backoffice.pages.frame import words
from backoffice.pages.frame.words import Pill
from integration.commerce_orders.hold_reasons import HOLD_REASONS
from integration.models import (
    Adjustment,
    FeedRequestState,
)
from integration.outbox.cancel import REASONS as CANCEL_REASONS
from integration.outbox.cancellation_status import CancellationRequest
from integration.outbox.refund import REASONS as REFUND_REASONS
from integration.outbox.refund import VOID_REASONS

_WISHES: Mapping[str, tuple[str, str]] = {
    FeedRequestState.OWED: ("To be sent to Amazon", "info"),
    FeedRequestState.SENT: ("Amazon works on it", "info"),
    FeedRequestState.DONE: ("Accepted by Amazon", "ok"),
    FeedRequestState.REFUSED: ("Refused by Amazon", "bad"),
}


def reason(code: str) -> str:
    """A reason in words; one that we do not know stays as it is written."""
    return _REASONS.get(code, words.sentence(code))


def cancellation(told: CancellationRequest) -> Pill:
    """Where a wish to cancel stands at Amazon."""
    return _pill(told.state, is_settled=told.is_settled)


def adjustment(told: Adjustment) -> Pill:
    """Where a refund stands at Amazon."""
    return _pill(told.state, is_settled=told.settled_at is not None)


def _pill(state: str, *, is_settled: bool) -> Pill:
    text, tone = _WISHES[state]
    return Pill(f"{text}, settled", "") if is_settled and tone == "bad" else Pill(text, tone)


_REASONS: Mapping[str, str] = {
    **CANCEL_REASONS,
    **REFUND_REASONS,
    **VOID_REASONS,
    **HOLD_REASONS,
    "CANCEL_ASKED": "Amazon is asked to cancel it",
}
