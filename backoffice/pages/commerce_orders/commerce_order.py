"""The page of one Commerce order: what to do next, and everything about it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from amazon_orders import marketplaces
from backoffice.pages.commerce_orders import commerce_words
from backoffice.pages.commerce_orders.commerce_forms import CommentForm, HoldForm, StatusForm
from backoffice.pages.frame import cancellation_words, masking
from backoffice.pages.frame.addresses import address_lines
from backoffice.pages.frame.cancel_form import CancelForm
from backoffice.pages.frame.permissions import page
from commerce.models import Order
from integration.access import Permission, Viewer
from integration.commerce_orders import details
from integration.commerce_orders.details import CommerceDetails, CommerceHead
from integration.models import PickupNotice
from integration.models.imports import CHANNEL
from integration.outbox.cancel import REASONS as CANCEL_REASONS
from integration.outbox.refund import VOID_REASONS


@page(Permission.VIEW_ORDERS)
def commerce_order(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """The page of one order, with what Amazon has to do with it."""
    return render_commerce_order(request, viewer, number)


def found_or_404(viewer: Viewer, number: str) -> CommerceDetails:
    """The viewer's order with this number. Raises Http404."""
    try:
        return details.find_commerce_order(viewer=viewer, number=number)
    except details.UnknownOrder as unknown:
        raise Http404("No such Commerce order among the viewer's.") from unknown


def pickups_of(found: CommerceDetails) -> list[PickupNotice]:
    """What Amazon was told of an order that is fetched in a store."""
    if not found.is_picked_up:
        return []
    notices = PickupNotice.objects.filter(amazon_order_id=found.order.channel_reference)
    return list(notices.order_by("owed_at", "pk"))


def render_commerce_order(request: HttpRequest, viewer: Viewer, number: str, **forms: Any) -> HttpResponse:
    """The page, with a form that was refused in place of the fresh one. Raises Http404."""
    whole = found_or_404(viewer, number)
    is_shown = masking.is_to_show(request, f"commerce {whole.order.number}")
    found = whole if is_shown else masking.commerce_order(whole)
    now = timezone.now()
    may_fulfill = viewer.may(Permission.FULFILL_ORDERS)
    asked = found.cancellation
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
            (memo, cancellation_words.adjustment(memo.adjustment) if hasattr(memo, "adjustment") else None)
            for memo in found.credit_memos
        ],
        "pickups": pickups_of(found),
        "history": history(found),
        "cancellation": asked,
        "cancellation_pill": cancellation_words.cancellation(asked) if asked else None,
        "cancellation_reason": cancellation_words.reason(asked.reason) if asked else "",
        "may_fulfill": may_fulfill,
        "void_reasons": VOID_REASONS,
        "hold_form": HoldForm(),
        "cancel_form": CancelForm(reasons=CANCEL_REASONS),
        "comment_form": CommentForm(),
        "status_form": StatusForm.of(found.order) if may_fulfill else None,
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
        return details.head(viewer=viewer, number=number)
    except details.UnknownOrder as unknown:
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
        "delivery_wishes": found.personal.get("delivery_wishes", ()),
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
    known = [(name, amount) for name, amount in named if amount is not None]
    if order.included_tax_total:
        # No tax is added where the prices hold it.
        known = [(name, amount) for name, amount in known if name != "Tax" or amount]
    return known


def _seller_central_url(found: CommerceHead) -> str:
    if found.amazon is None:
        return ""
    shop = marketplaces.by_id(found.amazon.store.marketplace_id)
    return shop.seller_central_order_url(found.amazon.amazon_order_id)


def key_of(viewer: Viewer, number: str) -> Order:
    """The viewer's order, for an operation on it. One statement. Raises Http404."""
    try:
        return details.order_of(viewer=viewer, number=number)
    except details.UnknownOrder as unknown:
        raise Http404("No such Commerce order among the viewer's.") from unknown
