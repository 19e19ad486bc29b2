"""What may happen to a Commerce order in which state, and which state follows. Pure: one table.

Every operation asks this table; docs/states.md is drawn from it.
"""

from dataclasses import dataclass
from enum import StrEnum

from commerce.statuses import OrderStatus


class Step(StrEnum):
    """What happens to an order. Each is a word for people: "cannot be shipped while On hold"."""

    PAY = "paid"
    HOLD = "put on hold"
    UNHOLD = "taken off hold"
    SHIP = "shipped"
    TAKE_OVER = "taken over as shipped"
    COMPLETE = "completed"
    CANCEL_UNITS = "canceled in part"
    CANCEL = "canceled"
    REFUND = "refunded"
    CLOSE = "closed"
    REOPEN = "opened again"


@dataclass(frozen=True, slots=True)
class Row:
    """One transition."""

    state: OrderStatus
    step: Step
    to: OrderStatus
    when: str


class NoTransition(ValueError):
    """The table has no such row: a caller that did not ask `may` first."""


S = OrderStatus
STARTS: tuple[tuple[OrderStatus, str], ...] = (
    (S.PENDING, "placed unpaid"),
    (S.PROCESSING, "placed paid: invoiced at once"),
    (S.COMPLETE, "placed paid and shipped"),
)
TABLE: tuple[Row, ...] = (
    Row(S.PENDING, Step.PAY, S.PROCESSING, "payment is in; the invoice is issued"),
    Row(S.PENDING, Step.HOLD, S.ON_HOLD, "a person stops it"),
    Row(S.PENDING, Step.CANCEL_UNITS, S.PENDING, "some units are canceled"),
    Row(S.PENDING, Step.CANCEL, S.CANCELED, "nothing has shipped"),
    Row(S.PROCESSING, Step.HOLD, S.ON_HOLD, "a person stops it"),
    Row(S.PROCESSING, Step.SHIP, S.PROCESSING, "a parcel leaves"),
    Row(S.PROCESSING, Step.TAKE_OVER, S.PROCESSING, "its channel says that a parcel has left"),
    Row(
        S.PROCESSING,
        Step.COMPLETE,
        S.COMPLETE,
        "nothing is left to ship, and its channel (if any) says so too",
    ),
    Row(S.PROCESSING, Step.CANCEL_UNITS, S.PROCESSING, "some units are canceled"),
    Row(S.PROCESSING, Step.CANCEL, S.CANCELED, "nothing has shipped"),
    Row(S.PROCESSING, Step.REFUND, S.PROCESSING, "money is given back"),
    Row(S.ON_HOLD, Step.UNHOLD, S.PENDING, "it was Pending before"),
    Row(S.ON_HOLD, Step.UNHOLD, S.PROCESSING, "it was Processing before"),
    Row(S.ON_HOLD, Step.TAKE_OVER, S.ON_HOLD, "its channel says that a parcel has left"),
    Row(S.ON_HOLD, Step.COMPLETE, S.COMPLETE, "its channel says that nothing is left to ship"),
    Row(S.ON_HOLD, Step.CANCEL_UNITS, S.ON_HOLD, "some units are canceled"),
    Row(S.ON_HOLD, Step.CANCEL, S.CANCELED, "nothing has shipped"),
    Row(S.ON_HOLD, Step.REFUND, S.ON_HOLD, "money is given back"),
    Row(S.COMPLETE, Step.TAKE_OVER, S.COMPLETE, "its channel knows more of a parcel"),
    Row(S.COMPLETE, Step.REFUND, S.COMPLETE, "money is given back"),
    Row(S.COMPLETE, Step.CLOSE, S.CLOSED, "everything that was charged is refunded"),
    Row(S.CLOSED, Step.REOPEN, S.COMPLETE, "a refund of it is void"),
)
# Nothing more leaves or is canceled in these.
FINISHED = frozenset({S.COMPLETE.value, S.CANCELED.value, S.CLOSED.value})
# What a custom status may stand for: an end is called by its own name.
OPEN = frozenset({S.PENDING.value, S.PROCESSING.value, S.ON_HOLD.value})


def may(state: str, step: Step) -> bool:
    """Whether this may happen to an order in this state."""
    return any(row.state == state and row.step == step for row in TABLE)


def after(state: str, step: Step, *, before_hold: str = "") -> OrderStatus:
    """The state that follows; `before_hold` decides where two are possible. Raises NoTransition."""
    found = [row.to for row in TABLE if row.state == state and row.step == step]
    if len(found) > 1:
        found = [to for to in found if to == before_hold]
    if not found:
        raise NoTransition(f"an order that is {state} cannot be {step}")
    return found[0]
