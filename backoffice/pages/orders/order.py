"""The page of one Amazon order: its details, what keeps it from being imported, and its forms."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from backoffice.pages.frame import cancellation_words, masking
from backoffice.pages.frame.addresses import address_lines
from backoffice.pages.frame.cancel_form import CancelForm
from backoffice.pages.frame.permissions import page
from backoffice.pages.orders import blocker_forms, next_steps
from backoffice.pages.orders.blocker_forms import Fix
from backoffice.pages.orders.order_forms import AddressForm, SkipForm
from integration.access import Permission, Viewer
from integration.commerce_orders.details import FACILITATOR
from integration.decision.facts import AMAZON
from integration.decision.policy import Reason
from integration.models import ImportState
from integration.orders import details
from integration.orders.details import ItemDetails, OrderDetails
from integration.orders.order_list import OpenBlocker
from integration.outbox.cancel import REASONS as CANCEL_REASONS
from integration.outbox.cancel import UNSHIPPED

_ABOVE_TOWN = ("name", "company", "line1", "line2", "line3", "municipality", "district")
_OPEN = frozenset({ImportState.WAITING, ImportState.BLOCKED})
_NO_COMMERCE_ORDER = frozenset({*_OPEN, ImportState.VIEW_ONLY, ImportState.SKIPPED})


@page(Permission.VIEW_ORDERS)
def order(request: HttpRequest, viewer: Viewer, amazon_order_id: str) -> HttpResponse:
    """The page of one order."""
    return render_order(request, viewer, amazon_order_id)


def render_order(request: HttpRequest, viewer: Viewer, amazon_order_id: str, **forms: Any) -> HttpResponse:
    """The page, with a form that was refused in place of the fresh one. Raises Http404."""
    whole = details_or_404(viewer, amazon_order_id)
    is_shown = masking.is_to_show(request, f"amazon {whole.row.amazon_order_id}")
    details = whole if is_shown else masking.amazon_order(whole)
    is_masked = masking.is_masked(whole, details)
    context = {
        "is_masked": is_masked,
        # A form filled with what is masked would save the mask.
        "may_type_address": whole.address == details.address or "address_form" in forms,
        "order": details,
        "row": details.row,
        "next_step": next_steps.of(details),
        "whole_order_blockers": _not_of_a_line(details.row.blockers, details.items),
        "lines": [(item, _fixes(item, details.row.store_id)) for item in details.items],
        "next": reverse("order", args=[details.row.amazon_order_id]),
        "money_lines": money_lines(details),
        "address_lines": address_lines(details.address.in_force),
        "address_form": AddressForm(initial=details.address.in_force or {}),
        "skip_form": SkipForm(),
        "cancel_form": CancelForm(reasons=CANCEL_REASONS),
        **_cancellation(details),
        **_allowed(viewer, details),
        **forms,
    }
    return render(request, "orders/details.html", context, status=422 if forms else 200)


def details_or_404(viewer: Viewer, amazon_order_id: str) -> OrderDetails:
    """One order of the viewer's stores. Raises Http404."""
    try:
        return details.find_order(viewer=viewer, amazon_order_id=amazon_order_id)
    except details.UnknownOrder as unknown:
        raise Http404("No such order among the viewer's stores.") from unknown


def _fixes(item: ItemDetails, store_id: int) -> list[tuple[OpenBlocker, Fix]]:
    return [(blocker, blocker_forms.of_line(item, blocker, store_id=store_id)) for blocker in item.blockers]


def _not_of_a_line(blockers: Iterable[OpenBlocker], items: Iterable[ItemDetails]) -> list[OpenBlocker]:
    shown = {item.order_item_id for item in items}
    return [blocker for blocker in blockers if blocker.order_item_id not in shown]


def _cancellation(details: OrderDetails) -> dict[str, Any]:
    """Where our request that Amazon cancel the order stands, and whether Amazon remits the tax."""
    asked = details.cancellation
    tax = [item.details for item in details.items if item.details.get("tax_collected_by")]
    return {
        "cancellation_pill": cancellation_words.cancellation(asked) if asked else None,
        "cancellation_reason": cancellation_words.reason(asked.reason) if asked else "",
        "is_tax_amazons": any(FACILITATOR in each["tax_collected_by"] for each in tax),
    }


def _allowed(viewer: Viewer, details: OrderDetails) -> dict[str, bool]:
    """Which buttons the viewer gets; the operations themselves refuse what has changed meanwhile."""
    row = details.row
    is_open = row.state in _OPEN
    may_fix = viewer.may(Permission.FIX_ORDERS)
    sees_people = viewer.may(Permission.SEE_PERSONAL_DATA)
    return {
        "may_retry": is_open and viewer.may(Permission.RETRY_ORDERS),
        "may_refresh": viewer.may(Permission.RETRY_ORDERS),
        "may_import": may_fix and row.state == ImportState.VIEW_ONLY and row.reason != Reason.MULTI_CHANNEL,
        "may_skip": may_fix and is_open,
        "may_unskip": may_fix and row.state == ImportState.SKIPPED,
        "may_correct": may_fix
        and sees_people
        and row.state in _NO_COMMERCE_ORDER
        and row.fulfillment != AMAZON,
        "may_settle": may_fix and details.amounts_lowered_at is not None,
        "may_cancel": viewer.may(Permission.FULFILL_ORDERS)
        and row.status == UNSHIPPED
        and row.fulfillment != AMAZON
        and not (details.cancellation and details.cancellation.is_open),
        "may_fulfill": viewer.may(Permission.FULFILL_ORDERS),
        "may_match": may_fix and row.state in _NO_COMMERCE_ORDER,
        "may_edit_catalog": viewer.may(Permission.EDIT_CATALOG),
    }


def money_lines(details: OrderDetails) -> list[tuple[str, Any]]:
    """The parts of the order's total that Amazon told, without what is nothing."""
    parts = details.money.amounts
    named = (
        ("Items", parts.items),
        ("Shipping", parts.shipping),
        ("Gift wrap", parts.gift_wrap),
        ("Discount", parts.discount),
        ("Tax", parts.tax),
        ("Other charges", parts.other),
    )
    return [(name, amount) for name, amount in named if amount or (name == "Items" and amount is not None)]
