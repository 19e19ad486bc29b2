"""Whether parcels can leave an order: which units of which lines are in them, what is against it. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from commerce.models import Order, OrderLine
from commerce.orders.order_state import to_ship
from commerce.refusals import Refusal
from commerce.shipping import unit_codes
from commerce.shipping.wishes import LineToShip, ParcelToShip
from commerce.transitions import Step, may

# What the columns hold.
_LONGEST = {"carrier_code": 64, "carrier": 128, "service": 128, "tracking_number": 128}


# The units in one parcel, each order line at most once.
Contents = list[tuple[OrderLine, int]]


def lay(
    order: Order, lines: Sequence[OrderLine], parcels: Sequence[ParcelToShip]
) -> tuple[list[Contents], list[Refusal]]:
    """Lay the units that are asked for into the parcels, in order; gives what is in each, and every reason
    against it.

    Units of a SKU are taken from its lines in turn. A channel counts its own items, so only whole ones leave.
    """
    refusals: list[Refusal] = []
    if not may(order.status, Step.SHIP):
        text = f"{order.number} is {order.get_status_display()} and cannot be {Step.SHIP}."
        refusals.append(Refusal(order.pk, "STATUS", text))
    if not parcels:
        refusals.append(Refusal(order.pk, "NOTHING", f"{order.number}: no parcel is named."))
    # One count over all parcels: two parcels that each ask for what is left are one too many.
    left = {line.pk: to_ship(line) for line in lines}
    by_pk = {line.pk: line for line in lines}
    laid: list[Contents] = []
    for parcel in parcels:
        refusals += _too_long(order, parcel)
        refusals += too_early(order, parcel.shipped_at)
        if not parcel.lines:
            refusals.append(Refusal(order.pk, "NOTHING", f"{order.number}: a parcel has nothing in it."))
        contents: dict[int, int] = {}
        for asked in parcel.lines:
            refusals += unit_codes.against(order, asked)
            refusals += _lay_one(order, _lines_of(asked, lines), asked, left, contents)
        laid.append([(by_pk[pk], quantity) for pk, quantity in contents.items()])
    refusals += _broken_packs(order, laid)
    return laid, refusals


def too_early(order: Order, shipped_at: datetime | None) -> Iterator[Refusal]:
    """Nothing leaves before it was bought."""
    if shipped_at is not None and shipped_at < order.purchased_at:
        text = f"{order.number} was bought at {order.purchased_at:%Y-%m-%d %H:%M} UTC: nothing left before."
        yield Refusal(order.pk, "BEFORE_PURCHASE", text)


def _lines_of(asked: LineToShip, lines: Sequence[OrderLine]) -> list[OrderLine]:
    if asked.line_id is not None:
        return [line for line in lines if line.pk == asked.line_id]
    return sorted((line for line in lines if line.sku == asked.sku), key=lambda line: line.position)


def _lay_one(
    order: Order,
    candidates: Sequence[OrderLine],
    asked: LineToShip,
    left: dict[int, int],
    contents: dict[int, int],
) -> Iterator[Refusal]:
    if not candidates:
        named = asked.sku or f"line {asked.line_id}"
        yield Refusal(order.pk, "UNKNOWN_LINE", f"{order.number} has no {named}.", asked.line_id)
        return
    sku, line_id = candidates[0].sku, candidates[0].pk
    if asked.quantity <= 0:
        yield Refusal(order.pk, "QUANTITY", f"{sku}: a quantity is 1 or more.", line_id)
        return
    available = sum(left[line.pk] for line in candidates)
    if asked.quantity > available:
        text = f"{sku}: {asked.quantity} cannot be shipped, {available} are left to ship."
        yield Refusal(order.pk, "TOO_MANY", text, line_id)
        return
    wanted = asked.quantity
    for line in candidates:
        units = min(left[line.pk], wanted)
        if units:
            left[line.pk] -= units
            contents[line.pk] = contents.get(line.pk, 0) + units
            wanted -= units


def _broken_packs(order: Order, laid: Sequence[Contents]) -> Iterator[Refusal]:
    for contents in laid:
        for line, units in contents:
            if units % line.units_per_item:
                text = f"{line.sku}: {units} is no whole number of packs of {line.units_per_item}."
                yield Refusal(order.pk, "PACK", text, line.pk)


def _too_long(order: Order, parcel: ParcelToShip) -> Iterator[Refusal]:
    for name, longest in _LONGEST.items():
        value: str = getattr(parcel, name)
        if len(value) > longest or "\x00" in value:
            words = name.replace("_", " ")
            yield Refusal(
                order.pk, "TOO_LONG", f"{order.number}: a {words} has at most {longest} characters."
            )
