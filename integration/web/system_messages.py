"""What went wrong, when, and is it over? The open system messages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from integration import messages
from integration.access import Permission, Viewer
from integration.messages import Code
from integration.web.permissions import page


@page(Permission.VIEW_ORDERS)
def system_messages(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Every open message of the viewer's stores; a message closes itself when its cause is gone."""
    found = messages.open_messages(viewer=viewer, now=timezone.now())
    context = {
        "open_messages": found,
        "banners": found,
        "authorization_codes": (Code.AUTHORIZATION_REFUSED, Code.AUTHORIZATION_ENDS),
        "may_manage": viewer.may(Permission.MANAGE_STORES),
    }
    return render(request, "messages/list.html", context)
