"""What must go out? The Commerce orders and the page of one of them; read only for now."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from amazon_orders import marketplaces
from commerce import queries
from commerce.models import Order, OrderStatus
from commerce.queries import OrderCursor, OrderFilter, OrderInFull
from integration import access
from integration.access import Permission, Viewer
from integration.channel import CHANNEL
from integration.models import OrderImport
from integration.web.list_state import ListState
from integration.web.order import address_lines
from integration.web.permissions import page


@page(Permission.VIEW_ORDERS)
def commerce_orders(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The list, newest purchase first, 50 a page."""
    state = ListState(reverse("commerce_orders"), request.GET)
    number, status = request.GET.get("number", "").strip()[:64], request.GET.get("status", "")
    found = queries.order_page(
        filters=OrderFilter(
            order_ids=_scope(viewer),
            number=number.replace("\x00", ""),
            statuses=(status,) if status in OrderStatus.values else (),
        ),
        after=_read(request.GET.get("after", "")),
        before=_read(request.GET.get("before", "")),
    )
    tabs = [("", "All"), *OrderStatus.choices]
    context = {
        "orders": found.rows,
        "number": number,
        "status": status,
        "tabs": [(name, state.with_value("status", value), value == status) for value, name in tabs],
        "clear_url": state.path,
        "pager": state.neighbours(before=_written(found.before), after=_written(found.after)),
    }
    return render(request, "commerce_orders/list.html", context)


@page(Permission.VIEW_ORDERS)
def commerce_order(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """The page of one order, with what Amazon has to do with it."""
    sees_people = viewer.may(Permission.SEE_PERSONAL_DATA)
    found = queries.order_in_full(number=number, with_personal=sees_people, order_ids=_scope(viewer))
    if found is None:
        raise Http404("No such Commerce order among the viewer's.")
    context = {
        "found": found,
        "order": found.order,
        "money_lines": _money_lines(found.order),
        "address_lines": address_lines(found.personal.get("address")),
        "buyer_name": found.personal.get("buyer_name", ""),
        "sees_people": sees_people,
        "amazon": _amazon_panel(found),
    }
    return render(request, "commerce_orders/details.html", context)


def _scope(viewer: Viewer) -> Any:
    """The primary keys of the viewer's orders; None is every order."""
    if viewer.store_ids is None:
        return None
    return access.scope_commerce_orders(viewer, Order.objects.all()).values("pk")


def _amazon_panel(found: OrderInFull) -> dict[str, Any] | None:
    """The Amazon order behind this one; without links when its store was deleted."""
    if found.order.channel != CHANNEL:
        return None
    link = (
        OrderImport.objects.filter(commerce_order=found.order).select_related("amazon_order__store").first()
    )
    panel: dict[str, Any] = {"number": found.order.channel_reference, "order": None}
    if link is not None:
        shop = marketplaces.by_id(link.amazon_order.store.marketplace_id)
        panel |= {
            "order": link.amazon_order,
            "store": link.amazon_order.store,
            "seller_central_url": shop.seller_central_order_url(link.amazon_order.amazon_order_id),
            "is_prime": link.amazon_order.is_prime,
        }
    return panel


def _money_lines(order: Order) -> list[tuple[str, Any]]:
    named = (
        ("Items", order.items_total),
        ("Shipping", order.shipping_total),
        ("Gift wrap", order.gift_wrap_total),
        ("Discount", order.discount_total),
        ("Tax", order.tax_total),
        ("Other charges", order.other_total),
    )
    return [(name, amount) for name, amount in named if amount is not None]


def _read(text: str) -> OrderCursor | None:
    """A cursor out of an address; one that makes no sense is the first page."""
    moment, _, key = text.rpartition("~")
    try:
        purchased_at, pk = datetime.fromisoformat(moment), int(key)
    except ValueError:
        return None
    return OrderCursor(purchased_at, pk) if purchased_at.tzinfo and 0 < pk < 2**63 else None


def _written(cursor: OrderCursor | None) -> str | None:
    return f"{cursor.purchased_at.isoformat()}~{cursor.id}" if cursor else None
