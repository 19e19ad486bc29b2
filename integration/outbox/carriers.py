"""Carriers as Amazon names them. Pure.

The list is the enumeration of carrier codes in Amazon's own order schema, as far as they name carriers of
parcels today. Whatever is not on it goes as "Other" with its name: a wrong code is refused, or costs the
buyer the link to the parcel's way.
"""

from collections.abc import Mapping
from dataclasses import dataclass

OTHER = "Other"
# Code: name on screen. Amazon compares codes letter by letter.
CARRIERS: Mapping[str, str] = {
    "UPS": "UPS",
    "USPS": "USPS",
    "FedEx": "FedEx",
    "DHL": "DHL",
    "DHL Global Mail": "DHL eCommerce (Global Mail)",
    "UPSMI": "UPS Mail Innovations",
    "FedEx SmartPost": "FedEx SmartPost",
    "OnTrac": "OnTrac",
    "Lasership": "LaserShip",
    "OSM": "OSM Worldwide",
    "Newgistics": "Newgistics",
    "Amazon Shipping": "Amazon Shipping",
    "Canada Post": "Canada Post",
    "Royal Mail": "Royal Mail",
    "Parcelforce": "Parcelforce",
    "Yodel": "Yodel",
    "Hermes Logistik Gruppe": "Hermes",
    "DPD": "DPD",
    "GLS": "GLS",
    "GO!": "GO!",
    "TNT": "TNT",
    "Deutsche Post": "Deutsche Post",
    "La Poste": "La Poste",
    "Chronopost": "Chronopost",
    "Poste Italiane": "Poste Italiane",
    "SDA": "SDA",
    "Seur": "SEUR",
    "Correos": "Correos",
    "MRW": "MRW",
    "Nacex": "Nacex",
    "Correios": "Correios",
    "Fastway": "Fastway",
    "Australia Post": "Australia Post",
    "China Post": "China Post",
    "4PX": "4PX",
    "SF Express": "SF Express",
    "YAMATO": "Yamato Transport",
    "SAGAWA": "Sagawa Express",
    "JP_EXPRESS": "Japan Post",
    "NITTSU": "Nippon Express",
    "Aramex": "Aramex",
    "BlueDart": "Blue Dart",
    "Delhivery": "Delhivery",
    "DTDC": "DTDC",
    "India Post": "India Post",
}
# People type names, and Amazon shows codes and names alike: either finds the code.
_BY_WORD = {word.casefold(): code for code, name in CARRIERS.items() for word in (name, code)}


@dataclass(frozen=True, slots=True)
class Carrier:
    """How a carrier is told to Amazon: `name` goes along with "Other" only."""

    code: str
    name: str


def find_carrier(*, code: str, name: str) -> Carrier | None:
    """The carrier that is meant by a code, or by a name alone; None where nothing is said.

    A code that is not on the list is taken for a name.
    """
    code, name = code.strip(), name.strip()
    if code.casefold() == OTHER.casefold():
        # Amazon wants the name with "Other" (docs#772).
        return Carrier(OTHER, name) if name else None
    said = code or name
    listed = _BY_WORD.get(said.casefold())
    if listed is not None:
        return Carrier(listed, CARRIERS[listed])
    if not said or said.casefold() == OTHER.casefold():
        return None
    return Carrier(OTHER, name or said)
