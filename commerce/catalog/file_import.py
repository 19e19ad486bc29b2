"""Import of a product file: the good lines go in, the bad ones are named."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice

from django.db import DataError, IntegrityError, transaction

from commerce.catalog import file_lines
from commerce.catalog import products as catalog
from commerce.catalog.file_lines import BadLine, ProductLine, UnreadableFile
from commerce.catalog.products import PriceNeedsCurrency, ProductRow
from commerce.models import MovementReason
from commerce.stock import counts
from commerce.stock.counts import Count

__all__ = [
    "BadLine",
    "Imported",
    "Refused",
    "Taken",
    "UnreadableFile",
    "import_file",
    "read_catalog_file",
    "take_over",
]

# A transaction's worth: locks are short, and an import that is broken off is simply run again.
SKUS_PER_BATCH = 500


@dataclass(frozen=True, slots=True)
class Imported:
    """How many products were made, changed and left as they were, and the lines that were left out."""

    created: int
    updated: int
    unchanged: int
    bad: tuple[BadLine, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """SKUs by what taking over their lines did, and the lines that were left out."""

    created: frozenset[str] = frozenset()
    updated: frozenset[str] = frozenset()
    unchanged: frozenset[str] = frozenset()
    bad: tuple[BadLine, ...] = ()

    def __add__(self, other: "Taken") -> "Taken":
        return Taken(
            self.created | other.created,
            self.updated | other.updated,
            self.unchanged | other.unchanged,
            self.bad + other.bad,
        )


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

    Raises file_lines.UnreadableFile and Refused, both with nothing written.
    """
    good, bad = read_catalog_file(content)
    if not strict:
        return _import(good, bad, now, by)
    if bad:
        raise Refused(_in_order(bad))
    with transaction.atomic():
        imported = _import(good, [], now, by)
        if imported.bad:
            raise Refused(imported.bad)
    return imported


def read_catalog_file(content: bytes) -> tuple[list[ProductLine], list[BadLine]]:
    """The lines that can be taken over, and those that cannot. Raises file_lines.UnreadableFile."""
    lines, bad = file_lines.parse(content)
    good, contradictions = _without_contradictions(lines)
    return good, [*_in_order([*bad, *contradictions])]


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
        "out_of_stock_threshold": line.out_of_stock_threshold,
        f"on_hand at {line.source}": line.on_hand,
    }
    return {(line.sku, what): value for what, value in facts.items() if value is not None}


def _import(lines: Sequence[ProductLine], bad: Sequence[BadLine], now: datetime, by: str) -> Imported:
    done = Taken(bad=tuple(bad))
    for batch in _batches(lines):
        done += take_over(batch, now=now, by=by)
    counts = (len(done.created), len(done.updated), len(done.unchanged))
    return Imported(*counts, _in_order(done.bad))


def _batches(lines: Iterable[ProductLine]) -> Iterator[list[ProductLine]]:
    """Batches that keep all lines of a SKU together."""
    by_sku: dict[str, list[ProductLine]] = {}
    for line in lines:
        by_sku.setdefault(line.sku, []).append(line)
    groups = iter(by_sku.values())
    while batch := list(islice(groups, SKUS_PER_BATCH)):
        yield [line for group in batch for line in group]


def take_over(lines: Sequence[ProductLine], *, now: datetime, by: str = "") -> Taken:
    """Write a batch that holds all lines of its SKUs, in a transaction of its own.

    Where the database finds lines that are bad, it is written once more without them; where it refuses the
    batch altogether, each SKU is written for itself.
    """
    left_out: list[BadLine] = []
    while lines:
        try:
            with transaction.atomic():
                return _write(lines, now, by) + Taken(bad=tuple(left_out))
        # Each round leaves out at least one line, so this ends.
        except _Left as left:
            left_out += left.bad
            numbers = {bad.line for bad in left.bad}
            lines = [line for line in lines if line.line not in numbers]
        except (DataError, IntegrityError) as refused:
            return _one_by_one(lines, refused, now, by) + Taken(bad=tuple(left_out))
    return Taken(bad=tuple(left_out))


def _one_by_one(lines: Sequence[ProductLine], refused: Exception, now: datetime, by: str) -> Taken:
    skus = dict.fromkeys(line.sku for line in lines)
    if len(skus) == 1:
        reason = f"the database refuses it ({type(refused).__name__})"
        return Taken(bad=tuple(BadLine(line.line, reason) for line in lines))
    done = Taken()
    for sku in skus:
        done += take_over([line for line in lines if line.sku == sku], now=now, by=by)
    return done


def _write(lines: Sequence[ProductLine], now: datetime, by: str) -> Taken:
    try:
        products = catalog.upsert_products(_rows(lines), now=now, by=by)
    except PriceNeedsCurrency as missing:
        priced = [line for line in lines if line.sku in missing.skus and line.price is not None]
        raise _Left([BadLine(line.line, "price has no currency") for line in priced]) from missing
    counted = [line for line in lines if line.on_hand is not None]
    ids = {sku: product.pk for sku, product in catalog.find_by_skus({line.sku for line in counted}).items()}
    result = counts.take(
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
    return Taken(
        created=frozenset(products.created),
        updated=frozenset(products.updated) | restocked,
        unchanged=frozenset(products.unchanged) - restocked,
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
            out_of_stock_threshold=(
                before.out_of_stock_threshold
                if line.out_of_stock_threshold is None
                else line.out_of_stock_threshold
            ),
        )
    return list(rows.values())


def _in_order(bad: Iterable[BadLine]) -> tuple[BadLine, ...]:
    return tuple(sorted(bad, key=lambda line: line.line))
