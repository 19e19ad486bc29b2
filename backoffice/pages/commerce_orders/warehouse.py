"""How the shops work: which sources they ask first, and their own names for the states of orders."""

from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from backoffice.pages.frame.permissions import page
from commerce.models import CommerceStore, CustomStatus, OrderStatus, Source
from commerce.orders import custom_statuses
from commerce.stock import source_priorities
from commerce.stock.source_priorities import UnknownSource
from commerce.transitions import OPEN
from integration import access
from integration.access import Permission, Viewer

_METHODS = ("GET", "HEAD", "POST")


class StatusForm(forms.Form):
    """A custom status: what orders bear, how it reads, what it stands for."""

    code = forms.CharField(
        label="Code",
        max_length=64,
        help_text="What orders and programs call it; it stays.",
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
    )
    label = forms.CharField(
        label="Name on screen",
        max_length=64,
        required=False,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
    )
    state = forms.ChoiceField(
        label="Stands for",
        choices=[(state.value, state.label) for state in OrderStatus if state.value in OPEN],
        initial=OrderStatus.PROCESSING.value,
        widget=forms.Select({"class": "form-select"}),
    )


@page(Permission.VIEW_ORDERS, methods=_METHODS)
def sources(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The sources in the order in which each shop asks them; a source can be moved up or down."""
    shops = list(CommerceStore.objects.order_by("name"))
    if request.method == "POST":
        access.require(viewer, Permission.EDIT_CATALOG)
        return _move(request, shops)
    sources = list(Source.objects.all())
    own = source_priorities.own_orders()
    context = {
        "shops": [
            (shop, source_priorities.sorted_for(sources, own.get(shop.pk, {})), shop.pk in own)
            for shop in shops
        ],
        "may_edit": viewer.may(Permission.EDIT_CATALOG),
    }
    return render(request, "commerce_orders/sources.html", context)


def _move(request: HttpRequest, shops: list[CommerceStore]) -> HttpResponse:
    told = request.POST.get("shop", "")
    shop = next((each for each in shops if str(each.pk) == told), None)
    if shop is not None:
        codes = [source.code for source in source_priorities.order_of(commerce_store_id=shop.pk)]
        asked = _asked_order(request, codes)
        try:
            source_priorities.set_order(commerce_store_id=shop.pk, source_codes=asked)
        except UnknownSource as unknown:
            toasts.error(request, f"{unknown}: look again at the list.")
        else:
            said = f"asks {asked[0]} first" if asked else "asks the sources in their common order"
            toasts.success(request, f"{shop.name} {said}.")
    return HttpResponseRedirect(reverse("source_priorities"), status=303)


def _asked_order(request: HttpRequest, codes: list[str]) -> list[str]:
    """The order with one source moved; nothing moved is the common order again."""
    code = request.POST.get("up") or request.POST.get("down") or ""
    if code not in codes:
        return []
    at = codes.index(code)
    to = max(at - 1, 0) if "up" in request.POST else min(at + 1, len(codes) - 1)
    codes.insert(to, codes.pop(at))
    return codes


@page(Permission.VIEW_ORDERS, methods=_METHODS)
def statuses(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The shops' own names for the open states; one can be added or renamed."""
    form = StatusForm(request.POST or None)
    if request.method == "POST":
        access.require(viewer, Permission.EDIT_CATALOG)
        if form.is_valid() and _define(form):
            toasts.success(request, f"{form.cleaned_data['code']} is defined.")
            return HttpResponseRedirect(reverse("custom_statuses"), status=303)
    context: dict[str, Any] = {
        "statuses": CustomStatus.objects.order_by("state", "label", "code"),
        "form": form,
        "may_edit": viewer.may(Permission.EDIT_CATALOG),
    }
    status = 422 if form.is_bound else 200
    return render(request, "commerce_orders/statuses.html", context, status=status)


def _define(form: StatusForm) -> bool:
    asked = form.cleaned_data
    try:
        custom_statuses.define(code=asked["code"], label=asked["label"], state=asked["state"])
    except custom_statuses.StateTaken as taken:
        form.add_error("code", f"{taken}.")
        return False
    return True
