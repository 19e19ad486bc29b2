"""The audit log: who saw personal data, changed a setting, fixed a blocker, exported, canceled.

Whoever does such a thing for a person calls `record` in the transaction of the event. Entries are only ever
added; the database itself refuses more (migration 0012). They hold nothing of a buyer: a detail's name must
be one of DETAILS, and its value a number, a switch, or a short text of ours. What a person typed as a reason
or a comment, and what was searched for, stays out.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from integration.models import AuditAction, AuditEntry, AuditEntryStore

__all__ = ["AuditAction", "AuditEvent", "record_event", "record_events"]

# What an entry may tell besides its subject. `fields`, `columns`, `filters`: names, never their values.
DETAILS = frozenset(
    {
        "after",
        "amount",
        "before",
        "code",
        "columns",
        "count",
        "currency",
        "days",
        "device",
        "expires",
        "failed",
        "fields",
        "filters",
        "kind",
        "name",
        "orders",
        "personal_data",
        "role",
        "seller_sku",
        "setting",
        "sku",
        "source",
        "stores",
        "through",
        "token",
        "units",
        "where",
    }
)
LONGEST_TEXT = 200
LONGEST_SUBJECT = 255
LONGEST_LIST = 50
# The database lets nobody delete a younger entry; Amazon's policy asks for logs of twelve months.
KEPT_AT_LEAST = timedelta(days=365)


class NotForTheLog(ValueError):
    """A detail that an entry must not hold; a mistake of ours, told by its name alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """What one person (`by`; empty: the system) did at one moment, in these stores.

    Without stores it concerns the installation, and only who sees every store reads of it.
    """

    what: AuditAction
    by: str
    store_ids: Collection[int] = ()
    subject: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def record_event(
    *,
    what: AuditAction,
    by: str,
    now: datetime,
    store_ids: Collection[int] = (),
    subject: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write down one event: 1 statement, with stores 2. Raises NotForTheLog."""
    record_events(
        [AuditEvent(what=what, by=by, store_ids=store_ids, subject=subject, details=details or {})], now=now
    )


def record_events(events: Iterable[AuditEvent], *, now: datetime) -> None:
    """Write down many events of one moment: at most 2 statements, however many. Raises NotForTheLog."""
    told = list(events)
    entries = [_entry(event, now) for event in told]
    if not entries:
        return
    # Entry and stores together: an entry without its stores would be seen by those who see every store
    # only.
    with transaction.atomic():
        AuditEntry.objects.bulk_create(entries)
        links = [
            AuditEntryStore(entry=entry, store_id=store_id)
            for entry, event in zip(entries, told, strict=True)
            for store_id in sorted(set(event.store_ids))
        ]
        if links:
            AuditEntryStore.objects.bulk_create(links)


def _entry(event: AuditEvent, now: datetime) -> AuditEntry:
    details = {name: _checked(name, value) for name, value in event.details.items()}
    return AuditEntry(
        at=now,
        what=event.what,
        by=event.by[:150],
        subject=_text(event.subject)[:LONGEST_SUBJECT],
        details=details,
    )


def _checked(name: str, value: Any) -> Any:
    # A list of what may be told, not of what may not: a new detail is looked at by somebody before it
    # is kept for a year.
    if name not in DETAILS:
        raise NotForTheLog(f"The audit log has no detail {name!r}.")
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _text(value)[:LONGEST_TEXT]
    if isinstance(value, list | tuple) and all(isinstance(each, str | int) for each in value):
        return [
            each if isinstance(each, int) else _text(each)[:LONGEST_TEXT] for each in value[:LONGEST_LIST]
        ]
    raise NotForTheLog(f"The detail {name!r} is no number, switch or text.")


def _text(text: str) -> str:
    """PostgreSQL keeps no NUL."""
    return text.replace("\x00", "")
