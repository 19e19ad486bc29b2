"""What an address needs, by its country, and what of it Amazon tells in fields of its own. Pure."""

from collections.abc import Mapping
from typing import Any

from amazon_orders import reading

STREET = ("line1", "line2", "line3")
# Countries whose addresses have no city: one town (Singapore, Monaco), or a prefecture or district in its
# place (Japan, Hong Kong). By the formats that carriers and libaddressinput use.
_WITHOUT_CITY = frozenset(
    "JP SG HK MO MC GI VA SM NR TK PN NU NF AQ BV HM IO TF GS FK SH AC TA MV CK TV".split()
)
# Where the emirate, province, parish or county says where it is, if no city does.
_REGION_DOES = frozenset("AE QA BH KW OM SA JM BS BB BM KY TW KR CN IE".split())
# The United States' own: bases (Army/Air Force, Fleet, Diplomatic Post Office) and territories, as country
# or as region. What a city would be is said by region and ZIP code.
_MILITARY = frozenset(("AA", "AE", "AP"))
_TERRITORIES = frozenset("PR VI GU AS MP UM FM MH PW".split())


def gaps_of(address: Mapping[str, str]) -> str:
    """What a parcel would need and this address has not, e.g. "street,city"."""
    needed = {
        "street": any(address.get(part) for part in STREET),
        "city": address.get("city") or address.get("municipality") or not _needs_city(address),
        "country": address.get("country"),
    }
    return ",".join(part for part, is_there in needed.items() if not is_there)


def _needs_city(address: Mapping[str, str]) -> bool:
    country = address.get("country", "").strip().upper()
    region = address.get("region", "").strip().upper()
    if country in _WITHOUT_CITY or country in _TERRITORIES:
        return False
    if country == "US":
        return region not in _MILITARY | _TERRITORIES
    return not (country in _REGION_DOES and (region or address.get("district")))


def with_extended_fields(address: dict[str, str], extended: Mapping[str, Any]) -> dict[str, str]:
    """The address with what Brazil's own fields add: street and number, complement, neighborhood.

    They come beside the lines or in their place (model orders 2026-01-01, AddressExtendedFields), so what
    the lines say already is not said twice.
    """
    told = {name: reading.text(extended.get(name), name, 300) for name in _EXTENDED}
    if not any(told.values()):
        return address
    lines = [address[part] for part in STREET if address.get(part)]
    lines = _with_street(lines, told["streetName"], told["streetNumber"])
    if told["complement"] and not _says(lines, told["complement"]):
        lines.append(told["complement"])
    known = [*lines, address.get("district", "")]
    if told["neighborhood"] and not _says(known, told["neighborhood"]):
        if address.get("district"):
            lines.append(told["neighborhood"])
        else:
            address = {**address, "district": told["neighborhood"]}
    # There are three lines: what is more stands on the last one.
    laid = [*lines[:2], *[""] * (2 - len(lines)), ", ".join(lines[2:])]
    return {**address, **{part: text[:300] for part, text in zip(STREET, laid, strict=True) if text}}


_EXTENDED = ("streetName", "streetNumber", "complement", "neighborhood")


def _with_street(lines: list[str], street: str, number: str) -> list[str]:
    whole = ", ".join(filter(None, (street, number)))
    if not lines or (street and not _says(lines, street)):
        return [whole, *lines] if whole else lines
    if not number or _says(lines, number):
        return lines
    # On the line of the street, the first one where no street is named.
    at = next((index for index, line in enumerate(lines) if street and _says([line], street)), 0)
    return [f"{line}, {number}" if index == at else line for index, line in enumerate(lines)]


def _says(lines: list[str], text: str) -> bool:
    """Whether the words stand there one after the other: 77 does not stand in 177."""
    words = " ".join("".join(sign if sign.isalnum() else " " for sign in text.casefold()).split())
    said = ("".join(sign if sign.isalnum() else " " for sign in line.casefold()) for line in lines)
    return any(f" {words} " in f" {' '.join(line.split())} " for line in said)


def merged(before: Mapping[str, str], told: Mapping[str, str]) -> dict[str, str]:
    """The address that is known after Amazon has told it once more.

    What Amazon leaves out of the same place it withholds: the phone soon, later all but the city. Another
    place is another address, as a whole.
    """
    told = {**told, **{part: before[part] for part in STREET if _is_cut_short(before, told, part)}}
    street = STREET if any(told.get(key) for key in STREET) else ()
    is_elsewhere = any(told.get(key) != before.get(key) for key in street) or any(
        told.get(key, before.get(key)) != before.get(key) for key in ("city", "postal_code", "country")
    )
    return dict(told) if is_elsewhere else {**before, **told}


def _is_cut_short(before: Mapping[str, str], told: Mapping[str, str], part: str) -> bool:
    """A line without what Brazil's own fields had added, because Amazon leaves those out this time."""
    if before.get("country") != "BR" or not any(told.get(key) for key in STREET):
        return False
    return before.get(part, "").startswith(f"{told[part]}, ") if told.get(part) else part in before
