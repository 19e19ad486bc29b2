"""How long Amazon's consents and our secrets live, and when a person must hear that they end. Pure."""

from datetime import UTC, date, datetime, time, timedelta

CONSENT = timedelta(days=365)
CLIENT_SECRET = timedelta(days=180)
# Two people in turn, or one on holiday, still have the time.
TOLD_BEFORE = timedelta(days=30)
URGENT_BEFORE = timedelta(days=7)


def consent_ends(authorized_at: datetime) -> datetime:
    """Until when a seller's consent holds: it is renewed each year."""
    return authorized_at + CONSENT


def client_secret_ends(*, first_seen: datetime | None, made_on: date | None) -> datetime | None:
    """Until when the application's secret holds; None where there is none. `made_on`: as a person says."""
    since = datetime.combine(made_on, time.min, UTC) if made_on else first_seen
    return None if first_seen is None or since is None else since + CLIENT_SECRET


def is_told(ends: datetime, *, now: datetime) -> bool:
    """Whether people hear of it; so they do once it has ended."""
    return now >= ends - TOLD_BEFORE


def is_urgent(ends: datetime, *, now: datetime) -> bool:
    """Whether it must be done this week, or is overdue."""
    return now >= ends - URGENT_BEFORE


def consent_words(stores: str, ends: datetime, *, now: datetime) -> str:
    """What a person must know and do about a consent; one line."""
    over = f"ended on {_day(ends)}: Amazon may refuse it any moment"
    return (
        f"The authorization of {stores} {over if ends <= now else f'ends on {_day(ends)}'}. Sellers renew it "
        "every year: authorize the application again in Seller Central and give the new refresh token to the "
        "store, on its page or with the command reauthorize_store. The sync goes on meanwhile."
    )


def client_secret_words(ends: datetime, *, now: datetime) -> str:
    """What a person must know and do about the application's secret; one line."""
    verb = "ended" if ends <= now else "ends"
    return (
        f"The application's client secret {verb} on {_day(ends)}: without a new one no store can sign in at "
        "Amazon. Make a new secret where the application is registered with Amazon, set SPAPI_CLIENT_SECRET "
        "to it (and SPAPI_CLIENT_SECRET_SINCE to its day, if that is set), and restart web, worker and beat. "
        "Refresh tokens stay valid: no store has to be authorized again."
    )


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%b %-d, %Y}"
