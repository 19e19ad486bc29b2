"""When a parcel left: a day as people write it, in the time zone of the store, made a moment. Pure.

A shipment is never before the purchase and never in the future: Amazon counts lateness by it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from amazon_orders import marketplaces

Said = date | datetime
# How far ahead another one's clock may be.
CLOCKS_DIFFER_BY = timedelta(minutes=5)
EXAMPLE = "2026-11-20"
_MINUTE = timedelta(minutes=1)
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_COMPACT = re.compile(r"(20\d{2})(\d{2})(\d{2})")
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_YEAR_LAST = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})")
_TIME = re.compile(
    r"[\sT]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?", re.IGNORECASE
)
# What a spreadsheet holds for a day of 2009 to 2064: without its system (1900, 1904) it is no day.
_SERIAL = re.compile(r"[45]\d{4}(\.\d+)?")


class BadDay(ValueError):
    """It is no day, or none on which the parcel can have left; the text is a sentence without its end."""


@dataclass(frozen=True, slots=True)
class ShipDays:
    """The days on which a parcel of an order can have left."""

    zone: tzinfo
    purchased_at: datetime
    now: datetime

    @property
    def today(self) -> date:
        """Today, in the store's time zone."""
        return self.now.astimezone(self.zone).date()

    @property
    def earliest(self) -> date:
        """The day of the purchase; today where the purchase seems to lie in the future."""
        return min(self.purchased_at.astimezone(self.zone).date(), self.today)

    def day_of(self, moment: datetime) -> date:
        """The day of a moment, in the store's time zone."""
        return moment.astimezone(self.zone).date()

    def moment(self, said: Said) -> datetime:
        """The moment that is told to Amazon. Raises BadDay.

        A day is its noon, or what is nearest to it of the time between purchase and now.
        """
        if isinstance(said, datetime):
            return self._moment_of(said)
        if said > self.today:
            raise BadDay(
                f"the ship date {said} lies in the future: it is {self.today} in the store's time zone"
            )
        if said < self.earliest:
            raise BadDay(f"the ship date {said} lies before the purchase, which was on {self.earliest}")
        noon = datetime.combine(said, time(12), self.zone).astimezone(UTC)
        return max(min(noon, self.now), min(self.purchased_at, self.now))

    def _moment_of(self, said: datetime) -> datetime:
        at = (said if said.tzinfo else said.replace(tzinfo=self.zone)).astimezone(UTC)
        if at > self.now + CLOCKS_DIFFER_BY:
            raise BadDay(f"the ship date {self._shown(at)} lies in the future")
        # Who writes minutes leaves out the seconds of the purchase.
        if at < self.purchased_at - _MINUTE and at < self.now - _MINUTE:
            bought = self._shown(self.purchased_at)
            raise BadDay(f"the ship date {self._shown(at)} lies before the purchase, which was at {bought}")
        return min(max(at, self.purchased_at), self.now)

    def _shown(self, at: datetime) -> str:
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}"


def zone_of(marketplace_id: str) -> tzinfo:
    """The time zone of a store's days; UTC for a shop that is none of Amazon's."""
    try:
        return marketplaces.zone_of(marketplace_id)
    except marketplaces.UnknownMarketplace:
        return UTC


def read(text: str) -> Said:
    """A day or a time as people and spreadsheets write it. Raises BadDay where it is not certain."""
    told = text.strip()
    found = _TIME.search(told)
    if found is None or found.end() != len(told):
        return _day(told)
    day = _day(told[: found.start()])
    # A spreadsheet adds midnight to what was a day.
    if not found[4] and (int(found[1]), int(found[2]), int(found[3] or 0)) == (0, 0, 0):
        return day
    try:
        clock = time(int(found[1]), int(found[2]), int(found[3] or 0), tzinfo=_offset(found[4] or ""))
        moment = datetime.combine(day, clock)
        return moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        raise _no_day(text) from None


def _offset(text: str) -> tzinfo | None:
    if not text:
        return None
    if text.upper() in ("Z", "UTC"):
        return UTC
    digits = text[1:].replace(":", "")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-span if text[0] == "-" else span)


def _day(text: str) -> date:
    if found := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
        return _date(text, found[1], found[2], found[3])
    if found := _DOTTED.fullmatch(text):
        return _date(text, found[3], found[2], found[1])
    if found := _YEAR_LAST.fullmatch(text):
        return _year_last(text, found[1], found[3], found[4])
    if _SERIAL.fullmatch(text):
        raise BadDay(f"{text!r} is a spreadsheet's number for a day: write it as {EXAMPLE}")
    raise _no_day(text)


def _year_last(text: str, first: str, second: str, year: str) -> date:
    """11/28/2026 and 28/11/2026 are certain, 03/04/2026 is not."""
    if int(first) == int(second) or int(second) > 12:
        return _date(text, year, first, second)
    if int(first) > 12:
        return _date(text, year, second, first)
    raise BadDay(f"{text!r} can be two days: write it as {EXAMPLE}")


def _date(text: str, year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise _no_day(text) from None


def _no_day(text: str) -> BadDay:
    return BadDay(f"{text[:30]!r} is no day such as {EXAMPLE}")
