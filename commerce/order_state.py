"""Where an order stands: its lock, its lines, and the state they lead to."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from commerce.models import Order, OrderLine, OrderStatus

# Nothing more leaves or is canceled in these.
FINISHED = frozenset({OrderStatus.COMPLETE.value, OrderStatus.CANCELED.value, OrderStatus.CLOSED.value})


def lock(order_ids: Collection[int]) -> list[Order]:
    """Lock these orders, in the order of their keys. Only channel, reference and status are read."""
    orders = Order.objects.filter(pk__in=order_ids).select_for_update(no_key=True).order_by("pk")
    return list(orders.only("channel", "channel_reference", "status"))


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
    return dict(sorted(grouped.items()))


def to_ship(line: OrderLine) -> int:
    """Units of a line that are neither shipped nor canceled."""
    return line.quantity - line.quantity_shipped - line.quantity_canceled


def save_lines(lines: Sequence[OrderLine], column: str) -> None:
    """Write one column of these lines, with one statement."""
    OrderLine.objects.bulk_create(lines, update_conflicts=True, unique_fields=["id"], update_fields=[column])


def settle(
    lines: Mapping[int, Sequence[OrderLine]], now: datetime
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Close orders with nothing left to ship: ids that are canceled now, ids that are complete now."""
    done = {order_id: of for order_id, of in lines.items() if not any(map(to_ship, of))}
    canceled = tuple(pk for pk, of in done.items() if not any(line.quantity_shipped for line in of))
    completed = tuple(pk for pk in done if pk not in canceled)
    cancel(canceled, now)
    if completed:
        Order.objects.filter(pk__in=completed).update(
            status=OrderStatus.COMPLETE, custom_status="", completed_at=now
        )
    return canceled, completed


def cancel(order_ids: Collection[int], now: datetime) -> None:
    """Mark orders canceled; their lines and stock are the caller's."""
    if order_ids:
        Order.objects.filter(pk__in=order_ids).update(
            status=OrderStatus.CANCELED, custom_status="", canceled_at=now
        )
