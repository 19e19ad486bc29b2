"""Read-only mode: what it does, why it is on, and its switch."""

from django import forms
from django.conf import settings
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.frame import words
from backoffice.pages.frame.permissions import action, page
from integration import tasks
from integration.access import Permission, Viewer
from integration.installation import read_only

NAMED_STORES = 20


class SpeakAgainForm(forms.Form):
    """Ticked by whoever has read what will happen."""

    is_meant = forms.BooleanField(
        label="Yes, this installation is to speak to Amazon for these stores",
        error_messages={"required": "Tick the box when this is what you want."},
    )


@page(Permission.MANAGE_STORES)
def read_only_mode(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The mode, and what switching it would do."""
    return _render(request, viewer, SpeakAgainForm())


@action(Permission.MANAGE_STORES)
def switch_on(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Say nothing to Amazon from now on."""
    read_only.switch_on(by=viewer.name, now=timezone.now())
    toasts.success(request, "Read-only mode is on. A sync under way stops before its next call to Amazon.")
    return HttpResponseRedirect(reverse("read_only"), status=303)


@action(Permission.MANAGE_STORES)
def switch_off(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Speak to Amazon again, once the box is ticked."""
    form = SpeakAgainForm(request.POST)
    if not form.is_valid():
        return _render(request, viewer, form)
    read_only.switch_off(by=viewer.name, now=timezone.now())
    tasks.wake_syncs()
    toasts.success(request, "Read-only mode is off. What came in at Amazon meanwhile is fetched now.")
    return HttpResponseRedirect(reverse("read_only"), status=303)


def _render(request: HttpRequest, viewer: Viewer, form: SpeakAgainForm) -> HttpResponse:
    context = {
        "form": form,
        "mode": read_only.find_mode(),
        "installation_id": settings.INSTALLATION_ID,
        "named_stores": _named_stores(viewer),
    }
    return render(request, "read_only.html", context, status=422 if form.errors else 200)


def _named_stores(viewer: Viewer) -> str:
    """The stores it concerns, as many as a person reads."""
    names = list(viewer.stores().filter(is_active=True).values_list("name", flat=True))
    more = len(names[NAMED_STORES:])
    tail = f" and {words.counted(more, 'more store')}" if more else ""
    return ", ".join(names[:NAMED_STORES]) + tail or "no store yet"
