"""Refund: a credit memo here, and the same amounts owed to the buyer through Amazon, in one transaction.

Commerce never gives back more than was charged; Amazon pays the buyer. Orders that stand for no Amazon order
get their credit memo only.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from commerce.models import CreditMemo, CreditMemoLine, OrderLine
from commerce.orders import order_state
from commerce.refunds import refund, void
from commerce.refunds.charges import parts_of
from commerce.refunds.refund import CannotRefund, Refund
from commerce.refunds.void import CannotVoid
from commerce.refusals import Refusal
from integration.models import Adjustment, FeedRequestState
from integration.outbox import adjustment_items, amazon_side
from integration.outbox.adjustment_items import LineGivenBack
from integration.outbox.amazon_side import Counterpart
from integration.people import audit
from integration.people.audit import AuditAction, AuditEvent
from integration.timeline import EventCode

__all__ = [
    "REASONS",
    "VOID_REASONS",
    "CannotRefund",
    "CannotVoid",
    "refund_orders",
    "send_refund_again",
    "settle_refunds",
    "void_refund",
]

# Why a credit memo that Amazon refused is void.
VOID_REASONS: Mapping[str, str] = {
    "AMAZON_REFUSES": "Amazon does not pay it",
    "AGREED": "Agreed with the buyer otherwise",
    "MISTAKE": "It was a mistake",
}

# Amazon's codes (OrderAdjustment, AdjustmentReason) and how they read.
REASONS: Mapping[str, str] = {
    "NoInventory": "No Inventory",
    "CustomerReturn": "Customer Return",
    "GeneralAdjustment": "General Adjustment",
    "CouldNotShip": "Could Not Ship",
    "DifferentItem": "Different Item",
    "Abandoned": "Abandoned",
    "CustomerCancel": "Customer Cancel",
    "PriceError": "Price Error",
    "ProductOutofStock": "Product Out of Stock",
    "CustomerAddressIncorrect": "Customer Address Incorrect",
    "Exchange": "Exchange",
    "Other": "Other",
    "CarrierCreditDecision": "Carrier Credit Decision",
    "RiskAssessmentInformationNotValid": "Risk Assessment Information Not Valid",
    "CarrierCoverageFailure": "Carrier Coverage Failure",
    "TransactionRecord": "Transaction Record",
    "Undeliverable": "Undeliverable",
    "RefusedDelivery": "Refused Delivery",
}


@transaction.atomic
def refund_orders(*, refunds: Sequence[Refund], reason: str, by: str, now: datetime) -> dict[int, CreditMemo]:
    """Give back what is asked for; gives the credit memo of each order. `reason`: Amazon's code.

    Raises CannotRefund with all reasons of all orders.
    """
    orders = order_state.lock([each.order_id for each in refunds])
    counterparts = amazon_side.of_orders(orders)
    if reason not in REASONS and counterparts:
        raise CannotRefund(Refusal(pk, "REASON", "Choose one of Amazon's reasons.") for pk in counterparts)
    # Commerce first: it refuses what was not charged, or is given back already, under the order's lock.
    # Only then is Amazon owed anything.
    memos = refund.refund(refunds=refunds, now=now, by=by)
    _owe(memos, counterparts, reason, by=by, now=now)
    numbers = {order.pk: order.number for order in orders}
    audit.record_events(
        [
            AuditEvent(
                what=AuditAction.ORDER_REFUNDED,
                by=by,
                store_ids=(counterparts[pk].store_id,) if pk in counterparts else (),
                subject=counterparts[pk].number if pk in counterparts else numbers[pk],
                details={"amount": str(memo.total), "currency": memo.currency},
            )
            for pk, memo in memos.items()
        ],
        now=now,
    )
    return memos


def send_refund_again(*, credit_memo_ids: Collection[int], now: datetime) -> int:
    """Send refused ones once more; gives how many. Nothing of a refused one was paid; one that is settled (or
    void) stays as it is.
    """
    rows = Adjustment.objects.filter(pk__in=credit_memo_ids, state=FeedRequestState.REFUSED, settled_at=None)
    return rows.update(
        state=FeedRequestState.OWED,
        owed_at=now,
        feed=None,
        message_id=None,
        refusal="",
        refusal_code="",
        request_id="",
        answered_at=None,
        settled_at=None,
        settled_by="",
    )


def settle_refunds(*, credit_memo_ids: Collection[int], by: str, now: datetime) -> int:
    """A person has paid it back elsewhere (Seller Central): its message closes; gives how many."""
    rows = Adjustment.objects.filter(pk__in=credit_memo_ids, state=FeedRequestState.REFUSED, settled_at=None)
    return rows.update(settled_at=now, settled_by=by)


@transaction.atomic
def void_refund(*, credit_memo_id: int, reason: str, takes_stock: bool, by: str, now: datetime) -> CreditMemo:
    """Nothing was paid back and nothing is to be: the credit memo is void, and its message closes.

    `reason`: a code of VOID_REASONS. Only of what Amazon has refused and nobody has settled. Raises
    CannotVoid, CreditMemo.DoesNotExist.
    """
    memo = void.void(credit_memo_id=credit_memo_id, reason=reason, takes_stock=takes_stock, now=now, by=by)
    counterparts = list(amazon_side.of_orders([memo.order]).values())
    audit.record_event(
        what=AuditAction.REFUND_VOIDED,
        by=by,
        now=now,
        store_ids=[each.store_id for each in counterparts],
        subject=counterparts[0].number if counterparts else memo.order.number,
        details={"amount": str(memo.total), "currency": memo.currency, "kind": reason},
    )
    # Locked after the order (docs/locking.md). `send_refund_again` is one UPDATE that waits here: it
    # then finds the row settled and sends nothing.
    row = Adjustment.objects.select_for_update(of=("self",)).filter(pk=memo.pk).first()
    if row is None:
        return memo
    if row.state != FeedRequestState.REFUSED or row.settled_at is not None:
        text = "Only a refund that Amazon has refused, and that was not paid back elsewhere, can be voided."
        raise CannotVoid([Refusal(memo.order_id, "NOT_REFUSED", text)])
    row.settled_at, row.settled_by = now, by
    row.save(update_fields=["settled_at", "settled_by"])
    said = {row.amazon_order_id: {"number": memo.number, "reason": VOID_REASONS.get(reason, reason)}}
    amazon_side.tell(said, EventCode.REFUND_VOIDED, now=now, by=by)
    return memo


def _owe(
    memos: Mapping[int, CreditMemo],
    counterparts: Mapping[int, Counterpart],
    reason: str,
    *,
    by: str,
    now: datetime,
) -> None:
    # A memo of nothing (units without an amount) has no component Amazon would take.
    owed = {pk: memo for pk, memo in memos.items() if pk in counterparts and memo.total > 0}
    if not owed:
        return
    lines = _lines(owed.values())
    references = _first_references(owed)
    Adjustment.objects.bulk_create(
        Adjustment(
            credit_memo=memo,
            account_id=counterparts[pk].account_id,
            marketplace_id=counterparts[pk].marketplace_id,
            amazon_order_id=counterparts[pk].number,
            reason=reason,
            currency=memo.currency,
            items=adjustment_items.of_memo(
                parts_of(memo), lines.get(memo.pk, []), otherwise=references[pk], currency=memo.currency
            ),
            owed_at=now,
            by=by,
        )
        for pk, memo in owed.items()
    )
    said = {counterparts[pk].number: {"number": memo.number} for pk, memo in owed.items()}
    amazon_side.tell(said, EventCode.REFUND_ASKED, now=now, by=by)


def _lines(memos: Collection[CreditMemo]) -> dict[int, list[LineGivenBack]]:
    found: dict[int, list[LineGivenBack]] = {}
    rows = CreditMemoLine.objects.filter(credit_memo__in=memos).select_related("order_line")
    for row in rows.order_by("credit_memo_id", "order_line__position"):
        line = LineGivenBack(row.order_line.line_reference, parts_of(row))
        found.setdefault(row.credit_memo_id, []).append(line)
    return found


def _first_references(order_ids: Collection[int]) -> dict[int, str]:
    """The first line of each order: it carries what belongs to no line."""
    # Backwards, so that the first line of each order is the last to be written into the dict.
    rows = OrderLine.objects.filter(order_id__in=order_ids).order_by("order_id", "-position")
    return dict(rows.values_list("order_id", "line_reference"))
