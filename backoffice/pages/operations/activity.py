"""Activity: sync runs and communication errors, what failed and since when."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.frame.list_page import page_or_first
from backoffice.pages.frame.list_state import ListState
from backoffice.pages.frame.permissions import page, viewer_of
from backoffice.pages.operations import record_words
from backoffice.pages.operations.activity_filters import ErrorFilterForm, RecordFilterForm, RunFilterForm
from integration.access import Permission, Viewer
from integration.operations import activity as records
from integration.operations.activity import ErrorRow, RunRow
from paging.keyset import Page

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
    state = ListState(reverse("activity"), request.GET)
    form = RunFilterForm(request.GET)
    now = timezone.now()
    found = page_or_first(
        request,
        state,
        lambda cursor: records.run_page(viewer=viewer, filters=form.filters(), now=now, cursor=cursor),
    )
    rows = [(row, _run_words(row)) for row in found.rows]
    return render(request, "activity/runs.html", _context("activity", request, state, form, found, rows))


@page(Permission.VIEW_ORDERS)
def communication_errors(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Calls to Amazon that failed, the newest first."""
    state = ListState(reverse("communication_errors"), request.GET)
    form = ErrorFilterForm(request.GET)
    found = page_or_first(
        request,
        state,
        lambda cursor: records.error_page(viewer=viewer, filters=form.filters(), cursor=cursor),
    )
    rows = [(row, _error_words(row)) for row in found.rows]
    context = _context("communication_errors", request, state, form, found, rows)
    return render(request, "activity/errors.html", context)


def _context(
    view: str,
    request: HttpRequest,
    state: ListState,
    form: RecordFilterForm,
    found: Page[Any],
    rows: list[Any],
) -> dict[str, Any]:
    return {
        "tabs": tabs(view, viewer_of(request)),
        "form": form,
        "rows": rows,
        "chips": list(form.chips(state)),
        "clear_url": state.cleared(()),
        "pager": state.pager(found),
    }


def _run_words(row: RunRow) -> dict[str, str]:
    return {"kind": record_words.kind(row.kind), "counts": record_words.counts(row.counts)}


def _error_words(row: ErrorRow) -> dict[str, str]:
    return {
        "operation": record_words.operation(row.operation),
        "lane": str(row.lane.label) if row.lane else "",
    }
