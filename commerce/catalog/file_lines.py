"""The lines of a product file: read, checked, each with a clear reason where it is bad. No database here."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import get_currency_precision, list_currencies

from sheets import cells, uploads
from sheets.cells import NO_SIGN, DamagedCell
from sheets.uploads import UnreadableUpload

COLUMNS = (
    "sku", "name", "price", "currency", "enabled", "manage_stock", "source", "on_hand",
    "out_of_stock_threshold",
)  # fmt: skip
DEFAULT_SOURCE = "default"
_CURRENCIES = list_currencies("en")
_WORDS = {
    **dict.fromkeys(("true", "yes", "y", "1", "on", "enabled"), True),
    **dict.fromkeys(("false", "no", "n", "0", "off", "disabled"), False),
}
_OTHER_NAMES = {
    **dict.fromkeys(("seller_sku", "商品コード", "出品者sku", "品番"), "sku"),
    **dict.fromkeys(("product_name", "item_name", "商品名"), "name"),
    **dict.fromkeys(("価格", "販売価格"), "price"),
    **dict.fromkeys(("通貨",), "currency"),
    **dict.fromkeys(("在庫数", "在庫"), "on_hand"),
}
_NUMBERS = ("price", "on_hand", "out_of_stock_threshold")
_POINT_ZERO = re.compile(r"[0-9]+[.,]0+")
_DECIMAL_COMMA = re.compile(r"[0-9]+,[0-9]{2}")
# PostgreSQL's integer; SQLite would take more and fail only in production.
_MOST_UNITS = 2**31 - 1
_PRICE_DIGITS, _PRICE_PLACES = 16, 4


class UnreadableFile(ValueError):
    """Nothing of the file can be taken over; the text is one line."""


class _BadValue(ValueError):
    """What is wrong with one line."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was left out, and why. `line` counts from 1, the header included."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductLine:
    """One good line; None is "not said"."""

    line: int
    sku: str
    name: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    is_enabled: bool | None = None
    manage_stock: bool | None = None
    source: str = DEFAULT_SOURCE
    on_hand: int | None = None
    out_of_stock_threshold: int | None = None


def parse(content: bytes) -> tuple[list[ProductLine], list[BadLine]]:
    """Read a CSV file, separated by comma, semicolon or tab. Raises UnreadableFile."""
    rows = _rows(_decode(content))
    _, header = next(rows, (1, []))
    columns = _columns(header)
    good: list[ProductLine] = []
    bad: list[BadLine] = []
    for number, row in rows:
        try:
            if any(cell.strip() for cell in row):
                good.append(_line(number, columns, row))
        except _BadValue as reason:
            bad.append(BadLine(number, str(reason)))
    return good, bad


def _decode(content: bytes) -> str:
    try:
        text = uploads.read(content)
    except UnreadableUpload as broken:
        raise UnreadableFile(str(broken)) from broken
    if not text.strip():
        raise UnreadableFile("the file is empty")
    return text


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with the number of the line they begin on."""
    told = uploads.without_hint(text)
    skipped = text.count("\n") - told.count("\n")
    reader = csv.reader(io.StringIO(told, newline=""), delimiter=uploads.delimiter(told))
    begin = 1 + skipped
    try:
        for row in reader:
            yield begin, row
            # By the reader's own count: a quoted cell may run over several lines of the file.
            begin = reader.line_num + 1 + skipped
    except csv.Error as broken:
        raise UnreadableFile(f"line {begin}: {broken}") from broken


def _columns(header: Sequence[str]) -> list[str]:
    headings = [cells.heading(cell) for cell in header]
    columns = [_OTHER_NAMES.get(heading, heading) for heading in headings]
    while columns and not columns[-1]:
        columns.pop()
    if "sku" not in columns:
        raise UnreadableFile(f"the first line must name the columns, sku among them: {','.join(COLUMNS)}")
    for column in columns:
        if NO_SIGN in column:
            raise UnreadableFile(f"the signs of the first line cannot be read for certain: {uploads.SAVE_AS}")
        if column not in COLUMNS:
            raise UnreadableFile(f"the column {column[:50]!r} is not known; columns are {','.join(COLUMNS)}")
        if columns.count(column) > 1:
            raise UnreadableFile(f"the column {column!r} stands there twice")
    return columns


def _line(number: int, columns: Sequence[str], told: Sequence[str]) -> ProductLine:
    for column, value in zip(columns, told, strict=False):
        if "\x00" in value:
            raise _BadValue(f"{column} holds a NUL byte")
        # One quotation mark too few swallows the rest of the file into one cell: named here, instead of
        # thousands of missing products.
        if "\n" in value.strip() or "\r" in value.strip():
            raise _BadValue(f"{column} runs over several lines; is a quotation mark missing?")
    # A line that was cut short does not mean its missing values to be empty.
    if len(told) < len(columns) or any(cell.strip() for cell in told[len(columns) :]):
        raise _BadValue(f"{len(told)} values for {len(columns)} columns")
    return _values(
        number, {column: _cleaned(column, cell) for column, cell in zip(columns, told, strict=False)}
    )


def _cleaned(column: str, cell: str) -> str:
    """The value without what a spreadsheet adds to it."""
    try:
        value = cells.sku(cell, column) if column == "sku" else cells.words(cell, column)
    except DamagedCell as damaged:
        raise _BadValue(str(damaged)) from damaged
    # 123 may have been meant, and 123.0 would be another product.
    if column == "sku" and _POINT_ZERO.fullmatch(value):
        raise _BadValue(f"sku {_shown(value)} looks like a spreadsheet's number: format the column as text")
    if column in _NUMBERS:
        return value.removesuffix(".0").removesuffix(".00") if column != "price" else _decimal(value)
    return value


def _decimal(value: str) -> str:
    """12,50 is 12.50; 1,250 may be either."""
    return value.replace(",", ".") if _DECIMAL_COMMA.fullmatch(value) else value


def _values(number: int, values: Mapping[str, str]) -> ProductLine:
    sku = _text(values, "sku", 255)
    if sku is None:
        raise _BadValue("sku is empty")
    currency = _currency(values)
    return ProductLine(
        line=number,
        sku=sku,
        name=_text(values, "name", 500),
        price=_price(values, currency),
        currency=currency,
        is_enabled=_flag(values, "enabled"),
        manage_stock=_flag(values, "manage_stock"),
        source=_text(values, "source", 64) or DEFAULT_SOURCE,
        on_hand=_units(values, "on_hand"),
        out_of_stock_threshold=_units(values, "out_of_stock_threshold"),
    )


def _text(values: Mapping[str, str], column: str, at_most: int) -> str | None:
    value = values.get(column, "")
    if len(value) > at_most:
        raise _BadValue(f"{column} is longer than {at_most} characters")
    return value or None


def _currency(values: Mapping[str, str]) -> str | None:
    value = values.get("currency", "").upper()
    if value and value not in _CURRENCIES:
        raise _BadValue(f"currency {_shown(value)} is not known")
    return value or None


def _price(values: Mapping[str, str], currency: str | None) -> Decimal | None:
    value = values.get("price", "")
    if not value:
        return None
    # Decimal itself would also take "1_000", "Infinity" and digits of other scripts.
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)", value):
        raise _BadValue(f"price {_shown(value)} is not a number")
    whole, _, places = value.lstrip("+-").partition(".")
    if value.startswith("-") and any(digit in "123456789" for digit in value):
        raise _BadValue(f"price {_shown(value)} is negative")
    if len(whole.lstrip("0")) > _PRICE_DIGITS:
        raise _BadValue(f"price {_shown(value)} is too large")
    most = get_currency_precision(currency) if currency else _PRICE_PLACES
    if len(places.rstrip("0")) > most:
        raise _BadValue(f"price {_shown(value)} has more than {most} decimals")
    return abs(Decimal(value))


def _flag(values: Mapping[str, str], column: str) -> bool | None:
    value = values.get(column, "")
    if value and value.lower() not in _WORDS:
        raise _BadValue(f"{column} {_shown(value)} is neither true nor false")
    return _WORDS[value.lower()] if value else None


def _units(values: Mapping[str, str], column: str) -> int | None:
    value = values.get(column, "")
    if not value:
        return None
    if re.fullmatch(r"-[0-9]+", value):
        raise _BadValue(f"{column} {_shown(value)} is negative")
    if not re.fullmatch(r"\+?[0-9]+", value):
        raise _BadValue(f"{column} {_shown(value)} is not a whole number")
    # The length first: `int` of a million digits takes minutes.
    if len(value.lstrip("+0")) > 10 or int(value) > _MOST_UNITS:
        raise _BadValue(f"{column} {_shown(value)} is too large")
    return int(value)


def _shown(value: str) -> str:
    """A value in an error text, cut short."""
    return repr(value if len(value) <= 40 else f"{value[:40]}...")
