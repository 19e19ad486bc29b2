"""Read-only mode: nothing is said to Amazon, neither written nor asked; what is in the database goes on.

It is on by hand for everybody who works on this database. It is on by itself for an installation that works
on the database of another one, e.g. on a copy: only for that one, so that a stray process with the wrong
DATABASE_URL silences itself and not the shop. Nothing is written down for it: the two names are compared
each time, so that a database that is copied under a running process silences it as well.

Whoever speaks to Amazon in any way asks here first: `is_on()`, or `is_off()` within a statement of its own.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Q, QuerySet

from integration.installation import key_check
from integration.models import Installation
from integration.people import audit
from integration.people.audit import AuditAction

logger = structlog.get_logger(__name__)
HOW_TO_END = "An admin ends it on the page Read-only mode, or with the command read_only off."


class Reason(StrEnum):
    """Why it is on."""

    BY_HAND = "BY_HAND"
    ANOTHER_INSTALLATION = "ANOTHER_INSTALLATION"


@dataclass(frozen=True, slots=True)
class ReadOnlyMode:
    """That it is on. `since` None: by itself, nobody knows since when. `by`: a user's name, or empty."""

    reason: Reason
    since: datetime | None = None
    by: str = ""

    @property
    def text(self) -> str:
        """Why, and how it ends; one line for people."""
        return f"{_WHY[self.reason].format(by=f' by {self.by}' if self.by else '')} {HOW_TO_END}"


_WHY = {
    Reason.BY_HAND: "Read-only mode was switched on{by}: nothing is said to Amazon, and no orders come in.",
    Reason.ANOTHER_INSTALLATION: "Read-only mode went on by itself, because this database belongs to another"
    " installation: nothing is said to Amazon, and no orders come in.",
}


def mode_of(*, belongs_to: str, since: datetime | None, by: str) -> ReadOnlyMode | None:
    """What the row of the installation means for us; None: we may speak. Nobody's database is ours."""
    if belongs_to not in ("", settings.INSTALLATION_ID):
        return ReadOnlyMode(Reason.ANOTHER_INSTALLATION)
    return None if since is None else ReadOnlyMode(Reason.BY_HAND, since, by)


def find_mode() -> ReadOnlyMode | None:
    """The mode we are in; one statement."""
    row = _row().values_list("installation_id", "read_only_since", "read_only_by").first()
    if row is None:
        return None
    belongs_to, since, by = row
    return mode_of(belongs_to=belongs_to, since=since, by=by)


def is_on() -> bool:
    """Whether nothing may be said to Amazon; one statement."""
    return find_mode() is not None


def is_off() -> Q:
    """The same as a condition, for a statement that is made before every call anyway."""
    # The condition is in the UPDATE that takes a token: between asking and taking nobody can switch the
    # mode on.
    is_another = ~Q(installation_id__in=["", settings.INSTALLATION_ID])
    return ~Q(Exists(_row().filter(is_another | Q(read_only_since__isnull=False))))


def switch_on(*, by: str, now: datetime) -> None:
    """Say nothing to Amazon from now on; a pass under way stops before its next call."""
    key_check.remember_keys()
    with transaction.atomic():
        if _row().filter(read_only_since=None).update(read_only_since=now, read_only_by=by):
            audit.record_event(what=AuditAction.READ_ONLY_ON, by=by, now=now)
            logger.warning("read_only.on", by=by)


def switch_off(*, by: str, now: datetime) -> None:
    """Speak to Amazon from now on, for every store of this database: it is this installation's own."""
    key_check.remember_keys()
    with transaction.atomic():
        # Both at once: a person who ends the mode on a copy takes the copy over (ADR 0017).
        _row().update(read_only_since=None, read_only_by="", installation_id=settings.INSTALLATION_ID)
        audit.record_event(what=AuditAction.READ_ONLY_OFF, by=by, now=now)
    logger.warning("read_only.off", by=by, at=now.isoformat(), installation=settings.INSTALLATION_ID)


def _row() -> QuerySet[Installation]:
    return Installation.objects.filter(pk=Installation.THE_ONE)
