"""A day of the store's time zone: not before the purchase, not in the future."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from integration.outbox import ship_days
from integration.outbox.ship_days import BadDay, Said, ShipDays

TOKYO, SEATTLE = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Los_Angeles")


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def clock(day: int, hour: int, minute: int) -> datetime:
    """As it is read where no offset stands."""
    return tokyo(day, hour, minute).replace(tzinfo=None)


def tokyo(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("zone", "bought", "now", "said", "moment"),
    [
        # The day it was bought, in the evening: not noon, which was before.
        (SEATTLE, utc(28, 23), utc(29, 2), date(2026, 11, 28), utc(28, 23)),
        (SEATTLE, utc(28, 18), utc(30, 2), date(2026, 11, 28), utc(28, 20)),
        # Half past eight of the next day in Tokyo, while it is still the day before in UTC.
        (TOKYO, tokyo(27, 9), tokyo(29, 8, 30), date(2026, 11, 29), tokyo(29, 8, 30)),
        (TOKYO, tokyo(27, 9), tokyo(29, 20), date(2026, 11, 28), tokyo(28, 12)),
        # Bought in the early morning of UTC, which was the evening before in Seattle.
        (SEATTLE, utc(28, 3), utc(28, 5), date(2026, 11, 27), utc(28, 3)),
        # A time without an offset is one of the store's zone.
        (TOKYO, tokyo(27, 9), tokyo(29, 20), clock(29, 8, 30), tokyo(29, 8, 30)),
        (TOKYO, tokyo(27, 9), tokyo(29, 20), utc(28, 1), utc(28, 1)),
        # A clock that is a little ahead; minutes without the purchase's seconds.
        (UTC, utc(28, 9), utc(28, 10), utc(28, 10, 4), utc(28, 10)),
        (UTC, utc(28, 9).replace(second=40), utc(28, 10), utc(28, 9), utc(28, 9).replace(second=40)),
    ],
)
def test_the_moment_of_a_day(
    zone: ZoneInfo, bought: datetime, now: datetime, said: Said, moment: datetime
) -> None:
    assert ShipDays(zone, bought, now).moment(said) == moment


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (date(2026, 11, 30), "the ship date 2026-11-30 lies in the future: it is 2026-11-29"),
        (date(2026, 11, 26), "the ship date 2026-11-26 lies before the purchase, which was on 2026-11-27"),
        (clock(29, 20, 6), "the ship date 2026-11-29 20:06 lies in the future"),
        (clock(27, 8, 58), "lies before the purchase, which was at 2026-11-27 09:00"),
    ],
)
def test_days_on_which_nothing_can_have_left(said: Said, words: str) -> None:
    with pytest.raises(BadDay, match=words):
        ShipDays(TOKYO, tokyo(27, 9), tokyo(29, 20)).moment(said)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-28",
        "2026/11/28",
        "2026.11.28",
        "2026年11月28日",
        "20261128",
        "28.11.2026",
        "11/28/2026",
        "28/11/2026",
        "28-11-2026",
        "2026-11-28 00:00:00",
        "2026-11-28T00:00",
        "28.11.2026 0:00",
    ],
)
def test_days_as_people_and_spreadsheets_write_them(text: str) -> None:
    said = ship_days.read(text)
    assert (said, isinstance(said, datetime)) == (date(2026, 11, 28), False)


def test_times_as_people_and_programs_write_them() -> None:
    assert ship_days.read("2026-11-28T10:30:00Z") == utc(28, 10, 30)
    assert ship_days.read("2026-11-28T10:30:00.123+09:00") == tokyo(28, 10, 30)
    assert ship_days.read("2026-11-28 00:00 +0900") == tokyo(28, 0)
    assert ship_days.read("2026/11/28 8:30") == clock(28, 8, 30)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("03/04/2026", "can be two days: write it as 2026-11-20"),
        ("46354", "a spreadsheet's number for a day"),
        ("2026-02-30", "is no day such as 2026-11-20"),
        ("soon", "'soon' is no day"),
        ("2026-11-28T25:00", "is no day"),
        ("2026-11-28 10:00 +99:99", "is no day"),
        ("31/31/2026", "is no day"),
    ],
)
def test_what_is_not_certain_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadDay, match=words):
        ship_days.read(text)


def test_the_zone_of_a_shop() -> None:
    assert ship_days.zone_of("A1VC38T7YXB528") == TOKYO
    assert ship_days.zone_of("") == UTC
