"""The audit log: who did what; searchable, and never changed."""

from datetime import datetime

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from backoffice.pages.frame.list_page import page_or_first
from backoffice.pages.frame.list_state import ListState
from backoffice.pages.frame.permissions import page
from backoffice.pages.operations import activity, audit_words
from backoffice.pages.operations.activity_filters import RecordFilterForm
from integration.access import Permission, Viewer
from integration.people import audit_log as log
from integration.people.audit_log import AuditFilter


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
    state = ListState(reverse("audit_log"), request.GET)
    form = AuditFilterForm(request.GET)
    found = page_or_first(
        request, state, lambda cursor: log.page(viewer=viewer, filters=form.filters(), cursor=cursor)
    )
    context = {
        "tabs": activity.tabs("audit_log", viewer),
        "form": form,
        "rows": [(row, audit_words.what(row.what), audit_words.details(row.details)) for row in found.rows],
        "chips": list(form.chips(state)),
        "clear_url": state.cleared(()),
        "pager": state.pager(found),
        "sees_all": viewer.store_ids is None,
    }
    return render(request, "activity/audit.html", context)
