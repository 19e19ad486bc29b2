"""Which carrier is meant, and how it is told to Amazon. Pure.

Amazon compares codes letter by letter, so its own spelling is sent. "Other" with a name goes only where the
carrier is really not on the list: such parcels do not count as validly tracked (docs#772).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from integration.outbox.carrier_list import BY_CODE, LISTED, NO_CARRIERS, Listed, fold

OTHER = "Other"
# Code: name on screen.
CARRIERS: Mapping[str, str] = {each.code: each.name for each in LISTED}
# "Other" in Amazon's languages names nobody; own vans are on Amazon's list, though no carriers.
_NOBODY = frozenset(map(fold, (OTHER, "Otro", "Andere", "Sonstige")))
_OWN_VANS = {fold(code): code for code in ("Self Delivery", "Consegna Mezzi Propri", "Mezzi propri")}
# Letters without a number are exempt from tracking there only with a shipping method (H 202014610).
_METHOD_IS_WANTED = frozenset({"DE", "ES", "FR"})
_ANY_METHOD = "Standard"
# Ranks of a search; what begins with the letters is ranked by how much is missing of it.
_AT_HOME, _ABROAD, _WITHIN, _NOT_MEANT = 1, 200, 900, 1_000
assert set(_OWN_VANS.values()) <= NO_CARRIERS


@dataclass(frozen=True, slots=True)
class Carrier:
    """How a carrier is told to Amazon: `name` goes along with "Other" only."""

    code: str
    name: str


def find_carrier(*, code: str, name: str, country: str = "") -> Carrier | None:
    """The carrier that is meant by a code, or by a name alone, in a country; None where nothing is said.

    A code that is not on the list is taken for a name, and so is the name that comes with "Other".
    """
    code, name = code.strip(), name.strip()
    if code in BY_CODE:
        return Carrier(code, BY_CODE[code].name)
    said = name if fold(code) in _NOBODY else code or name
    if not said or fold(said) in _NOBODY:
        return None
    if (listed := _meant(said, country)) is not None:
        return Carrier(listed.code, listed.name)
    if (own := _OWN_VANS.get(fold(said))) is not None:
        return Carrier(own, own)
    return Carrier(OTHER, name or said)


def search(text: str, *, country: str = "", at_most: int = 20) -> list[Carrier]:
    """Carriers that a few letters may mean, the likeliest first; without letters those of the country."""
    wanted = fold(text)
    ranked = [(_rank(each, wanted, country), place, each) for place, each in enumerate(LISTED)]
    meant = sorted((found for found in ranked if found[0] < _NOT_MEANT), key=lambda found: found[:2])
    return [Carrier(each.code, each.name) for _, _, each in meant[:at_most]]


def everybody() -> list[Carrier]:
    """Every carrier, by name."""
    return sorted((Carrier(*each) for each in CARRIERS.items()), key=lambda each: each.name.casefold())


def shipping_method(service: str, *, country: str) -> str:
    """What is told as the shipping method: the service, or where one is wanted and none is known, any."""
    return service.strip() or (_ANY_METHOD if country in _METHOD_IS_WANTED else "")


def _meant(said: str, country: str) -> Listed | None:
    # The country's own meaning goes before a code that is spelled alike: Hermes in the UK is not the Hermes
    # of Germany, and neither is Amazon's code "Hermes".
    word = fold(said)
    for each in LISTED:
        if (country, word) in each.local:
            return each
    return next(_spelled(said), None) or next(_folded(word, country), None)


def _spelled(said: str) -> Iterator[Listed]:
    return (each for each in LISTED if said in (each.code, each.name))


def _folded(word: str, country: str) -> Iterator[Listed]:
    """By its code or name before its aliases; of equals the country's own."""
    found = [each for each in LISTED if word in each.words] if word else []
    yield from sorted(found, key=lambda each: (each.words.index(word) > 1, country not in each.countries))


def _rank(each: Listed, wanted: str, country: str) -> int:
    """How likely a carrier is meant, the likelier the lower; `_NOT_MEANT` where it is not."""
    is_at_home = country in each.countries or any(country == home for home, _ in each.local)
    words = [word for home, word in each.local if home == country]
    if wanted in words:
        return 0
    words += each.words
    if not wanted:
        return _AT_HOME if is_at_home else _NOT_MEANT
    begun = [len(word) - len(wanted) for word in words if word.startswith(wanted)]
    if begun:
        # The shorter the rest, the likelier: "ev" is rather Evri than Evri Corporate.
        return (_AT_HOME if is_at_home else _ABROAD) + min(begun)
    is_within = any(wanted in word for word in words)
    return _WITHIN - is_at_home if is_within else _NOT_MEANT
