"""Orders and single units are canceled, and their stock is free again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from commerce import order_state, stock
from commerce.models import Order, OrderLine, OrderStatus


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


def cancel(*, order_ids: Collection[int], now: datetime) -> Cancellation:
    """Cancel whole orders and release their stock; those of which something has shipped are refused.

    An order that is canceled already is neither. Raises stock.NoTransaction.
    """
    orders = order_state.lock(order_ids)
    shipped = OrderLine.objects.filter(order_id__in=order_ids, quantity_shipped__gt=0)
    refused = set(shipped.values_list("order_id", flat=True)) | {
        order.pk for order in orders if order.status in (OrderStatus.COMPLETE, OrderStatus.CLOSED)
    }
    due = [order for order in orders if order.pk not in refused and order.status != OrderStatus.CANCELED]
    canceled = tuple(order.pk for order in due)
    if due:
        OrderLine.objects.filter(order_id__in=canceled).update(quantity_canceled=F("quantity"))
        order_state.cancel(canceled, now)
        _release_all(due, now)
    return Cancellation(canceled, tuple(sorted(refused)))


def _release_all(orders: Iterable[Order], now: datetime) -> None:
    for channel, of_channel in order_state.by_channel(orders).items():
        references = [order.channel_reference for order in of_channel]
        working = stock.lock(channel=channel, channel_references=references, product_ids=())
        for reference in references:
            working.release(reference)
        working.save(now)


def cancel_units(*, canceled: Mapping[int, Mapping[str, int]], now: datetime) -> UnitsCanceled:
    """Bring the canceled units of lines up to what the channel says, never beyond what is unshipped.

    `canceled`: order id -> line reference -> units canceled *so far*, so that the same news twice does
    nothing twice. Raises stock.NoTransaction.
    """
    orders = [order for order in order_state.lock(canceled) if order.status not in order_state.FINISHED]
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
    order_state.save_lines([line for of_order in changed.values() for line in of_order], "quantity_canceled")
    gone, completed = order_state.settle({order_id: lines[order_id] for order_id in changed}, now)
    _release_surplus([order for order in orders if order.pk in changed], changed, now)
    return UnitsCanceled(units, gone, completed)


def _release_surplus(
    orders: Iterable[Order], changed: Mapping[int, Sequence[OrderLine]], now: datetime
) -> None:
    """Give back what lines hold beyond what they still have to ship."""
    for channel, of_channel in order_state.by_channel(orders).items():
        references = [order.channel_reference for order in of_channel]
        working = stock.lock(channel=channel, channel_references=references, product_ids=())
        for order in of_channel:
            for line in changed[order.pk]:
                reference = order.channel_reference
                surplus = working.units_held(reference, line.line_reference) - order_state.to_ship(line)
                if surplus > 0:
                    working.release(reference, line.line_reference, surplus)
        working.save(now)
