"""Import of a product file: the good lines go in, the bad ones are named."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice

from django.db import transaction

from commerce import catalog, product_lines, stock_counts
from commerce.catalog import PriceNeedsCurrency, ProductRow
from commerce.models import MovementReason
from commerce.product_lines import BadLine, ProductLine, UnreadableFile
from commerce.stock_counts import Count

__all__ = ["BadLine", "Imported", "Refused", "UnreadableFile", "import_file"]

# A transaction's worth: locks are short, and an import that is broken off is simply run again.
SKUS_PER_BATCH = 500


@dataclass(frozen=True, slots=True)
class Imported:
    """How many products were made, changed and left as they were, and the lines that were left out."""

    created: int
    updated: int
    unchanged: int
    bad: tuple[BadLine, ...]


class Refused(Exception):
    """Strict, and some lines are bad: nothing was written."""

    def __init__(self, bad: tuple[BadLine, ...]) -> None:
        super().__init__(f"{len(bad)} bad lines: nothing was imported")
        self.bad = bad


class _Left(Exception):
    """These lines cannot go in; the others can."""

    def __init__(self, bad: Sequence[BadLine]) -> None:
        super().__init__()
        self.bad = bad


def import_file(content: bytes, *, now: datetime, by: str = "", strict: bool = False) -> Imported:
    """Take over a CSV file. `strict` refuses it whole for one bad line.

    Raises product_lines.UnreadableFile and Refused, both with nothing written.
    """
    lines, bad = product_lines.parse(content)
    good, contradictions = _without_contradictions(lines)
    bad += contradictions
    if not strict:
        return _import(good, bad, now, by)
    if bad:
        raise Refused(_in_order(bad))
    with transaction.atomic():
        imported = _import(good, [], now, by)
        if imported.bad:
            raise Refused(imported.bad)
    return imported


def _without_contradictions(lines: Iterable[ProductLine]) -> tuple[list[ProductLine], list[BadLine]]:
    """Leave out lines that say something else of a SKU, or count it at a source, than an earlier line."""
    good: list[ProductLine] = []
    bad: list[BadLine] = []
    said: dict[tuple[str, str], tuple[object, int]] = {}
    for line in lines:
        facts = _facts(line)
        clash = next((key for key, value in facts.items() if said.get(key, (value, 0))[0] != value), None)
        if clash is not None:
            what, before = clash[1], said[clash][1]
            bad.append(BadLine(line.line, f"{what} differs from line {before} of the same sku"))
            continue
        for key, value in facts.items():
            said.setdefault(key, (value, line.line))
        good.append(line)
    return good, bad


def _facts(line: ProductLine) -> dict[tuple[str, str], object]:
    facts: dict[str, str | Decimal | bool | int | None] = {
        "name": line.name,
        "price": line.price,
        "currency": line.currency,
        "enabled": line.is_enabled,
        "manage_stock": line.manage_stock,
        f"on_hand at {line.source}": line.on_hand,
    }
    return {(line.sku, what): value for what, value in facts.items() if value is not None}


def _import(lines: Sequence[ProductLine], bad: Sequence[BadLine], now: datetime, by: str) -> Imported:
    created = updated = unchanged = 0
    left_out = list(bad)
    for batch in _batches(lines):
        done = _import_batch(batch, left_out, now, by)
        created, updated, unchanged = created + done[0], updated + done[1], unchanged + done[2]
    return Imported(created, updated, unchanged, _in_order(left_out))


def _batches(lines: Iterable[ProductLine]) -> Iterator[list[ProductLine]]:
    """Batches that keep all lines of a SKU together."""
    by_sku: dict[str, list[ProductLine]] = {}
    for line in lines:
        by_sku.setdefault(line.sku, []).append(line)
    groups = iter(by_sku.values())
    while batch := list(islice(groups, SKUS_PER_BATCH)):
        yield [line for group in batch for line in group]


def _import_batch(
    lines: list[ProductLine], left_out: list[BadLine], now: datetime, by: str
) -> tuple[int, int, int]:
    """Write a batch; where the database finds lines that are bad, once more without them."""
    while True:
        try:
            with transaction.atomic():
                return _write(lines, now, by)
        except _Left as left:
            left_out += left.bad
            numbers = {bad.line for bad in left.bad}
            lines = [line for line in lines if line.line not in numbers]


def _write(lines: Sequence[ProductLine], now: datetime, by: str) -> tuple[int, int, int]:
    try:
        products = catalog.upsert_products(_rows(lines), now=now, by=by)
    except PriceNeedsCurrency as missing:
        priced = [line for line in lines if line.sku in missing.skus and line.price is not None]
        raise _Left([BadLine(line.line, "price has no currency") for line in priced]) from missing
    counted = [line for line in lines if line.on_hand is not None]
    ids = {sku: product.pk for sku, product in catalog.find_by_skus({line.sku for line in counted}).items()}
    result = stock_counts.take(
        [Count(ids[line.sku], line.source, line.on_hand or 0) for line in counted],
        now=now,
        by=by,
        reason=MovementReason.IMPORT,
    )
    if result.refused:
        line_of = {(ids[line.sku], line.source): line.line for line in counted}
        raise _Left(
            [
                BadLine(line_of[refusal.count.product_id, refusal.count.source_code], str(refusal))
                for refusal in result.refused
            ]
        )
    skus = {pk: sku for sku, pk in ids.items()}
    restocked = {skus[count.product_id] for count in result.changed} & set(products.unchanged)
    return (
        len(products.created),
        len(products.updated) + len(restocked),
        len(products.unchanged) - len(restocked),
    )


def _rows(lines: Iterable[ProductLine]) -> list[ProductRow]:
    """One row per SKU, with what any of its lines says."""
    rows: dict[str, ProductRow] = {}
    for line in lines:
        before = rows.get(line.sku, ProductRow(sku=line.sku))
        rows[line.sku] = ProductRow(
            sku=line.sku,
            name=line.name or before.name,
            price=before.price if line.price is None else line.price,
            currency=line.currency or before.currency,
            is_enabled=before.is_enabled if line.is_enabled is None else line.is_enabled,
            manage_stock=before.manage_stock if line.manage_stock is None else line.manage_stock,
        )
    return list(rows.values())


def _in_order(bad: Iterable[BadLine]) -> tuple[BadLine, ...]:
    return tuple(sorted(bad, key=lambda line: line.line))
