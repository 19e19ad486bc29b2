"""Codes that prove single units genuine, where a channel asks for them, by line of a parcel. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from commerce.models import Order, OrderLine
from commerce.refusals import Refusal
from commerce.shipping.wishes import LineToShip, ParcelToShip

LONGEST = 200


def against(order: Order, asked: LineToShip) -> Iterator[Refusal]:
    """Each code stands for one unit, and none for two."""
    codes = asked.unit_codes
    named = asked.sku or f"line {asked.line_id}"
    if len(codes) > asked.quantity:
        text = f"{named}: {len(codes)} codes are more than the {asked.quantity} units in the parcel."
        yield Refusal(order.pk, "UNIT_CODES", text, asked.line_id)
    if len(set(codes)) != len(codes):
        yield Refusal(order.pk, "UNIT_CODES", f"{named}: a code is given twice.", asked.line_id)
    if any(not code or len(code) > LONGEST or not code.isprintable() for code in codes):
        text = f"{named}: a code has 1 to {LONGEST} characters."
        yield Refusal(order.pk, "UNIT_CODES", text, asked.line_id)


def by_line(parcel: ParcelToShip, contents: Sequence[tuple[OrderLine, int]]) -> Mapping[int, list[str]]:
    """The codes of each line in a parcel; those of a SKU go to its lines in turn, as its units do."""
    found: dict[int, list[str]] = {}
    for asked in parcel.lines:
        left = list(asked.unit_codes)
        for line, units in contents:
            is_meant = line.pk == asked.line_id if asked.line_id is not None else line.sku == asked.sku
            if is_meant and left:
                room = units - len(found.get(line.pk, ()))
                found.setdefault(line.pk, []).extend(left[:room])
                left = left[room:]
    return found
