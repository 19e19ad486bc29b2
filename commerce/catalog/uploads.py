"""Product files that are uploaded, looked at, and then taken over line by line, whoever looks on.

The lines are read and written by `file_lines` and `file_import`; here each line is a row with an outcome,
so an import goes on wherever it was broken off, and its progress is counted from its rows.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from commerce.catalog import file_import
from commerce.catalog.file_import import Taken
from commerce.catalog.file_lines import ProductLine, UnreadableFile
from commerce.models import LineOutcome, Product, ProductImport, ProductImportLine
from paging import keyset
from paging.keyset import Ordering, Page

MOST_LINES = 50_000
LINES_A_PAGE = 50
_BY_LINE = Ordering(name="line", column="line", read=keyset.read_id, is_unique=True)
RECENT = 20
# A file that nobody has started is forgotten after a day, a finished one after three months.
UNSTARTED_FOR = timedelta(days=1)
FINISHED_FOR = timedelta(days=90)
_SAID = (
    "name", "price", "currency", "is_enabled", "manage_stock", "source", "on_hand", "out_of_stock_threshold",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is, in lines. `by_outcome` names only what there is."""

    total: int
    done: int
    by_outcome: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do: SKUs it would make, SKUs there are, lines that are left out."""

    new: int
    known: int
    bad: int

    @property
    def in_all(self) -> int:
        """Products that are made or changed, or are the same."""
        return self.new + self.known


def upload(content: bytes, *, file_name: str, token: str, by: str, now: datetime) -> ProductImport:
    """Keep a file's lines, to be looked at; the same token again gives what is there.

    Raises file_lines.UnreadableFile.
    """
    good, bad = file_import.read_catalog_file(content)
    if len(good) + len(bad) > MOST_LINES:
        raise UnreadableFile(f"the file has more than {MOST_LINES:,} lines; split it")
    if not good and not bad:
        raise UnreadableFile("the file has a heading and no lines")
    made = ProductImport(file_name=_shortened(file_name), token=token, uploaded_by=by, uploaded_at=now)
    rows = [
        *(ProductImportLine(line=line.line, sku=line.sku, said=_said(line)) for line in good),
        *(
            ProductImportLine(line=line.line, outcome=LineOutcome.BAD, reason=line.reason[:500])
            for line in bad
        ),
    ]
    try:
        with transaction.atomic():
            made.save()
            for row in rows:
                row.product_import = made
            ProductImportLine.objects.bulk_create(rows, batch_size=5_000)
    except IntegrityError:
        known = ProductImport.objects.filter(token=token).first()
        if known is None:
            raise
        return known
    return made


def _shortened(file_name: str) -> str:
    return file_name.replace("\x00", "").strip()[:150] or "products.csv"


def _said(line: ProductLine) -> dict[str, Any]:
    values = {name: getattr(line, name) for name in _SAID}
    return {
        name: f"{value:f}" if isinstance(value, Decimal) else value
        for name, value in values.items()
        if value is not None
    }


def line_of(row: ProductImportLine) -> ProductLine:
    """The line as it was read from the file."""
    said = dict(row.said)
    price = said.pop("price", None)
    return ProductLine(line=row.line, sku=row.sku, price=None if price is None else Decimal(price), **said)


def start(*, import_id: int, by: str, now: datetime) -> bool:
    """Have it taken over; False where somebody did before, or it is gone."""
    waiting = ProductImport.objects.filter(pk=import_id, started_at=None)
    return bool(waiting.update(started_by=by, started_at=now))


def discard(*, import_id: int) -> bool:
    """Forget a file that was not started; False where it was."""
    with transaction.atomic():
        waiting = ProductImport.objects.select_for_update().filter(pk=import_id, started_at=None)
        return bool(waiting.delete()[0])


def serve_batch(*, now: datetime) -> int:
    """Take over the next lines of an import that nobody else is at; gives how many, 0 where there are none.

    One transaction: the lines and their outcomes are written together, so none is taken over twice.
    """
    with transaction.atomic():
        under_way = ProductImport.objects.filter(started_at__isnull=False, finished_at=None).order_by("pk")
        found = under_way.select_for_update(skip_locked=True).first()
        if found is None:
            return 0
        rows = _next_rows(found)
        if not rows:
            found.finished_at = now
            found.save(update_fields=["finished_at"])
            return 0
        done = file_import.take_over([line_of(row) for row in rows], now=now, by=found.started_by)
        _write_outcomes(rows, done)
    return len(rows)


def _next_rows(found: ProductImport) -> list[ProductImportLine]:
    """All open lines of the next SKUs."""
    is_open = ProductImportLine.objects.filter(product_import=found, outcome="")
    skus = list(
        is_open.order_by("sku").values_list("sku", flat=True).distinct()[: file_import.SKUS_PER_BATCH]
    )
    return list(is_open.filter(sku__in=skus).order_by("line")) if skus else []


def _write_outcomes(rows: Iterable[ProductImportLine], done: Taken) -> None:
    reasons = {bad.line: bad.reason for bad in done.bad}
    decided = list(rows)
    for row in decided:
        row.outcome = _outcome(row, reasons, done)
        row.reason = reasons.get(row.line, "")[:500]
    ProductImportLine.objects.bulk_update(decided, ["outcome", "reason"])


def _outcome(row: ProductImportLine, reasons: Mapping[int, str], done: Taken) -> LineOutcome:
    if row.line in reasons:
        return LineOutcome.BAD
    if row.sku in done.created:
        return LineOutcome.CREATED
    return LineOutcome.UPDATED if row.sku in done.updated else LineOutcome.UNCHANGED


def recent() -> list[ProductImport]:
    """The newest imports."""
    return list(ProductImport.objects.order_by("-pk")[:RECENT])


def progress(import_ids: Collection[int]) -> dict[int, Progress]:
    """How far these are; one statement."""
    counts: dict[int, dict[str, int]] = {import_id: {} for import_id in import_ids}
    rows = ProductImportLine.objects.filter(product_import__in=counts).values("product_import_id", "outcome")
    for import_id, outcome, count in rows.annotate(count=Count("pk")).values_list(
        "product_import_id", "outcome", "count"
    ):
        counts[import_id][outcome] = count
    return {import_id: _progress(found) for import_id, found in counts.items()}


def _progress(counts: Mapping[str, int]) -> Progress:
    by_outcome = {str(outcome): counts[outcome] for outcome in LineOutcome.values if counts.get(outcome)}
    return Progress(total=sum(counts.values()), done=sum(by_outcome.values()), by_outcome=by_outcome)


def preview(*, import_id: int) -> Preview:
    """What it would do; two statements."""
    is_known = Exists(Product.objects.filter(sku=OuterRef("sku")))
    of_import = ProductImportLine.objects.filter(product_import=import_id)
    skus = of_import.filter(outcome="").annotate(is_known=is_known)
    counted = dict(
        skus.order_by()
        .values("is_known")
        .annotate(n=Count("sku", distinct=True))
        .values_list("is_known", "n")
    )
    return Preview(
        new=counted.get(False, 0),
        known=counted.get(True, 0),
        bad=of_import.filter(outcome=LineOutcome.BAD).count(),
    )


def lines(*, import_id: int, outcomes: Collection[str] = (), cursor: str = "") -> Page[ProductImportLine]:
    """A page of its lines in the order of the file, with these outcomes or all. One statement.

    Raises keyset.BadCursor.
    """
    found: QuerySet[ProductImportLine] = ProductImportLine.objects.filter(product_import=import_id)
    if outcomes:
        found = found.filter(outcome__in=outcomes)
    return keyset.page(found, ordering=_BY_LINE, cursor=cursor, size=LINES_A_PAGE)


def forget_old(*, now: datetime) -> int:
    """Forget what was not started, and what was finished long ago; gives how many files."""
    unstarted = ProductImport.objects.filter(started_at=None, uploaded_at__lt=now - UNSTARTED_FOR)
    finished = ProductImport.objects.filter(finished_at__lt=now - FINISHED_FOR)
    gone = [*unstarted.values_list("pk", flat=True), *finished.values_list("pk", flat=True)]
    ProductImportLine.objects.filter(product_import__in=gone).delete()
    ProductImport.objects.filter(pk__in=gone).delete()
    return len(gone)
