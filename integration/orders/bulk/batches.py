"""Work on chosen orders: by their numbers, from the list, all that fit a filter, or all since a date.

A batch is started here and served by `work`; its progress is counted from its rows, so it is there
whoever looks, and whenever.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet

from amazon_orders.models import Store
from integration.access import Viewer
from integration.decision.policy import CANCELED, Reason
from integration.models import (
    AuditAction,
    BatchKind,
    BatchOrder,
    BatchOutcome,
    ImportBatch,
    ImportState,
    OrderImport,
)
from integration.orders import order_list
from integration.orders.actions import BadRequest
from integration.people import audit

NUMBERS_AT_MOST = 1_000
RECENT = 20
LONGEST_TOKEN = 64
_SEPARATORS = re.compile(r"[\s,;|\"'()\[\]]+")
_NUMBER = re.compile(r"(\d{3})-?(\d{7})-?(\d{7})", re.ASCII)
# What word processors and spreadsheets make of a hyphen.
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Order numbers found in a text, each once, and what is none: (line, the words)."""

    found: tuple[str, ...]
    wrong: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is. `by_outcome` names only what there is."""

    total: int
    done: int
    by_outcome: Mapping[str, int] = field(default_factory=dict)


def read_numbers(text: str) -> Numbers:
    """Order numbers out of a pasted text: any separators, three groups of digits each. Pure."""
    found: dict[str, None] = {}
    wrong: list[tuple[int, str]] = []
    for line, words in enumerate(text.translate(_HYPHENS).splitlines(), 1):
        for word in filter(None, _SEPARATORS.split(words)):
            number = _NUMBER.fullmatch(word)
            if number is None:
                wrong.append((line, word[:40]))
            else:
                found["-".join(number.groups())] = None
    return Numbers(tuple(found), tuple(wrong))


def start_by_number(
    *, store: Store, numbers: Sequence[str], token: str, by: str, now: datetime
) -> ImportBatch:
    """Import orders by their numbers, known here or not. Raises BadRequest."""
    if not store.is_active:
        raise BadRequest("amazon_order_ids", f"The store {store.name} is inactive: activate it first.")
    if not numbers:
        raise BadRequest("amazon_order_ids", "Name at least one order.")
    if len(numbers) > NUMBERS_AT_MOST:
        text = f"At most {NUMBERS_AT_MOST:,} orders at a time; these are {len(numbers):,}."
        raise BadRequest("amazon_order_ids", text)
    batch = ImportBatch(
        store=store,
        kind=BatchKind.BY_NUMBER,
        token=token,
        expected=len(numbers),
        requested_by=by,
        requested_at=now,
    )
    return begin(batch, numbers)


def start_since(*, store: Store, since: datetime, token: str, by: str, now: datetime) -> ImportBatch:
    """Import all that a store received from `since` on while import was off. Raises BadRequest."""
    if since > now:
        raise BadRequest("received_since", "The date must lie in the past.")
    # Before it is counted: sent again after the batch is done, nothing would be left to import, and the
    # answer another one.
    known = _of_token(store.pk, token)
    if known is not None:
        return known
    expected = received_while_off(store_id=store.pk, since=since).count()
    if not expected:
        raise BadRequest("received_since", "No view-only order was received since then.")
    batch = ImportBatch(
        store=store,
        kind=BatchKind.SINCE,
        token=token,
        received_since=since,
        expected=expected,
        requested_by=by,
        requested_at=now,
        collected_after=0,
    )
    return begin(batch)


def received_while_off(*, store_id: int, since: datetime | None = None) -> QuerySet[OrderImport]:
    """Orders that are view-only because import was off, and nobody has asked for yet."""
    found = OrderImport.objects.filter(
        state=ImportState.VIEW_ONLY,
        reason=Reason.IMPORT_DISABLED,
        is_import_requested=False,
        amazon_order__store_id=store_id,
    ).exclude(amazon_order__status__in=CANCELED)
    return found if since is None else found.filter(amazon_order__received_at__gte=since)


def next_to_collect(batch: ImportBatch, *, limit: int) -> list[tuple[int, str]]:
    """(key, order number) of the next orders that are not in a batch yet, in key order. One statement."""
    if batch.kind == BatchKind.FILTERED:
        fitting = order_list.stored.orders_of_store(store_id=batch.store_id, written=batch.filters or {})
        # What comes in after the filter was looked at was not meant.
        waiting = fitting.filter(received_at__lte=batch.requested_at, pk__gt=batch.collected_after)
        return list(waiting.order_by("pk").values_list("pk", "amazon_order_id")[:limit])
    left_out = received_while_off(store_id=batch.store_id, since=batch.received_since)
    found = left_out.filter(pk__gt=batch.collected_after).order_by("pk")
    return list(found.values_list("pk", "amazon_order__amazon_order_id")[:limit])


def begin(batch: ImportBatch, numbers: Sequence[str] = ()) -> ImportBatch:
    """Store a batch and its orders in one transaction; the same token again gives the one that is there.

    Raises BadRequest.
    """
    if not batch.token or len(batch.token) > LONGEST_TOKEN:
        raise BadRequest("token", f"A token has 1 to {LONGEST_TOKEN} characters.")
    try:
        with transaction.atomic():
            batch.save()
            BatchOrder.objects.bulk_create(
                [
                    BatchOrder(batch=batch, amazon_order_id=number, look_at=batch.requested_at)
                    for number in numbers
                ]
            )
            audit.record_event(
                what=AuditAction.BULK_ACTION,
                by=batch.requested_by,
                now=batch.requested_at,
                store_ids=[batch.store_id],
                subject=batch.action,
                details={
                    "kind": batch.kind,
                    "orders": batch.expected,
                    "filters": sorted(batch.filters or {}),
                },
            )
    # The token is unique per store: the loser of a double click gets the winner's batch.
    except IntegrityError:
        known = _of_token(batch.store_id, batch.token)
        if known is None:
            raise
        return known
    return batch


def _of_token(store_id: int, token: str) -> ImportBatch | None:
    return ImportBatch.objects.filter(store_id=store_id, token=token).first()


def recent(
    *,
    viewer: Viewer,
    store_id: int | None = None,
    token: str = "",
    by: str = "",
    is_open: bool = False,
) -> list[ImportBatch]:
    """The newest batches of the viewer's stores: of one of them, one form, one person, or unfinished."""
    found = ImportBatch.objects.filter(store__in=viewer.stores())
    if store_id is not None:
        found = found.filter(store_id=store_id)
    if token:
        found = found.filter(token=token)
    if by:
        found = found.filter(requested_by=by)
    if is_open:
        found = found.filter(finished_at=None)
    return list(found.select_related("store").order_by("-id")[:RECENT])


def progress(batches: Iterable[ImportBatch]) -> dict[int, Progress]:
    """How far each batch is; one statement for all of them."""
    counts: dict[int, dict[str, int]] = {batch.pk: {} for batch in batches}
    expected = {batch.pk: batch.expected for batch in batches}
    collecting = {batch.pk for batch in batches if batch.collected_after is not None}
    rows = BatchOrder.objects.filter(batch__in=list(counts)).values("batch_id", "outcome")
    for batch_id, outcome, count in rows.annotate(count=Count("pk")).values_list(
        "batch_id", "outcome", "count"
    ):
        counts[batch_id][outcome] = count
    return {
        batch_id: _progress(found, at_least=expected[batch_id] if batch_id in collecting else 0)
        for batch_id, found in counts.items()
    }


def _progress(counts: Mapping[str, int], *, at_least: int) -> Progress:
    by_outcome = {str(outcome): counts[outcome] for outcome in BatchOutcome.values if counts.get(outcome)}
    return Progress(
        total=max(sum(counts.values()), at_least), done=sum(by_outcome.values()), by_outcome=by_outcome
    )
