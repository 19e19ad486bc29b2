"""Which units go into which parcel: pure arithmetic for what a channel says has left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from commerce.orders.drafts import ParcelDraft


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
    matches = _matches(parcels, known)
    packed: list[Packed] = []
    for parcel, match in zip(parcels, matches, strict=True):
        before = match.units if match else {}
        # Amazon's package grows when the seller edits it: only what is new in it has newly left.
        new = {line: quantity - before.get(line, 0) for line, quantity in _contents(parcel).items()}
        packed.append(Packed(parcel, match, _take(left, new)))
    # Amazon may count units as shipped without a package that holds them (contents are optional in the
    # SP-API model orders 2026-01-01).
    if left:
        unsaid = next((each for each in packed if not each.parcel.lines), None)
        if unsaid is None:
            unsaid = Packed(ParcelDraft(), None)
            packed.append(unsaid)
        unsaid.added.update(left)
    return [each for each in packed if each.added or each.known]


def _matches(parcels: Sequence[ParcelDraft], known: Sequence[Known]) -> list[Known | None]:
    """The shipment that each parcel is on record as; the surest signs are looked for first."""
    matches: list[Known | None] = [None] * len(parcels)
    unmatched = list(known)
    # All parcels by one sign before any by the next: a weaker sign must not take the shipment that a
    # later parcel names by its reference.
    for is_same in (_has_reference, _has_tracking_number, _has_contents):
        for at, parcel in enumerate(parcels):
            if matches[at] is None:
                found = next((each for each in unmatched if is_same(each, parcel)), None)
                if found is not None:
                    unmatched.remove(found)
                    matches[at] = found
    return matches


def _has_reference(known: Known, parcel: ParcelDraft) -> bool:
    return known.channel_package_reference != "" and (
        known.channel_package_reference == parcel.channel_package_reference
    )


def _has_tracking_number(known: Known, parcel: ParcelDraft) -> bool:
    """One that the channel has not named yet is known by its tracking number, however it is written."""
    number = written_plainly(known.tracking_number)
    return (
        not known.channel_package_reference
        and number != ""
        and number == written_plainly(parcel.tracking_number)
    )


def _has_contents(known: Known, parcel: ParcelDraft) -> bool:
    """Where one of the two has no tracking number, what is in it decides."""
    return (
        not known.channel_package_reference
        and not (known.tracking_number and parcel.tracking_number)
        and known.units == _contents(parcel)
    )


def written_plainly(tracking_number: str) -> str:
    """A tracking number without the blanks and dashes that people write into it."""
    return "".join(sign for sign in tracking_number if sign.isalnum()).upper()


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
