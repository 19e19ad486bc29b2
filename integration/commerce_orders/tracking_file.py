"""Reads a CSV of tracking numbers: which order left with whom, under which number. Pure.

Columns: order_number or amazon_order_id, carrier, tracking_number; shipped_at (a day or an ISO 8601 time;
empty: now); sku and quantity (empty: all that is left); service. Lines of one order with one number are one
parcel; a number that is "none" is a parcel without one.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

COLUMNS = ("order_number", "amazon_order_id", "carrier", "tracking_number", "shipped_at", "sku", "quantity")
# Read where it is there; the sheet to fill in has no room for what few parcels need.
MORE_COLUMNS = ("service",)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingLine:
    """One line of the file; `number` counts from 1, the heading's line. No quantity: all that is left."""

    number: int
    order_number: str
    amazon_order_id: str
    carrier: str
    tracking_number: str
    shipped_at: datetime | None
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


def read_tracking_file(text: str, *, now: datetime) -> TrackingFile:
    """Read a file, separated by comma, semicolon or tab."""
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff").replace("\x00", "")), delimiter=_delimiter(text))
    try:
        table = [(rows.line_num, row) for row in rows if any(cell.strip() for cell in row)]
    except csv.Error as broken:
        return TrackingFile(faults=(Fault(0, f"The file is no CSV: {broken}."),))
    if not table:
        return TrackingFile(faults=(Fault(0, "The file is empty."),))
    names = [cell.strip().lower().replace(" ", "_") for cell in table[0][1]]
    if missing := _missing(names):
        return TrackingFile(faults=(Fault(table[0][0], f"The heading has no column {missing}."),))
    if len(table) - 1 > LINES_AT_MOST:
        text = f"{len(table) - 1:,} lines are more than the {LINES_AT_MOST:,} of one file."
        return TrackingFile(faults=(Fault(0, text),))
    return _read_lines(names, table[1:], now)


def _delimiter(text: str) -> str:
    # By the heading: it holds no commas but separators, while a value may hold any.
    heading = text.partition("\n")[0]
    return max(",;\t", key=heading.count)


def _missing(names: list[str]) -> str:
    if "order_number" not in names and "amazon_order_id" not in names:
        return "order_number or amazon_order_id"
    return next((name for name in ("carrier", "tracking_number") if name not in names), "")


def _read_lines(names: list[str], table: list[tuple[int, list[str]]], now: datetime) -> TrackingFile:
    lines: list[TrackingLine] = []
    faults: list[Fault] = []
    for number, row in table:
        cells = {name: _plain(cell) for name, cell in zip(names, row, strict=False)}
        wrong = [*_faults(cells, now)]
        if len(row) > len(names) and any(cell.strip() for cell in row[len(names) :]):
            wrong.append("there are more cells than columns")
        faults += [Fault(number, f"{text[0].upper()}{text[1:]}.") for text in wrong]
        if not wrong:
            lines.append(_line(number, cells))
    unknown = tuple(name or "(no name)" for name in names if name not in (*COLUMNS, *MORE_COLUMNS))
    return TrackingFile(tuple(lines), tuple(faults), unknown)


def _plain(cell: str) -> str:
    """A cell without the apostrophe that kept a spreadsheet from taking it for a formula."""
    text = cell.strip()
    return text[1:] if text[:2] in ("'=", "'+", "'-", "'@") else text


def _faults(cells: Mapping[str, str], now: datetime) -> Iterator[str]:
    if not cells.get("order_number") and not cells.get("amazon_order_id"):
        yield "no order is named"
    if not cells.get("carrier"):
        yield "the carrier is missing"
    if not cells.get("tracking_number"):
        yield "the tracking number is missing"
    for name, longest in _LONGEST.items():
        if len(cells.get(name, "")) > longest:
            yield f"{name} has more than {longest} characters"
    quantity = cells.get("quantity", "")
    if quantity and not (quantity.isascii() and quantity.isdigit() and 0 < int(quantity[:9]) < 10**8):
        yield f"{quantity[:20]!r} is no quantity"
    if quantity and not cells.get("sku"):
        yield "a quantity needs a sku"
    moment = _moment(cells.get("shipped_at", ""))
    if cells.get("shipped_at") and moment is None:
        yield f"{cells['shipped_at'][:30]!r} is no day such as 2026-11-20"
    elif moment is not None and moment > now and moment.date() != now.astimezone(UTC).date():
        yield "shipped_at lies in the future"


def _line(number: int, cells: Mapping[str, str]) -> TrackingLine:
    return TrackingLine(
        number=number,
        order_number=cells.get("order_number", ""),
        amazon_order_id=cells.get("amazon_order_id", ""),
        carrier=cells["carrier"],
        tracking_number="" if cells["tracking_number"].lower() in NO_NUMBER else cells["tracking_number"],
        service=cells.get("service", ""),
        shipped_at=_moment(cells.get("shipped_at", "")),
        sku=cells.get("sku", ""),
        quantity=int(cells["quantity"]) if cells.get("quantity") else None,
    )


def _moment(text: str) -> datetime | None:
    """A day is its noon in UTC, a time without zone is UTC."""
    try:
        if len(text) <= len("2026-11-20"):
            return datetime.combine(date.fromisoformat(text), time(12), tzinfo=UTC)
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
