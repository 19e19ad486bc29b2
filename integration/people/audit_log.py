"""The audit log, read: who did what, when, in which of the viewer's stores."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from integration.access import StoreName, Viewer
from integration.models import AuditEntry, AuditEntryStore
from paging import keyset
from paging.keyset import Ordering, Page

PAGE_SIZE = 50
NEWEST_FIRST = Ordering(name="-at", column="at", is_descending=True, read=keyset.read_time)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What is asked for; an empty field asks for all. `who`, `about`: a whole name or number.

    `store`: part of the name of one of the viewer's stores.
    """

    who: str = ""
    about: str = ""
    store: str = ""
    whats: tuple[str, ...] = ()
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One deed. `stores`: those of them that the viewer sees; `is_elsewhere`: it names others as well."""

    id: int
    at: datetime
    what: str
    by: str
    subject: str
    details: dict[str, Any]
    stores: tuple[StoreName, ...]
    is_elsewhere: bool


def page(*, viewer: Viewer, filters: AuditFilter, cursor: str = "") -> Page[AuditRow]:
    """A page of the log, the newest first: 3 statements. Raises keyset.BadCursor."""
    entries = find_entries(viewer, filters)
    found = keyset.page(entries, ordering=NEWEST_FIRST, cursor=cursor, size=PAGE_SIZE)
    return found.with_rows(_rows(viewer, found.rows))


def find_entries(viewer: Viewer, filters: AuditFilter) -> QuerySet[AuditEntry]:
    """The entries of the viewer's stores; who sees every store sees those of no store too."""
    found = _scoped(viewer, filters.store)
    if filters.who:
        # The whole name, which its index answers; a part of it would read the whole log.
        found = found.filter(by=filters.who)
    if filters.about:
        found = found.filter(subject=filters.about)
    if filters.whats:
        found = found.filter(what__in=filters.whats)
    if filters.since is not None:
        found = found.filter(at__gte=filters.since)
    if filters.before is not None:
        found = found.filter(at__lt=filters.before)
    return found


def newest_about(name: str, *, at_most: int) -> Sequence[AuditEntry]:
    """The newest deeds of a person, or done to them, for who sees every store: 1 statement."""
    return list(AuditEntry.objects.filter(Q(by=name) | Q(subject=name)).order_by("-id")[:at_most])


def _scoped(viewer: Viewer, store: str) -> QuerySet[AuditEntry]:
    entries = AuditEntry.objects.order_by()
    links = AuditEntryStore.objects.all()
    if store:
        named = viewer.stores().order_by().filter(name__icontains=store)
        return entries.filter(pk__in=links.filter(store_id__in=named.values("pk")).values("entry_id"))
    if viewer.store_ids is None:
        return entries
    return entries.filter(pk__in=links.filter(store_id__in=viewer.store_ids).values("entry_id"))


def _rows(viewer: Viewer, entries: Sequence[AuditEntry]) -> tuple[AuditRow, ...]:
    links = list(AuditEntryStore.objects.filter(entry__in=[entry.pk for entry in entries]).order_by("pk"))
    wanted = {link.store_id for link in links}
    named = viewer.stores().filter(pk__in=wanted)
    names = {store.pk: StoreName(store.pk, store.name) for store in named} if wanted else {}
    of_entry: dict[int, list[int]] = {}
    for link in links:
        of_entry.setdefault(link.entry_id, []).append(link.store_id)
    return tuple(_row(entry, of_entry.get(entry.pk, []), names) for entry in entries)


def _row(entry: AuditEntry, store_ids: list[int], names: dict[int, StoreName]) -> AuditRow:
    shown = tuple(names[store_id] for store_id in store_ids if store_id in names)
    return AuditRow(
        id=entry.pk,
        at=entry.at,
        what=entry.what,
        by=entry.by,
        subject=entry.subject,
        details=entry.details,
        stores=shown,
        is_elsewhere=len(shown) < len(store_ids),
    )
