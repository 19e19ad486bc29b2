"""A carrier is one of Amazon's, in Amazon's spelling, or another one with its name."""

import csv
from pathlib import Path

import pytest

from integration.outbox import carriers
from integration.outbox.carrier_list import LISTED, NO_CARRIERS, Listed, fold

FACTS = Path(__file__).resolve().parents[4] / "shared" / "facts" / "carriers.csv"


@pytest.mark.parametrize(
    ("code", "name", "country", "found"),
    [
        ("UPS", "", "US", "UPS"),
        ("", "fedex", "US", "FedEx"),
        ("", "Hermes", "GB", "Hermes UK"),
        ("", "Hermes", "DE", "Hermes Logistik Gruppe"),
        ("", "hermes ", "AT", "Hermes Logistik Gruppe"),
        ("", "Hermes", "US", "Hermes"),
        ("Hermes", "", "DE", "Hermes"),
        ("", "Evri", "GB", "Hermes UK"),
        ("", "TNT", "IT", "TNTIT"),
        ("", "TNT", "FR", "TNT"),
        ("", "Amazon Logistics", "GB", "AMZL_UK"),
        ("", "Amazon Logistics", "US", "AMZL"),
        ("", "ヤマト運輸", "JP", "YAMATO"),
        ("", "佐川急便", "JP", "SAGAWA"),
        ("", "Japan Post", "JP", "Japan Post"),
        ("", "Österreichische Post", "AT", "AT POST"),
        ("", "osterreichische post", "AT", "AT POST"),
        ("", "Colis Privé", "FR", "Colis Prive"),
        ("", "COLIS PRIVE", "FR", "COLIS PRIVE"),
        ("", "go", "DE", "GO!"),
        ("", "transaragones", "ES", "Transaragonés"),
        ("", "blue dart", "IN", "BlueDart"),
        ("", "royal mail", "GB", "Royal Mail"),
        ("Other", "UPS", "US", "UPS"),
        ("other", "Evri", "GB", "Hermes UK"),
        ("", "self delivery", "US", "Self Delivery"),
    ],
)
def test_the_listed_carrier_is_told_in_amazons_spelling(
    code: str, name: str, country: str, found: str
) -> None:
    carrier = carriers.find_carrier(code=code, name=name, country=country)
    assert carrier is not None
    assert carrier.code == found


@pytest.mark.parametrize(
    ("code", "name", "told"),
    [
        ("", "Pigeon Post", "Pigeon Post"),
        ("PIGEON", "", "PIGEON"),
        ("Other", "Grandpa's van", "Grandpa's van"),
        ("", "Best Buy", "Best Buy"),
        ("", "HS code", "HS code"),
    ],
)
def test_one_that_is_not_listed_goes_by_its_name(code: str, name: str, told: str) -> None:
    assert carriers.find_carrier(code=code, name=name) == carriers.Carrier("Other", told)


@pytest.mark.parametrize("word", ["", " ", "Other", "OTRO", "andere", "Sonstige"])
def test_a_word_for_other_names_nobody(word: str) -> None:
    assert carriers.find_carrier(code=word, name="") is None
    assert carriers.find_carrier(code="", name=word, country="DE") is None


@pytest.mark.skipif(not FACTS.is_file(), reason="the facts are not beside this project")
def test_every_carrier_of_amazons_list_is_here_as_amazon_spells_it() -> None:
    with FACTS.open(encoding="utf-8") as file:
        facts = {row["code"]: row["is_a_carrier"] == "yes" for row in csv.DictReader(file)}
    assert {each.code for each in LISTED} == {code for code, is_carrier in facts.items() if is_carrier}
    assert NO_CARRIERS == {code for code, is_carrier in facts.items() if not is_carrier}


@pytest.mark.parametrize("country", ["", "US", "GB", "DE", "FR", "IT", "ES", "JP", "IN", "TR", "AU"])
def test_every_name_on_screen_means_its_own_code_in_every_country(country: str) -> None:
    local = {word for each in LISTED for home, word in each.local if home == country}
    for each in LISTED:
        found = carriers.find_carrier(code="", name=each.name, country=country)
        assert found is not None
        assert found.code == each.code or fold(each.name) in local


def test_no_country_means_two_carriers_by_one_word() -> None:
    meanings = [pair for each in LISTED for pair in each.local]
    assert len(meanings) == len(set(meanings))


@pytest.mark.parametrize("each", LISTED, ids=lambda each: each.code)
def test_every_carrier_is_found_by_its_code(each: Listed) -> None:
    assert each.code in [found.code for found in carriers.search(each.code, at_most=30)]


@pytest.mark.parametrize(
    ("text", "country", "first"),
    [
        ("herm", "GB", "Hermes UK"),
        ("hermes", "DE", "Hermes Logistik Gruppe"),
        ("ev", "GB", "Hermes UK"),
        ("クロネコ", "JP", "YAMATO"),
        ("osterr", "DE", "AT POST"),
    ],
)
def test_the_likeliest_in_the_country_comes_first(text: str, country: str, first: str) -> None:
    assert carriers.search(text, country=country)[0].code == first


def test_nothing_typed_gives_the_carriers_of_the_country() -> None:
    assert "Royal Mail" in [found.code for found in carriers.search("", country="GB")]
    assert carriers.search("no such carrier") == []


@pytest.mark.parametrize(
    ("service", "country", "told"),
    [("Großbrief", "DE", "Großbrief"), ("", "DE", "Standard"), (" ", "FR", "Standard"), ("", "US", "")],
)
def test_a_method_is_told_where_letters_are_exempt_by_it(service: str, country: str, told: str) -> None:
    assert carriers.shipping_method(service, country=country) == told
