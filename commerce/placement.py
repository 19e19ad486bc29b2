"""Commerce orders come to be: placed with their stock, invoiced where they are paid."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from commerce.models import Order, OrderLine, OrderPersonalData, OrderStatus
from commerce.models.money import SHARES
from commerce.orders import custom_statuses, invoices, numbers
from commerce.orders.drafts import LineDraft, OrderDraft, ParcelDraft
from commerce.orders.invoices import Bill
from commerce.orders.numbers import Series
from commerce.shipping import take_over
from commerce.stock import stock
from commerce.stock.stock import Demand, Shortage, Stock

__all__ = ["LineDraft", "OrderDraft", "ParcelDraft", "PlacedOrder", "Placement", "place"]


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order that stands for a channel's order."""

    id: int
    number: str
    status: str


@dataclass(frozen=True, slots=True)
class Placement:
    """What became of each draft, by channel reference.

    `adopted`: the order was there already and nothing was done. `short`: nothing was done, for want of stock.
    `shortfalls`: placed, but more had left than stock had.
    """

    placed: dict[str, PlacedOrder]
    adopted: dict[str, PlacedOrder]
    short: dict[str, tuple[Shortage, ...]]
    shortfalls: dict[str, tuple[Shortage, ...]]


def place(*, channel: str, drafts: Sequence[OrderDraft], now: datetime, by: str = "") -> Placement:
    """Make orders of drafts, each with all of its stock or not at all, inside the caller's transaction.

    Drafts are served in the order given: where stock does not suffice for all, the first ones get it.
    The statements are the same for one draft and for a hundred. `by` is empty where no person places them.
    Raises stock.NoTransaction.
    """
    # The caller's claim keeps a second worker away; the unique channel reference would refuse a second
    # order all the same.
    adopted = _existing(channel, drafts)
    fresh = [draft for draft in drafts if draft.channel_reference not in adopted]
    # Before stock, as with refunds (docs/locking.md).
    series = numbers.lock({draft.commerce_store_id for draft in fresh})
    working = _lock(channel, fresh)
    placement = Placement(placed={}, adopted=adopted, short={}, shortfalls={})
    covered: list[OrderDraft] = []
    for draft in fresh:
        short, shortfalls = _allot(working, draft) if draft.takes_stock else ([], [])
        if short:
            placement.short[draft.channel_reference] = tuple(short)
            continue
        covered.append(draft)
        if shortfalls:
            placement.shortfalls[draft.channel_reference] = tuple(shortfalls)
    if covered:
        placement.placed.update(_write(channel, covered, working, series, now))
    # Also where nothing was placed: what an order held from before, and no longer needs, is free again.
    working.save(now, by=by)
    return placement


def _existing(channel: str, drafts: Iterable[OrderDraft]) -> dict[str, PlacedOrder]:
    references = [draft.channel_reference for draft in drafts]
    rows = Order.objects.filter(channel=channel, channel_reference__in=references).values_list(
        "channel_reference", "pk", "number", "status"
    )
    return {reference: PlacedOrder(pk, number, status) for reference, pk, number, status in rows}


def _lock(channel: str, drafts: Iterable[OrderDraft]) -> Stock:
    taking = [draft for draft in drafts if draft.takes_stock]
    return stock.lock(
        channel=channel,
        channel_references=[draft.channel_reference for draft in taking],
        product_ids={line.product_id for draft in taking for line in draft.lines},
        shops={draft.channel_reference: draft.commerce_store_id for draft in taking},
    )


def _allot(working: Stock, draft: OrderDraft) -> tuple[list[Shortage], list[Shortage]]:
    """Take what has left, keep what is to leave. Gives what is short, then with nothing done, and shortfalls.

    What has left goes first: those units are gone, whatever the books say.
    """
    reference = draft.channel_reference
    # A mark of its own: `reserve` undoes only what it did itself, and `consume` came before it.
    mark = working.mark(reference)
    taken = [
        working.consume(
            channel_reference=reference,
            line_reference=line.line_reference,
            product_id=line.product_id,
            quantity=line.quantity_shipped,
        )
        for line in draft.lines
        if line.quantity_shipped
    ]
    demands = [
        Demand(reference, line.line_reference, line.product_id, line.quantity_to_ship)
        for line in draft.lines
        if line.quantity_to_ship
    ]
    short = working.reserve(reference, demands)
    if short:
        working.back_to(mark)
    return short, [shortfall for shortfall in taken if shortfall is not None]


def _write(
    channel: str, drafts: Sequence[OrderDraft], working: Stock, series: Series, now: datetime
) -> dict[str, PlacedOrder]:
    states = custom_statuses.ensure({draft.custom_status for draft in drafts})
    orders = Order.objects.bulk_create([_order(channel, draft, states, series, now) for draft in drafts])
    pairs = list(zip(orders, drafts, strict=True))
    lines = OrderLine.objects.bulk_create(
        [_line(order.pk, line) for order, draft in pairs for line in draft.lines]
    )
    _write_personal_data(pairs)
    invoices.write(_bills(pairs, lines), series, now=now)
    series.save()
    line_ids: dict[int, dict[str, int]] = {order.pk: {} for order in orders}
    for line in lines:
        line_ids[line.order_id][line.line_reference] = line.pk
    for order, draft in pairs:
        # Only now do lines have keys; the reservations are written afterwards, with them (`save`).
        working.link(draft.channel_reference, line_ids[order.pk])
    take_over.record_shipment(
        [
            take_over.Departure(
                order_id=order.pk,
                line_ids=line_ids[order.pk],
                units={line.line_reference: line.quantity_shipped for line in draft.lines},
                parcels=draft.parcels,
            )
            for order, draft in pairs
        ],
        now=now,
    )
    return {
        draft.channel_reference: PlacedOrder(order.pk, order.number, order.status) for order, draft in pairs
    }


def _bills(pairs: Iterable[tuple[Order, OrderDraft]], lines: Iterable[OrderLine]) -> list[Bill]:
    """The invoices of orders that are paid."""
    by_order: dict[int, list[OrderLine]] = defaultdict(list)
    for line in lines:
        by_order[line.order_id].append(line)
    return [Bill(order, by_order[order.pk]) for order, draft in pairs if draft.is_paid]


def _status(draft: OrderDraft) -> str:
    if not draft.is_paid:
        return OrderStatus.PENDING.value
    return OrderStatus.COMPLETE.value if draft.is_complete else OrderStatus.PROCESSING.value


def _order(
    channel: str, draft: OrderDraft, states: Mapping[str, str], series: Series, now: datetime
) -> Order:
    status = _status(draft)
    return Order(
        number=draft.number or series.order(draft.commerce_store_id),
        channel=channel,
        channel_reference=draft.channel_reference,
        commerce_store_id=draft.commerce_store_id,
        customer_id=draft.customer_id,
        status=status,
        # One that stands for another state is left out.
        custom_status=draft.custom_status if states.get(draft.custom_status) == status else "",
        payment_method=draft.payment_method,
        payment_reference=draft.payment_reference,
        shipping_method=draft.shipping_method,
        currency=draft.currency,
        items_total=draft.items_total,
        shipping_total=draft.shipping_total,
        gift_wrap_total=draft.gift_wrap_total,
        discount_total=draft.discount_total,
        tax_total=draft.tax_total,
        included_tax_total=draft.included_tax_total,
        other_total=draft.other_total,
        grand_total=draft.grand_total,
        purchased_at=draft.purchased_at,
        ship_by=draft.ship_by,
        created_at=now,
        completed_at=now if status == OrderStatus.COMPLETE else None,
        fully_shipped_at=None if any(line.quantity_to_ship for line in draft.lines) else now,
    )


def _line(order_id: int, draft: LineDraft) -> OrderLine:
    return OrderLine(
        order_id=order_id,
        product_id=draft.product_id,
        line_reference=draft.line_reference,
        position=draft.position,
        sku=draft.sku,
        name=draft.name,
        quantity=draft.quantity,
        units_per_item=draft.units_per_item,
        quantity_shipped=draft.quantity_shipped,
        quantity_canceled=draft.quantity_canceled,
        unit_price=draft.unit_price,
        row_total=draft.row_total,
        shipping=draft.shipping,
        gift_wrap=draft.gift_wrap,
        discount=draft.discount,
        tax=draft.tax,
        other=draft.other,
        included_tax=draft.included_tax,
        **{name: getattr(draft, name) for name in SHARES},
    )


def _write_personal_data(pairs: Iterable[tuple[Order, OrderDraft]]) -> None:
    sealed = [
        OrderPersonalData(order_id=order.pk, sealed=draft.sealed_personal)
        for order, draft in pairs
        if draft.sealed_personal is not None
    ]
    OrderPersonalData.objects.bulk_create(sealed)
