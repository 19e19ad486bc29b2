"""A person stops an order for a while: nothing is shipped from here, its stock stays reserved."""

from collections.abc import Collection
from datetime import datetime

from commerce.models import EventCode, Order
from commerce.orders import history, order_state
from commerce.orders.history import happened
from commerce.refusals import Refusal, Refused
from commerce.transitions import Step, may


class CannotHold(Refused):
    """These orders cannot be put on hold, or are not; nothing was done."""


def hold(*, order_ids: Collection[int], reason: str, now: datetime, by: str) -> None:
    """Put orders on hold. `reason` is a code, not free text. Raises CannotHold and NoTransaction."""
    _move(order_ids, Step.HOLD, EventCode.HELD, reason, now, by)


def unhold(*, order_ids: Collection[int], now: datetime, by: str, reason: str = "") -> None:
    """Let orders go on in the state and custom status they had. Raises CannotHold and NoTransaction."""
    _move(order_ids, Step.UNHOLD, EventCode.UNHELD, reason, now, by)


def _move(
    order_ids: Collection[int], step: Step, code: EventCode, reason: str, now: datetime, by: str
) -> None:
    orders = order_state.lock(order_ids)
    if refusals := [_refusal(order, step) for order in orders if not may(order.status, step)]:
        raise CannotHold(refusals)
    order_state.move(orders, step, now)
    details = {"reason": reason} if reason else {}
    history.record_change([happened(order.pk, code, **details) for order in orders], by=by, now=now)


def _refusal(order: Order, step: Step) -> Refusal:
    text = f"{order.number} is {order.get_status_display()} and cannot be {step}."
    return Refusal(order.pk, "STATUS", text)
