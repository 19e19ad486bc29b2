"""How our codes and Amazon's read on screen, and how loud they are. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision, is_currency

from commerce.models import OrderStatus
from integration.models import ImportState

LOCALE = "en_US"
UNKNOWN = "–"

# Red is only for what needs a person now.
_STATE_TONES: Mapping[str, str] = {
    ImportState.WAITING: "info",
    ImportState.BLOCKED: "bad",
    ImportState.IMPORTED: "ok",
}
_AMAZON_TONES: Mapping[str, str] = {
    "UNSHIPPED": "warn",
    "PARTIALLY_SHIPPED": "warn",
    "SHIPPED": "ok",
    "UNFULFILLABLE": "warn",
}
_COMMERCE_TONES: Mapping[str, str] = {
    OrderStatus.PENDING: "info",
    OrderStatus.PROCESSING: "info",
    OrderStatus.ON_HOLD: "warn",
    OrderStatus.COMPLETE: "ok",
}
# Amazon's old interface wrote these words in one.
_OLD_WORDS: Mapping[str, str] = {
    "PartiallyShipped": "Partially shipped",
    "PendingAvailability": "Pending availability",
}


@dataclass(frozen=True, slots=True)
class Pill:
    """A word with a color. `title` is the word as the system it comes from writes it."""

    words: str
    tone: str = ""
    title: str = ""


def sentence(code: str) -> str:
    """PARTIALLY_SHIPPED as "Partially shipped"; what is not a code stays as it is."""
    if code in _OLD_WORDS:
        return _OLD_WORDS[code]
    return code.replace("_", " ").capitalize() if code.isupper() else code


def amazon_status(status: str) -> Pill:
    """Amazon's word for an order."""
    return Pill(sentence(status) or UNKNOWN, _AMAZON_TONES.get(status, ""), status)


def import_state(state: str) -> Pill:
    """Our word for what became of an order."""
    return Pill(ImportState(state).label, _STATE_TONES.get(state, ""), state)


def commerce_status(status: str, custom_status: str = "") -> Pill:
    """A Commerce order's status; the shop's own word for it goes before."""
    return Pill(custom_status or OrderStatus(status).label, _COMMERCE_TONES.get(status, ""), status)


def money(amount: Decimal | None, currency: str) -> str:
    """`$1,234.50`; an amount in no known currency keeps its code, an unknown amount is a dash."""
    if amount is None:
        return UNKNOWN
    if not is_currency(currency):
        return f"{amount.normalize():f} {currency}".strip()
    digits = get_currency_precision(currency)
    is_exact = amount == round(amount, digits)
    return str(
        format_currency(
            amount, currency, locale=LOCALE, currency_digits=is_exact, decimal_quantization=is_exact
        )
    )


def plain_amount(amount: Decimal | None) -> str:
    """An amount as a form shows it: `12.5` for 12.5000."""
    return "" if amount is None else f"{amount.normalize():f}"


def amount_in(amount: Decimal | None, currency: str) -> str:
    """An amount as a form of that currency shows it: `12.50`; with more digits where it has them."""
    if amount is None or not is_currency(currency):
        return plain_amount(amount)
    digits = get_currency_precision(currency)
    return f"{amount:.{digits}f}" if amount == round(amount, digits) else plain_amount(amount)


def utc(at: datetime) -> str:
    """`Nov 23, 2026, 03:18 UTC`: what stands on a page until the browser writes its own time."""
    return f"{at.astimezone(UTC):%b %-d, %Y, %H:%M} UTC"


def day(at: datetime) -> str:
    """`Nov 23, 2026`, in UTC."""
    return f"{at.astimezone(UTC):%b %-d, %Y}"


def duration(span: timedelta) -> str:
    """`under a minute`, `5 min`, `2 h 10 min`, `3 days`: rounded to what a person plans by."""
    minutes = round(span.total_seconds() / 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest and hours < 10 else f"{hours} h"
    return counted(round(minutes / 1440), "day")


def ship_clock(ship_by: datetime, now: datetime) -> Pill:
    """How long is left to ship; red once it is too late, amber within a day."""
    left = ship_by - now
    if left < timedelta(0):
        return Pill(f"Late by {duration(-left)}", "bad", f"ship by {utc(ship_by)}")
    tone = "warn" if left < timedelta(hours=24) else ""
    return Pill(f"{duration(left)} left", tone, f"ship by {utc(ship_by)}")


def rate(per_second: float) -> str:
    """`2 a second`, `30 a minute`, `20.2 an hour`."""
    for seconds, unit in ((1, "a second"), (60, "a minute"), (3600, "an hour")):
        if per_second * seconds >= 1 or seconds == 3600:
            return f"{per_second * seconds:.3g} {unit}"
    raise AssertionError("an hour fits every rate")


def counted(number: int, one: str, many: str = "") -> str:
    """`1 order`, `1,234 orders`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def up_to(number: int, most: int) -> str:
    """`1,000+` for a number that was counted no further than one more than `most`."""
    return f"{most:,}+" if number > most else f"{number:,}"


@dataclass(frozen=True, slots=True)
class NextStep:
    """`tone`: bad asks for a person now."""

    text: str
    tone: str = ""
