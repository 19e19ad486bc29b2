"""Which units go into which parcel."""

from commerce.orders.drafts import ParcelDraft
from commerce.shipping.parcels import Known, Packed, pack


def parcel(reference: str = "", tracking: str = "", **units: int) -> ParcelDraft:
    return ParcelDraft(
        channel_package_reference=reference, tracking_number=tracking, lines=tuple(units.items())
    )


def test_units_go_into_the_parcels_that_name_them() -> None:
    first, second = parcel("P1", L1=1), parcel("P2", L1=1, L2=2)
    assert pack({"L1": 2, "L2": 2}, [first, second]) == [
        Packed(first, None, {"L1": 1}),
        Packed(second, None, {"L1": 1, "L2": 2}),
    ]


def test_no_parcel_gets_more_than_has_left_and_empty_ones_are_left_out() -> None:
    first, second = parcel("P1", L1=3), parcel("P2", L1=3)
    assert pack({"L1": 2}, [first, second]) == [Packed(first, None, {"L1": 2})]
    assert pack({}, [first]) == []


def test_what_no_parcel_names_goes_into_one_that_does_not_say_else_into_one_of_its_own() -> None:
    said, unsaid = parcel("P1", L1=1), parcel("P2")
    assert pack({"L1": 2}, [unsaid, said]) == [Packed(unsaid, None, {"L1": 1}), Packed(said, None, {"L1": 1})]
    assert pack({"L1": 2}, [said])[1] == Packed(ParcelDraft(), None, {"L1": 1})


def test_a_known_parcel_gets_only_what_is_new_in_it() -> None:
    known = Known(7, "P1", "", {"L1": 1})
    grown = parcel("P1", L1=3)
    assert pack({"L1": 2}, [grown], [known]) == [Packed(grown, known, {"L1": 2})]


def test_a_shipment_without_reference_is_known_by_its_tracking_number() -> None:
    mine = Known(7, "", "1Z9", {"L1": 1})
    other, same = parcel("P1", "1Z8", L1=1), parcel("P2", "1Z9", L1=1)
    assert pack({"L1": 1}, [other, same], [mine]) == [Packed(other, None, {"L1": 1}), Packed(same, mine)]


def test_a_reference_is_never_mistaken_for_another() -> None:
    known = Known(7, "P1", "1Z9", {"L1": 1})
    other = parcel("P2", "1Z9", L1=1)
    assert pack({"L1": 1}, [other], [known]) == [Packed(other, None, {"L1": 1})]
