"""Where an order stands: its lock, its lines, and the states they lead to, by the table in `transitions`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from commerce.models import Invoice, Order, OrderLine, OrderStatus
from commerce.stock.terms import NoTransaction
from commerce.transitions import FINISHED, Step, after, may

__all__ = [
    "FINISHED",
    "NoTransaction",
    "Settled",
    "by_channel",
    "lines_of",
    "lock",
    "move",
    "save_lines",
    "settle",
    "shops",
    "to_ship",
]


@dataclass(frozen=True, slots=True)
class Settled:
    """Ids of orders that became canceled, fully shipped, complete, and closed by what was done."""

    canceled: tuple[int, ...] = ()
    fully_shipped: tuple[int, ...] = ()
    completed: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()


def lock(order_ids: Collection[int]) -> list[Order]:
    """Lock these orders, in the order of their keys: 1 statement. Raises NoTransaction."""
    if not transaction.get_connection().in_atomic_block:
        raise NoTransaction("orders are locked inside a transaction only")
    # NO KEY: rows that refer to an order may still be inserted (events, comments) by who does not
    # change it.
    orders = Order.objects.filter(pk__in=order_ids).select_for_update(no_key=True).order_by("pk")
    return list(orders)


def lines_of(orders: Iterable[Order]) -> dict[int, list[OrderLine]]:
    """The lines of these orders, by order id."""
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order_id__in=[order.pk for order in orders]):
        lines[line.order_id].append(line)
    return lines


def by_channel(orders: Iterable[Order]) -> dict[str, list[Order]]:
    """Orders grouped by the channel they came from."""
    grouped: dict[str, list[Order]] = defaultdict(list)
    for order in orders:
        grouped[order.channel].append(order)
    # Sorted: the stock of the channels is locked in the same order by everybody.
    return dict(sorted(grouped.items()))


def shops(orders: Iterable[Order]) -> dict[str, int]:
    """The Commerce store of each order, by channel reference."""
    return {order.channel_reference: order.commerce_store_id for order in orders}


def to_ship(line: OrderLine) -> int:
    """Units of a line that are neither shipped nor canceled."""
    return line.quantity - line.quantity_shipped - line.quantity_canceled


def save_lines(lines: Sequence[OrderLine], column: str) -> None:
    """Write one column of these lines, with one statement."""
    if lines:
        OrderLine.objects.bulk_create(
            lines, update_conflicts=True, unique_fields=["id"], update_fields=[column]
        )


def settle(
    orders: Iterable[Order],
    lines: Mapping[int, Sequence[OrderLine]],
    now: datetime,
    *,
    completes: Collection[int] | None = None,
) -> Settled:
    """Move on those of these orders with nothing left to ship: canceled, fully shipped, complete, closed.

    `completes`: ids of orders that are complete once all has shipped (None: all of these); another waits
    until its channel says so too.
    """
    done = [order for order in orders if not any(map(to_ship, lines[order.pk]))]
    gone = [order for order in done if not any(line.quantity_shipped for line in lines[order.pk])]
    shipped = [order for order in done if order not in gone]
    fresh = [order for order in shipped if order.fully_shipped_at is None]
    # Having shipped everything is not enough where the channel has the last word (ADR 0020).
    ending = [order for order in shipped if completes is None or order.pk in completes]
    move([order for order in gone if may(order.status, Step.CANCEL)], Step.CANCEL, now)
    if fresh:
        Order.objects.filter(pk__in=_ids(fresh)).update(fully_shipped_at=now)
    ending = [order for order in ending if may(order.status, Step.COMPLETE)]
    move(ending, Step.COMPLETE, now)
    closing = [order for order in ending if order.refunded_at is not None]
    move(closing, Step.CLOSE, now)
    return Settled(_ids(gone), _ids(fresh), _ids(ending), _ids(closing))


def move(orders: Collection[Order], step: Step, now: datetime) -> None:
    """Bring locked orders to the state that follows: 1 statement per state that they come to.

    Lines and stock are the caller's. Raises transitions.NoTransition.
    """
    by_target: dict[OrderStatus, list[Order]] = defaultdict(list)
    for order in orders:
        by_target[after(order.status, step, before_hold=order.status_before_hold)].append(order)
    for status, moving in by_target.items():
        Order.objects.filter(pk__in=_ids(moving)).update(**_columns(status, step, now))
        for order in moving:
            order.status = status
    if step is Step.CANCEL and orders:
        # Nothing was taken for what never left.
        Invoice.objects.filter(order_id__in=_ids(orders), voided_at=None).update(voided_at=now)


def _columns(status: OrderStatus, step: Step, now: datetime) -> dict[str, Any]:
    if step is Step.HOLD:
        return {
            "status": status,
            "custom_status": "",
            "status_before_hold": F("status"),
            "custom_status_before_hold": F("custom_status"),
        }
    stamps = {Step.COMPLETE: "completed_at", Step.CANCEL: "canceled_at"}
    return {
        "status": status,
        "custom_status": F("custom_status_before_hold") if step is Step.UNHOLD else "",
        "status_before_hold": "",
        "custom_status_before_hold": "",
        **({stamps[step]: now} if step in stamps else {}),
    }


def _ids(orders: Iterable[Order]) -> tuple[int, ...]:
    return tuple(order.pk for order in orders)
