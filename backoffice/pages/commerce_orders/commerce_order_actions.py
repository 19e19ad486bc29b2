"""What a person does on the page of a Commerce order: one operation each, then back to the page."""

from collections.abc import Callable

from django.contrib import messages as toasts
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.commerce_orders.commerce_forms import CommentForm, HoldForm, StatusForm, VoidForm
from backoffice.pages.commerce_orders.commerce_order import found_or_404, key_of, render_commerce_order
from backoffice.pages.frame import cancellation_words
from backoffice.pages.frame.cancel_form import CancelForm
from backoffice.pages.frame.permissions import action
from commerce.models import CreditMemo, Order, Shipment
from commerce.orders import comments, custom_statuses, holds
from commerce.refusals import Refused
from integration import tasks
from integration.access import Permission, Viewer
from integration.models import PickupStatus
from integration.outbox import pickups
from integration.outbox.cancel import REASONS as CANCEL_REASONS
from integration.outbox.cancel import cancel_orders, settle_cancellations
from integration.outbox.refund import send_refund_again, settle_refunds, void_refund
from integration.outbox.ship import send_confirmation_again, settle_shipments


@action(Permission.FULFILL_ORDERS)
def hold(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Put the order on hold."""
    order, form = key_of(viewer, number), HoldForm(request.POST)
    if not form.is_valid():
        return render_commerce_order(request, viewer, number, hold_form=form)
    why = form.cleaned_data["reason"]
    said = f"{order.number} is on hold: {cancellation_words.reason(why)}."
    return _do(request, order, said, lambda: _hold(order, why, viewer))


@action(Permission.FULFILL_ORDERS)
def unhold(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Let the order go on."""
    found = found_or_404(viewer, number)
    order = found.order
    # Taken off hold now, it could be shipped while Amazon cancels it.
    if found.is_being_canceled:
        toasts.error(request, f"Amazon is asked to cancel {order.number}; wait for its answer.")
        return back_to(order)
    return _do(request, order, f"{order.number} is off hold.", lambda: _unhold(order, viewer))


@action(Permission.FULFILL_ORDERS)
def comment(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Write a comment."""
    order, form = key_of(viewer, number), CommentForm(request.POST)
    if form.is_valid():
        try:
            comments.add(
                order_id=order.pk, text=form.cleaned_data["text"], now=timezone.now(), by=viewer.name
            )
        except comments.BadComment as bad:
            form.add_error("text", str(bad))
        else:
            toasts.success(request, "The comment is written.")
            return back_to(order)
    return render_commerce_order(request, viewer, number, comment_form=form)


@action(Permission.FULFILL_ORDERS)
def set_status(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Give the order the shop's own name for its state."""
    order = key_of(viewer, number)
    form = StatusForm(request.POST, order=order)
    if not form.is_valid():
        return render_commerce_order(request, viewer, number, status_form=form)
    code = form.cleaned_data["code"]
    said = f"{order.number} is {code or order.get_status_display()} now."
    return _do(request, order, said, lambda: _set_status(order, code, viewer))


@action(Permission.FULFILL_ORDERS)
def cancel(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Cancel the whole order, and at Amazon what it stands for."""
    order = key_of(viewer, number)
    form = CancelForm(request.POST, reasons=CANCEL_REASONS)
    if not form.is_valid():
        return render_commerce_order(request, viewer, number, cancel_form=form)
    try:
        asked = cancel_orders(
            commerce_order_ids=[order.pk],
            reason=form.cleaned_data["reason"],
            by=viewer.name,
            now=timezone.now(),
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return render_commerce_order(request, viewer, number, cancel_form=form)
    if asked.at_amazon:
        tasks.wake_feeds()
        toasts.success(
            request, f"Amazon is asked to cancel {order.number}. It is on hold until Amazon answers."
        )
    else:
        toasts.success(request, f"{order.number} is canceled; its stock is free again.")
    return back_to(order)


@action(Permission.FULFILL_ORDERS)
def send_again(request: HttpRequest, viewer: Viewer, number: str, shipment_id: int) -> HttpResponse:
    """Tell Amazon of a parcel once more, as it is."""
    order = key_of(viewer, number)
    _require(Shipment.objects.filter(order=order, pk=shipment_id).exists())
    send_confirmation_again(shipment_ids=[shipment_id], now=timezone.now())
    tasks.wake_confirm()
    toasts.success(request, "Amazon is told of the parcel again.")
    return back_to(order)


@action(Permission.FULFILL_ORDERS)
def pickup(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Tell Amazon that the goods wait in the store, or that the buyer refused them."""
    order = key_of(viewer, number)
    status = request.POST.get("status", "")
    if status == "settled":
        pickups.settle(amazon_order_id=order.channel_reference, by=viewer.name, now=timezone.now())
        toasts.success(request, "The store pick-up is settled.")
        return back_to(order)
    _require(status in PickupStatus.values)
    try:
        pickups.owe(order_id=order.pk, status=PickupStatus(status), by=viewer.name, now=timezone.now())
    except Refused as refused:
        toasts.error(request, str(refused))
        return back_to(order)
    tasks.wake_confirm()
    toasts.success(request, f"Amazon is told of {order.number}: {PickupStatus(status).label}.")
    return back_to(order)


@action(Permission.FULFILL_ORDERS)
def settle_parcel(request: HttpRequest, viewer: Viewer, number: str, shipment_id: int) -> HttpResponse:
    """A person has settled a parcel with Amazon elsewhere."""
    order = key_of(viewer, number)
    _require(Shipment.objects.filter(order=order, pk=shipment_id).exists())
    settle_shipments(shipment_ids=[shipment_id], by=viewer.name, now=timezone.now())
    toasts.success(request, "The parcel is marked as settled.")
    return back_to(order)


@action(Permission.FULFILL_ORDERS)
def settle_cancellation(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """A person leaves it at Amazon's refusal to cancel."""
    found = found_or_404(viewer, number)
    _require(found.cancellation is not None)
    if found.cancellation is not None:
        settle_cancellations(cancellation_ids=[found.cancellation.id], by=viewer.name, now=timezone.now())
    toasts.success(request, "Amazon's refusal is marked as settled.")
    return back_to(found.order)


@action(Permission.FULFILL_ORDERS)
def pay_again(request: HttpRequest, viewer: Viewer, number: str, memo_id: int) -> HttpResponse:
    """Ask Amazon once more to pay a credit memo back."""
    order = key_of(viewer, number)
    _require(CreditMemo.objects.filter(order=order, pk=memo_id).exists())
    send_refund_again(credit_memo_ids=[memo_id], now=timezone.now())
    tasks.wake_feeds()
    toasts.success(request, "Amazon is asked again to pay it back.")
    return back_to(order)


@action(Permission.FULFILL_ORDERS)
def settle_refund(request: HttpRequest, viewer: Viewer, number: str, memo_id: int) -> HttpResponse:
    """A person has paid a credit memo back elsewhere."""
    order = key_of(viewer, number)
    _require(CreditMemo.objects.filter(order=order, pk=memo_id).exists())
    settle_refunds(credit_memo_ids=[memo_id], by=viewer.name, now=timezone.now())
    toasts.success(request, "The refund is marked as settled.")
    return back_to(order)


@action(Permission.FULFILL_ORDERS)
def void(request: HttpRequest, viewer: Viewer, number: str, memo_id: int) -> HttpResponse:
    """What Amazon refused to pay back is not given back at all."""
    order, form = key_of(viewer, number), VoidForm(request.POST)
    _require(CreditMemo.objects.filter(order=order, pk=memo_id).exists())
    if not form.is_valid():
        toasts.error(request, "Say why the credit memo is void.")
        return back_to(order)
    try:
        memo = void_refund(
            credit_memo_id=memo_id,
            reason=form.cleaned_data["reason"],
            takes_stock=form.cleaned_data["takes_stock"],
            by=viewer.name,
            now=timezone.now(),
        )
    except Refused as refused:
        toasts.error(request, str(refused))
    else:
        toasts.success(request, f"Credit memo {memo.number} is void; its amount is charged as before.")
    return back_to(order)


def back_to(order: Order) -> HttpResponse:
    """To the page of the order."""
    return HttpResponseRedirect(reverse("commerce_order", args=[order.number]), status=303)


def _do(request: HttpRequest, order: Order, said: str, operation: Callable[[], None]) -> HttpResponse:
    """Do it and say so; what the order's state does not allow is told, not an error."""
    try:
        with transaction.atomic():
            operation()
    except Refused as refused:
        toasts.error(request, str(refused))
    else:
        toasts.success(request, said)
    return back_to(order)


def _hold(order: Order, why: str, viewer: Viewer) -> None:
    holds.hold(order_ids=[order.pk], reason=why, now=timezone.now(), by=viewer.name)


def _unhold(order: Order, viewer: Viewer) -> None:
    holds.unhold(order_ids=[order.pk], now=timezone.now(), by=viewer.name)


def _set_status(order: Order, code: str, viewer: Viewer) -> None:
    custom_statuses.set_status(order_ids=[order.pk], code=code, now=timezone.now(), by=viewer.name)


# The number in the address has been scoped to the viewer, the key of the part has not: a part of
# another order is not there.
def _require(is_there: bool) -> None:
    if not is_there:
        raise Http404("The order has no such part.")
