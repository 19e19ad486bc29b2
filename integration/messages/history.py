"""The past of system messages: which were open, from when until when.

Messages are derived from rows and close themselves; once a minute those that are open are compared with the
records of before. What opened and closed within that minute leaves none. A record holds no text: a text may
name stores that its reader does not see.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from integration.access import Permission, Viewer
from integration.messages import open_messages
from integration.messages.codes import Code
from integration.messages.open_messages import SystemMessage
from integration.models import MessageRecord, Role
from paging import keyset
from paging.keyset import Ordering, Page

PAGE_SIZE = 50
KEPT_FOR = timedelta(days=90)
_EVERYBODY = Viewer(name="", role=Role.ADMIN, store_ids=None)
_NEWEST = Ordering(name="closed_at", column="closed_at", is_descending=True, read=keyset.read_time)

# A code, and the store it is about.
Key = tuple[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """Which messages; what is empty does not filter."""

    code: str = ""
    severity: str = ""
    store_id: int | None = None

    def fits(self, message: SystemMessage) -> bool:
        """Whether an open message is asked for."""
        return (
            self.code in ("", message.code)
            and self.severity in ("", message.severity)
            and (self.store_id is None or self.store_id in {store.id for store in message.stores})
        )


def keep(*, now: datetime) -> None:
    """Write down which messages opened and which closed since the last look. Three statements of its own."""
    found: dict[Key, SystemMessage] = {}
    for message in open_messages.open_messages(viewer=_EVERYBODY, now=now):
        about: list[int | None] = [*(store.id for store in message.stores)] or [None]
        for store_id in about:
            found.setdefault((str(message.code), store_id), message)
    with transaction.atomic():
        rows = MessageRecord.objects.filter(closed_at=None).select_for_update().order_by("pk")
        # Locked: of two workers that look at once the second finds what the first has opened.
        known = {(row.code, row.store_id): row for row in rows}
        gone = [row.pk for key, row in known.items() if key not in found]
        MessageRecord.objects.filter(pk__in=gone).update(closed_at=now)
        new = {key: message for key, message in found.items() if key not in known}
        MessageRecord.objects.bulk_create(
            [_record(key, message, now) for key, message in new.items()], ignore_conflicts=True
        )


def _record(key: Key, message: SystemMessage, now: datetime) -> MessageRecord:
    code, store_id = key
    # A clock that runs ahead elsewhere must not open a message in the future: a constraint has it end
    # after it began.
    since = min(message.since or now, now)
    return MessageRecord(code=code, severity=message.severity, store_id=store_id, opened_at=since)


def closed(*, viewer: Viewer, filters: MessageFilter, cursor: str = "") -> Page[MessageRecord]:
    """A page of what is over, the newest first, of the viewer's stores. One statement.

    Raises keyset.BadCursor.
    """
    found = _visible(viewer).filter(closed_at__isnull=False).select_related("store")
    if filters.code:
        found = found.filter(code=filters.code)
    if filters.severity:
        found = found.filter(severity=filters.severity)
    if filters.store_id is not None:
        found = found.filter(store=filters.store_id)
    return keyset.page(found, ordering=_NEWEST, cursor=cursor, size=PAGE_SIZE)


def _visible(viewer: Viewer) -> "QuerySet[MessageRecord, Any]":
    """Of the viewer's stores; of the installation what everybody sees, or who looks after it."""
    rows: QuerySet[MessageRecord, Any] = MessageRecord.objects.all()
    if viewer.store_ids is None and viewer.may(Permission.MANAGE_STORES):
        return rows
    of_all = Q(store=None, code=Code.READ_ONLY)
    if viewer.store_ids is None:
        return rows.filter(of_all | Q(store__isnull=False))
    return rows.filter(of_all | Q(store__in=viewer.store_ids))


def forget_old(*, now: datetime) -> int:
    """Forget what was over long ago; gives how many."""
    return MessageRecord.objects.filter(closed_at__lt=now - KEPT_FOR).delete()[0]
