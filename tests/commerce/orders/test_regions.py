"""Regions in the code that carriers know."""

import pytest

from commerce.orders import personal_data, regions


@pytest.mark.parametrize(
    ("said", "country", "code"),
    [
        ("Calif.", "US", "CA"),
        ("california ", "us", "CA"),
        ("ca", "US", "CA"),
        ("N.Y.", "US", "NY"),
        ("New  York", "US", "NY"),
        ("Washington, D.C.", "US", "DC"),
        ("W. Va.", "US", "WV"),
        ("Puerto Rico", "US", "PR"),
        ("", "PR", "PR"),
        ("Puerto Rico", "PR", "PR"),
        ("Guaynabo", "PR", "Guaynabo"),
        ("Armed Forces Pacific", "US", "AP"),
        ("Québec", "CA", "QC"),
        ("P.E.I.", "CA", "PE"),
        ("Newfoundland & Labrador", "CA", "NL"),
        ("Nuevo León", "MX", "NLE"),
        ("CDMX", "MX", "CMX"),
        ("Estado de México", "MX", "MEX"),
        ("Bayern", "DE", "Bayern"),
        ("Somewhere", "US", "Somewhere"),
        ("", "US", ""),
    ],
)
def test_a_region(said: str, country: str, code: str) -> None:
    assert regions.normalized(said, country=country) == code


@pytest.mark.parametrize("country", ["US", "CA", "MX"])
def test_a_code_is_its_own(country: str) -> None:
    for code in set(regions._BY_COUNTRY[country].values()):
        assert regions.normalized(code, country=country) == code


def test_an_order_keeps_the_code() -> None:
    address = {"city": "Fresno", "region": "Calif.", "country": "US"}
    place = {"channel": "x", "channel_reference": "A-1"}
    sealed = personal_data.seal_for(**place, personal={"address": address})
    assert personal_data.open_of(**place, sealed=sealed)["address"] == {**address, "region": "CA"}
    assert address["region"] == "Calif."
