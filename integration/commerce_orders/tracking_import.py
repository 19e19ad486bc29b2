"""Ships many orders by a file of tracking numbers: first a plan that a person looks at, then the deed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from commerce.models import Order, OrderLine
from commerce.orders import order_state
from commerce.refusals import Refusal
from commerce.shipping.ship import CannotShip, LineToShip, OrderToShip, ParcelToShip
from integration import access
from integration.access import Viewer
from integration.commerce_orders import tracking_file
from integration.commerce_orders.tracking_file import Fault, TrackingFile, TrackingLine
from integration.models.imports import CHANNEL
from integration.outbox import amazon_side, carriers, ship_days
from integration.outbox.ship import ship_orders, why_not_shipped
from integration.outbox.ship_days import BadDay, ShipDays

# Every try leaves out the orders that changed meanwhile.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """An order of the file: its parcels, the lines of the file that it comes from, the units in all."""

    order: Order
    to_ship: OrderToShip
    lines: tuple[int, ...]
    units: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class TrackingPlan:
    """What a file would do: the orders that can be shipped, and every line that cannot, with the reason."""

    planned: tuple[PlannedOrder, ...] = ()
    faults: tuple[Fault, ...] = ()
    unknown_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shipped:
    """Numbers of the orders that were shipped, parcels in all, and what was refused at the last moment."""

    orders: tuple[str, ...]
    parcels: int
    faults: tuple[Fault, ...]


@dataclass(slots=True)
class _Draft:
    """The lines of one order on their way into parcels."""

    order: Order
    lines: list[TrackingLine] = field(default_factory=list)


def plan(*, viewer: Viewer, text: str, now: datetime) -> TrackingPlan:
    """What a file would do to the viewer's orders: a fixed number of statements, nothing is changed."""
    read = tracking_file.read_tracking_file(text)
    drafts, unknown = _drafts(viewer, read)
    orders = [draft.order for draft in drafts]
    contents, counterparts = order_state.lines_of(orders), amazon_side.of_orders(orders)
    planned: list[PlannedOrder] = []
    faults = [*read.faults, *unknown]
    for draft in drafts:
        counterpart = counterparts.get(draft.order.pk)
        zone = ship_days.zone_of(counterpart.marketplace_id if counterpart else "")
        days = ShipDays(zone, draft.order.purchased_at, now)
        if wrong := [*_unclear(draft), *_untimely(draft, days)]:
            faults += wrong
        else:
            country = counterpart.country if counterpart else ""
            planned.append(_planned(draft, contents.get(draft.order.pk, ()), days, country))
    against = why_not_shipped(orders=[each.to_ship for each in planned])
    faults += _of_refusals(against, planned)
    refused = {refusal.order_id for refusal in against}
    kept = tuple(each for each in planned if each.order.pk not in refused)
    return TrackingPlan(kept, tuple(sorted(faults, key=lambda each: each.line)), read.unknown_columns)


def carry_out(*, viewer: Viewer, text: str, now: datetime) -> Shipped:
    """Ship what can be shipped of a file; what cannot is told by its line and shipped not at all."""
    # Planned anew, from the file and not from what the preview showed: orders change between the two.
    made = plan(viewer=viewer, text=text, now=now)
    left, faults = list(made.planned), list(made.faults)
    for _ in range(_TRIES):
        if not left:
            break
        try:
            shipped = ship_orders(orders=[each.to_ship for each in left], by=viewer.name, now=now)
        except CannotShip as refused:
            # All or nothing within one call, so the refused ones are left out and the others tried once
            # more.
            faults += _of_refusals(refused.refusals, left)
            left = [each for each in left if each.order.pk not in refused.order_ids]
            continue
        parcels = sum(len(ids) for ids in shipped.shipments.values())
        return Shipped(tuple(each.order.number for each in left), parcels, tuple(faults))
    return Shipped((), 0, tuple(faults))


def _drafts(viewer: Viewer, read: TrackingFile) -> tuple[list[_Draft], list[Fault]]:
    """The viewer's orders that the file names. 1 statement."""
    numbers = {line.order_number for line in read.lines} - {""}
    ids = {line.amazon_order_id for line in read.lines} - {""}
    named = Q(number__in=numbers) | Q(channel=CHANNEL, channel_reference__in=ids)
    mine = access.scope_commerce_orders(viewer, Order.objects.filter(named)) if read.lines else []
    by_number = {order.number: order for order in mine}
    by_id = {order.channel_reference: order for order in by_number.values() if order.channel == CHANNEL}
    drafts: dict[int, _Draft] = {}
    faults: list[Fault] = []
    for line in read.lines:
        order = by_number.get(line.order_number) if line.order_number else by_id.get(line.amazon_order_id)
        named_as = line.order_number or line.amazon_order_id
        if order is None:
            faults.append(Fault(line.number, f"There is no Commerce order {named_as}."))
        elif line.amazon_order_id and order.channel_reference != line.amazon_order_id:
            text = f"{named_as} is not the order of Amazon's {line.amazon_order_id}."
            faults.append(Fault(line.number, text))
        else:
            drafts.setdefault(order.pk, _Draft(order)).lines.append(line)
    return list(drafts.values()), faults


def _unclear(draft: _Draft) -> Iterator[Fault]:
    """A line without sku takes all that is left, so it must be the order's only one."""
    whole = [line for line in draft.lines if not line.sku]
    if whole and len(draft.lines) > 1:
        times = len(draft.lines)
        text = f"{draft.order.number} is named {times} times: say with sku and quantity what goes where."
        yield Fault(whole[0].number, text)


def _untimely(draft: _Draft, days: ShipDays) -> Iterator[Fault]:
    """Days on which the parcel cannot have left."""
    for line in draft.lines:
        try:
            if line.shipped is not None:
                days.moment(line.shipped)
        except BadDay as bad:
            text = str(bad)
            yield Fault(line.number, f"{text[0].upper()}{text[1:]}.")


def _planned(draft: _Draft, lines: Sequence[OrderLine], days: ShipDays, country: str) -> PlannedOrder:
    parcels: dict[tuple[str, str], list[TrackingLine]] = defaultdict(list)
    for line in draft.lines:
        parcels[line.carrier.casefold(), line.tracking_number].append(line)
    made = [_parcel(mine, lines, days, country) for mine in parcels.values()]
    units = sum(line.quantity for parcel in made for line in parcel.lines)
    return PlannedOrder(
        order=draft.order,
        to_ship=OrderToShip(order_id=draft.order.pk, parcels=made, completes=False),
        lines=tuple(line.number for line in draft.lines),
        units=units,
        is_whole=units == sum(map(order_state.to_ship, lines)),
    )


def _parcel(
    mine: Sequence[TrackingLine], lines: Sequence[OrderLine], days: ShipDays, country: str
) -> ParcelToShip:
    first = mine[0]
    carrier = carriers.find_carrier(code="", name=first.carrier, country=country)
    said = next((line.shipped for line in mine if line.shipped), None)
    return ParcelToShip(
        lines=[part for line in mine for part in _lines_to_ship(line, lines)],
        carrier_code=carrier.code if carrier else "",
        carrier=carrier.name if carrier else first.carrier,
        service=next((line.service for line in mine if line.service), ""),
        tracking_number=first.tracking_number,
        shipped_at=days.moment(said) if said else None,
    )


def _lines_to_ship(asked: TrackingLine, lines: Sequence[OrderLine]) -> list[LineToShip]:
    if asked.sku and asked.quantity is not None:
        return [LineToShip(sku=asked.sku, quantity=asked.quantity)]
    chosen = [line for line in lines if not asked.sku or line.sku == asked.sku]
    left = [(line.pk, order_state.to_ship(line)) for line in chosen]
    if asked.sku and not any(units for _, units in left):
        # One more than nothing: the refusal says that none is left, or that the order has no such SKU.
        return [LineToShip(sku=asked.sku, quantity=1)]
    return [LineToShip(line_id=pk, quantity=units) for pk, units in left if units]


def _of_refusals(refusals: Iterable[Refusal], planned: Iterable[PlannedOrder]) -> list[Fault]:
    """Each reason once, with the first line of the file that names its order."""
    first: Mapping[int, int] = {each.order.pk: each.lines[0] for each in planned}
    told = {(first.get(refusal.order_id, 0), refusal.text) for refusal in refusals}
    return [Fault(line, text) for line, text in sorted(told)]
