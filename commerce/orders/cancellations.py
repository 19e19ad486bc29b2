"""Orders and single units are canceled, and their stock is free again.

A canceled order's invoice is void: nothing is taken for what never left.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from commerce.models import EventCode, Order, OrderLine, OrderStatus
from commerce.orders import history, order_state
from commerce.orders.history import happened
from commerce.orders.order_state import Settled
from commerce.refusals import Refusal, Refused
from commerce.stock import stock
from commerce.transitions import Step, may


@dataclass(frozen=True, slots=True)
class Cancellation:
    """`canceled`: ids of orders canceled now. `refused`: ids of orders of which something has shipped."""

    canceled: tuple[int, ...]
    refused: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UnitsCanceled:
    """Units canceled now by order id, and the ids of orders that became canceled or complete by it."""

    units: dict[int, int]
    canceled: tuple[int, ...]
    completed: tuple[int, ...]


class CannotCancel(Refused):
    """These units cannot be canceled; nothing was done."""


def cancel(*, order_ids: Collection[int], now: datetime, by: str = "", reason: str = "") -> Cancellation:
    """Cancel whole orders and release their stock; those of which something has shipped are refused.

    An order that is canceled already is neither. `reason` is a code, `by` is empty where the channel says
    so. Raises stock.NoTransaction.
    """
    orders = order_state.lock(order_ids)
    # Under the order's lock: who ships at the same moment has the lock before us (then it is refused
    # here) or after us (then shipping is refused).
    shipped = OrderLine.objects.filter(order_id__in=order_ids, quantity_shipped__gt=0)
    refused = set(shipped.values_list("order_id", flat=True)) | {
        order.pk
        for order in orders
        if order.status != OrderStatus.CANCELED and not may(order.status, Step.CANCEL)
    }
    due = [order for order in orders if order.pk not in refused and order.status != OrderStatus.CANCELED]
    canceled = tuple(order.pk for order in due)
    if due:
        OrderLine.objects.filter(order_id__in=canceled).update(quantity_canceled=F("quantity"))
        order_state.move(due, Step.CANCEL, now)
        history.record_change(history.ends(Settled(canceled), **_reason(reason)), by=by, now=now)
        # Stock last: orders are locked before stock items, and those for as short as can be.
        _release_all(due, now, by)
    return Cancellation(canceled, tuple(sorted(refused)))


def _release_all(orders: Iterable[Order], now: datetime, by: str) -> None:
    for channel, of_channel in order_state.by_channel(orders).items():
        references = [order.channel_reference for order in of_channel]
        working = stock.lock(channel=channel, channel_references=references, product_ids=())
        for reference in references:
            working.release(reference)
        working.save(now, by=by)


def cancel_lines(
    *,
    order_id: int,
    units: Mapping[int, int],
    now: datetime,
    by: str,
    reason: str = "",
    completes: bool = True,
) -> UnitsCanceled:
    """Cancel these units more, by order line's id; `completes` as in `cancel_units`.

    Only what has not left, and only whole items of the channel. Raises CannotCancel with all reasons, and
    stock.NoTransaction.
    """
    orders = order_state.lock([order_id])
    lines = {line.pk: line for line in order_state.lines_of(orders).get(order_id, ())}
    refusals = [
        refusal
        for line_id, quantity in units.items()
        if (refusal := _refusal(order_id, lines.get(line_id), line_id, quantity)) is not None
    ]
    if not all(may(order.status, Step.CANCEL_UNITS) for order in orders) or not orders:
        refusals.insert(0, Refusal(order_id, "STATUS", "Nothing of the order can be canceled any more."))
    if refusals:
        raise CannotCancel(refusals)
    # The lock holds until the commit, so "so many more" can be turned into "so many so far", which
    # `cancel_units` is safe to repeat with.
    totals = {
        lines[pk].line_reference: lines[pk].quantity_canceled + quantity for pk, quantity in units.items()
    }
    return cancel_units(canceled={order_id: totals}, now=now, by=by, reason=reason, completes=completes)


def _refusal(order_id: int, line: OrderLine | None, line_id: int, quantity: int) -> Refusal | None:
    if line is None:
        return Refusal(order_id, "UNKNOWN_LINE", f"The order has no line {line_id}.", line_id)
    left = order_state.to_ship(line)
    if not 0 < quantity <= left:
        text = f"{line.sku}: {quantity} cannot be canceled, {left} are left to ship."
        return Refusal(order_id, "QUANTITY", text, line_id)
    # The channel counts packs (ADR 0004): it could neither be told of half a pack nor count one back.
    if quantity % line.units_per_item:
        text = f"{line.sku}: {quantity} is no whole number of packs of {line.units_per_item}."
        return Refusal(order_id, "PACK", text, line_id)
    return None


def cancel_units(
    *,
    canceled: Mapping[int, Mapping[str, int]],
    now: datetime,
    by: str = "",
    reason: str = "",
    completes: bool = True,
) -> UnitsCanceled:
    """Bring the canceled units of lines up to what the channel says, never beyond what is unshipped.

    `canceled`: order id -> line reference -> units canceled *so far*, so that the same news twice does
    nothing twice. `completes`: an order of which all else has shipped is complete; else it waits for its
    channel's word. Raises stock.NoTransaction.
    """
    # Orders that have ended are left out without a word: the same news comes again with every change of
    # the order.
    orders = [order for order in order_state.lock(canceled) if may(order.status, Step.CANCEL_UNITS)]
    lines = order_state.lines_of(orders)
    changed: dict[int, list[OrderLine]] = {}
    units: dict[int, int] = {}
    for order_id, of_order in lines.items():
        for line in of_order:
            more = min(
                canceled[order_id].get(line.line_reference, 0) - line.quantity_canceled,
                order_state.to_ship(line),
            )
            if more > 0:
                line.quantity_canceled += more
                changed.setdefault(order_id, []).append(line)
                units[order_id] = units.get(order_id, 0) + more
    if not changed:
        return UnitsCanceled({}, (), ())
    moved = [order for order in orders if order.pk in changed]
    order_state.save_lines([line for of_order in changed.values() for line in of_order], "quantity_canceled")
    settled = order_state.settle(moved, lines, now, completes=None if completes else ())
    why = _reason(reason)
    events = [
        happened(pk, EventCode.UNITS_CANCELED, units=count, **why) for pk, count in sorted(units.items())
    ]
    history.record_change([*events, *history.ends(settled)], by=by, now=now)
    _release_surplus(moved, changed, now, by)
    return UnitsCanceled(units, settled.canceled, settled.completed)


def _release_surplus(
    orders: Iterable[Order], changed: Mapping[int, Sequence[OrderLine]], now: datetime, by: str
) -> None:
    """Give back what lines hold beyond what they still have to ship."""
    for channel, of_channel in order_state.by_channel(orders).items():
        references = [order.channel_reference for order in of_channel]
        working = stock.lock(
            channel=channel,
            channel_references=references,
            product_ids=(),
            shops=order_state.shops(of_channel),
        )
        for order in of_channel:
            for line in changed[order.pk]:
                reference = order.channel_reference
                surplus = working.units_held(reference, line.line_reference) - order_state.to_ship(line)
                if surplus > 0:
                    working.release(reference, line.line_reference, surplus)
        working.save(now, by=by)


def _reason(reason: str) -> dict[str, str]:
    return {"reason": reason} if reason else {}
