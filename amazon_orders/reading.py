"""Reads single values out of Amazon's JSON. Pure.

A value of another form than promised is never guessed at: that would store something that Amazon did not say.
What an order cannot be without (`required`, `identifier`, `is_promised`) makes it malformed. Any other odd
value does so too, but inside of `oddities()`: there it is left out and noted.
Texts are capped and freed of NUL here: PostgreSQL refuses what SQLite lets through.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

T = TypeVar("T")

LARGEST_QUANTITY = 1_000_000
LARGEST_AMOUNT = Decimal(10) ** 15
MOST_DECIMALS = 12
# Enough to see what is wrong with an order; they are stored with it.
MOST_ODDITIES = 20
# ISO 8601 allows it for the end of a day; Python 3.11 does not read it.
_END_OF_DAY = re.compile(r"T24:00(:00(\.0+)?)?(?=Z|[+-]|$)")
_noted: ContextVar[list[str] | None] = ContextVar("oddities", default=None)


class MalformedPayload(Exception):
    """This one order cannot be read; the text says where and why and holds no personal data."""


@contextmanager
def oddities() -> Iterator[list[str]]:
    """In here an odd detail is left out instead of making its order malformed; gives what was left out."""
    found: list[str] = []
    token = _noted.set(found)
    try:
        yield found
    finally:
        _noted.reset(token)


def side(default: T, read: Callable[[], T]) -> T:
    """A detail that an order can be without: `default` where it cannot be read. Raises outside `oddities`."""
    try:
        return read()
    except MalformedPayload as odd:
        note(odd)
        return default


def each(values: list[Any], read: Callable[[Any], T]) -> list[T]:
    """Those of the values that can be read."""
    found: list[T] = []
    for value in values:
        try:
            found.append(read(value))
        except MalformedPayload as odd:
            note(odd)
    return found


def note(odd: MalformedPayload) -> None:
    """Note an odd detail. Raises it where nobody collects them."""
    found = _noted.get()
    if found is None:
        raise odd
    if str(odd) not in found and len(found) < MOST_ODDITIES:
        found.append(str(odd))


def obj(value: Any, where: str) -> Mapping[str, Any]:
    """A JSON object that must be one."""
    if not isinstance(value, Mapping):
        raise MalformedPayload(f"{where} is not an object")
    return value


def optional_obj(value: Any, where: str) -> Mapping[str, Any]:
    """A JSON object, empty where there is none."""
    return {} if value is None else side({}, lambda: obj(value, where))


def promised_array(value: Any, where: str) -> list[Any]:
    """A JSON array that must be one."""
    if not isinstance(value, list):
        raise MalformedPayload(f"{where} is not a list")
    return value


def array(value: Any, where: str) -> list[Any]:
    """A JSON array, empty where there is none."""
    return [] if value is None else side([], lambda: promised_array(value, where))


def required(container: Mapping[str, Any], key: str, where: str) -> Any:
    """A value that Amazon promises."""
    value = container.get(key)
    if value is None:
        raise MalformedPayload(f"{where} is missing")
    return value


def text(value: Any, where: str, cap: int) -> str:
    """A text of at most `cap` characters, empty where there is none."""
    return side("", lambda: _text(value, where, cap))


def _text(value: Any, where: str, cap: int) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        # Most texts are ASCII and take the short way; the detour replaces lone surrogates, which JSON
        # may hold and UTF-8 cannot.
        if "\x00" in value or not value.isascii():
            return value.replace("\x00", "").encode("utf-8", "replace").decode()[:cap].strip()
        return value[:cap].strip()
    # Identifiers have come as numbers; a boolean is an int to Python and no text to anybody.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)[:cap]
    raise MalformedPayload(f"{where} is not a text")


def identifier(container: Mapping[str, Any], key: str, cap: int = 64) -> str:
    """A text that names something: it must be there, and whole."""
    # One more than the cap, so that a longer one is seen and refused: cut, it would name something
    # else.
    value = _text(required(container, key, key), key, cap + 1)
    if not value or len(value) > cap:
        raise MalformedPayload(f"{key} is empty or longer than {cap} characters")
    return value


def quantity(value: Any, where: str) -> int:
    """A count from 0 to a million."""
    # JSON knows no integers: 2.0 is two.
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not is_whole:
        raise MalformedPayload(f"{where} is not a whole number")
    if not 0 <= value <= LARGEST_QUANTITY:
        raise MalformedPayload(f"{where} is out of range")
    return int(value)


def count(value: Any, where: str) -> int | None:
    """A count that an order can be without; None where there is none."""
    return None if value is None else side(None, lambda: quantity(value, where))


def time(value: Any, where: str) -> datetime:
    """An ISO 8601 time, aware; Amazon's carry a zone and sometimes milliseconds."""
    if not isinstance(value, str):
        raise MalformedPayload(f"{where} is not a time")
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as broken:
        raise MalformedPayload(f"{where} is not a time") from broken


def promised_time(value: Any, where: str) -> datetime:
    """A time that an order cannot be without. The end of a day, 24:00, is the beginning of the next."""
    begins = _END_OF_DAY.sub("T00:00", value.strip()) if isinstance(value, str) else value
    if begins == value or not isinstance(value, str):
        return time(value, where)
    try:
        moment = time(begins, where) + timedelta(days=1)
    except OverflowError as broken:
        raise MalformedPayload(f"{where} is not a time") from broken
    note(MalformedPayload(f"{where} is 24:00 of a day: taken for the beginning of the next"))
    return moment


def optional_time(value: Any, where: str) -> datetime | None:
    """A time, or None where there is none."""
    return None if value is None or value == "" else side(None, lambda: time(value, where))


class Money:
    """Reads amounts and remembers the currencies met."""

    def __init__(self) -> None:
        self._seen: dict[str, None] = {}

    @property
    def currencies(self) -> str:
        """The one currency; several, by comma, where Amazon mixes them."""
        return ",".join(self._seen)[:32]

    def read(self, value: Any, where: str) -> str | None:
        """Amazon's own text of the amount, or None where there is none."""
        return side(None, lambda: self._read(value, where))

    def _read(self, value: Any, where: str) -> str | None:
        money = obj({} if value is None else value, where)
        amount = money.get("amount")
        if amount is None or amount == "":
            return None
        self._remember(text(money.get("currencyCode"), where, 8).upper())
        return _amount_text(amount, where)

    def _remember(self, currency: str) -> None:
        if currency:
            self._seen.setdefault(currency)


def _amount_text(amount: Any, where: str) -> str:
    if isinstance(amount, bool) or not isinstance(amount, (str, int, float)):
        raise MalformedPayload(f"{where}: the amount is not a number")
    try:
        # By its text: a float's own value has digits that Amazon did not write.
        number = Decimal(str(amount))
    except InvalidOperation as broken:
        raise MalformedPayload(f"{where}: the amount is not a number") from broken
    # Compared, not computed with: arithmetic on an exponent of millions overflows.
    is_sane = number.is_finite() and number.copy_abs() < LARGEST_AMOUNT
    if not is_sane or int(number.as_tuple().exponent) < -MOST_DECIMALS:
        raise MalformedPayload(f"{where}: the amount is out of range")
    return str(amount).strip()


def decimal_or_none(amount: str | None) -> Decimal | None:
    """An amount as read by `Money`."""
    return None if amount is None else Decimal(amount)
