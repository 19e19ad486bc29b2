"""Where a person is signed in: one row per browser, kept by allauth, read and ended here."""

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

# The special before the general: Edge and Opera also call themselves Chrome, and Chrome Safari.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)
# An iPhone also says Mac OS, and Android Linux.
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that is signed in. `name`: as its owner would call it, e.g. "Firefox on Windows"."""

    id: int
    name: str
    address: str
    signed_in_at: datetime
    last_seen_at: datetime
    is_current: bool


def of_user(user_id: int, *, now: datetime, current_key: str | None = None) -> list[Device]:
    """The browsers a person is signed in with, the one that asks first: 1 statement."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
    rows = UserSession.objects.filter(Exists(alive), user_id=user_id).order_by("-last_seen_at", "-pk")
    found = [
        Device(
            id=row.pk,
            name=device_name(row.user_agent),
            address=row.ip,
            signed_in_at=row.created_at,
            last_seen_at=row.last_seen_at,
            is_current=row.session_key == current_key,
        )
        for row in rows
    ]
    return sorted(found, key=lambda device: not device.is_current)


def sign_out(*, user_id: int, device_id: int | None = None, except_key: str | None = None) -> int:
    """End one sign-in of a person, or all (but the one with this session key); gives how many."""
    rows = UserSession.objects.filter(user_id=user_id)
    if device_id is not None:
        rows = rows.filter(pk=device_id)
    if except_key is not None:
        rows = rows.exclude(session_key=except_key)
    keys = list(rows.values_list("session_key", flat=True))
    # The sessions first: they are what signs in. A worker that dies between the two leaves a row of a
    # session that is over.
    ended, _ = Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(user_id=user_id, session_key__in=keys).delete()
    return ended


def note_seen(*, session_key: str, now: datetime) -> None:
    """The browser with this session has just been here."""
    UserSession.objects.filter(session_key=session_key).update(last_seen_at=now)


def device_name(user_agent: str) -> str:
    """Browser and system, as far as they can be told."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "Unknown browser")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser
