"""What a line of a product file would change, told before it does, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from backoffice.pages.frame import words
from commerce.catalog import product_queries, products, uploads
from commerce.catalog.file_lines import ProductLine
from commerce.models import LineOutcome, Product, ProductImportLine

_NAMES: Mapping[str, str] = {
    "name": "Name",
    "price": "Price",
    "currency": "Currency",
    "is_enabled": "Enabled",
    "manage_stock": "Manage stock",
    "out_of_stock_threshold": "Out-of-stock threshold",
}


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One value; `before` is empty where there was none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of the file on screen. `is_known`: the product is in the catalog."""

    line: int
    sku: str
    word: str
    tone: str
    is_known: bool
    changes: tuple[ShownChange, ...] = ()
    reason: str = ""


def of_preview(rows: Sequence[ProductImportLine]) -> list[ShownLine]:
    """What each line would change. Two statements."""
    known = products.find_by_skus({row.sku for row in rows})
    stock = {
        (found.product.sku, at.source): at.on_hand
        for found in product_queries.with_stock(list(known.values()))
        for at in found.stock
    }
    return [_preview(row, known.get(row.sku), stock) for row in rows]


def _preview(
    row: ProductImportLine, product: Product | None, stock: Mapping[tuple[str, str], int]
) -> ShownLine:
    if row.outcome:
        return _left_out(row)
    line = uploads.line_of(row)
    changes = _changes(line, product, stock)
    word, tone = ("New", "ok") if product is None else ("Changed", "info") if changes else ("The same", "")
    return ShownLine(row.line, row.sku, word, tone, product is not None, changes)


def _changes(
    line: ProductLine, product: Product | None, stock: Mapping[tuple[str, str], int]
) -> tuple[ShownChange, ...]:
    currency = product.currency if product is not None else ""
    found = []
    for field, name in _NAMES.items():
        said, was = getattr(line, field), getattr(product, field, None)
        if said is not None and said != was:
            found.append(ShownChange(name, _word(was, currency), _word(said, line.currency or currency)))
    if line.on_hand is not None:
        counted = stock.get((line.sku, line.source))
        if counted != line.on_hand:
            found.append(ShownChange(f"On hand at {line.source}", _word(counted), _word(line.on_hand)))
    return tuple(found)


def _word(value: Any, currency: str = "") -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return words.money(value, currency) if isinstance(value, Decimal) else str(value)


def of_outcomes(rows: Sequence[ProductImportLine], tones: Mapping[str, str]) -> list[ShownLine]:
    """What became of each line, in its own words."""
    return [
        _left_out(row) if row.outcome == LineOutcome.BAD else _outcome(row, tones.get(row.outcome, ""))
        for row in rows
    ]


def _outcome(row: ProductImportLine, tone: str) -> ShownLine:
    word = LineOutcome(row.outcome).label if row.outcome else "Waiting"
    changes = _changes(uploads.line_of(row), None, {})
    return ShownLine(row.line, row.sku, word, tone, bool(row.outcome), changes)


def _left_out(row: ProductImportLine) -> ShownLine:
    return ShownLine(row.line, row.sku, LineOutcome.BAD.label, "bad", False, reason=row.reason)
