"""A consent holds a year, a client secret half of one: people hear of its end in time."""

from datetime import UTC, date, datetime, timedelta

import pytest

from integration.stores import credential_expiry

DAY = timedelta(days=1)
GIVEN = datetime(2026, 1, 10, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "is_told", "is_urgent"),
    [(0, False, False), (334, False, False), (335, True, False), (357, True, False), (358, True, True)]
    + [(365, True, True), (500, True, True)],
)
def test_a_consent_is_announced_in_time_and_stays_so_until_it_is_renewed(
    days: int, is_told: bool, is_urgent: bool
) -> None:
    ends, now = credential_expiry.consent_ends(GIVEN), GIVEN + days * DAY
    assert ends == datetime(2027, 1, 10, 9, 0, tzinfo=UTC)
    assert credential_expiry.is_told(ends, now=now) is is_told
    assert credential_expiry.is_urgent(ends, now=now) is is_urgent


def test_a_secret_counts_from_when_it_was_seen_unless_a_person_says_when_it_was_made() -> None:
    assert credential_expiry.client_secret_ends(first_seen=None, made_on=None) is None
    assert credential_expiry.client_secret_ends(first_seen=GIVEN, made_on=None) == GIVEN + 180 * DAY
    told = credential_expiry.client_secret_ends(first_seen=GIVEN, made_on=date(2025, 12, 1))
    assert told == datetime(2026, 5, 30, tzinfo=UTC)


def test_where_there_is_no_secret_its_day_means_nothing() -> None:
    assert credential_expiry.client_secret_ends(first_seen=None, made_on=date(2025, 12, 1)) is None


def test_the_words_say_when_and_what_to_do_on_one_line() -> None:
    ends = GIVEN + 365 * DAY
    before = credential_expiry.consent_words("Harbor US", ends, now=ends - DAY)
    after = credential_expiry.consent_words("Harbor US", ends, now=ends)
    assert before.startswith("The authorization of Harbor US ends on Jan 10, 2027. ")
    assert after.startswith("The authorization of Harbor US ended on Jan 10, 2027: Amazon may refuse it ")
    assert "reauthorize_store" in before
    secret = credential_expiry.client_secret_words(ends, now=ends - DAY)
    assert "ends on Jan 10, 2027" in secret
    assert "Refresh tokens stay valid" in secret
    assert not any("\n" in text for text in (before, after, secret))
