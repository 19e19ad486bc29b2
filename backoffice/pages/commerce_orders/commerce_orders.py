"""The Commerce orders: those to ship, the most urgent first; those on hold; all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.commerce_orders.commerce_filters import ALL, ON_HOLD, TO_SHIP, VIEWS, CommerceFilterForm
from backoffice.pages.frame import words
from backoffice.pages.frame.list_page import page_or_first
from backoffice.pages.frame.list_state import ListState
from backoffice.pages.frame.permissions import page
from backoffice.pages.frame.words import Pill
from commerce.models import Order, OrderStatus
from commerce.orders import order_queries, worklist
from commerce.orders.order_queries import OrderFilter
from commerce.transitions import FINISHED
from integration.access import Permission, Viewer
from integration.commerce_orders import order_list
from integration.commerce_orders.order_list import AmazonSide, Contents, OutboxProblems
from paging.keyset import Page

_KEPT = ("view",)


@dataclass(frozen=True, slots=True)
class CommerceRow:
    """A line of the list. `clock`: None where nothing has to leave any more; `told`: how Amazon took it."""

    order: Order
    amazon: AmazonSide | None
    contents: Contents
    clock: Pill | None
    wants_cancel: bool
    told: tuple[Pill, ...] = ()


@page(Permission.VIEW_ORDERS)
def commerce_orders(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The list, 50 a page. Its state is in the address."""
    now = timezone.now()
    state = ListState(reverse("commerce_orders"), request.GET)
    form = CommerceFilterForm(request.GET, stores=list(viewer.stores()))
    view = _view(request, form)
    found = page_or_first(request, state, lambda cursor: _page(viewer, form, view, cursor))
    chips = list(form.chips(state))
    pace = order_list.pace(viewer, now=now)
    context = {
        "rows": rows(found.rows, now=now),
        "form": form,
        "view": view,
        "tabs": _tabs(state, view, pace.to_ship),
        "pace": pace,
        "chips": chips,
        "clear_url": state.cleared(_KEPT),
        "cancel_url": state.with_value("cancel", "on"),
        "all_url": f"{state.path}?view={ALL}",
        "pager": state.pager(found),
        "may_choose": view == TO_SHIP and bool(found.rows),
        "may_fulfill": viewer.may(Permission.FULFILL_ORDERS),
    }
    return render(request, "commerce_orders/list.html", context)


def rows(orders: Sequence[Order], *, now: datetime) -> list[CommerceRow]:
    """These orders with what the list says of them: 4 statements."""
    ids = [order.pk for order in orders]
    sides = order_list.amazon_sides(ids)
    contents = order_list.contents(ids)
    told = order_list.told({pk: side.amazon_order_id for pk, side in sides.items()})
    return [
        _row(
            order,
            sides.get(order.pk),
            contents.get(order.pk, Contents()),
            told.get(order.pk, OutboxProblems()),
            now,
        )
        for order in orders
    ]


def _row(
    order: Order, amazon: AmazonSide | None, contents: Contents, told: OutboxProblems, now: datetime
) -> CommerceRow:
    is_open = order.status not in FINISHED and order.fully_shipped_at is None
    is_asking = is_open and amazon is not None and amazon.wants_cancel
    return CommerceRow(
        order=order,
        amazon=amazon,
        contents=contents,
        clock=words.ship_clock(order.ship_by, now) if is_open and order.ship_by else None,
        wants_cancel=is_asking and not told.is_being_canceled,
        told=tuple(_pills(told)),
    )


def _pills(told: OutboxProblems) -> Iterator[Pill]:
    if told.has_refused_parcel:
        yield Pill("Amazon refused a package", "bad")
    if told.has_refused_cancellation:
        yield Pill("Amazon refused to cancel", "bad")
    if told.is_being_canceled:
        yield Pill("Amazon is asked to cancel", "info")


def _view(request: HttpRequest, form: CommerceFilterForm) -> str:
    """A status can be asked for among all orders only."""
    asked = request.GET.get("view", "")
    if form.status_chosen():
        return ALL
    return asked if asked in dict(VIEWS) else TO_SHIP


def _tabs(state: ListState, view: str, to_ship: int) -> list[tuple[str, str, bool, int]]:
    """(name, address, whether it is this one, count or 0)."""
    parameters = state.parameters
    parameters.pop("status", None)
    plain = ListState(state.path, parameters)
    return [
        (
            name,
            plain.with_value("view", "" if key == TO_SHIP else key),
            key == view,
            to_ship if key == TO_SHIP else 0,
        )
        for key, name in VIEWS
    ]


def _page(viewer: Viewer, form: CommerceFilterForm, view: str, cursor: str) -> Page[Order]:
    order_ids = order_list.scope(viewer, form.wanted())
    if view == TO_SHIP:
        return worklist.page(order_ids=order_ids, cursor=cursor)
    status = OrderStatus.ON_HOLD.value if view == ON_HOLD else form.status_chosen()
    filters = OrderFilter(order_ids=order_ids, statuses=(status,) if status else ())
    return order_queries.order_page(filters=filters, cursor=cursor)
