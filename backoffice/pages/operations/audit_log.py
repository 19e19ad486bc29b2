"""Who did what? The audit log: searchable, and never changed."""

from datetime import datetime

from django import forms
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from integration import audit_log as log
from integration.access import Permission, Viewer
from integration.audit_log import AuditFilter, AuditPage
from integration.order_list import keyset
from integration.web import activity, audit_words
from integration.web.activity_filters import RecordFilterForm
from integration.web.list_state import ListState
from integration.web.permissions import page


class AuditFilterForm(RecordFilterForm):
    """What of the log is asked for."""

    who = forms.CharField(label="Who", required=False, max_length=150)
    about = forms.CharField(
        label="About", required=False, max_length=255, help_text="A whole order number, SKU, user or store."
    )
    kind = forms.MultipleChoiceField(
        label="What",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(group, label) for group, (label, _) in audit_words.GROUPS.items()],
    )

    def filters(self) -> AuditFilter:
        """A field that makes no sense does not filter, and says so itself."""
        asked = self.cleaned_data
        since: datetime | None = self._from()
        return AuditFilter(
            **self._common(),
            who=asked.get("who", "").replace("\x00", ""),
            about=asked.get("about", "").replace("\x00", ""),
            whats=audit_words.actions_of(asked.get("kind", ())),
            since=since,
            before=self._before(),
        )


@page(Permission.VIEW_AUDIT)
def audit_log(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Entries of the viewer's stores, the newest first."""
    form = AuditFilterForm(request.GET)
    found = _found(request, viewer, form.filters())
    state = ListState(reverse("audit_log"), request.GET)
    context = {
        "tabs": activity.tabs("audit_log", viewer),
        "form": form,
        "rows": [(row, audit_words.what(row.what), audit_words.details(row.details)) for row in found.rows],
        "chips": list(form.chips(state)),
        "clear_url": state.cleared(()),
        "pager": state.pager(previous_cursor=found.previous_cursor, next_cursor=found.next_cursor),
        "sees_all": viewer.store_ids is None,
    }
    return render(request, "activity/audit.html", context)


def _found(request: HttpRequest, viewer: Viewer, filters: AuditFilter) -> AuditPage:
    try:
        return log.page(viewer=viewer, filters=filters, cursor=request.GET.get("cursor", ""))
    except keyset.BadCursor:
        toasts.info(request, "That page of the list no longer exists; this is the first one.")
        return log.page(viewer=viewer, filters=filters)
