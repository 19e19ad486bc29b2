"""Refunds: money is given back, never more than was charged; what came back can go into stock again.

A credit memo credits the order's invoice. Orders are locked first, so two refunds of one order come one after
the other; the invoice's constraints would refuse the second all the same.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from commerce.models import CreditMemo, CreditMemoLine, EventCode, Order, OrderLine
from commerce.orders import history, invoices, numbers, order_state, returns
from commerce.orders.history import happened
from commerce.orders.order_state import Settled
from commerce.orders.returns import Return
from commerce.refunds import amounts, charges, line_amounts
from commerce.refunds.amounts import Charged, Share
from commerce.refunds.charges import Books
from commerce.refunds.parts import NOTHING, Parts, sum_of
from commerce.refusals import Refusal, Refused
from commerce.transitions import Step, may

__all__ = ["CannotRefund", "LineRefund", "Parts", "Refund", "amount_of", "preview", "refund"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRefund:
    """What is given back of one line.

    `units`: so many, with their price, gift wrap, discount and tax. `parts`: exactly these amounts instead;
    with units 0 only money. `restock`: so many of the units go back into stock at the source.
    """

    line_id: int
    units: int = 0
    parts: Parts | None = None
    restock: int = 0
    source_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """What is given back of one order. `reason` is a code.

    `is_full`: all that is left, and no `lines`' amounts count; they only say what is restocked. `alone`:
    amounts that belong to no line.
    """

    order_id: int
    reason: str
    lines: Sequence[LineRefund] = ()
    alone: Parts = NOTHING
    is_full: bool = False


class CannotRefund(Refused):
    """Some of this cannot be given back; nothing was done."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A refund worked out."""

    order: Order
    books: Books
    reason: str
    shares: Sequence[Share]
    alone: Parts
    total: Decimal
    returns: Mapping[int, LineRefund]

    @property
    def parts(self) -> Parts:
        return sum_of(share.parts for share in self.shares).plus(self.alone)


def preview(*, order_id: int) -> amounts.Charged | None:
    """What was charged and given back, for a form; None without an invoice. 4 statements, no lock."""
    found = charges.read_charges(list(Order.objects.filter(pk=order_id)))
    return found[order_id].charged if order_id in found else None


def amount_of(asked: Refund, charged: Charged) -> Decimal:
    """What this gives back in all, before anything is written."""
    shares, alone = _worked_out(asked, charged)
    return sum_of(share.parts for share in shares).plus(alone).total


def refund(*, refunds: Sequence[Refund], now: datetime, by: str) -> dict[int, CreditMemo]:
    """Give back what is asked for; gives the credit memo of each order. A fixed number of statements.

    Each order at most once. An order whose every charge was given back is closed, once it is complete.
    Raises CannotRefund with all reasons of all orders, and stock.NoTransaction.
    """
    orders = order_state.lock([each.order_id for each in refunds])
    # An order may have no invoice yet, and a credit memo credits one (ADR 0021).
    invoices.issue_missing(orders, now=now)
    plans, refusals = _plans(refunds, orders)
    if refusals:
        raise CannotRefund(refusals)
    # Memos before stock: the ledger names the memo that units came back with. Their number is taken in
    # this transaction, so refunds leave no gap.
    memos = _write_memos(plans, now, by)
    restocked = returns.restock(
        [_return(plan, memos[plan.order.pk], line) for plan in plans for line in plan.returns.values()],
        orders=orders,
        now=now,
        by=by,
    )
    _write_lines(plans, memos, restocked)
    for plan in plans:
        plan.books.give_back(plan.shares, plan.alone, plan.total)
    charges.save([plan.books for plan in plans])
    closed = _close(plans, now)
    events = [
        happened(
            plan.order.pk, EventCode.REFUNDED, credit_memo=memos[plan.order.pk].number, reason=plan.reason
        )
        for plan in plans
    ]
    history.record_change([*events, *history.ends(Settled(closed=closed))], by=by, now=now)
    return memos


def _plans(refunds: Sequence[Refund], orders: Iterable[Order]) -> tuple[list[_Plan], list[Refusal]]:
    by_pk = {order.pk: order for order in orders}
    books = charges.read_charges(list(by_pk.values()))
    restocked = returns.units_restocked(by_pk)
    known_sources = returns.sources({line.source_code for each in refunds for line in each.lines})
    plans: list[_Plan] = []
    refusals: list[Refusal] = []
    for each in refunds:
        order, charged = by_pk.get(each.order_id), books.get(each.order_id)
        if order is None or not may(order.status, Step.REFUND) or charged is None:
            named = order.number if order else f"Order {each.order_id}"
            refusals.append(Refusal(each.order_id, "STATUS", f"{named} cannot be {Step.REFUND} now."))
            continue
        against = [*_unreadable(each, charged), *_not_to_restock(each, charged, restocked, known_sources)]
        if not against:
            plan = _plan(each, order, charged)
            against = _too_much(plan)
            plans.append(plan)
        refusals += against
    return plans, refusals


def _unreadable(asked: Refund, books: Books) -> list[Refusal]:
    """What makes no sense, whatever was charged."""
    found = []
    if not asked.reason or len(asked.reason) > 64:
        found.append(Refusal(asked.order_id, "REASON", "A refund needs a reason."))
    counts = Counter(line.line_id for line in asked.lines)
    for line in asked.lines:
        if line.line_id not in books.charged.lines or counts[line.line_id] > 1:
            text = f"The invoice has no line {line.line_id}, or it is named twice."
            found.append(Refusal(asked.order_id, "UNKNOWN_LINE", text, line.line_id))
        if line.units < 0 or line.restock < 0:
            found.append(Refusal(asked.order_id, "QUANTITY", "Units cannot be negative.", line.line_id))
    currency = books.charged.currency
    for parts in (asked.alone, *(line.parts for line in asked.lines if line.parts is not None)):
        if amounts.has_too_many_digits(parts, currency):
            found.append(Refusal(asked.order_id, "DIGITS", f"{currency} has no such amount."))
    return found


def _not_to_restock(
    asked: Refund, books: Books, restocked: Mapping[int, int], sources: Mapping[str, int]
) -> list[Refusal]:
    found = []
    for line in asked.lines:
        row = books.order_lines.get(line.line_id)
        if not line.restock or row is None:
            continue
        units = books.charged.lines[line.line_id].units_left if asked.is_full else line.units
        # What never left cannot come back, and no unit comes back twice.
        most = min(units, row.quantity_shipped - restocked.get(line.line_id, 0))
        if line.restock > most:
            text = f"{row.sku}: {line.restock} cannot go back into stock, {most} have left and come back."
            found.append(Refusal(asked.order_id, "RESTOCK", text, line.line_id))
        if line.source_code not in sources:
            text = f"There is no source {line.source_code!r}."
            found.append(Refusal(asked.order_id, "UNKNOWN_SOURCE", text, line.line_id))
    return found


def _plan(asked: Refund, order: Order, books: Books) -> _Plan:
    returns = {line.line_id: line for line in asked.lines if line.restock}
    shares, alone = _worked_out(asked, books.charged)
    total = sum_of(share.parts for share in shares).plus(alone).total
    return _Plan(order, books, asked.reason, shares, alone, total, returns)


def _worked_out(asked: Refund, charged: Charged) -> tuple[list[Share], Parts]:
    """The shares of the lines, and what belongs to no line."""
    if asked.is_full:
        return amounts.full(charged)[:2]
    shares = [_share(line, charged) for line in asked.lines]
    if all(line.parts is None for line in asked.lines):
        # Nobody has said an amount, so none is refused: units get what is left for them.
        shares = amounts.within_order(charged, shares, asked.alone)
    return shares, asked.alone


def _share(line: LineRefund, charged: Charged) -> Share:
    parts = line.parts
    if parts is None:
        parts = line_amounts.of_units(charged.lines[line.line_id], line.units, charged.currency)
    return Share(line_id=line.line_id, units=line.units, parts=parts)


def _too_much(plan: _Plan) -> list[Refusal]:
    pk = plan.order.pk
    if plan.total <= 0 and not plan.returns:
        return [Refusal(pk, "NOTHING", f"{plan.order.number}: {_why_nothing(plan)}")]
    beyond = amounts.beyond(plan.books.charged, plan.shares, plan.alone, plan.total)
    return [Refusal(pk, "TOO_MUCH", text, line_id) for line_id, text in beyond]


def _why_nothing(plan: _Plan) -> str:
    if plan.books.invoice.grand_total is None:
        return f"{plan.order.channel.capitalize()} has not told yet what was paid."
    return "nothing is left to give back, or asked for."


def _write_memos(plans: Sequence[_Plan], now: datetime, by: str) -> dict[int, CreditMemo]:
    """Write the credit memos under numbers of their stores: 3 statements."""
    counts = Counter(plan.order.commerce_store_id for plan in plans)
    if not counts:
        return {}
    taken = {pk: iter(found) for pk, found in numbers.take_for_credit_memos(counts).items()}
    memos = CreditMemo.objects.bulk_create(
        CreditMemo(
            invoice=plan.books.invoice,
            order=plan.order,
            commerce_store_id=plan.order.commerce_store_id,
            number=next(taken[plan.order.commerce_store_id]),
            issued_at=now,
            reason=plan.reason,
            by=by,
            currency=plan.order.currency,
            total=plan.total,
            **plan.parts.of_order(),
        )
        for plan in plans
    )
    return {memo.order_id: memo for memo in memos}


def _return(plan: _Plan, memo: CreditMemo, line: LineRefund) -> Return:
    row: OrderLine = plan.books.order_lines[line.line_id]
    return Return(
        order_id=plan.order.pk,
        line=row,
        units=line.restock,
        source_code=line.source_code,
        document=f"credit memo {memo.number}",
    )


def _write_lines(
    plans: Sequence[_Plan], memos: Mapping[int, CreditMemo], restocked: Mapping[int, tuple[int, int]]
) -> None:
    CreditMemoLine.objects.bulk_create(
        CreditMemoLine(
            credit_memo=memos[plan.order.pk],
            order_line_id=share.line_id,
            units=share.units,
            restocked=restocked[share.line_id][0] if share.line_id in restocked else 0,
            restocked_at_id=restocked[share.line_id][1] if share.line_id in restocked else None,
            **share.parts.by_name(),
        )
        for plan in plans
        for share in plan.shares
    )


def _close(plans: Sequence[_Plan], now: datetime) -> tuple[int, ...]:
    """Note what is refunded wholly; of these, complete orders are closed."""
    refunded = [plan.order for plan in plans if amounts.is_all(plan.books.charged)]
    if refunded:
        Order.objects.filter(pk__in=[order.pk for order in refunded]).update(refunded_at=now)
    closing = [order for order in refunded if may(order.status, Step.CLOSE)]
    order_state.move(closing, Step.CLOSE, now)
    return tuple(order.pk for order in closing)
