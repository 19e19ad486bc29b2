"""Saved views of All Orders: filters and sort under a name. A search by buyer is never among them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.frame.list_state import ListState
from backoffice.pages.frame.permissions import action, user_of
from integration.access import Permission, Viewer
from integration.models import SavedView

AT_MOST = 20
LONGEST_NAME = 40
LONGEST_QUERY = 2000


@dataclass(frozen=True, slots=True)
class SavedViewLink:
    """A saved view as a link; `is_current`: the list shows just this."""

    id: int
    name: str
    url: str
    is_current: bool


def shown(request: HttpRequest, state: ListState) -> Iterable[SavedViewLink]:
    """The views of the person who looks, by name. One statement."""
    here = _parts(state.first_page)
    return [
        SavedViewLink(view.pk, view.name, _address(view.query), _parts(_address(view.query)) == here)
        for view in SavedView.objects.filter(user=user_of(request)).order_by("name")
    ]


@action(Permission.VIEW_ORDERS)
def save(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Keep the list as it is filtered and sorted; the same name again replaces what it stood for."""
    name = " ".join(request.POST.get("name", "").replace("\x00", "").split())
    query = clean(request.POST.get("query", ""))
    address = _address(query)
    if not name or len(name) > LONGEST_NAME or len(query) > LONGEST_QUERY:
        toasts.warning(request, f"A view needs a name of at most {LONGEST_NAME} characters.")
        return HttpResponseRedirect(address, status=303)
    mine = SavedView.objects.filter(user=user_of(request))
    # Without the one of this name, which is replaced.
    if mine.exclude(name=name).count() >= AT_MOST:
        toasts.warning(request, f"There are {AT_MOST} views already: remove one first.")
        return HttpResponseRedirect(address, status=303)
    mine.update_or_create(
        user=user_of(request), name=name, defaults={"query": query, "saved_at": timezone.now()}
    )
    toasts.success(request, f"The view {name} is saved.")
    return HttpResponseRedirect(address, status=303)


@action(Permission.VIEW_ORDERS)
def remove(request: HttpRequest, viewer: Viewer, view_id: int) -> HttpResponse:
    """Forget one of one's own views."""
    mine = SavedView.objects.filter(pk=view_id, user=user_of(request))
    if names := list(mine.values_list("name", flat=True)):
        mine.delete()
        toasts.success(request, f"The view {names[0]} is removed.")
    return HttpResponseRedirect(reverse("orders"), status=303)


def clean(query: str) -> str:
    """A list's address without its page, and without what may name a person."""
    return ListState("", QueryDict(query)).first_page.removeprefix("?")


def _address(query: str) -> str:
    return reverse("orders") + (f"?{query}" if query else "")


def _parts(address: str) -> list[tuple[str, list[str]]]:
    """What an address asks, in whatever order."""
    return sorted((name, sorted(values)) for name, values in QueryDict(address.partition("?")[2]).lists())
