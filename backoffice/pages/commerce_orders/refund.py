"""Giving money back: the form shows what is left, then what it comes to, and only then it is done."""

from decimal import Decimal, InvalidOperation

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from backoffice.pages.commerce_orders.commerce_order import common, head_or_404
from backoffice.pages.commerce_orders.commerce_order_actions import back_to
from backoffice.pages.commerce_orders.refund_forms import RefundForm
from backoffice.pages.frame import words
from backoffice.pages.frame.permissions import page
from commerce.models import Source
from commerce.refunds import amounts, charges
from commerce.refunds.charges import Books
from commerce.refusals import Refused
from integration import tasks
from integration.access import Permission, Viewer
from integration.commerce_orders.details import CommerceHead
from integration.outbox.refund import REASONS, refund_orders


@page(Permission.FULFILL_ORDERS, methods=("GET", "HEAD", "POST"))
def refund(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """The form; sent with "review" it says what it comes to, sent with "refund" it is done."""
    found = head_or_404(viewer, number)
    books = charges.read_charges([found.order]).get(found.order.pk) if found.may_refund else None
    if books is None:
        toasts.error(request, f"Nothing of {found.order.number} can be given back now.")
        return back_to(found.order)
    form = _form(request, books)
    if request.method != "POST":
        return _render(request, viewer, found, form)
    if not form.is_valid():
        return _render(request, viewer, found, form, status=422)
    return _review_or_refund(request, viewer, found, form)


def _review_or_refund(
    request: HttpRequest, viewer: Viewer, found: CommerceHead, form: RefundForm
) -> HttpResponse:
    wanted = form.refund(found.order.pk)
    total = form.total(wanted)
    if not (total or any(line.units for line in wanted.lines)):
        form.add_error(None, "Say what is given back: units of a line, an amount, or everything.")
        return _render(request, viewer, found, form, status=422)
    # Money goes out only for the very total that was shown: a refund by somebody else meanwhile makes
    # it another one.
    if request.POST.get("step") != "refund" or _seen(request) != total:
        return _render(request, viewer, found, form, reviewed=total)
    try:
        memos = refund_orders(refunds=[wanted], reason=wanted.reason, by=viewer.name, now=timezone.now())
    except Refused as refused:
        form.refuse(refused.refusals)
        return _render(request, viewer, found, form, status=422)
    tasks.wake_feeds()
    memo = memos[found.order.pk]
    told = " Amazon is asked to pay it." if found.amazon is not None else ""
    given = words.money(memo.total, memo.currency)
    toasts.success(request, f"{given} given back with credit memo {memo.number}.{told}")
    return back_to(found.order)


def _form(request: HttpRequest, books: Books) -> RefundForm:
    return RefundForm(
        request.POST if request.method == "POST" else None,
        charged=books.charged,
        sources=list(Source.objects.filter(is_enabled=True)),
        shipped={pk: line.quantity_shipped for pk, line in books.order_lines.items()},
    )


def _seen(request: HttpRequest) -> Decimal | None:
    """The total that the person saw before saying yes."""
    try:
        return Decimal(request.POST.get("total", ""))
    except InvalidOperation:
        return None


def _render(
    request: HttpRequest,
    viewer: Viewer,
    found: CommerceHead,
    form: RefundForm,
    *,
    reviewed: Decimal | None = None,
    status: int = 200,
) -> HttpResponse:
    charged = form.charged
    context = {
        **common(viewer, found),
        "form": form,
        "reviewed": reviewed,
        "reviewed_reason": REASONS.get(str(form.data.get("reason", "")), ""),
        "left": amounts.left_in_all(charged),
        "charged": charged,
    }
    return render(request, "commerce_orders/refund.html", context, status=status)
