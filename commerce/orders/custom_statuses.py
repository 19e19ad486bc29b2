"""Custom statuses: other names for the open states of an order."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from commerce.models import CustomStatus, EventCode, Order, OrderStatus
from commerce.orders import history, order_state
from commerce.orders.history import happened
from commerce.refusals import Refusal, Refused
from commerce.transitions import OPEN


class StateTaken(ValueError):
    """The name stands for another state already, or for an end."""


class CannotSetStatus(Refused):
    """The custom status is of another state than these orders; nothing was done."""


def define(*, code: str, label: str = "", state: str = OrderStatus.PROCESSING) -> CustomStatus:
    """Make a custom status or give it another label; its state stays, orders bear it. Raises StateTaken."""
    if state not in OPEN or code.upper().replace(" ", "_") in OrderStatus.values:
        raise StateTaken(f"{code!r} cannot stand for {state}")
    with transaction.atomic():
        ensure([code], state=state)
        # Read after the insert: of two who define the same code for different states the second finds
        # the first one's, and is refused.
        made = CustomStatus.objects.select_for_update().get(code=code)
        if made.state != state:
            raise StateTaken(f"{code!r} stands for {OrderStatus(made.state).label}")
        if label and made.label != label:
            made.label = label
            made.save(update_fields=["label"])
    return made


def ensure(codes: Collection[str], *, state: str = OrderStatus.PROCESSING) -> dict[str, str]:
    """The state that each of these stands for; one that is new stands for `state`. 1 or 3 statements."""
    wanted = set(codes) - {""}
    if not wanted:
        return {}
    known = _states(wanted)
    if missing := sorted(wanted - known.keys()):
        CustomStatus.objects.bulk_create(
            [CustomStatus(code=code, label=code, state=state) for code in missing], ignore_conflicts=True
        )
        known = _states(wanted)
    return known


def choices(state: str) -> list[CustomStatus]:
    """The custom statuses that an order in this state may bear."""
    return list(CustomStatus.objects.filter(state=state).order_by("label", "code"))


def set_status(*, order_ids: Collection[int], code: str, now: datetime, by: str) -> None:
    """Give orders a custom status, or ("") the plain name of their state back.

    Raises CannotSetStatus and NoTransaction.
    """
    orders = order_state.lock(order_ids)
    state = _states({code}).get(code, "")
    refusals = [
        Refusal(
            order.pk, "STATUS", f"{order.number} is {order.get_status_display()}, which {code!r} is not for."
        )
        for order in orders
        if code and order.status != state
    ]
    if refusals:
        raise CannotSetStatus(refusals)
    changed = [order for order in orders if order.custom_status != code]
    Order.objects.filter(pk__in=[order.pk for order in changed]).update(custom_status=code)
    events = [happened(order.pk, EventCode.STATUS_SET, status=code or order.status) for order in changed]
    history.record_change(events, by=by, now=now)


def _states(codes: Collection[str]) -> dict[str, str]:
    return dict(CustomStatus.objects.filter(code__in=codes).values_list("code", "state"))
