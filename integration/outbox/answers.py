"""What Amazon's answer to a feed means here: orders are canceled or let go on, refunds paid or refused.

In the caller's transaction, which has recorded the end of the feed first: so each answer counts once.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from commerce.models import CreditMemo, Order
from commerce.orders import cancellations, holds, order_state
from commerce.transitions import Step, may
from integration.models import Adjustment, Cancellation, FeedRequest, FeedRequestState, Lane, RequestReason
from integration.models.imports import CHANNEL
from integration.outbox import amazon_side
from integration.outbox.cancel import HOLD_REASON, OPEN
from integration.outbox.feed_documents import Refusal
from integration.sync import order_requests
from integration.sync.order_requests import WantedOrder
from integration.timeline import EventCode

Refusals = Mapping[int, Refusal]


def note_cancellations(rows: Sequence[Cancellation], refusals: Refusals, *, now: datetime) -> int:
    """`refusals` by the row's key; gives how many orders were canceled in Commerce.

    Amazon's own word about the order is asked for at once: it may have changed under our request.
    """
    numbers = {row.amazon_order_id: row for row in rows}
    placed = Order.objects.filter(channel=CHANNEL, channel_reference__in=numbers).values_list("pk", flat=True)
    # Locked before anything is written: shipping here takes the same lock, so whichever is second finds
    # what the other has made of the order.
    orders = {order.channel_reference: order for order in order_state.lock(list(placed))}
    _answer(rows, refusals, now)
    Cancellation.objects.bulk_update(rows, ["state", "refusal", "refusal_code", "answered_at"])
    accepted = [row for row in rows if row.state == FeedRequestState.DONE]
    refused = [row for row in rows if row.state == FeedRequestState.REFUSED]
    canceled = 0
    # One call per reason, at most ten of them, and in a fixed order: all these orders are locked
    # already.
    for reason in sorted({row.reason for row in accepted}):
        ids = [
            orders[row.amazon_order_id].pk
            for row in accepted
            if row.reason == reason and row.amazon_order_id in orders
        ]
        canceled += len(cancellations.cancel(order_ids=ids, now=now, reason=reason).canceled)
    # Only what our own request put on hold: an order that a person held before goes on waiting for that
    # person.
    held = [row.amazon_order_id for row in refused if row.has_held]
    _let_go_on([orders[number] for number in held if number in orders], now)
    amazon_side.tell({row.amazon_order_id: {} for row in accepted}, EventCode.CANCEL_ACCEPTED, now=now)
    said = {row.amazon_order_id: {"text": row.refusal} for row in refused}
    amazon_side.tell(said, EventCode.CANCEL_REFUSED, now=now)
    order_requests.request(
        [WantedOrder(row.account_id, row.amazon_order_id) for row in rows],
        lane=Lane.NOTIFICATION,
        why=RequestReason.UNCONFIRMED,
        now=now,
    )
    return canceled


def abandon_cancellations(*, account_id: int, now: datetime) -> None:
    """The account goes and nobody will hear Amazon's answers: orders held for them go on. In the caller's
    transaction.
    """
    waiting = Cancellation.objects.filter(account_id=account_id, state__in=OPEN, has_held=True)
    numbers = list(waiting.values_list("amazon_order_id", flat=True))
    placed = Order.objects.filter(channel=CHANNEL, channel_reference__in=numbers).values_list("pk", flat=True)
    if placed:
        _let_go_on(order_state.lock(list(placed)), now)


def _let_go_on(orders: Iterable[Order], now: datetime) -> None:
    """Off the hold that we put them on, unless a person was quicker."""
    held = [order.pk for order in orders if may(order.status, Step.UNHOLD)]
    holds.unhold(order_ids=held, now=now, by="", reason=HOLD_REASON)


def note_adjustments(rows: Sequence[Adjustment], refusals: Refusals, *, now: datetime) -> None:
    """`refusals` by the row's key: money that Amazon does not pay back."""
    _answer(rows, refusals, now)
    Adjustment.objects.bulk_update(rows, ["state", "refusal", "refusal_code", "answered_at"])
    numbers = dict(CreditMemo.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "number"))
    for state, code in (
        (FeedRequestState.DONE, EventCode.REFUND_ACCEPTED),
        (FeedRequestState.REFUSED, EventCode.REFUND_REFUSED),
    ):
        said = {
            row.amazon_order_id: {"number": numbers[row.pk], "text": row.refusal}
            for row in rows
            if row.state == state
        }
        amazon_side.tell(said, code, now=now)


def _answer(rows: Iterable[FeedRequest], refusals: Refusals, now: datetime) -> None:
    for row in rows:
        refusal = refusals.get(row.pk)
        row.state = FeedRequestState.DONE if refusal is None else FeedRequestState.REFUSED
        row.refusal = "" if refusal is None else refusal.text[:500]
        row.refusal_code = "" if refusal is None else refusal.code[:64]
        row.answered_at = now
