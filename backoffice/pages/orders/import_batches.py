"""Importing chosen orders, by number or all since a day; and how far each action on many orders is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from amazon_orders.models import Store
from backoffice.pages.frame.list_page import page_or_first
from backoffice.pages.frame.list_state import ListState
from backoffice.pages.frame.permissions import action, page
from backoffice.pages.frame.store_header import store_header, store_of
from backoffice.pages.orders.import_forms import NumbersForm, SinceForm, fresh
from integration import tasks
from integration.access import Permission, Viewer
from integration.models import BatchAction, BatchKind, BatchOrder, BatchOutcome, ImportBatch
from integration.orders import order_list, refresh_status
from integration.orders.actions import BadRequest
from integration.orders.bulk import batch_rows
from integration.orders.bulk import batches as import_batches
from integration.orders.bulk.batches import Progress
from paging import keyset
from paging.keyset import Ordering

PAGE_SIZE = 50
_ORDER = Ordering(name="id", column="id", read=keyset.read_id, is_unique=True)
_TONES = {
    BatchOutcome.IMPORTED: "ok",
    BatchOutcome.BLOCKED: "bad",
    BatchOutcome.WAITING: "info",
    BatchOutcome.SKIPPED: "",
    BatchOutcome.UNKNOWN: "warn",
    BatchOutcome.DENIED: "warn",
    BatchOutcome.OTHER_STORE: "warn",
    BatchOutcome.UNREADABLE: "warn",
}


@dataclass(frozen=True, slots=True)
class ShownBatch:
    """A batch with its progress, as lists and its own page show it."""

    batch: ImportBatch
    progress: Progress

    @property
    def title(self) -> str:
        """What it is about."""
        kind = BatchKind(self.batch.kind).label
        if self.batch.action == BatchAction.IMPORT:
            return f"Import {kind.lower()}"
        return f"{BatchAction(self.batch.action).label} {kind.lower()}"

    @property
    def outcomes(self) -> list[tuple[str, int, str]]:
        """(word, count, tone) of each outcome there is."""
        return [
            (BatchOutcome(code).label, count, _TONES.get(BatchOutcome(code), ""))
            for code, count in self.progress.by_outcome.items()
        ]


@page(Permission.FIX_ORDERS)
def store_import(request: HttpRequest, viewer: Viewer, store_id: int) -> HttpResponse:
    """Choose what to import into a store, and see its imports."""
    return _render_store(request, viewer, store_of(viewer, store_id), {})


@action(Permission.FIX_ORDERS)
def import_numbers(request: HttpRequest, viewer: Viewer, store_id: int) -> HttpResponse:
    """Import orders by their numbers."""
    store = store_of(viewer, store_id)
    form = NumbersForm(request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        try:
            batch = import_batches.start_by_number(
                store=store,
                numbers=asked["numbers"],
                token=asked["token"],
                by=viewer.name,
                now=timezone.now(),
            )
            return _started(batch)
        except BadRequest as refused:
            form.add_error("numbers", str(refused))
    return _render_store(request, viewer, store, {"numbers_form": form})


@action(Permission.FIX_ORDERS)
def import_since(request: HttpRequest, viewer: Viewer, store_id: int) -> HttpResponse:
    """Import all that a store received since a day while import was off."""
    store = store_of(viewer, store_id)
    form = SinceForm(request.POST)
    if form.is_valid():
        try:
            batch = import_batches.start_since(
                store=store,
                since=form.moment(),
                token=form.cleaned_data["token"],
                by=viewer.name,
                now=timezone.now(),
            )
            return _started(batch)
        except BadRequest as refused:
            form.add_error("since", str(refused))
    return _render_store(request, viewer, store, {"since_form": form})


@page(Permission.VIEW_ORDERS)
def recent_imports(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The newest actions on many orders in all the viewer's stores; `?token=` those of one form."""
    # PostgreSQL takes no NUL in a text.
    token = request.GET.get("token", "").replace("\x00", "")[: import_batches.LONGEST_TOKEN]
    shown = shown_batches(import_batches.recent(viewer=viewer, token=token))
    context = {
        "batches": shown,
        "is_open": any(not each.batch.finished_at for each in shown),
        "is_part": bool(token),
        "here": request.get_full_path(),
    }
    return render(request, "imports/list.html", context)


@page(Permission.VIEW_ORDERS)
def import_batch(request: HttpRequest, viewer: Viewer, batch_id: int) -> HttpResponse:
    """One import: its progress and what became of each order."""
    return render(request, "imports/batch.html", _context(request, viewer, batch_id))


@page(Permission.VIEW_ORDERS)
def import_progress(request: HttpRequest, viewer: Viewer, batch_id: int) -> HttpResponse:
    """The part of that page which changes, for the script that asks for it."""
    return render(request, "imports/_progress.html", _context(request, viewer, batch_id))


def _started(batch: ImportBatch) -> HttpResponse:
    tasks.wake_batches()
    return HttpResponseRedirect(reverse("import_batch", args=[batch.pk]), status=303)


def _render_store(
    request: HttpRequest, viewer: Viewer, store: Store, forms: Mapping[str, Form]
) -> HttpResponse:
    context: dict[str, Any] = {
        **store_header(viewer, store),
        "numbers_form": fresh(NumbersForm),
        "since_form": fresh(SinceForm),
        "view_only": _count_left_out(store),
        "batches": shown_batches(import_batches.recent(viewer=viewer, store_id=store.pk)),
        **forms,
    }
    return render(request, "imports/store.html", context, status=422 if forms else 200)


def _count_left_out(store: Store) -> order_list.Count:
    """As far as lists count: no page waits for the count of a whole table."""
    left_out = import_batches.received_while_off(store_id=store.pk).values("pk")
    found = left_out[: order_list.COUNTED_AT_MOST + 1].count()
    at_most = order_list.COUNTED_AT_MOST
    return order_list.Count(value=min(found, at_most), is_capped=found > at_most)


def shown_batches(batches: list[ImportBatch]) -> list[ShownBatch]:
    """These with their progress. One statement."""
    progress = import_batches.progress(batches)
    return [ShownBatch(batch, progress[batch.pk]) for batch in batches]


def _context(request: HttpRequest, viewer: Viewer, batch_id: int) -> dict[str, Any]:
    batch = ImportBatch.objects.filter(pk=batch_id, store__in=viewer.stores()).select_related("store").first()
    if batch is None:
        raise Http404("No such import among the viewer's stores.")
    state = ListState(reverse("import_batch", args=[batch.pk]), request.GET)
    outcome = state.parameters.get("outcome", "")
    found = BatchOrder.objects.filter(batch=batch)
    if outcome in BatchOutcome.values:
        found = found.filter(outcome=outcome)
    cut = page_or_first(
        request, state, lambda cursor: keyset.page(found, ordering=_ORDER, cursor=cursor, size=PAGE_SIZE)
    )
    [shown] = shown_batches([batch])
    return {
        "shown": shown,
        "lines": [
            (line, _TONES.get(BatchOutcome(line.outcome), "") if line.outcome else "info")
            for line in batch_rows.lines(batch, cut.rows)
        ],
        "pager": state.pager(cut),
        "query": request.GET.urlencode(),
        "stand": _stand(batch),
    }


def _stand(batch: ImportBatch) -> refresh_status.RefreshStatus | None:
    """What the open orders wait for, where that is Amazon."""
    if batch.finished_at is not None:
        return None
    if batch.kind != BatchKind.BY_NUMBER and batch.action != BatchAction.REFRESH:
        return None
    return refresh_status.of_account(account_id=batch.store.account_id, now=timezone.now())
