"""Shipping an order: one or several packages leave; and correcting what was said of one.

Packages are rows of the page as the server sends it: "Add a package" sends the form back with one more.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from amazon_orders import marketplaces
from backoffice.pages.commerce_orders.carrier_fields import suggestions
from backoffice.pages.commerce_orders.commerce_order import common, found_or_404
from backoffice.pages.commerce_orders.commerce_order_actions import back_to
from backoffice.pages.commerce_orders.ship_forms import (
    PACKAGES_AT_MOST,
    CarrierForm,
    Expected,
    PackagesForm,
    TrackingForm,
    with_package_taken,
)
from backoffice.pages.frame import masking, words
from backoffice.pages.frame.permissions import page
from commerce.refusals import Refused
from commerce.shipping.ship import OrderToShip, ParcelToShip, UnknownShipment
from integration import tasks
from integration.access import Permission, Viewer
from integration.commerce_orders.details import CommerceDetails, Parcel
from integration.models import ConfirmationWay
from integration.outbox import ship_days
from integration.outbox.carriers import OTHER
from integration.outbox.ship import correct_shipment, ship_orders
from integration.outbox.ship_days import ShipDays

_METHODS = ("GET", "HEAD", "POST")


@page(Permission.FULFILL_ORDERS, methods=_METHODS)
def ship(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """The form, another package of it, or the shipping itself."""
    found = found_or_404(viewer, number)
    if not found.may_ship:
        toasts.error(
            request,
            f"{found.order.number} is {found.order.get_status_display()}; nothing can be shipped now.",
        )
        return back_to(found.order)
    if request.method != "POST":
        return _render(request, viewer, found, _packages(found))
    count, step = _count(request), request.POST.get("step", "ship")
    asked: dict[str, Any] = request.POST.dict()
    if step == "add" and count < PACKAGES_AT_MOST:
        return _render(request, viewer, found, _packages(found, asked=asked, count=count + 1, is_new=True))
    if step.startswith("take-") and count > 1 and step[5:].isdecimal():
        kept = with_package_taken(asked, int(step[5:]), count)
        return _render(request, viewer, found, _packages(found, asked=kept, count=count - 1))
    return _ship(request, viewer, found, _packages(found, asked=asked, count=count))


def _ship(request: HttpRequest, viewer: Viewer, found: CommerceDetails, form: PackagesForm) -> HttpResponse:
    # The buyer asks to cancel: shipping all the same takes a click of its own, for the goods would only
    # come back.
    is_agreed = not found.wants_cancel or "anyway" in request.POST
    if not form.is_valid() or not is_agreed:
        return _render(request, viewer, found, form, is_disagreed=not is_agreed, status=422)
    wanted = OrderToShip(order_id=found.order.pk, parcels=form.parcels(), completes=False)
    try:
        ship_orders(orders=[wanted], by=viewer.name, now=timezone.now())
    except Refused as refused:
        form.refuse(refused.refusals)
        return _render(request, viewer, found, form, status=422)
    tasks.wake_confirm()
    packages = words.counted(len(form.packages), "package")
    tasks.wake_feeds()
    told = " Amazon is told." if _is_told(found, wanted.parcels) else ""
    toasts.success(request, f"{packages} of {found.order.number} shipped.{told}")
    for name in dict.fromkeys(each.carrier for each in wanted.parcels if each.carrier_code == OTHER):
        toasts.warning(
            request,
            f"{name} is not on Amazon's list of carriers: its packages do not count as validly tracked.",
        )
    return back_to(found.order)


def _is_told(found: CommerceDetails, parcels: Sequence[ParcelToShip]) -> bool:
    """Whether Amazon is told of any of these."""
    if found.amazon is None or found.is_made_by_amazon:
        return False
    return not all(each.has_channel_label for each in parcels)


def _packages(
    found: CommerceDetails, *, asked: dict[str, Any] | None = None, count: int = 1, is_new: bool = False
) -> PackagesForm:
    days = _days(found)
    if asked is not None and is_new:
        asked = {**asked, f"p{count - 1}-shipped_on": days.today.isoformat()}
    return PackagesForm(found.lines, days=days, asked=asked, count=count, expected=_expected(found))


def _expected(found: CommerceDetails) -> Expected:
    """What Amazon wants to know of this order's parcels."""
    if found.amazon is None:
        return Expected()
    return Expected(
        country=marketplaces.by_id(found.amazon.store.marketplace_id).country_code,
        is_amazons=True,
        is_told_by_us=not (found.is_made_by_amazon or found.is_picked_up),
    )


def _days(found: CommerceDetails) -> ShipDays:
    zone = ship_days.zone_of(found.amazon.store.marketplace_id if found.amazon else "")
    return ShipDays(zone, found.order.purchased_at, timezone.now())


def _count(request: HttpRequest) -> int:
    """How many packages the browser sent."""
    told = request.POST.get("packages", "1")
    # It comes from the browser: a large number would make as many forms.
    return min(max(int(told), 1), PACKAGES_AT_MOST) if told.isdecimal() and len(told) < 4 else 1


def _render(
    request: HttpRequest,
    viewer: Viewer,
    found: CommerceDetails,
    form: PackagesForm,
    *,
    is_disagreed: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page; a form that only grew or shrank shows no errors yet."""
    context = {
        # The slip bears the whole address, and goes on record.
        **common(viewer, masking.commerce_order(found)),
        "form": form,
        "expected": _expected(found),
        "carriers": suggestions(_expected(found).country),
        "shows_errors": status != 200,
        "is_disagreed": is_disagreed,
        "may_add": len(form.packages) < PACKAGES_AT_MOST,
    }
    return render(request, "commerce_orders/ship.html", context, status=status)


@page(Permission.FULFILL_ORDERS, methods=_METHODS)
def correct_tracking(request: HttpRequest, viewer: Viewer, number: str, shipment_id: int) -> HttpResponse:
    """Correct what was said of a parcel of ours; Amazon is told again."""
    found = found_or_404(viewer, number)
    parcel = next((each for each in found.parcels if each.shipment.pk == shipment_id), None)
    if parcel is None or not parcel.shipment.is_ours:
        raise Http404("The order has no such shipment of ours.")
    form, now = _tracking_form(request, found, parcel), timezone.now()
    if request.method == "POST" and form.is_valid():
        code, name = form.code_and_name
        try:
            correct_shipment(
                shipment_id=shipment_id,
                carrier_code=code,
                carrier=name,
                tracking_number=form.cleaned_data["tracking_number"],
                service=form.cleaned_data["service"],
                shipped_at=_corrected_day(form, found, parcel, now),
                unit_codes=form.unit_codes,
                by=viewer.name,
                now=now,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        except UnknownShipment as unknown:
            raise Http404("The order has no such shipment of ours.") from unknown
        else:
            tasks.wake_confirm()
            tasks.wake_feeds()
            toasts.success(request, "The parcel is corrected; Amazon is told again.")
            return back_to(found.order)
    context = {
        **common(viewer, found),
        "form": form,
        "parcel": parcel,
        "carriers": suggestions(_expected(found).country),
    }
    status = 422 if form.is_bound else 200
    return render(request, "commerce_orders/tracking.html", context, status=status)


def _tracking_form(request: HttpRequest, found: CommerceDetails, parcel: Parcel) -> TrackingForm:
    shipment, days = parcel.shipment, _days(found)
    initial = {
        "carrier": shipment.carrier,
        "tracking_number": shipment.tracking_number,
        "is_untracked": not shipment.tracking_number,
        "service": shipment.service,
        "shipped_on": days.day_of(shipment.shipped_at),
    }
    asked = request.POST if request.method == "POST" else None
    way = parcel.confirmation.way if parcel.confirmation else ConfirmationWay.CONFIRM
    is_told = way in (ConfirmationWay.CONFIRM, ConfirmationWay.FEED)
    wanting = {each.line.pk for each in found.lines if each.wants_unit_codes}
    return TrackingForm(
        asked,
        contents=[each for each in parcel.contents if each.order_line_id in wanting or each.unit_codes],
        initial=initial,
        days=days,
        expected=replace(_expected(found), is_told_by_us=is_told),
        auto_id="tracking_%s",
    )


def _corrected_day(
    form: CarrierForm, found: CommerceDetails, parcel: Parcel, now: datetime
) -> datetime | None:
    """When it left, if another day was chosen than the one on record."""
    if form.cleaned_data["shipped_on"] == _days(found).day_of(parcel.shipment.shipped_at):
        return None
    return form.shipped_at() or now
