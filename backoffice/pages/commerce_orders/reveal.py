"""Shows what is masked on the page of a Commerce order, for one look, and writes down who looked."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.commerce_orders.commerce_order import found_or_404
from backoffice.pages.frame import masking
from backoffice.pages.frame.permissions import action
from integration.access import Permission, Viewer


@action(Permission.SEE_PERSONAL_DATA)
def reveal(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Street, telephone, e-mail and gift messages of a Commerce order."""
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
