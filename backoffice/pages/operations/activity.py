"""Activity: what went wrong, when, is it over? Sync runs and communication errors."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from integration import activity as records
from integration.access import Permission, Viewer
from integration.activity import ErrorRow, Page, RunRow
from integration.order_list import keyset
from integration.web import record_words
from integration.web.activity_filters import ErrorFilterForm, RecordFilterForm, RunFilterForm
from integration.web.list_state import ListState
from integration.web.permissions import page, viewer_of

# The pages of Activity, and what one must be allowed to see them.
_TABS = (
    ("Sync runs", "activity", Permission.VIEW_ORDERS),
    ("Communication errors", "communication_errors", Permission.VIEW_ORDERS),
    ("Audit log", "audit_log", Permission.VIEW_AUDIT),
    ("Personal data", "personal_data", Permission.MANAGE_PRIVACY),
)


def tabs(current: str, viewer: Viewer) -> list[tuple[str, str, bool]]:
    """The pages of Activity that the viewer may see: name, address, whether it is this one."""
    return [
        (name, reverse(view), view == current) for name, view, permission in _TABS if viewer.may(permission)
    ]


@page(Permission.VIEW_ORDERS)
def activity(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Sync runs with something in them, the newest first."""
    form = RunFilterForm(request.GET)
    now = timezone.now()
    found = _page_of(
        request,
        lambda cursor: records.run_page(viewer=viewer, filters=form.filters(), now=now, cursor=cursor),
    )
    rows = [(row, _run_words(row)) for row in found.rows]
    return render(request, "activity/runs.html", _context("activity", request, form, found, rows))


@page(Permission.VIEW_ORDERS)
def communication_errors(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Calls to Amazon that failed, the newest first."""
    form = ErrorFilterForm(request.GET)
    now = timezone.now()
    found = _page_of(
        request,
        lambda cursor: records.error_page(viewer=viewer, filters=form.filters(), now=now, cursor=cursor),
    )
    rows = [(row, _error_words(row)) for row in found.rows]
    return render(
        request, "activity/errors.html", _context("communication_errors", request, form, found, rows)
    )


def _page_of(request: HttpRequest, read: Callable[[str], Page]) -> Page:
    try:
        return read(request.GET.get("cursor", ""))
    except keyset.BadCursor:
        toasts.info(request, "That page of the list no longer exists; this is the first one.")
        return read("")


def _context(
    view: str, request: HttpRequest, form: RecordFilterForm, found: Page, rows: list[Any]
) -> dict[str, Any]:
    state = ListState(reverse(view), request.GET)
    return {
        "tabs": tabs(view, viewer_of(request)),
        "form": form,
        "rows": rows,
        "chips": list(form.chips(state)),
        "clear_url": state.cleared(()),
        "pager": state.pager(previous_cursor=found.previous_cursor, next_cursor=found.next_cursor),
    }


def _run_words(row: RunRow) -> dict[str, str]:
    return {"kind": record_words.kind(row.kind), "counts": record_words.counts(row.counts)}


def _error_words(row: ErrorRow) -> dict[str, str]:
    return {
        "operation": record_words.operation(row.operation),
        "lane": str(row.lane.label) if row.lane else "",
    }
