"""What a line of a product file would change, told before it does, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from commerce import catalog, product_imports, product_queries
from commerce.models import LineOutcome, Product, ProductImportLine
from commerce.product_lines import ProductLine
from integration.web import words

_NAMES: Mapping[str, str] = {
    "name": "Name",
    "price": "Price",
    "currency": "Currency",
    "is_enabled": "Enabled",
    "manage_stock": "Manage stock",
    "out_of_stock_threshold": "Kept back",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One value; `before` is empty where there was none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of the file on screen. `is_known`: the product is in the catalogue."""

    line: int
    sku: str
    word: str
    tone: str
    is_known: bool
    changes: tuple[Change, ...] = ()
    reason: str = ""


def of_preview(rows: Sequence[ProductImportLine]) -> list[Shown]:
    """What each line would change. Two statements."""
    known = catalog.find_by_skus({row.sku for row in rows})
    stock = {
        (found.product.sku, at.source): at.on_hand
        for found in product_queries.with_stock(list(known.values()))
        for at in found.stock
    }
    return [_preview(row, known.get(row.sku), stock) for row in rows]


def _preview(row: ProductImportLine, product: Product | None, stock: Mapping[tuple[str, str], int]) -> Shown:
    if row.outcome:
        return _left_out(row)
    line = product_imports.line_of(row)
    changes = _changes(line, product, stock)
    word, tone = ("New", "ok") if product is None else ("Changed", "info") if changes else ("The same", "")
    return Shown(row.line, row.sku, word, tone, product is not None, changes)


def _changes(
    line: ProductLine, product: Product | None, stock: Mapping[tuple[str, str], int]
) -> tuple[Change, ...]:
    currency = product.currency if product is not None else ""
    found = []
    for field, name in _NAMES.items():
        said, was = getattr(line, field), getattr(product, field, None)
        if said is not None and said != was:
            found.append(Change(name, _word(was, currency), _word(said, line.currency or currency)))
    if line.on_hand is not None:
        counted = stock.get((line.sku, line.source))
        if counted != line.on_hand:
            found.append(Change(f"On hand at {line.source}", _word(counted), _word(line.on_hand)))
    return tuple(found)


def _word(value: Any, currency: str = "") -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return words.money(value, currency) if isinstance(value, Decimal) else str(value)


def of_outcomes(rows: Sequence[ProductImportLine], tones: Mapping[str, str]) -> list[Shown]:
    """What became of each line, in its own words."""
    return [
        _left_out(row) if row.outcome == LineOutcome.BAD else _outcome(row, tones.get(row.outcome, ""))
        for row in rows
    ]


def _outcome(row: ProductImportLine, tone: str) -> Shown:
    word = LineOutcome(row.outcome).label if row.outcome else "Waiting"
    changes = _changes(product_imports.line_of(row), None, {})
    return Shown(row.line, row.sku, word, tone, bool(row.outcome), changes)


def _left_out(row: ProductImportLine) -> Shown:
    return Shown(row.line, row.sku, LineOutcome.BAD.label, "bad", False, reason=row.reason)
