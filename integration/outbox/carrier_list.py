"""Amazon's carriers, out of `carriers.csv` beside this file: read once, when the module is imported.

`code` is Amazon's own spelling (the feed schema's CarrierCode, 377 values, of which eleven are no carriers);
`name`, `countries` and `aliases` are ours. An alias such as `GB=Hermes` is meant so in that country alone.
"""

import csv
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("carriers.csv")


@dataclass(frozen=True, slots=True)
class Listed:
    """One carrier of Amazon's list. `local`: country and folded word, meant there alone."""

    code: str
    name: str
    countries: frozenset[str]
    words: tuple[str, ...]
    local: frozenset[tuple[str, str]]


def fold(text: str) -> str:
    """A word as people type it: without case, accents, spaces and signs."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if sign.isalnum())


def _read() -> tuple[tuple[Listed, ...], frozenset[str]]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    carriers = tuple(_listed(row) for row in rows if row["is_a_carrier"] == "yes")
    return carriers, frozenset(row["code"] for row in rows if row["is_a_carrier"] != "yes")


def _listed(row: Mapping[str, str]) -> Listed:
    aliases = [alias for alias in row["aliases"].split(";") if alias]
    local = [alias.split("=", 1) for alias in aliases if alias[2:3] == "="]
    everywhere = [alias for alias in aliases if alias[2:3] != "="]
    name = row["name"] or row["code"]
    return Listed(
        code=row["code"],
        name=name,
        countries=frozenset(row["countries"].split()),
        words=tuple(dict.fromkeys(fold(word) for word in (row["code"], name, *everywhere))),
        local=frozenset((country, fold(word)) for country, word in local),
    )


LISTED, NO_CARRIERS = _read()
"""All carriers in Amazon's order; and the values of the list that name none, such as "Otro"."""
BY_CODE: Mapping[str, Listed] = {each.code: each for each in LISTED}
