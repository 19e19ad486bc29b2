"""The columns of All Orders: which there are, and which of them a person wants to see."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from backoffice.pages.frame.permissions import action, user_of
from backoffice.pages.frame.redirect_back import back
from integration.access import Permission, Viewer
from integration.models import User

# In the order of the table, the Order Number between the first two: without it a row is none.
COLUMNS = {
    "purchased": "Purchase Date",
    "commerce": "Commerce order",
    "store": "Store",
    "status": "Status",
    "state": "Import",
    "buyer": "Buyer's Name",
    "total": "Total",
    "ship_by": "Ship by",
    "notes": "Order Notes",
}
USUAL = ("purchased", "status", "state", "buyer", "total", "ship_by", "notes")


@dataclass(frozen=True, slots=True)
class Choice:
    """A column in the chooser."""

    code: str
    name: str
    is_shown: bool


def shown_to(request: HttpRequest) -> Collection[str]:
    """The columns this person chose, else the usual ones. They come with the user: no statement."""
    chosen = user_of(request).order_columns
    return USUAL if chosen is None else [code for code in COLUMNS if code in chosen]


def choices(shown: Collection[str]) -> Iterable[Choice]:
    """The chooser."""
    return [Choice(code, name, code in shown) for code, name in COLUMNS.items()]


@action(Permission.VIEW_ORDERS)
def choose_columns(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Keep a choice of columns, or go back to the usual ones."""
    asked = set(request.POST.getlist("column"))
    chosen = [code for code in COLUMNS if code in asked]
    is_usual = "usual" in request.POST or tuple(chosen) == USUAL
    # One column: the rest of the user's row may be changed by somebody else at this moment.
    User.objects.filter(pk=user_of(request).pk).update(order_columns=None if is_usual else chosen)
    toasts.success(request, "Your columns are kept.")
    return back(request, reverse("orders"))
