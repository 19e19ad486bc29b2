"""Bulk actions of All Orders: begin them, and find those again that are under way."""

from datetime import timedelta

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.frame.permissions import action, page
from backoffice.pages.orders import saved_views
from backoffice.pages.orders.import_batches import shown_batches
from backoffice.pages.orders.order_filters import OrderFilterForm
from backoffice.pages.orders.order_forms import SkipForm
from integration import access, tasks
from integration.access import Permission, Viewer
from integration.models import BatchAction, ImportBatch
from integration.orders.actions import BadRequest
from integration.orders.bulk import batches, selection
from integration.orders.bulk.selection import Bulk

# So long a finished one is still told of above the list.
TOLD_FOR = timedelta(minutes=1)
SHOWN = 5
_NEEDS = {BatchAction.SKIP: Permission.FIX_ORDERS, BatchAction.IMPORT: Permission.FIX_ORDERS}


@action(Permission.RETRY_ORDERS)
def start(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Begin with the ticked orders, or with all that fit the list's filter."""
    query = saved_views.clean(request.POST.get("query", ""))
    try:
        batches = _start(request, viewer, query)
    except BadRequest as refused:
        toasts.warning(request, str(refused))
        address = reverse("orders") + (f"?{query}" if query else "")
        return HttpResponseRedirect(address, status=303)
    tasks.wake_batches()
    if len(batches) == 1:
        return HttpResponseRedirect(reverse("import_batch", args=[batches[0].pk]), status=303)
    return HttpResponseRedirect(f"{reverse('import_batches')}?token={batches[0].token}", status=303)


def _start(request: HttpRequest, viewer: Viewer, query: str) -> list[ImportBatch]:
    bulk = _bulk(request, viewer)
    if "all" in request.POST:
        form = OrderFilterForm(QueryDict(query), stores=list(viewer.stores()), sees_buyers=False)
        filters = form.filters()
        if form.errors:
            # What makes no sense filters nothing: nobody means all orders by that.
            raise BadRequest("orders", "A filter makes no sense: correct it first.")
        return selection.start_fitting(filters=filters, viewer=viewer, bulk=bulk)
    # Bounded below: a key beyond bigint would be an error of the database.
    keys = {int(key) for key in request.POST.getlist("order") if key.isascii() and key.isdigit()}
    return selection.start_ticked(order_ids=[key for key in keys if key < 2**63], viewer=viewer, bulk=bulk)


def _bulk(request: HttpRequest, viewer: Viewer) -> Bulk:
    asked = request.POST.get("action", "")
    if asked not in BatchAction.values:
        raise BadRequest("action", "Choose what to do with the orders.")
    # By the action: the page's own permission is that of the least of them.
    access.require(viewer, _NEEDS.get(BatchAction(asked), Permission.RETRY_ORDERS))
    reason, until = "", None
    if asked == BatchAction.SKIP:
        form = SkipForm(request.POST)
        if not form.is_valid():
            raise BadRequest(
                "reason", "Say why the orders are skipped; the end is a day in the future, or none."
            )
        reason, until = form.cleaned_data["reason"], form.end()
    return Bulk(
        action=BatchAction(asked),
        token=request.POST.get("token", ""),
        by=viewer.name,
        now=timezone.now(),
        reason=reason,
        until=until,
    )


@page(Permission.VIEW_ORDERS)
def under_way(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What this person has under way, for the strip above the list; it asks again only while there is any."""
    now = timezone.now()
    mine = [
        batch
        for batch in batches.recent(viewer=viewer, by=viewer.name)
        if batch.finished_at is None or batch.finished_at > now - TOLD_FOR
    ][:SHOWN]
    context = {"batches": shown_batches(mine), "is_open": any(batch.finished_at is None for batch in mine)}
    return render(request, "imports/_under_way.html", context)
