"""What must go out? The Commerce orders as a worklist, the most urgent first; those on hold; all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from commerce import queries, worklist
from commerce.models import Order, OrderStatus
from commerce.paging import Page
from commerce.queries import OrderCursor, OrderFilter
from commerce.transitions import FINISHED
from commerce.worklist import WorkCursor
from integration import commerce_list
from integration.access import Permission, Viewer
from integration.commerce_list import AmazonSide, Contents, Told
from integration.web import words
from integration.web.commerce_filters import ALL, ON_HOLD, TO_SHIP, VIEWS, CommerceFilterForm
from integration.web.list_state import ListState
from integration.web.permissions import page
from integration.web.words import Pill

_NO_SHIP_DATE = "-"
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
    found = _worklist(request, viewer, form) if view == TO_SHIP else _orders(request, viewer, form, view)
    chips = list(form.chips(state))
    pace = commerce_list.pace(viewer, now=now)
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
        "pager": state.neighbours(before=_written(found.before), after=_written(found.after)),
        "may_choose": view == TO_SHIP and bool(found.rows),
        "may_fulfil": viewer.may(Permission.FULFIL_ORDERS),
    }
    return render(request, "commerce_orders/list.html", context)


def rows(orders: Sequence[Order], *, now: datetime) -> list[CommerceRow]:
    """These orders with what the list says of them: 4 statements."""
    ids = [order.pk for order in orders]
    sides = commerce_list.amazon_sides(ids)
    contents = commerce_list.contents(ids)
    told = commerce_list.told({pk: side.amazon_order_id for pk, side in sides.items()})
    return [
        _row(
            order,
            sides.get(order.pk),
            contents.get(order.pk, Contents()),
            told.get(order.pk, Told()),
            now,
        )
        for order in orders
    ]


def _row(
    order: Order, amazon: AmazonSide | None, contents: Contents, told: Told, now: datetime
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


def _pills(told: Told) -> Iterator[Pill]:
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


def _worklist(request: HttpRequest, viewer: Viewer, form: CommerceFilterForm) -> Page[Order, WorkCursor]:
    return worklist.page(
        order_ids=commerce_list.scope(viewer, form.wanted()),
        after=_read_work(request.GET.get("after", "")),
        before=_read_work(request.GET.get("before", "")),
    )


def _orders(
    request: HttpRequest, viewer: Viewer, form: CommerceFilterForm, view: str
) -> Page[Order, OrderCursor]:
    status = OrderStatus.ON_HOLD.value if view == ON_HOLD else form.status_chosen()
    return queries.order_page(
        filters=OrderFilter(
            order_ids=commerce_list.scope(viewer, form.wanted()), statuses=(status,) if status else ()
        ),
        after=_read(request.GET.get("after", "")),
        before=_read(request.GET.get("before", "")),
    )


def _read(text: str) -> OrderCursor | None:
    """A cursor out of an address; one that makes no sense is the first page."""
    moment, _, key = text.rpartition("~")
    at, pk = _moment(moment), _key(key)
    return OrderCursor(at, pk) if at and pk else None


def _read_work(text: str) -> WorkCursor | None:
    moment, _, key = text.rpartition("~")
    at, pk = _moment(moment), _key(key)
    if not pk or (at is None and moment != _NO_SHIP_DATE):
        return None
    return WorkCursor(at, pk)


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _key(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _written(cursor: OrderCursor | WorkCursor | None) -> str | None:
    if cursor is None:
        return None
    at = cursor.ship_by if isinstance(cursor, WorkCursor) else cursor.purchased_at
    return f"{at.isoformat() if at else _NO_SHIP_DATE}~{cursor.id}"
