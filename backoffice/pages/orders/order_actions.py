"""What a person does on the page of an order: one operation each, then back to the page."""

from collections.abc import Callable

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from amazon_orders.models import AmazonOrder
from backoffice.pages.frame import fix_outcome, masking
from backoffice.pages.frame.permissions import action, page
from backoffice.pages.frame.redirect_back import back
from backoffice.pages.orders.order import render_order
from backoffice.pages.orders.order_forms import AddressForm, SkipForm
from integration import access, tasks
from integration.access import Permission, Viewer
from integration.installation import read_only
from integration.order_import import judge
from integration.orders import actions, refresh_status
from integration.orders import details as order_details
from integration.orders.actions import ActionOutcome, BadRequest


@action(Permission.RETRY_ORDERS)
def retry(request: HttpRequest, viewer: Viewer, amazon_order_id: str) -> HttpResponse:
    """Check the order again."""
    return _do(request, viewer, amazon_order_id, actions.retry, "The order was checked again.")


@action(Permission.RETRY_ORDERS)
def refresh(request: HttpRequest, viewer: Viewer, amazon_order_id: str) -> HttpResponse:
    """Ask Amazon for the order again."""
    when = "read-only mode ends" if read_only.is_on() else "its quota allows"
    said = f"Amazon is asked for the order again, as soon as {when}."
    order_id = order_of(viewer, amazon_order_id)
    outcome = actions.refresh(order_ids=[order_id], by=viewer.name, now=timezone.now())
    tasks.wake_refresh()
    return _told(request, amazon_order_id, outcome, said)


@page(Permission.VIEW_ORDERS)
def refresh_stand(request: HttpRequest, viewer: Viewer, amazon_order_id: str) -> HttpResponse:
    """Where a refresh stands, for the script that asks for it; once it is over, the page is read again."""
    found = access.scope_amazon_orders(viewer, AmazonOrder.objects.filter(amazon_order_id=amazon_order_id))
    account_id = found.values_list("store__account_id", flat=True).first()
    if account_id is None:
        raise Http404("No such order among the viewer's stores.")
    stand = refresh_status.of_order(
        account_id=account_id, amazon_order_id=amazon_order_id, now=timezone.now()
    )
    context = {"stand": stand, "amazon_order_id": amazon_order_id}
    answer = render(request, "orders/_refresh.html", context)
    # The fragment is only the status: the page around it shows the order as it was.
    if stand is None or stand.is_over:
        answer.headers["HX-Refresh"] = "true"
    return answer


@action(Permission.FIX_ORDERS)
def request_import(request: HttpRequest, viewer: Viewer, amazon_order_id: str) -> HttpResponse:
    """Import a view-only order after all."""
    return _do(request, viewer, amazon_order_id, actions.request_import, "The import was requested.")


@action(Permission.FIX_ORDERS)
def settle(request: HttpRequest, viewer: Viewer, amazon_order_id: str) -> HttpResponse:
    """Amounts that Amazon lowered are dealt with."""
    said = "The change of amounts is settled."
    return _do(request, viewer, amazon_order_id, actions.settle_amounts, said)


@action(Permission.FIX_ORDERS)
def unskip(request: HttpRequest, viewer: Viewer, amazon_order_id: str) -> HttpResponse:
    """End a skip before its time."""
    return _do(request, viewer, amazon_order_id, actions.unskip, "The order is no longer skipped.")


@action(Permission.FIX_ORDERS)
def skip(request: HttpRequest, viewer: Viewer, amazon_order_id: str) -> HttpResponse:
    """Leave the order out, for a reason, for good or until a day."""
    form = SkipForm(request.POST)
    if not form.is_valid():
        return render_order(request, viewer, amazon_order_id, skip_form=form)
    order_id = order_of(viewer, amazon_order_id)
    try:
        outcome = actions.skip(
            order_ids=[order_id],
            reason=form.cleaned_data["reason"],
            until=form.end(),
            by=viewer.name,
            now=timezone.now(),
        )
    except BadRequest as refused:
        form.add_error(refused.field, str(refused))
        return render_order(request, viewer, amazon_order_id, skip_form=form)
    return _judged(request, viewer, amazon_order_id, outcome, "The order is skipped.")


@page(Permission.SEE_PERSONAL_DATA)
def address_form(request: HttpRequest, viewer: Viewer, amazon_order_id: str) -> HttpResponse:
    """The address as a small form, for the page of a cause that keeps several orders waiting."""
    access.require(viewer, Permission.FIX_ORDERS)
    try:
        details = order_details.find_order(viewer=viewer, amazon_order_id=amazon_order_id)
    except order_details.UnknownOrder as unknown:
        raise Http404("No such order among the viewer's stores.") from unknown
    row = details.row
    masking.note_seen(
        viewer,
        subject=row.amazon_order_id,
        store_ids=[row.store_id],
        where="Address to correct",
        now=timezone.now(),
    )
    form = AddressForm(initial=details.address.in_force or {}, auto_id=f"{amazon_order_id}-%s")
    context = {"form": form, "order": details, "next": request.GET.get("next", "")}
    return render(request, "orders/_address_form.html", context)


@action(Permission.FIX_ORDERS)
def correct_address(request: HttpRequest, viewer: Viewer, amazon_order_id: str) -> HttpResponse:
    """Deliver to another address than Amazon's."""
    access.require(viewer, Permission.SEE_PERSONAL_DATA)
    form = AddressForm(request.POST)
    if not form.is_valid():
        return render_order(request, viewer, amazon_order_id, address_form=form)
    order_id = order_of(viewer, amazon_order_id)
    try:
        outcome = actions.correct_address(
            order_id=order_id, address=form.cleaned_data, by=viewer.name, now=timezone.now()
        )
    except BadRequest as refused:
        form.add_error(refused.field, str(refused))
        return render_order(request, viewer, amazon_order_id, address_form=form)
    return _judged(request, viewer, amazon_order_id, outcome, "The address is saved.")


def order_of(viewer: Viewer, amazon_order_id: str) -> int:
    """The primary key of one of the viewer's orders. Raises Http404."""
    found = access.scope_amazon_orders(viewer, AmazonOrder.objects.filter(amazon_order_id=amazon_order_id))
    order_id = found.values_list("pk", flat=True).first()
    if order_id is None:
        raise Http404("No such order among the viewer's stores.")
    return order_id


def _do(
    request: HttpRequest,
    viewer: Viewer,
    amazon_order_id: str,
    operation: Callable[..., ActionOutcome],
    said: str,
) -> HttpResponse:
    order_id = order_of(viewer, amazon_order_id)
    outcome = operation(order_ids=[order_id], by=viewer.name, now=timezone.now())
    return _judged(request, viewer, amazon_order_id, outcome, said)


def _judged(
    request: HttpRequest, viewer: Viewer, amazon_order_id: str, outcome: ActionOutcome, said: str
) -> HttpResponse:
    """Judge the order at once, so that the page a person comes back to shows what came of it."""
    now = timezone.now()
    judge.judge_orders(order_ids=outcome.done, now=now)
    answer = _told(request, amazon_order_id, outcome, said)
    fix_outcome.tell_imported(request, fix_outcome.imported_by_store(viewer, outcome.done, now=now).total())
    return answer


def _told(request: HttpRequest, amazon_order_id: str, outcome: ActionOutcome, said: str) -> HttpResponse:
    for why_not in outcome.refused.values():
        toasts.warning(request, why_not)
    if outcome.done:
        toasts.success(request, said)
    return back(request, reverse("order", args=[amazon_order_id]))
