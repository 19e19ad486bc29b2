"""Addresses: what a parcel would need, and what is known after Amazon has told one in part."""

import pytest

from amazon_orders import addresses

WHOLE = {
    "name": "Alex Morgan",
    "line1": "1 Lane",
    "line2": "Apt 4",
    "city": "Farville",
    "postal_code": "98109",
    "country": "US",
    "phone": "+1 555 0100",
}


@pytest.mark.parametrize(
    ("address", "gaps"),
    [
        ({}, "street,city,country"),
        ({"line3": "c/o Reception", "city": "Farville", "country": "US"}, ""),
        ({"line1": "1 Lane", "municipality": "Quezon City", "country": "PH"}, ""),
        ({"line1": "1 Lane", "city": "", "country": "US"}, "city"),
        ({"name": "Alex", "postal_code": "98109", "phone": "1"}, "street,city,country"),
    ],
)
def test_gaps(address: dict[str, str], gaps: str) -> None:
    assert addresses.gaps_of(address) == gaps


@pytest.mark.parametrize(
    ("told", "known"),
    [
        # Withheld by and by: the phone, then all but the town.
        ({key: text for key, text in WHOLE.items() if key != "phone"}, WHOLE),
        ({"city": "Farville", "country": "US"}, WHOLE),
        ({"city": "Farville", "postal_code": "98109", "region": "WA"}, WHOLE | {"region": "WA"}),
        # Another place is another address.
        ({"line1": "5 Road", "city": "Farville"}, {"line1": "5 Road", "city": "Farville"}),
        ({"line1": "1 Lane", "city": "Farville"}, {"line1": "1 Lane", "city": "Farville"}),
        ({"city": "Elsewhere"}, {"city": "Elsewhere"}),
    ],
)
def test_the_address_that_is_known_afterward(told: dict[str, str], known: dict[str, str]) -> None:
    assert addresses.merged(WHOLE, told) == known
