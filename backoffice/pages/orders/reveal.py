"""Shows what is masked on the page of an Amazon order, for one look, and writes down who looked."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.frame import masking
from backoffice.pages.frame.permissions import action
from backoffice.pages.orders.order import details_or_404
from integration.access import Permission, Viewer


@action(Permission.SEE_PERSONAL_DATA)
def reveal(request: HttpRequest, viewer: Viewer, amazon_order_id: str) -> HttpResponse:
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
