"""The system messages, open and closed."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.frame import words
from backoffice.pages.frame.list_page import page_or_first
from backoffice.pages.frame.list_state import ListState
from backoffice.pages.frame.permissions import page
from backoffice.pages.operations import message_words
from integration.access import Permission, Viewer
from integration.messages import history, open_messages
from integration.messages.history import MessageFilter
from integration.messages.open_messages import Code, Severity, SystemMessage

CLOSED = "closed"


class MessageFilterForm(forms.Form):
    """Every field is optional. `state` is the tab."""

    state = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    code = forms.ChoiceField(
        label="Message",
        required=False,
        choices=[("", "All"), *((code.value, message_words.title(code)) for code in Code)],
        widget=forms.Select({"class": "form-select"}),
    )
    severity = forms.ChoiceField(
        label="How urgent",
        required=False,
        choices=[("", "All"), *((each.value, words.sentence(each)) for each in Severity)],
        widget=forms.Select({"class": "form-select"}),
    )
    store = forms.TypedChoiceField(
        label="Store",
        required=False,
        coerce=int,
        empty_value=None,
        widget=forms.Select({"class": "form-select"}),
    )

    def __init__(self, *args: Any, stores: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": "filter_%s"})
        chosen = self.fields["store"]
        assert isinstance(chosen, forms.TypedChoiceField)
        chosen.choices = [("", "All"), *stores]

    def filters(self) -> MessageFilter:
        """A field that makes no sense does not filter."""
        self.is_valid()
        given = self.cleaned_data
        return MessageFilter(
            code=given.get("code", ""), severity=given.get("severity", ""), store_id=given.get("store")
        )


@page(Permission.VIEW_ORDERS)
def system_messages(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Every message of the viewer's stores; one closes itself when its cause is gone."""
    state = ListState(reverse("system_messages"), request.GET)
    is_closed = request.GET.get("state") == CLOSED
    context = _closed(request, viewer, state) if is_closed else _open(request, viewer)
    context |= {
        "is_closed": is_closed,
        "tabs": [
            ("Open", state.with_value("state", ""), not is_closed),
            ("Closed", state.with_value("state", CLOSED), is_closed),
        ],
        "is_filtered": context["filters"] != MessageFilter(),
        "clear_url": state.cleared(("state",)),
        "may_manage": viewer.may(Permission.MANAGE_STORES),
    }
    return render(request, "messages/list.html", context)


def _open(request: HttpRequest, viewer: Viewer) -> dict[str, Any]:
    now = timezone.now()
    found = open_messages.open_messages(viewer=viewer, now=now)
    form = MessageFilterForm(request.GET, stores=_stores_of(found))
    filters = form.filters()
    return {
        "form": form,
        "filters": filters,
        "open_messages": [message for message in found if filters.fits(message)],
        "banners": found,
        "now": now,
        "authorization_codes": (Code.AUTHORIZATION_REFUSED, Code.AUTHORIZATION_ENDS),
    }


def _stores_of(found: Iterable[SystemMessage]) -> list[tuple[int, str]]:
    named = {store.id: store.name for message in found for store in message.stores}
    return sorted(named.items(), key=lambda each: each[1])


def _closed(request: HttpRequest, viewer: Viewer, state: ListState) -> dict[str, Any]:
    form = MessageFilterForm(request.GET, stores=viewer.stores().values_list("pk", "name"))
    filters = form.filters()
    found = page_or_first(
        request, state, lambda cursor: history.closed(viewer=viewer, filters=filters, cursor=cursor)
    )
    return {
        "form": form,
        "filters": filters,
        "closed_messages": [
            (record, words.duration(record.closed_at - record.opened_at))
            for record in found.rows
            if record.closed_at is not None
        ],
        "pager": state.pager(found),
    }
