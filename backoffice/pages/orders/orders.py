"""All Orders: the list over every store of the viewer.

Everything that was asked stands in the address, so that a list can be bookmarked and sent, except a buyer's
name: that one travels in the body of a POST only. The page that answers it carries the name on in a form of
its own, and its links become buttons of that form.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from backoffice.pages.frame.form_tokens import new_token
from backoffice.pages.frame.list_page import page_or_first
from backoffice.pages.frame.list_state import Heading, ListState
from backoffice.pages.frame.permissions import page
from backoffice.pages.orders import order_columns, saved_views
from backoffice.pages.orders.order_filters import OrderFilterForm
from backoffice.pages.orders.order_forms import SkipForm
from integration.access import Permission, Viewer
from integration.orders import order_list
from integration.orders.order_list import OrderFilter, OrderRow
from paging.keyset import Page

_COLUMNS = (
    ("Purchase Date", "purchased_at", True),
    ("Order Number", "amazon_order_id", False),
    ("Status", "status", False),
    ("Total", "total", True),
    ("Ship by", "latest_ship_at", False),
)


@page(Permission.VIEW_ORDERS, methods=("GET", "HEAD", "POST"))
def orders(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """All Orders. A form that was sent without a buyer's name leads to the address that says the same."""
    is_form = "filters" in request.POST
    state = ListState(reverse("orders"), request.POST if is_form else request.GET)
    buyer = request.POST.get("buyer", "").strip()
    # See Other: the browser asks for the list again by its address, which can be kept and sent (ADR
    # 0010).
    if request.method == "POST" and not buyer:
        return HttpResponseRedirect(state.url, status=303)
    return render(request, "orders/list.html", _context(request, viewer, state, buyer))


def _context(request: HttpRequest, viewer: Viewer, state: ListState, buyer: str) -> dict[str, Any]:
    asked = state.parameters
    asked["buyer"] = buyer
    stores = list(viewer.stores())
    form = OrderFilterForm(asked, stores=stores, sees_buyers=viewer.may(Permission.SEE_PERSONAL_DATA))
    filters = form.filters()
    ordering = asked.get("ordering", order_list.DEFAULT_ORDERING)
    if ordering not in order_list.ORDERINGS:
        ordering = order_list.DEFAULT_ORDERING
    found = page_or_first(
        request,
        state,
        lambda cursor: order_list.page(viewer=viewer, filters=filters, ordering=ordering, cursor=cursor),
    )
    chips = list(form.chips(state))
    columns = order_columns.shown_to(request)
    return {
        **_work(viewer, found, state),
        "columns": columns,
        "column_choices": order_columns.choices(columns),
        "saved_views": saved_views.shown(request, state),
        "sees_people": viewer.may(Permission.SEE_PERSONAL_DATA),
        "form": form,
        "rows": found.rows,
        "count": _count(viewer, filters, found),
        "pager": state.pager(found),
        "headings": headings(state, ordering),
        "chips": chips,
        "clear_url": state.cleared(),
        "here": state.url,
        "ordering": asked.get("ordering", ""),
        "buyer": buyer if viewer.may(Permission.SEE_PERSONAL_DATA) else "",
        "has_several_stores": len(stores) > 1,
        "has_stores": bool(stores),
    }


def _work(viewer: Viewer, found: Page[OrderRow], state: ListState) -> dict[str, Any]:
    """What the forms need that act on the list: ticked orders, all that fit, a file, a saved view."""
    may_act = viewer.may(Permission.RETRY_ORDERS) and bool(found.rows)
    return {
        "choosing_token": new_token() if may_act else "",
        "may_fix": viewer.may(Permission.FIX_ORDERS),
        "has_more": bool(found.next_cursor or found.previous_cursor),
        "query": state.first_page.partition("?")[2],
        "skip_form": SkipForm(auto_id="bulk_%s"),
    }


def _count(viewer: Viewer, filters: OrderFilter, found: Page[OrderRow]) -> order_list.Count:
    """A list of one page needs no statement to be counted."""
    if found.next_cursor is None and found.previous_cursor is None:
        return order_list.Count(value=len(found.rows), is_capped=False)
    return order_list.count(viewer=viewer, filters=filters)


def headings(state: ListState, ordering: str) -> dict[str, Heading]:
    """The sortable columns by their place in the table."""
    return {
        column: state.heading(name, column, ordering=ordering, is_first_descending=is_first_descending)
        for name, column, is_first_descending in _COLUMNS
    }
