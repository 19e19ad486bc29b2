"""What the living shop sells, and the catalog its merchant keeps for it.

The two do not quite agree, on purpose: some SKUs are missing from the catalog, some are disabled, sold
out or scarce. `python -m sandbox.catalog --seed 1 > products.csv` writes the catalog
in the columns that `import_products` reads.
"""

import argparse
import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Literal, TextIO

from sandbox.marketplaces import Marketplace

Flaw = Literal["absent", "disabled", "sold_out", "scarce"]
COLUMNS = ("sku", "name", "price", "currency", "enabled", "manage_stock", "source", "on_hand")
SOURCE = "default"
SCARCE_ON_HAND = 1

_PER_DOLLAR = {"USD": "1", "CAD": "1.35", "MXN": "18", "GBP": "0.8", "EUR": "0.95", "JPY": "150"}
_PREFIXES = {"na": ("HP", "USD"), "eu": ("LL", "EUR"), "fe": ("KL", "JPY")}
_FLAWS: tuple[Flaw, ...] = ("absent", "absent", "disabled", "disabled", "sold_out", "scarce")
_WARES = (
    (
        "MUG",
        "Stoneware mug 350 ml",
        "Becher aus Steinzeug 350 ml",
        "Taza de gres 350 ml",
        "ストーンウェア マグ 350 ml",
        "14",
    ),
    ("TEAPOT", "Cast-iron teapot", "Teekanne aus Gusseisen", "Tetera de hierro fundido", "鋳鉄の急須", "42"),
    (
        "TOWEL",
        "Linen tea towel, set of 2",
        "Geschirrtuch aus Leinen, 2er-Set",
        "Paño de lino, 2 piezas",
        "リネンふきん 2枚組",
        "19",
    ),
    (
        "BOARD",
        "Walnut cutting board",
        "Schneidebrett aus Nussholz",
        "Tabla de nogal",
        "ウォルナットまな板",
        "36",
    ),
    ("KNIFE", "Santoku knife 17 cm", "Santokumesser 17 cm", "Cuchillo santoku 17 cm", "三徳包丁 17cm", "64"),
    (
        "CANDLE",
        "Beeswax candles, 4 pieces",
        "Bienenwachskerzen, 4 Stück",
        "Velas de cera, 4 piezas",
        "蜜蝋キャンドル 4本",
        "17",
    ),
    ("LAMP", "Reading lamp, brass", "Leselampe, Messing", "Lámpara de lectura, latón", "真鍮の読書灯", "89"),
    (
        "THROW",
        "Wool throw 130 × 180",
        "Wolldecke 130 × 180",
        "Manta de lana 130 × 180",
        "ウールスロー 130×180",
        "79",
    ),
    ("PEN", "Fountain pen, fine", "Füllfederhalter, fein", "Pluma fuente, fina", "万年筆 細字", "28"),
    ("NOTE", 'Notebook A5 "Grid"', "Notizbuch A5 „Raster“", "Cuaderno A5 «Cuadrícula»", "A5ノート 方眼", "9"),
    ("VASE", "Glass vase, smoke", "Glasvase, rauchgrau", "Florero de vidrio", "ガラス花瓶 スモーク", "33"),
    ("BASKET", "Willow basket", "Weidenkorb", "Canasta de mimbre", "柳のかご", "27"),
    ("CLOCK", "Wall clock, oak", "Wanduhr, Eiche", "Reloj de pared, roble", "オーク掛け時計", "58"),
    (
        "SOAP",
        "Olive oil soap, 3 bars",
        "Olivenölseife, 3 Stück",
        "Jabón de oliva, 3 barras",
        "オリーブ石けん 3個",
        "11",
    ),
)


@dataclass(frozen=True)
class Ware:
    sku: str
    asin: str
    titles: dict[str, str]
    """By language."""
    dollars: Decimal
    home_currency: str
    flaw: Flaw | None
    is_stock_managed: bool
    on_hand: int

    def title(self, where: Marketplace) -> str:
        return self.titles.get(where.language[:2], self.titles["en"])

    def price(self, where: Marketplace) -> Decimal:
        return _price(self.dollars, where.currency)


def wares(seed: int, group: str) -> list[Ware]:
    """The wares of one seller (na, eu, fe); the flawed ones come last."""
    random = Random(f"{seed}:wares:{group}")
    flaws: list[Flaw | None] = [*[None] * (len(_WARES) - len(_FLAWS)), *_FLAWS]
    rows = random.sample(_WARES, len(_WARES))
    return [_ware(row, flaw, group, random) for row, flaw in zip(rows, flaws, strict=True)]


def catalog(seed: int) -> Iterator[dict[str, str]]:
    """The merchant's products as rows of `COLUMNS`; the absent ones are not there."""
    for group in _PREFIXES:
        for ware in wares(seed, group):
            if ware.flaw != "absent":
                yield _row(ware)


def write_catalog(seed: int, file: TextIO) -> int:
    """Write the CSV; tells how many products it holds."""
    rows = list(catalog(seed))
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return len(rows)


def _ware(row: tuple[str, str, str, str, str, str], flaw: Flaw | None, group: str, random: Random) -> Ware:
    code, english, german, spanish, japanese, dollars = row
    prefix, currency = _PREFIXES[group]
    on_hand = {"sold_out": 0, "scarce": SCARCE_ON_HAND}.get(flaw or "", random.randint(40_000, 90_000))
    return Ware(
        sku=f"{prefix}-{code}-{random.randint(1, 99):02d}",
        asin=f"B0{random.choice('789BCD')}{random.randint(0, 9_999_999):07d}",
        titles={"en": english, "de": german, "es": spanish, "ja": japanese},
        dollars=Decimal(dollars) + random.randint(0, 4),
        home_currency=currency,
        flaw=flaw,
        is_stock_managed=flaw in ("sold_out", "scarce") or random.random() < 0.9,
        on_hand=on_hand,
    )


def _price(dollars: Decimal, currency: str) -> Decimal:
    whole = (dollars * Decimal(_PER_DOLLAR[currency])).quantize(Decimal(1))
    return whole - whole % 10 + 80 if currency == "JPY" else whole - Decimal("0.01")


def _row(ware: Ware) -> dict[str, str]:
    return {
        "sku": ware.sku,
        "name": ware.titles["en"],
        "price": str(_price(ware.dollars, ware.home_currency)),
        "currency": ware.home_currency,
        "enabled": "false" if ware.flaw == "disabled" else "true",
        "manage_stock": "true" if ware.is_stock_managed else "false",
        "source": SOURCE,
        "on_hand": str(ware.on_hand),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the catalog that fits the sandbox's living shop.")
    parser.add_argument("--seed", type=int, default=1)
    write_catalog(parser.parse_args().seed, sys.stdout)
