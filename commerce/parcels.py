"""Which units go into which parcel: pure arithmetic for what a channel says has left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from commerce.drafts import ParcelDraft


@dataclass(frozen=True, slots=True)
class Known:
    """A shipment on record and the units in it, by line reference."""

    shipment_id: int
    channel_package_reference: str
    tracking_number: str
    units: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Packed:
    """A parcel, the shipment it is on record as (None: not yet), and the units that are new in it."""

    parcel: ParcelDraft
    known: Known | None
    added: dict[str, int] = field(default_factory=dict)


def pack(
    units: Mapping[str, int], parcels: Sequence[ParcelDraft], known: Sequence[Known] = ()
) -> list[Packed]:
    """Lay the units that have newly left into the parcels that say they hold them.

    No parcel gets more than has left. What no parcel names goes into one that does not say what is in it,
    else into one without reference or tracking number. A parcel that is neither known nor gets any unit is
    left out.
    """
    left = {line: quantity for line, quantity in units.items() if quantity > 0}
    unmatched = list(known)
    packed: list[Packed] = []
    for parcel in parcels:
        contents = _contents(parcel)
        match = next((each for each in unmatched if _is_same(each, parcel, contents)), None)
        if match is not None:
            unmatched.remove(match)
        before = match.units if match else {}
        new = {line: quantity - before.get(line, 0) for line, quantity in contents.items()}
        packed.append(Packed(parcel, match, _take(left, new)))
    if left:
        unsaid = next((each for each in packed if not each.parcel.lines), None)
        if unsaid is None:
            unsaid = Packed(ParcelDraft(), None)
            packed.append(unsaid)
        unsaid.added.update(left)
    return [each for each in packed if each.added or each.known]


def _is_same(known: Known, parcel: ParcelDraft, contents: Mapping[str, int]) -> bool:
    """Whether a parcel is on record as this shipment.

    One that was recorded before the channel named it is known by its tracking number or, without one, by
    what is in it.
    """
    if known.channel_package_reference:
        return known.channel_package_reference == parcel.channel_package_reference
    if known.tracking_number:
        return known.tracking_number == parcel.tracking_number
    return known.units == contents


def _contents(parcel: ParcelDraft) -> dict[str, int]:
    contents: dict[str, int] = {}
    for line, quantity in parcel.lines:
        contents[line] = contents.get(line, 0) + quantity
    return contents


def _take(left: dict[str, int], wanted: Mapping[str, int]) -> dict[str, int]:
    taken = {line: min(quantity, left.get(line, 0)) for line, quantity in wanted.items()}
    taken = {line: quantity for line, quantity in taken.items() if quantity > 0}
    for line, quantity in taken.items():
        left[line] -= quantity
        if not left[line]:
            del left[line]
    return taken
