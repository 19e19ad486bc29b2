"""The measure of everything else: COPY of the same Amazon rows into the same tables, empty."""

import io
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Model

from amazon_orders.models import AmazonOrder, AmazonOrderItem, BuyerNameWord, PersonalData
from commerce.models import (
    Invoice,
    InvoiceLine,
    Order,
    OrderLine,
    OrderPersonalData,
    Reservation,
    StockMovement,
)
from integration.models import OrderImport, TimelineEvent
from tests.bench import shop

AMAZON = (AmazonOrder, AmazonOrderItem)
# All that one imported order writes, parents first; only the stock items are updated rather than made.
EVERYTHING = (
    AmazonOrder,
    AmazonOrderItem,
    PersonalData,
    BuyerNameWord,
    Order,
    OrderLine,
    OrderPersonalData,
    Invoice,
    InvoiceLine,
    Reservation,
    StockMovement,
    OrderImport,
    TimelineEvent,
)
_TIMES = 3

Dump = dict[str, str]


@dataclass(frozen=True, slots=True)
class CopySeconds:
    """Seconds for the same orders, each committed once.

    `amazon`: their Amazon rows into the real tables; `without_keys`: into tables without foreign keys;
    `everything`: every row that the pipeline writes for them.
    """

    amazon: float
    without_keys: float
    everything: float


def measure() -> CopySeconds:
    """Copy what the pipeline has just written; it is gone afterward."""
    amazon, everything = _dump(AMAZON), _dump(EVERYTHING)
    without_keys = statistics.median(_without_keys(amazon) for _ in range(_TIMES))
    return CopySeconds(
        amazon=statistics.median(_into_real_tables(amazon) for _ in range(_TIMES)),
        without_keys=without_keys,
        everything=statistics.median(_into_real_tables(everything) for _ in range(_TIMES)),
    )


def _dump(models: Sequence[type[Model]]) -> Dump:
    """The rows as COPY's own text, by table."""
    rows: Dump = {}
    with connection.cursor() as cursor:
        for model in models:
            table, buffer = model._meta.db_table, io.StringIO()
            cursor.cursor.copy_expert(f"COPY {table} TO STDOUT", buffer)
            rows[table] = buffer.getvalue()
    return rows


def _into_real_tables(rows: Dump) -> float:
    shop.clear_orders()
    return _seconds(rows)


def _without_keys(rows: Dump) -> float:
    """All columns, checks and indexes of the real tables, no foreign keys."""
    copies = {f"bench_{table}": text for table, text in rows.items()}
    with connection.cursor() as cursor:
        for table in rows:
            cursor.execute(f"DROP TABLE IF EXISTS bench_{table}")
            cursor.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
    seconds = _seconds(copies)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {', '.join(copies)}")
    return seconds


def _seconds(rows: Dump) -> float:
    started = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for table, text in rows.items():
            cursor.cursor.copy_expert(f"COPY {table} FROM STDIN", io.StringIO(text))
    return time.perf_counter() - started
