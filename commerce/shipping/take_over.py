"""Shipments: what has left, recorded with orders or taken over from their channel."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from commerce.models import EventCode, Order, OrderLine, Shipment, ShipmentLine
from commerce.orders import history, order_state
from commerce.orders.drafts import ParcelDraft
from commerce.orders.history import happened
from commerce.shipping import parcels
from commerce.shipping.parcels import Known, Packed
from commerce.stock import stock
from commerce.stock.stock import Shortage
from commerce.transitions import Step, may


@dataclass(frozen=True, slots=True)
class Departure:
    """Units of one order that have newly left, by line reference, and the parcels they are said to be in."""

    order_id: int
    line_ids: Mapping[str, int]
    units: Mapping[str, int]
    parcels: Sequence[ParcelDraft]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedOrder:
    """What a channel says has left of an order: units *so far* by line reference, and its parcels.

    `completes`: the channel says that the order is whole; without it the order waits for that word.
    """

    order_id: int
    units: Mapping[str, int]
    parcels: Sequence[ParcelDraft] = ()
    takes_stock: bool = True
    completes: bool = True


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Units that are newly shipped by order id, ids of orders that are complete now, and shortfalls."""

    units: dict[int, int]
    completed: tuple[int, ...]
    shortfalls: dict[int, tuple[Shortage, ...]]


def take_over(*, shipped: Sequence[ShippedOrder], now: datetime) -> TakenOver:
    """Record what a channel has shipped beyond what we have: shipments, stock consumed, orders complete.

    The same news twice does nothing twice; a package that grew or got its tracking number is brought up to
    date, and one that was shipped from here is known again. An order that all has left of already becomes
    complete by the channel's word alone. Raises stock.NoTransaction.
    """
    news = {each.order_id: each for each in shipped}
    orders = [order for order in order_state.lock(news) if may(order.status, Step.TAKE_OVER)]
    lines = order_state.lines_of(orders)
    # What a channel says is "so far": the difference to what is on record is the news, so that the same
    # news again is none.
    surplus = {order.pk: _surplus(lines[order.pk], news[order.pk].units) for order in orders}
    shortfalls = _consume(orders, lines, surplus, news, now)
    departures = [
        Departure(
            order_id=order.pk,
            line_ids={line.line_reference: line.pk for line in lines[order.pk]},
            units=surplus[order.pk],
            parcels=news[order.pk].parcels,
        )
        for order in orders
    ]
    _bring_up_to_date(departures, now)
    _mark_shipped(lines, surplus)
    # An order is complete only when its channel says so too (ADR 0020).
    completes = {order.pk for order in orders if news[order.pk].completes}
    settled = order_state.settle(orders, lines, now, completes=completes)
    units = {order_id: sum(more.values()) for order_id, more in surplus.items() if more}
    events = [happened(pk, EventCode.TAKEN_OVER, units=count) for pk, count in units.items()]
    history.record_change([*events, *history.ends(settled)], by="", now=now)
    return TakenOver(units, settled.completed, shortfalls)


def _surplus(lines: Iterable[OrderLine], shipped: Mapping[str, int]) -> dict[str, int]:
    """Units newly shipped by line reference; a unit that was canceled here has not left."""
    more = {
        line.line_reference: min(
            shipped.get(line.line_reference, 0) - line.quantity_shipped, order_state.to_ship(line)
        )
        for line in lines
    }
    return {reference: quantity for reference, quantity in more.items() if quantity > 0}


def _consume(
    orders: Iterable[Order],
    lines: Mapping[int, Sequence[OrderLine]],
    surplus: Mapping[int, Mapping[str, int]],
    news: Mapping[int, ShippedOrder],
    now: datetime,
) -> dict[int, tuple[Shortage, ...]]:
    taking = [order for order in orders if surplus[order.pk] and news[order.pk].takes_stock]
    shortfalls: dict[int, tuple[Shortage, ...]] = {}
    for channel, of_channel in order_state.by_channel(taking).items():
        gone = {
            order.pk: [line for line in lines[order.pk] if line.line_reference in surplus[order.pk]]
            for order in of_channel
        }
        working = stock.lock(
            channel=channel,
            channel_references=[order.channel_reference for order in of_channel],
            product_ids={line.product_id for of_order in gone.values() for line in of_order},
            shops=order_state.shops(of_channel),
        )
        for order in of_channel:
            missing = [
                working.consume(
                    channel_reference=order.channel_reference,
                    line_reference=line.line_reference,
                    product_id=line.product_id,
                    quantity=surplus[order.pk][line.line_reference],
                )
                for line in gone[order.pk]
            ]
            if short := tuple(shortage for shortage in missing if shortage is not None):
                shortfalls[order.pk] = short
        working.save(now)
    return shortfalls


def _mark_shipped(lines: Mapping[int, Sequence[OrderLine]], surplus: Mapping[int, Mapping[str, int]]) -> None:
    changed: list[OrderLine] = []
    for order_id, more in surplus.items():
        for line in lines[order_id]:
            if line.line_reference in more:
                line.quantity_shipped += more[line.line_reference]
                changed.append(line)
    order_state.save_lines(changed, "quantity_shipped")


def record_shipment(departures: Sequence[Departure], *, now: datetime) -> None:
    """Write shipments for orders that have none: 2 statements, none where nothing has left."""
    packed = [(gone, each) for gone in departures for each in parcels.pack(gone.units, gone.parcels)]
    _write(packed, {}, now)


def _bring_up_to_date(departures: Sequence[Departure], now: datetime) -> None:
    on_record = _on_record(departures)
    known = _known(departures, on_record.values())
    packed = [
        (gone, each)
        for gone in departures
        for each in parcels.pack(gone.units, gone.parcels, known[gone.order_id])
    ]
    _write(packed, on_record, now)


def _on_record(departures: Sequence[Departure]) -> dict[int, Shipment]:
    rows = Shipment.objects.filter(order_id__in=[gone.order_id for gone in departures])
    return {row.pk: row for row in rows.order_by("pk").prefetch_related("lines")}


def _known(departures: Sequence[Departure], shipments: Iterable[Shipment]) -> dict[int, list[Known]]:
    references = {pk: reference for gone in departures for reference, pk in gone.line_ids.items()}
    known: dict[int, list[Known]] = defaultdict(list)
    for row in shipments:
        units = {references[line.order_line_id]: line.quantity for line in row.lines.all()}
        known[row.order_id].append(Known(row.pk, row.channel_package_reference, row.tracking_number, units))
    return known


def _write(
    packed: Sequence[tuple[Departure, Packed]], on_record: Mapping[int, Shipment], now: datetime
) -> None:
    fresh = [(gone, each) for gone, each in packed if each.known is None]
    grown = [(gone, each, each.known) for gone, each in packed if each.known is not None]
    made = Shipment.objects.bulk_create([_shipment(gone.order_id, each.parcel, now) for gone, each in fresh])
    if changed := [
        row for _, each, known in grown if _update(row := on_record[known.shipment_id], each.parcel)
    ]:
        Shipment.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["id"], update_fields=list(_DETAILS)
        )
    lines = [
        ShipmentLine(shipment_id=row.pk, order_line_id=gone.line_ids[line], quantity=quantity)
        for row, (gone, each) in zip(made, fresh, strict=True)
        for line, quantity in each.added.items()
    ] + [
        ShipmentLine(
            shipment_id=known.shipment_id,
            order_line_id=gone.line_ids[line],
            quantity=quantity + known.units.get(line, 0),
        )
        for gone, each, known in grown
        for line, quantity in each.added.items()
    ]
    if lines:
        ShipmentLine.objects.bulk_create(
            lines, update_conflicts=True, unique_fields=["shipment", "order_line"], update_fields=["quantity"]
        )


_DETAILS = ("channel_package_reference", "carrier", "service", "tracking_number", "shipped_at")


def _update(row: Shipment, parcel: ParcelDraft) -> bool:
    """Take over what a channel says of a parcel, nothing that it leaves out. Gives whether that is news.

    What we say of a parcel of ours stays as we said it; the channel only gives it its name.
    """
    details = _DETAILS[:1] if row.is_ours else _DETAILS
    said = {name: getattr(parcel, name) for name in details if getattr(parcel, name)}
    changed = {name: value for name, value in said.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def _shipment(order_id: int, parcel: ParcelDraft, now: datetime) -> Shipment:
    """The row of a parcel; one whose departure nobody dated left when we learned of it."""
    return Shipment(
        order_id=order_id,
        channel_package_reference=parcel.channel_package_reference,
        carrier=parcel.carrier,
        service=parcel.service,
        tracking_number=parcel.tracking_number,
        shipped_at=parcel.shipped_at or now,
        created_at=now,
    )
