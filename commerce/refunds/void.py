"""A credit memo is void: its money was never given back, so it can be given back again, or stay charged."""

from datetime import datetime

from commerce.models import CreditMemo, CreditMemoLine, EventCode, Order
from commerce.orders import history, order_state
from commerce.orders import returns as restocking
from commerce.orders.history import happened
from commerce.orders.returns import Return
from commerce.refunds import amounts, charges
from commerce.refunds.amounts import Share
from commerce.refunds.charges import parts_of
from commerce.refunds.parts import NOTHING
from commerce.refusals import Refusal, Refused
from commerce.transitions import Step, may


class CannotVoid(Refused):
    """It cannot be voided; nothing was done."""


def void(*, credit_memo_id: int, reason: str, takes_stock: bool, now: datetime, by: str) -> CreditMemo:
    """Take a credit memo back: the invoice counts it no more, and a closed order is complete again.

    `reason` is a code. `takes_stock`: what it put back into stock never came, and is taken out again; else
    it stays there and cannot come back a second time. Raises CannotVoid, CreditMemo.DoesNotExist and
    stock.NoTransaction.
    """
    order_id = CreditMemo.objects.values_list("order_id", flat=True).get(pk=credit_memo_id)
    [order] = order_state.lock([order_id])
    # Read again under the order's lock: of two who void it at once the second finds it void.
    memo = CreditMemo.objects.get(pk=credit_memo_id)
    lines = list(memo.lines.select_related("order_line", "restocked_at").order_by("pk"))
    _require(memo, order, reason)
    # Stock before money: what is promised by now refuses the whole, before anything else is written.
    if takes_stock:
        _take_stock(memo, order, lines, now, by)
    _take_money(memo, order, lines)
    memo.voided_at, memo.voided_by, memo.void_reason = now, by, reason
    memo.save(update_fields=["voided_at", "voided_by", "void_reason"])
    _open_again(order, now)
    event = happened(order.pk, EventCode.REFUND_VOIDED, credit_memo=memo.number, reason=reason)
    history.record_change([event], by=by, now=now)
    return memo


def _require(memo: CreditMemo, order: Order, reason: str) -> None:
    if not reason or len(reason) > 64:
        raise CannotVoid([Refusal(order.pk, "REASON", "Say why the credit memo is void.")])
    if memo.voided_at is not None:
        raise CannotVoid([Refusal(order.pk, "VOID", f"Credit memo {memo.number} is void already.")])
    if not (may(order.status, Step.REFUND) or may(order.status, Step.REOPEN)):
        text = f"{order.number} is {order.get_status_display()}: its credit memos stay as they are."
        raise CannotVoid([Refusal(order.pk, "STATUS", text)])


def _take_stock(memo: CreditMemo, order: Order, lines: list[CreditMemoLine], now: datetime, by: str) -> None:
    returns = [
        Return(
            order_id=order.pk,
            line=line.order_line,
            units=line.restocked,
            source_code=line.restocked_at.code,
            document=f"credit memo {memo.number} is void",
        )
        for line in lines
        if line.restocked and line.restocked_at is not None
    ]
    if not returns:
        return
    if promised := restocking.take_back(returns, order=order, now=now, by=by):
        skus = ", ".join(sorted({each.line.sku for each in promised}))
        text = f"What came back of {skus} is promised to other orders; count the stock first."
        raise CannotVoid([Refusal(order.pk, "RESTOCK", text)])
    memo.lines.filter(restocked__gt=0).update(restocked=0, restocked_at=None)


def _take_money(memo: CreditMemo, order: Order, lines: list[CreditMemoLine]) -> None:
    """Enter it into the books with the opposite sign."""
    books = charges.read_charges([order]).get(order.pk)
    if books is None:
        raise AssertionError(f"credit memo {memo.number} credits an invoice that is void")
    shares = [
        Share(line_id=line.order_line_id, units=-line.units, parts=NOTHING.minus(parts_of(line)))
        for line in lines
    ]
    alone = parts_of(memo)
    for line in lines:
        alone = alone.minus(parts_of(line))
    books.give_back(shares, NOTHING.minus(alone), -memo.total)
    charges.save([books])
    if order.refunded_at is not None and not amounts.is_all(books.charged):
        Order.objects.filter(pk=order.pk).update(refunded_at=None)
        order.refunded_at = None


def _open_again(order: Order, now: datetime) -> None:
    if order.refunded_at is None and may(order.status, Step.REOPEN):
        order_state.move([order], Step.REOPEN, now)
