"""The page of one Commerce order: what to do next, and everything about it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from amazon_orders import marketplaces
from commerce.models import Order
from integration import commerce_details
from integration.access import Permission, Viewer
from integration.channel import CHANNEL
from integration.commerce_details import CommerceDetails, CommerceHead
from integration.outbox.cancel import REASONS as CANCEL_REASONS
from integration.outbox.refund import VOID_REASONS
from integration.web import commerce_words, masking
from integration.web.commerce_forms import CancelForm, CommentForm, HoldForm, StatusForm
from integration.web.order import address_lines
from integration.web.permissions import page


@page(Permission.VIEW_ORDERS)
def commerce_order(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """The page of one order, with what Amazon has to do with it."""
    return render_commerce_order(request, viewer, number)


def found_or_404(viewer: Viewer, number: str) -> CommerceDetails:
    """The viewer's order with this number. Raises Http404."""
    try:
        return commerce_details.find(viewer=viewer, number=number)
    except commerce_details.UnknownOrder as unknown:
        raise Http404("No such Commerce order among the viewer's.") from unknown


def render_commerce_order(request: HttpRequest, viewer: Viewer, number: str, **forms: Any) -> HttpResponse:
    """The page, with a form that was refused in place of the fresh one. Raises Http404."""
    whole = found_or_404(viewer, number)
    is_shown = masking.is_to_show(request, f"commerce {whole.order.number}")
    found = whole if is_shown else masking.commerce_order(whole)
    now = timezone.now()
    may_fulfil = viewer.may(Permission.FULFIL_ORDERS)
    context = {
        **common(viewer, found),
        "is_masked": masking.is_masked(whole, found),
        "next_step": commerce_words.next_step(found, now),
        "money_lines": money_lines(found.order),
        "parcels": [
            (parcel, commerce_words.confirmation(parcel.confirmation) if parcel.confirmation else None)
            for parcel in found.parcels
        ],
        "credit_memos": [
            (memo, commerce_words.adjustment(memo.adjustment) if hasattr(memo, "adjustment") else None)
            for memo in found.credit_memos
        ],
        "history": history(found),
        "cancellation": found.cancellation,
        "cancellation_pill": commerce_words.cancellation(found.cancellation) if found.cancellation else None,
        "cancellation_reason": commerce_words.reason(found.cancellation.reason) if found.cancellation else "",
        "may_fulfil": may_fulfil,
        "void_reasons": VOID_REASONS,
        "hold_form": HoldForm(),
        "cancel_form": CancelForm(reasons=CANCEL_REASONS),
        "comment_form": CommentForm(),
        "status_form": StatusForm.of(found.order) if may_fulfil else None,
        **forms,
    }
    return render(request, "commerce_orders/details.html", context, status=422 if forms else 200)


def history(found: CommerceDetails) -> list[commerce_words.HistoryEntry]:
    """The newest first, down to the placing."""
    beginning = commerce_words.beginning(
        found.order,
        amazon_order_id=found.amazon.amazon_order_id if found.amazon else "",
        invoice_number=found.invoice.number if found.invoice else "",
    )
    return [*map(commerce_words.history, found.events), beginning]


def head_or_404(viewer: Viewer, number: str) -> CommerceHead:
    """The viewer's order with this number, without its lines. Raises Http404."""
    try:
        return commerce_details.head(viewer=viewer, number=number)
    except commerce_details.UnknownOrder as unknown:
        raise Http404("No such Commerce order among the viewer's.") from unknown


def common(viewer: Viewer, found: CommerceHead) -> dict[str, Any]:
    """What every page about the order shows on top."""
    return {
        "found": found,
        "order": found.order,
        "amazon": found.amazon,
        "seller_central_url": _seller_central_url(found),
        "is_of_amazon": found.order.channel == CHANNEL,
        "address_lines": address_lines(found.personal.get("address")),
        "buyer_name": found.personal.get("buyer_name", ""),
        "sees_people": viewer.may(Permission.SEE_PERSONAL_DATA),
    }


def money_lines(order: Any) -> list[tuple[str, Any]]:
    """The parts of a total that are known, of an order or an invoice."""
    named = (
        ("Items", order.items_total),
        ("Shipping", order.shipping_total),
        ("Gift wrap", order.gift_wrap_total),
        ("Discount", order.discount_total),
        ("Tax", order.tax_total),
        ("Other charges", order.other_total),
    )
    return [(name, amount) for name, amount in named if amount is not None]


def _seller_central_url(found: CommerceHead) -> str:
    if found.amazon is None:
        return ""
    shop = marketplaces.by_id(found.amazon.store.marketplace_id)
    return shop.seller_central_order_url(found.amazon.amazon_order_id)


def key_of(viewer: Viewer, number: str) -> Order:
    """The viewer's order, for an operation on it. One statement. Raises Http404."""
    try:
        return commerce_details.order_of(viewer=viewer, number=number)
    except commerce_details.UnknownOrder as unknown:
        raise Http404("No such Commerce order among the viewer's.") from unknown
