"""Canceling at Amazon from an Amazon order's page: with or without a Commerce order, also with import off."""

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.frame.cancel_form import CancelForm
from backoffice.pages.frame.permissions import action
from backoffice.pages.orders.order import render_order
from backoffice.pages.orders.order_actions import order_of
from commerce.refusals import Refused
from integration import tasks
from integration.access import Permission, Viewer
from integration.models import Cancellation
from integration.outbox.cancel import REASONS, cancel_at_amazon, settle_cancellations


@action(Permission.FULFILL_ORDERS)
def cancel(request: HttpRequest, viewer: Viewer, amazon_order_id: str) -> HttpResponse:
    """Ask Amazon to cancel the whole order, for one of its reasons."""
    order_id = order_of(viewer, amazon_order_id)
    form = CancelForm(request.POST, reasons=REASONS)
    if form.is_valid():
        try:
            cancel_at_amazon(
                amazon_order_ids=[order_id],
                reason=form.cleaned_data["reason"],
                by=viewer.name,
                now=timezone.now(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            tasks.wake_feeds()
            said = f"Amazon is asked to cancel {amazon_order_id}. Its answer takes some minutes."
            toasts.success(request, said)
            return _back(amazon_order_id)
    return render_order(request, viewer, amazon_order_id, cancel_form=form)


@action(Permission.FULFILL_ORDERS)
def settle(request: HttpRequest, viewer: Viewer, amazon_order_id: str) -> HttpResponse:
    """A person leaves it at Amazon's refusal."""
    order_of(viewer, amazon_order_id)
    refused = Cancellation.objects.filter(amazon_order_id=amazon_order_id).values_list("pk", flat=True)
    settle_cancellations(cancellation_ids=list(refused), by=viewer.name, now=timezone.now())
    toasts.success(request, "Amazon's refusal is marked as settled.")
    return _back(amazon_order_id)


def _back(amazon_order_id: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("order", args=[amazon_order_id]), status=303)
