"""Reads a CSV of tracking numbers: which order left with whom, under which number. Pure.

Columns: order_number or amazon_order_id, carrier, tracking_number; shipped_at (a day or time of the store's
time zone, or an ISO 8601 time with its offset; empty: now); sku and quantity (empty: all that is left);
service. Lines of one order with one number are one parcel; a number that is "none" is a parcel without one.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from integration.commerce_orders import tracking_columns
from integration.commerce_orders.tracking_columns import COLUMNS, MORE_COLUMNS
from integration.outbox import ship_days
from integration.outbox.ship_days import BadDay, Said
from sheets import cells, uploads
from sheets.cells import NO_SIGN, DamagedCell

# Said rather than left out: an empty cell is a line that nobody has filled in yet.
NO_NUMBER = frozenset({"none", "no number", "no tracking", "untracked", "-"})
# One transaction ships them all: with more, its locks would keep the sync waiting.
LINES_AT_MOST = 5_000
_LONGEST = {
    "order_number": 64,
    "amazon_order_id": 64,
    "carrier": 128,
    "tracking_number": 128,
    "sku": 255,
    "service": 128,
}
_CODES = {
    "order_number": "the order number",
    "amazon_order_id": "the Amazon order id",
    "tracking_number": "the tracking number",
}
_TEXTS = ("carrier", "shipped_at", "quantity", "service")
_AMAZONS = re.compile(r"(\d{3})[\s\-–—]*(\d{7})[\s\-–—]*(\d{7})")
# What a spreadsheet makes of 2, by way of a number.
_WHOLE = re.compile(r"(\d+)[.,]0+")
# Carriers print their numbers in groups.
_GROUPS = re.compile(r"[A-Za-z0-9]+(?: +[A-Za-z0-9]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingLine:
    """One line of the file; `number` counts from 1, the heading's line. No quantity: all that is left."""

    number: int
    order_number: str
    amazon_order_id: str
    carrier: str
    tracking_number: str
    shipped: Said | None
    sku: str
    quantity: int | None
    service: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line; `line` 0 is the file as a whole."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class TrackingFile:
    """What a file says, what of it makes no sense, and the columns that nobody knows."""

    lines: tuple[TrackingLine, ...] = ()
    faults: tuple[Fault, ...] = ()
    unknown_columns: tuple[str, ...] = ()


def read_tracking_file(text: str) -> TrackingFile:
    """Read a file, separated by comma, semicolon or tab."""
    told = uploads.without_hint(text.lstrip("\ufeff").replace("\x00", ""))
    skipped = text.count("\n") - told.count("\n")
    rows = csv.reader(io.StringIO(told), delimiter=uploads.delimiter(told))
    try:
        table = [(rows.line_num + skipped, row) for row in rows if any(cell.strip() for cell in row)]
    except csv.Error as broken:
        return _unread(0, f"The file is no CSV: {broken}.")
    if not table:
        return _unread(0, "The file is empty.")
    line, headings = table[0]
    names = tracking_columns.named([cells.heading(cell) for cell in headings])
    if missing := tracking_columns.missing(names):
        why = f" Its signs cannot be read for certain: {uploads.SAVE_AS}." if _is_unclear(headings) else ""
        return _unread(line, f"The heading has no column {missing}.{why}")
    if twice := tracking_columns.twice(names):
        return _unread(line, f"The heading has two columns {twice}.")
    if len(table) - 1 > LINES_AT_MOST:
        return _unread(0, f"{len(table) - 1:,} lines are more than the {LINES_AT_MOST:,} of one file.")
    return _read_lines(names, table[1:])


def _unread(line: int, text: str) -> TrackingFile:
    return TrackingFile(faults=(Fault(line, text),))


def _is_unclear(headings: list[str]) -> bool:
    return any(NO_SIGN in heading for heading in headings)


def _read_lines(names: list[str], table: list[tuple[int, list[str]]]) -> TrackingFile:
    lines: list[TrackingLine] = []
    faults: list[Fault] = []
    for number, row in table:
        told = dict(zip(names, row, strict=False))
        damaged: dict[str, str] = {}
        values = {name: _cleaned(name, told.get(name, ""), damaged) for name in (*COLUMNS, *MORE_COLUMNS)}
        wrong = [*damaged.values(), *_faults(values, damaged)]
        shipped = _shipped(values["shipped_at"], wrong)
        if len(row) > len(names) and any(cell.strip() for cell in row[len(names) :]):
            wrong.append("there are more cells than columns")
        faults += [Fault(number, f"{text[0].upper()}{text[1:]}.") for text in wrong]
        if not wrong:
            lines.append(_line(number, values, shipped))
    unknown = tuple(name or "(no name)" for name in names if name not in (*COLUMNS, *MORE_COLUMNS))
    return TrackingFile(tuple(lines), tuple(faults), unknown)


def _cleaned(name: str, cell: str, damaged: dict[str, str]) -> str:
    try:
        if name in _TEXTS:
            return cells.words(cell, f"the {name}")
        if name == "sku":
            return cells.sku(cell, "the SKU")
        told = cells.code(cell, _CODES[name])
    except DamagedCell as why:
        damaged[name] = str(why)
        return ""
    if told.lower() in NO_NUMBER:
        return told
    if name == "amazon_order_id" and (parts := _AMAZONS.fullmatch(told)):
        return "-".join(parts.groups())
    return told.replace(" ", "") if name == "tracking_number" and _GROUPS.fullmatch(told) else told


def _shipped(text: str, wrong: list[str]) -> Said | None:
    try:
        return ship_days.read(text) if text else None
    except BadDay as bad:
        wrong.append(str(bad))
        return None


def _faults(values: Mapping[str, str], damaged: Collection[str]) -> Iterator[str]:
    # What cannot be told for certain is not called missing, too.
    is_there = {name: bool(text) or name in damaged for name, text in values.items()}
    if not is_there["order_number"] and not is_there["amazon_order_id"]:
        yield "no order is named"
    if not is_there["carrier"]:
        yield "the carrier is missing"
    if not is_there["tracking_number"]:
        yield "the tracking number is missing"
    for name, longest in _LONGEST.items():
        if len(values[name]) > longest:
            yield f"{name} has more than {longest} characters"
    quantity = _units(values)
    if quantity and not (quantity.isascii() and quantity.isdigit() and 0 < int(quantity[:9]) < 10**8):
        yield f"{quantity[:20]!r} is no quantity"
    if quantity and not is_there["sku"]:
        yield "a quantity needs a sku"


def _units(values: Mapping[str, str]) -> str:
    """The quantity, of which a spreadsheet may have made 2.0, and Japan ２."""
    told = unicodedata.normalize("NFKC", values["quantity"])
    whole = _WHOLE.fullmatch(told)
    return whole[1] if whole else told


def _line(number: int, values: Mapping[str, str], shipped: Said | None) -> TrackingLine:
    return TrackingLine(
        number=number,
        order_number=values["order_number"],
        amazon_order_id=values["amazon_order_id"],
        carrier=values["carrier"],
        tracking_number="" if values["tracking_number"].lower() in NO_NUMBER else values["tracking_number"],
        service=values["service"],
        shipped=shipped,
        sku=values["sku"],
        quantity=int(_units(values)) if values["quantity"] else None,
    )
