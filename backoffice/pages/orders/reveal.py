"""Shows what is masked on the page of an order, for one look, and writes down who looked."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from integration.access import Permission, Viewer
from integration.web import masking
from integration.web.commerce_order import found_or_404
from integration.web.order import details_or_404
from integration.web.permissions import action


@action(Permission.SEE_PERSONAL_DATA)
def amazon_order(request: HttpRequest, viewer: Viewer, amazon_order_id: str) -> HttpResponse:
    """Street, telephone, e-mail and gift messages of an Amazon order."""
    row = details_or_404(viewer, amazon_order_id).row
    masking.note_seen(
        viewer,
        subject=row.amazon_order_id,
        store_ids=[row.store_id],
        where="Amazon order",
        now=timezone.now(),
    )
    masking.show_once(request, f"amazon {row.amazon_order_id}")
    return HttpResponseRedirect(reverse("order", args=[row.amazon_order_id]) + "#address", status=303)


@action(Permission.SEE_PERSONAL_DATA)
def commerce_order(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """The same of a Commerce order."""
    found = found_or_404(viewer, number)
    masking.note_seen(
        viewer,
        subject=found.order.number,
        store_ids=[found.amazon.store_id] if found.amazon else [],
        where="Commerce order",
        now=timezone.now(),
    )
    masking.show_once(request, f"commerce {found.order.number}")
    address = reverse("commerce_order", args=[found.order.number])
    return HttpResponseRedirect(address + "#customer", status=303)
