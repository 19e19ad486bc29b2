"""Switching a product's stock management on or off while orders are open."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet

from commerce.models import MovementReason, Order, OrderLine, Reservation, StockItem
from commerce.orders import order_state
from commerce.stock import ledger, stock
from commerce.stock.ledger import Entry
from commerce.stock.stock import Demand, Shortage, Stock
from commerce.stock.terms import Reason
from commerce.transitions import FINISHED


@dataclass(frozen=True, slots=True)
class Switched:
    """Units released by switching off, units reserved by switching on, and lines that stock did not cover."""

    released: int = 0
    reserved: int = 0
    short: tuple[Shortage, ...] = ()


def switch(
    is_managed: Mapping[int, bool], *, written: Collection[int], now: datetime, by: str = ""
) -> Switched:
    """Bring reservations in line with switched products, by product id, before the products are written.

    Off: their reservations are released. On: open orders get what there is, the earliest ship-by first.
    `written` are all products that the caller writes next: orders are locked before stock items and those
    before products, so the stock of all of them is locked here.
    """
    off = [pk for pk, managed in is_managed.items() if not managed]
    on = [pk for pk, managed in is_managed.items() if managed]
    # Only for switching on: switching off touches reservations, which their stock items guard.
    orders = order_state.lock(set(_open_lines(on).values_list("order_id", flat=True))) if on else []
    locked = _lock_stock(orders, written)
    released = _switch_off(off, now=now, by=by) if off else 0
    reserved = 0
    short: list[Shortage] = []
    for place, (of_channel, stock_then) in enumerate(locked):
        # The rows stay locked; what the channels before took of them is read anew.
        working = _lock_stock(of_channel, written)[0][1] if place else stock_then
        units, missing = _cover(of_channel, working, on)
        reserved, short = reserved + units, short + missing
        working.save(now, by=by, reason=Reason.MANAGE_ON)
    return Switched(released, reserved, tuple(short))


def _lock_stock(orders: Iterable[Order], product_ids: Collection[int]) -> list[tuple[list[Order], Stock]]:
    """Lock the stock of these products together with all that these orders hold, by channel."""
    grouped = order_state.by_channel(orders) or {"": []}
    return [
        (
            of_channel,
            stock.lock(
                channel=channel,
                channel_references=[order.channel_reference for order in of_channel],
                product_ids=product_ids,
                shops=order_state.shops(of_channel),
            ),
        )
        for channel, of_channel in grouped.items()
    ]


def _open_lines(product_ids: Collection[int]) -> QuerySet[OrderLine]:
    to_ship = F("quantity_shipped") + F("quantity_canceled")
    return OrderLine.objects.filter(product_id__in=product_ids, quantity__gt=to_ship).exclude(
        order__status__in=FINISHED
    )


def _switch_off(product_ids: Collection[int], *, now: datetime, by: str) -> int:
    items = StockItem.objects.filter(product_id__in=product_ids)
    reservations = Reservation.objects.filter(stock_item__product_id__in=product_ids)
    # Read under the lock of all their items, so what is written into the ledger is what is deleted.
    released = [
        Entry(
            stock_item_id=held.stock_item_id,
            reserved=-held.quantity,
            channel=held.channel,
            channel_reference=held.channel_reference,
            line_reference=held.line_reference,
        )
        for held in reservations.order_by("pk")
    ]
    reservations.delete()
    items.update(reserved=0, shortfall=0)
    ledger.record_movements(released, reason=MovementReason.MANAGE_OFF, by=by, now=now)
    return -sum(entry.reserved for entry in released)


def _cover(
    orders: Iterable[Order], working: Stock, product_ids: Collection[int]
) -> tuple[int, list[Shortage]]:
    """Reserve for the open lines of these products: units reserved, and what is short.

    An order placed in this very moment is not among these; it takes free units when it ships.
    """
    by_pk = {order.pk: order for order in orders}
    lines = _open_lines(product_ids).filter(order_id__in=by_pk)
    working.treat_as_managed(product_ids)
    reserved = 0
    short: list[Shortage] = []
    # The same order as placing: ship-by, then purchase.
    for line in lines.order_by(F("order__ship_by").asc(nulls_last=True), "order__purchased_at", "pk"):
        shortage = working.cover(_demand(by_pk[line.order_id], line))
        short += [shortage] if shortage else []
        reserved += shortage.salable if shortage else order_state.to_ship(line)
    return reserved, short


def _demand(order: Order, line: OrderLine) -> Demand:
    return Demand(
        order.channel_reference, line.line_reference, line.product_id, order_state.to_ship(line), line.pk
    )
