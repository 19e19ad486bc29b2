"""What an address needs by its country, Brazil's own fields, and how a parcel is to be delivered."""

from typing import Any

import pytest

from amazon_orders import addresses, delivery_wishes, normalize, personal
from amazon_orders.reading import oddities
from tests.amazon_orders.payloads import full_order


def gaps(country: str, **parts: str) -> str:
    return addresses.gaps_of({"country": country, **parts})


@pytest.mark.parametrize(
    ("country", "parts"),
    [
        ("JP", {"line1": "架空区見本町1-2-3", "region": "東京都"}),
        ("jp", {"line2": "見本荘405"}),
        ("SG", {"line1": "9 Made-up Quay"}),
        ("HK", {"line1": "Flat 1, 2/F", "region": "Kowloon"}),
        ("MC", {"line1": "3 Rue Inventée"}),
        ("GI", {"line1": "4 Main Street"}),
        ("AE", {"line1": "Villa 5", "region": "Sharjah"}),
        ("US", {"line1": "PSC 1 Box 2", "region": "AE"}),
        ("US", {"line1": "Unit 3 Box 4", "region": "ap"}),
        ("US", {"line1": "5 Calle", "region": "PR"}),
        ("GU", {"line1": "6 Route"}),
        ("VI", {"line1": "7 Estate", "city": "St. Thomas"}),
        ("US", {"line1": "PSC 1 Box 2", "city": "APO", "region": "AE"}),
    ],
)
def test_a_city_is_no_gap_where_addresses_have_none(country: str, parts: dict[str, str]) -> None:
    assert gaps(country, **parts) == ""
    assert gaps(country, **{key: text for key, text in parts.items() if "line" not in key}) == "street"


@pytest.mark.parametrize(
    ("country", "parts", "said"),
    [
        ("US", {"line1": "1 Lane", "region": "WA"}, "city"),
        ("DE", {"line1": "Weg 1"}, "city"),
        ("BR", {"line1": "Rua 1", "region": "SP"}, "city"),
        ("AE", {"line1": "Villa 5"}, "city"),
        ("", {"line1": "1 Lane"}, "city,country"),
    ],
)
def test_a_city_is_a_gap_where_parcels_need_one(country: str, parts: dict[str, str], said: str) -> None:
    assert gaps(country, **parts) == said


def brazil(extended: Any, **lines: str) -> dict[str, str]:
    told = {"city": "Campinas", "countryCode": "BR", **lines, "extendedFields": extended}
    return dict(personal.of_order({"recipient": {"deliveryAddress": told}}, [])["address"])


FIELDS = {
    "streetName": "Rua Nova",
    "streetNumber": "12",
    "complement": "Casa 3",
    "neighborhood": "Vila Azul",
}


@pytest.mark.parametrize(
    ("lines", "read"),
    [
        ({}, ("Rua Nova, 12", "Casa 3", "", "Vila Azul")),
        ({"addressLine1": "Rua Nova"}, ("Rua Nova, 12", "Casa 3", "", "Vila Azul")),
        (
            {"addressLine1": "RUA NOVA 12", "addressLine2": "casa 3"},
            ("RUA NOVA 12", "casa 3", "", "Vila Azul"),
        ),
        ({"addressLine1": "Rua Nova, 112"}, ("Rua Nova, 112, 12", "Casa 3", "", "Vila Azul")),
        (
            {"addressLine1": "Rua Nova, 12 - Casa 3", "districtOrCounty": "Centro"},
            ("Rua Nova, 12 - Casa 3", "Vila Azul", "", "Centro"),
        ),
        ({"addressLine1": "Rua Nova, 12 - Vila Azul"}, ("Rua Nova, 12 - Vila Azul", "Casa 3", "", "")),
        (
            {"addressLine1": "A", "addressLine2": "B", "addressLine3": "C"},
            ("Rua Nova, 12", "A", "B, C, Casa 3", "Vila Azul"),
        ),
    ],
)
def test_brazils_own_fields_are_said_once(lines: dict[str, str], read: tuple[str, ...]) -> None:
    found = brazil(FIELDS, **lines)
    assert tuple(found.get(part, "") for part in ("line1", "line2", "line3", "district")) == read
    assert addresses.gaps_of(found) == ""


def test_an_odd_extended_field_takes_nothing_of_the_rest() -> None:
    with oddities() as odd:
        assert brazil(["?"], addressLine1="Rua Nova")["line1"] == "Rua Nova"
        assert brazil({**FIELDS, "streetNumber": {"n": 1}})["line1"] == "Rua Nova"
    assert len(odd) == 2


def test_what_brazil_had_told_is_not_lost_when_it_is_left_out_later() -> None:
    whole = brazil(FIELDS, addressLine1="Rua Nova")
    later = {"line1": "Rua Nova", "city": "Campinas", "country": "BR"}
    assert addresses.merged(whole, later) == whole
    assert addresses.merged(whole, {**later, "line1": "Rua Velha"})["line1"] == "Rua Velha"


def wishes(preference: Any) -> list[str]:
    return delivery_wishes.wishes({"recipient": {"deliveryPreference": preference}})


def test_how_the_buyer_wants_it_delivered_is_read_line_by_line() -> None:
    window = {"startTime": {"hour": 8, "minute": 5}, "endTime": {"hour": 12}}
    asked = {
        "dropOffLocation": "FRONT_DOOR",
        "addressInstruction": "Behind the\nblue gate",
        "deliveryTime": {
            "businessHours": [
                {
                    "dayOfWeek": "TUE",
                    "timeWindows": [window, {"startTime": {"hour": 14}, "endTime": {"hour": 18}}],
                }
            ],
            "exceptionDates": [
                {"exceptionDate": "2026-12-24", "exceptionDateType": "CLOSED"},
                {"exceptionDate": "2026-12-27", "exceptionDateType": "OPEN", "timeWindows": [window]},
            ],
        },
        "deliveryCapabilities": ["PALLET_DISABLED", "NEWS"],
    }
    assert wishes(asked) == [
        "Leave it here: Front door",
        "Behind the\nblue gate",
        "Open Tuesday: 08:05-12:00, 14:00-18:00",
        "Closed on 2026-12-24",
        "Open on 2026-12-27: 08:05-12:00",
        "Pallets cannot be delivered.",
    ]
    assert wishes({"dropOffLocation": "Under the bench"}) == ["Leave it here: Under the bench"]


@pytest.mark.parametrize(
    "odd",
    [
        None,
        {},
        [],
        "x",
        {"deliveryTime": []},
        {
            "deliveryTime": {
                "businessHours": [{"dayOfWeek": "MON", "timeWindows": [{"startTime": {"hour": True}}]}]
            }
        },
        {"deliveryCapabilities": [{}], "dropOffLocation": {}},
    ],
)
def test_odd_wishes_are_none_and_hide_no_order(odd: Any) -> None:
    with oddities():
        assert wishes(odd) == []
    document = full_order()
    document["recipient"]["deliveryPreference"] = odd
    assert normalize.normalize(document, data_sets=normalize.DATA_SETS).personal["buyer_name"]
