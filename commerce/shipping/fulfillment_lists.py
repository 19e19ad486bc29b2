"""What a warehouse works by: the pick list of chosen orders, and the slip that goes into each parcel."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from commerce.models import Order, OrderLine, Reservation, Shipment
from commerce.orders import order_queries, order_state
from commerce.transitions import Step, may


@dataclass(frozen=True, slots=True)
class Pick:
    """Units of one product to take from one source, and the orders they are for, by number.

    `source` is empty for units that no stock is kept for: stock that is not managed, or is short.
    """

    source: str
    source_name: str
    sku: str
    name: str
    units: int
    orders: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class SlipLine:
    """Units of a line in a parcel; `gift_message` is empty where there is none or it was purged."""

    sku: str
    name: str
    units: int
    gift_message: str


@dataclass(frozen=True, slots=True)
class PackingSlip:
    """What goes into a parcel, without prices. `shipment`: one that is made; None: all that is left.

    `wishes`: how the buyer wants it delivered, line by line.
    """

    order: Order
    shipment: Shipment | None
    address: Mapping[str, str]
    wishes: Sequence[str] = ()
    lines: Sequence[SlipLine] = field(default_factory=tuple)


def pick_list(*, order_ids: Collection[int]) -> list[Pick]:
    """What to take for those of these orders that can be shipped now, source by source: 3 statements."""
    orders = [
        order
        for order in Order.objects.filter(pk__in=order_ids).order_by("pk")
        if may(order.status, Step.SHIP)
    ]
    numbers = {order.pk: order.number for order in orders}
    lines = {line.pk: line for of in order_state.lines_of(orders).values() for line in of}
    kept = _kept(list(lines))
    picks: dict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    names = {line.sku: line.name for line in lines.values()}
    for line in lines.values():
        unkept = order_state.to_ship(line)
        for source, source_name, units in kept.get(line.pk, ()):
            picks[source, source_name, line.sku][numbers[line.order_id]] += units
            unkept -= units
        # Shown all the same, without a source: it has to be packed, and somebody has to look where it
        # is.
        if unkept > 0:
            picks["", "", line.sku][numbers[line.order_id]] += unkept
    return [
        Pick(source, source_name, sku, names[sku], sum(by_order.values()), tuple(sorted(by_order.items())))
        for (source, source_name, sku), by_order in sorted(picks.items())
    ]


def packing_slips(*, order_ids: Collection[int], with_personal: bool) -> list[PackingSlip]:
    """A slip for each shipment of these orders, or, where nothing has left, for all that is to ship.

    In the order of the ids; 4 statements. `with_personal` opens addresses and gift messages. Raises
    sealing.seal.DecryptionError.
    """
    slips: list[PackingSlip] = []
    for each in order_queries.orders_in_full(order_ids=order_ids, with_personal=with_personal):
        gifts = each.personal.get("gift_messages", {})
        address = each.personal.get("address", {})
        wishes = tuple(map(str, each.personal.get("delivery_wishes", ())))
        left = [(line, order_state.to_ship(line)) for line in each.lines]
        slips += [
            PackingSlip(
                each.order,
                shipment,
                address,
                wishes,
                _lines([(part.order_line, part.quantity) for part in shipment.lines.all()], gifts),
            )
            for shipment in each.shipments
        ]
        if may(each.order.status, Step.SHIP) and any(units for _, units in left):
            slips.append(PackingSlip(each.order, None, address, wishes, _lines(left, gifts)))
    return slips


def _kept(line_ids: Collection[int]) -> dict[int, list[tuple[str, str, int]]]:
    """Units that are kept for each line, by source."""
    kept: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
    rows = Reservation.objects.filter(order_line_id__in=line_ids).order_by("source__code")
    for line_id, code, name, units in rows.values_list(
        "order_line_id", "source__code", "source__name", "quantity"
    ):
        if line_id is not None:
            kept[line_id].append((code, name, units))
    return kept


def _lines(contents: Collection[tuple[OrderLine, int]], gifts: Mapping[str, Any]) -> tuple[SlipLine, ...]:
    return tuple(
        SlipLine(line.sku, line.name, units, str(gifts.get(line.line_reference, "")))
        for line, units in sorted(contents, key=lambda pair: pair[0].position)
        if units
    )
