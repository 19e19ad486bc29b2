"""Shipping from here: parcels leave, their stock is consumed, their tracking can be corrected."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from commerce.models import EventCode, Order, OrderLine, Shipment, ShipmentLine
from commerce.orders import history, order_state
from commerce.orders.history import Happened, happened
from commerce.orders.order_state import Settled
from commerce.refusals import Refusal, Refused
from commerce.shipping import parcel_checks, unit_codes
from commerce.shipping.parcel_checks import Contents
from commerce.shipping.wishes import LineToShip, ParcelToShip
from commerce.stock import stock
from commerce.stock.stock import Shortage
from commerce.transitions import Step, may

__all__ = [
    "CannotComplete",
    "CannotShip",
    "LineToShip",
    "OrderToShip",
    "ParcelToShip",
    "Shipped",
    "UnknownShipment",
    "complete",
    "correct_tracking",
    "merged",
    "ship",
    "why_not",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderToShip:
    """The parcels of one order. `completes`: once all has left the order is complete; an order whose channel
    must say so first is not.
    """

    order_id: int
    parcels: Sequence[ParcelToShip]
    completes: bool


@dataclass(frozen=True, slots=True)
class Shipped:
    """Shipments made, by order id in the order of the parcels; what all has left of, what is complete.

    `shortfalls`: more has left than stock had.
    """

    shipments: dict[int, tuple[int, ...]]
    fully_shipped: tuple[int, ...]
    completed: tuple[int, ...]
    shortfalls: dict[int, tuple[Shortage, ...]]


class CannotShip(Refused):
    """Some of these cannot be shipped; nothing was done. Without `order_ids` the others can."""


class CannotComplete(Refused):
    """Some of these are not wholly shipped; nothing was done."""


class UnknownShipment(LookupError):
    """There is no shipment of ours with this id."""


def why_not(orders: Sequence[OrderToShip]) -> tuple[Refusal, ...]:
    """Why these cannot be shipped as they stand now: empty where they can. 2 statements, no lock."""
    found = list(Order.objects.filter(pk__in=[each.order_id for each in orders]).order_by("pk"))
    return _laid(merged(orders), found, order_state.lines_of(found))[1]


def ship(*, orders: Sequence[OrderToShip], now: datetime, by: str) -> Shipped:
    """Record that these parcels leave and take their units out of stock, in a fixed number of statements.

    Raises CannotShip with all reasons of all orders, and stock.NoTransaction.
    """
    orders = merged(orders)
    locked = order_state.lock([each.order_id for each in orders])
    lines = order_state.lines_of(locked)
    laid, refusals = _laid(orders, locked, lines)
    if refusals:
        raise CannotShip(refusals)
    made = _write(orders, laid, now, by)
    # After the shipments are written, whose keys the ledger names; before the lines are settled, which
    # counts what has left.
    shortfalls = _consume(locked, lines, laid, made, now, by)
    completes = {each.order_id for each in orders if each.completes}
    settled = order_state.settle(locked, lines, now, completes=completes)
    shipments = {order_id: tuple(row.pk for row in rows) for order_id, rows in made.items()}
    history.record_change(_events(laid, shipments, settled), by=by, now=now)
    return Shipped(shipments, settled.fully_shipped, settled.completed, shortfalls)


def complete(*, order_ids: Collection[int], now: datetime, by: str) -> tuple[int, ...]:
    """Close the work on orders that all has left of; gives those that were not complete before.

    Raises CannotComplete and stock.NoTransaction.
    """
    orders = order_state.lock(order_ids)
    refusals = [
        Refusal(order.pk, "STATUS", f"{order.number}: not everything has been shipped.")
        for order in orders
        if order.fully_shipped_at is None and order.status not in order_state.FINISHED
    ]
    if refusals:
        raise CannotComplete(refusals)
    ending = [order for order in orders if may(order.status, Step.COMPLETE)]
    order_state.move(ending, Step.COMPLETE, now)
    closing = [order for order in ending if order.refunded_at is not None]
    order_state.move(closing, Step.CLOSE, now)
    completed = tuple(order.pk for order in ending)
    settled = Settled(completed=completed, closed=tuple(order.pk for order in closing))
    history.record_change(history.ends(settled), by=by, now=now)
    return completed


def correct_tracking(
    *,
    shipment_id: int,
    carrier_code: str,
    carrier: str,
    tracking_number: str,
    now: datetime,
    by: str,
    service: str | None = None,
    shipped_at: datetime | None = None,
    unit_codes: Mapping[int, Sequence[str]] | None = None,
) -> Shipment:
    """Correct what we said of a parcel of ours; None leaves a detail as it is. News makes its `version` grow.

    `unit_codes`: those of single units, by order line.

    Raises UnknownShipment and stock.NoTransaction.
    """
    order_id = (
        Shipment.objects.filter(pk=shipment_id, is_ours=True).values_list("order_id", flat=True).first()
    )
    if order_id is None:
        raise UnknownShipment(f"no shipment {shipment_id} of ours")
    # A shipment has no lock of its own: it is changed under its order's (docs/locking.md), so it is
    # read after it.
    order_state.lock([order_id])
    shipment = Shipment.objects.get(pk=shipment_id)
    said = {
        "carrier_code": carrier_code,
        "carrier": carrier,
        "tracking_number": tracking_number,
        "service": service,
        "shipped_at": shipped_at,
    }
    changed = {name: value for name, value in said.items() if value not in (None, getattr(shipment, name))}
    has_new_codes = _correct_codes(shipment_id, unit_codes or {})
    if changed or has_new_codes:
        # The version is what a call under way compares: one that carries the older word is not
        # recorded.
        for name, value in {**changed, "version": shipment.version + 1}.items():
            setattr(shipment, name, value)
        shipment.save(update_fields=[*changed, "version"])
        event = happened(order_id, EventCode.TRACKING_CHANGED, shipment=shipment_id, version=shipment.version)
        history.record_change([event], by=by, now=now)
    return shipment


def _correct_codes(shipment_id: int, codes: Mapping[int, Sequence[str]]) -> bool:
    """Write the codes of these lines; gives whether any is news."""
    lines = ShipmentLine.objects.filter(shipment_id=shipment_id, order_line_id__in=codes)
    changed = [line for line in lines if line.unit_codes != list(codes[line.order_line_id])]
    for line in changed:
        line.unit_codes = list(codes[line.order_line_id])
    ShipmentLine.objects.bulk_update(changed, ["unit_codes"])
    return bool(changed)


def merged(orders: Sequence[OrderToShip]) -> list[OrderToShip]:
    """Each order once, with all of its parcels in order."""
    merged: dict[int, OrderToShip] = {}
    for each in orders:
        before = merged.get(each.order_id)
        parcels = [*before.parcels, *each.parcels] if before else each.parcels
        merged[each.order_id] = replace(each, parcels=parcels)
    return list(merged.values())


_Laid = Mapping[int, Sequence[Contents]]


def _laid(
    orders: Sequence[OrderToShip], found: Iterable[Order], lines: Mapping[int, Sequence[OrderLine]]
) -> tuple[_Laid, tuple[Refusal, ...]]:
    """The units of each parcel by order line, and all that stands against them."""
    by_pk = {order.pk: order for order in found}
    laid: dict[int, Sequence[Contents]] = {}
    refusals: list[Refusal] = []
    for each in orders:
        order = by_pk.get(each.order_id)
        if order is None:
            refusals.append(Refusal(each.order_id, "UNKNOWN_ORDER", f"There is no order {each.order_id}."))
            continue
        contents, against = parcel_checks.lay(order, lines.get(order.pk, ()), each.parcels)
        laid[order.pk] = contents
        refusals += against
    return laid, tuple(refusals)


def _write(orders: Sequence[OrderToShip], laid: _Laid, now: datetime, by: str) -> dict[int, list[Shipment]]:
    """Write the shipments and what is in them: 2 statements."""
    rows = Shipment.objects.bulk_create(
        [_shipment(each.order_id, parcel, now, by) for each in orders for parcel in each.parcels]
    )
    made: dict[int, list[Shipment]] = defaultdict(list)
    for row in rows:
        made[row.order_id].append(row)
    parcels = {each.order_id: each.parcels for each in orders}
    ShipmentLine.objects.bulk_create(
        shipment_line
        for order_id, contents in laid.items()
        for row, units, parcel in zip(made[order_id], contents, parcels[order_id], strict=True)
        for shipment_line in _contents(row, units, parcel)
    )
    return dict(made)


def _contents(row: Shipment, units: Contents, parcel: ParcelToShip) -> list[ShipmentLine]:
    codes = unit_codes.by_line(parcel, units)
    return [
        ShipmentLine(shipment=row, order_line=line, quantity=quantity, unit_codes=codes.get(line.pk, []))
        for line, quantity in units
    ]


def _shipment(order_id: int, parcel: ParcelToShip, now: datetime, by: str) -> Shipment:
    return Shipment(
        order_id=order_id,
        is_ours=True,
        carrier_code=parcel.carrier_code,
        carrier=parcel.carrier,
        service=parcel.service,
        tracking_number=parcel.tracking_number,
        shipped_at=parcel.shipped_at or now,
        created_at=now,
        by=by,
    )


def _consume(
    orders: Iterable[Order],
    lines: Mapping[int, Sequence[OrderLine]],
    laid: _Laid,
    made: Mapping[int, Sequence[Shipment]],
    now: datetime,
    by: str,
) -> dict[int, tuple[Shortage, ...]]:
    """Take the units out of stock and count them as shipped; gives what stock did not have."""
    shortfalls: dict[int, tuple[Shortage, ...]] = {}
    for channel, of_channel in order_state.by_channel(orders).items():
        working = stock.lock(
            channel=channel,
            channel_references=[order.channel_reference for order in of_channel],
            product_ids={line.product_id for order in of_channel for line in lines[order.pk]},
            shops=order_state.shops(of_channel),
        )
        for order in of_channel:
            missing = [
                working.consume(
                    channel_reference=order.channel_reference,
                    line_reference=line.line_reference,
                    product_id=line.product_id,
                    quantity=quantity,
                    document=f"shipment {row.pk}",
                )
                for row, units in zip(made[order.pk], laid[order.pk], strict=True)
                for line, quantity in units
            ]
            if short := tuple(shortage for shortage in missing if shortage is not None):
                shortfalls[order.pk] = short
        working.save(now, by=by)
    shipped = {line.pk: line for contents in laid.values() for units in contents for line, _ in units}
    for contents in laid.values():
        for units in contents:
            for line, quantity in units:
                line.quantity_shipped += quantity
    order_state.save_lines(list(shipped.values()), "quantity_shipped")
    return shortfalls


def _events(laid: _Laid, shipments: Mapping[int, Sequence[int]], settled: Settled) -> list[Happened]:
    shipped = [
        happened(
            order_id,
            EventCode.SHIPPED,
            shipments=list(shipments[order_id]),
            units=sum(quantity for units in contents for _, quantity in units),
        )
        for order_id, contents in laid.items()
    ]
    return [*shipped, *history.ends(settled)]
