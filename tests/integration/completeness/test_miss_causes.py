"""Why an order had been missed: the first reason that fits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from integration.completeness.miss_causes import Absence, Facts, Stretch, Why, reason
from integration.models import WhyMissed

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOTHING_KNOWN = Facts(
    AT, was_here=False, is_quarantined=False, absence=None, failures=(), synced_until=AT + HOUR
)
AWAY = Stretch(AT - HOUR, AT + HOUR)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (NOTHING_KNOWN, Why.LEFT_OUT),
        (replace(NOTHING_KNOWN, was_here=True, is_quarantined=True), Why.WAS_HERE),
        (replace(NOTHING_KNOWN, was_here=True, is_here=True), Why.NOT_READ_YET),
        (replace(NOTHING_KNOWN, is_quarantined=True, absence=Absence(AWAY, True)), Why.QUARANTINED),
        (replace(NOTHING_KNOWN, absence=Absence(AWAY, True)), Why.INACTIVE),
        (replace(NOTHING_KNOWN, absence=Absence(AWAY, False)), Why.ACCESS_LOST),
        (replace(NOTHING_KNOWN, absence=Absence(Stretch(AT - HOUR, None), False)), Why.ACCESS_LOST),
        (replace(NOTHING_KNOWN, absence=Absence(Stretch(AT - HOUR, AT - HOUR / 2), True)), Why.LEFT_OUT),
        (replace(NOTHING_KNOWN, failures=(AWAY,)), Why.OUTAGE),
        (replace(NOTHING_KNOWN, failures=(Stretch(AT + HOUR, AT + 2 * HOUR),)), Why.LEFT_OUT),
        (replace(NOTHING_KNOWN, synced_until=None, failures=(AWAY,)), Why.NOT_READ_YET),
        (replace(NOTHING_KNOWN, synced_until=AT), Why.NOT_READ_YET),
    ],
)
def test_the_likeliest_reason_is_given(facts: Facts, why: Why) -> None:
    assert reason(facts) is why


def test_every_reason_has_its_words() -> None:
    assert {why.value for why in Why} == set(WhyMissed.values)
    assert all(word.endswith(".") for word in WhyMissed.labels)
