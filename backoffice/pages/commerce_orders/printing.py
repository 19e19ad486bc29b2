"""Pages made for printing: invoice, credit memo, packing slips, pick list."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.commerce_orders.commerce_order import common, head_or_404, key_of, money_lines
from backoffice.pages.frame.addresses import address_lines
from backoffice.pages.frame.permissions import page
from commerce.orders import order_records
from commerce.shipping import fulfillment_lists
from commerce.shipping.fulfillment_lists import PackingSlip
from integration.access import Permission, Viewer
from integration.commerce_orders import order_list
from integration.commerce_orders.details import CommerceHead
from integration.people import audit
from integration.people.audit import AuditAction, AuditEvent

# A slip opens sealed data: some milliseconds each, within one request.
PRINTED_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class _Slip:
    """A packing slip with its address as it stands on a parcel."""

    slip: PackingSlip
    address_lines: list[str]


@page(Permission.VIEW_ORDERS)
def invoice(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """The invoice of an order."""
    found = head_or_404(viewer, number)
    bill = order_records.invoice(order_id=found.order.pk)
    if bill is None:
        raise Http404("The order has no invoice.")
    _note_seen(viewer, [found], "invoice")
    context = {**common(viewer, found), "invoice": bill, "money_lines": money_lines(bill)}
    return render(request, "commerce_orders/invoice.html", context)


@page(Permission.VIEW_ORDERS)
def credit_memo(request: HttpRequest, viewer: Viewer, number: str, memo_number: str) -> HttpResponse:
    """A credit memo of an order."""
    found = head_or_404(viewer, number)
    memo = order_records.credit_memo(
        number=memo_number.replace("\x00", ""), commerce_store_id=found.order.commerce_store_id
    )
    if memo is None or memo.order_id != found.order.pk:
        raise Http404("The order has no such credit memo.")
    _note_seen(viewer, [found], "credit memo")
    return render(request, "commerce_orders/credit_memo.html", {**common(viewer, found), "memo": memo})


@page(Permission.VIEW_ORDERS)
def packing_slip(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """The slips of one order: one per parcel, and one for what is left."""
    order = key_of(viewer, number)
    return _slips(request, viewer, [order.pk], reverse("commerce_order", args=[order.number]), order.number)


@page(Permission.VIEW_ORDERS)
def packing_slips(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The slips of chosen orders, each on its own sheet."""
    chosen = list(order_list.numbers_of(viewer, chosen_keys(request)))
    return _slips(request, viewer, chosen, reverse("commerce_orders"), "Commerce orders")


def _slips(
    request: HttpRequest, viewer: Viewer, order_ids: Sequence[int], back_url: str, back_name: str
) -> HttpResponse:
    sees_people = viewer.may(Permission.SEE_PERSONAL_DATA)
    # Before it is opened: no paper without its entry.
    _note(order_list.numbers_and_stores(order_ids), viewer, "packing slip")
    slips = fulfillment_lists.packing_slips(order_ids=order_ids, with_personal=sees_people)
    context = {
        "slips": [_Slip(slip, address_lines(dict(slip.address))) for slip in slips],
        "sees_people": sees_people,
        "back_url": back_url,
        "back_name": back_name,
        "wanting_to_cancel": _wanting_to_cancel(order_ids),
    }
    return render(request, "commerce_orders/packing_slips.html", context)


def _note_seen(viewer: Viewer, found: Sequence[CommerceHead], where: str) -> None:
    """A paper bears the whole address: who saw it goes on record."""
    _note(
        [(each.order.number, each.amazon.store_id if each.amazon else None) for each in found], viewer, where
    )


def _note(seen: Sequence[tuple[str, int | None]], viewer: Viewer, where: str) -> None:
    if not viewer.may(Permission.SEE_PERSONAL_DATA):
        return
    deeds = [
        AuditEvent(
            what=AuditAction.PERSONAL_DATA_SEEN,
            by=viewer.name,
            store_ids=[] if store_id is None else [store_id],
            subject=number,
            details={"where": where},
        )
        for number, store_id in seen
    ]
    audit.record_events(deeds, now=timezone.now())


@page(Permission.VIEW_ORDERS)
def pick_list(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What to take from which source for chosen orders."""
    numbers = order_list.numbers_of(viewer, chosen_keys(request))
    context = {
        "picks": fulfillment_lists.pick_list(order_ids=list(numbers)),
        "numbers": list(numbers.values()),
        "wanting_to_cancel": _wanting_to_cancel(list(numbers)),
    }
    return render(request, "commerce_orders/pick_list.html", context)


def chosen_keys(request: HttpRequest) -> list[int]:
    """The keys of the ticked orders."""
    told = [
        text for text in request.GET.getlist("order") if text.isascii() and text.isdigit() and len(text) < 19
    ]
    return [int(text) for text in dict.fromkeys(told)][:PRINTED_AT_MOST]


def _wanting_to_cancel(order_ids: Sequence[int]) -> list[str]:
    """The Amazon orders among these whose buyers ask to cancel."""
    sides = order_list.amazon_sides(order_ids)
    return sorted(side.amazon_order_id for side in sides.values() if side.wants_cancel)
