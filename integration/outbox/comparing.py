"""What Amazon shows of a parcel against what was said of it here. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commerce.shipping.parcels import written_plainly
from integration.outbox import carrier_list, carriers


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A parcel; `quantities`: Amazon's items by order item id. `reference` as Amazon names it."""

    reference: str
    carrier_code: str = ""
    carrier: str
    tracking_number: str
    quantities: Mapping[str, int]
    country: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not alike."""

    what: str
    ours: str
    amazons: str

    def as_json(self) -> dict[str, str]:
        """What the row keeps of it."""
        return {"what": self.what, "ours": self.ours, "amazons": self.amazons}


def differences(ours: Parcel, amazons: Parcel) -> list[Difference]:
    """Carrier, tracking number and contents; what Amazon leaves out is no difference."""
    found: list[Difference] = []
    if amazons.carrier and ours.carrier and not _is_same_carrier(ours, amazons.carrier):
        found.append(Difference("carrier", ours.carrier or ours.carrier_code, amazons.carrier))
    if amazons.tracking_number and written_plainly(ours.tracking_number) != written_plainly(
        amazons.tracking_number
    ):
        found.append(Difference("tracking number", ours.tracking_number, amazons.tracking_number))
    # Amazon leaves carrier, number or contents out of some packages (all optional in the SP-API model
    # orders 2026-01-01): silence is no contradiction.
    if amazons.quantities and dict(ours.quantities) != dict(amazons.quantities):
        found.append(Difference("quantities", _counted(ours), _counted(amazons)))
    return found


def without_number(ours: Parcel, shown: Sequence[Parcel]) -> Parcel | None:
    """A package that holds just what ours holds and contradicts nothing of what was said of ours."""
    # Contents are the only sign of it, so a package that leaves them out is nobody's.
    found = (each for each in shown if dict(each.quantities) == dict(ours.quantities))
    return next((each for each in found if not _contradicts(ours, each)), None)


def _contradicts(ours: Parcel, amazons: Parcel) -> bool:
    is_number = bool(ours.tracking_number)
    unlike = {each.what for each in differences(ours, amazons)}
    return bool(unlike - (set() if is_number else {"tracking number"}))


def same_parcel(ours: Parcel, shown: Sequence[Parcel]) -> Parcel | None:
    """The package that is ours, by its reference."""
    return next((each for each in shown if each.reference == ours.reference), None)


def shipped_otherwise(ours: Parcel, shown: Sequence[Parcel]) -> Parcel | None:
    """A package under another reference that says all that ours says: it was made at Amazon's side."""
    # With a tracking number only: a package that says nothing would be like every parcel.
    return next((each for each in shown if each.tracking_number and not differences(ours, each)), None)


def _is_same_carrier(ours: Parcel, shown: str) -> bool:
    """Amazon shows some by code, others by a name, in one spelling or another."""
    listed = carrier_list.BY_CODE.get(ours.carrier_code)
    word = carrier_list.fold(shown)
    if listed is None or word in {carrier_list.fold(ours.carrier), carrier_list.fold(ours.carrier_code)}:
        return word == carrier_list.fold(ours.carrier) or listed is not None
    found = carriers.find_carrier(code="", name=shown, country=ours.country)
    return word in listed.words or (found is not None and found.code == listed.code)


def _counted(parcel: Parcel) -> str:
    return ", ".join(f"{count} x {item_id}" for item_id, count in sorted(parcel.quantities.items()))
