"""What a person changes in the catalog: one operation each, then back to the page it was sent from."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages as toasts
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.frame import words
from backoffice.pages.frame.fix_outcome import judge_at_once
from backoffice.pages.frame.permissions import action
from backoffice.pages.frame.redirect_back import back
from backoffice.pages.products.product_forms import MatchForm, NewProductForm, ProductForm, StockForm
from backoffice.pages.products.products import render_product
from commerce.catalog import products
from commerce.catalog.products import PriceNeedsCurrency, ProductRow
from commerce.models import Source
from commerce.stock import counts
from commerce.stock.counts import CountBelowReserved, UnknownProduct
from integration.access import Permission, Viewer
from integration.catalog import matches
from integration.catalog.matches import BadMatch, NoSuchMatch

DEFAULT_SOURCE = "default"


@action(Permission.EDIT_CATALOG)
def change(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Change a product."""
    form = ProductForm(request.POST)
    if form.is_valid():
        asked = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
        try:
            products.change(now=timezone.now(), by=viewer.name, **asked)
        except PriceNeedsCurrency:
            form.add_error("currency", "A price needs a currency.")
        except UnknownProduct as unknown:
            form.add_error(None, str(unknown))
        else:
            toasts.success(request, f"{asked['sku']} is saved.")
            judge_at_once(request, viewer)
            return back(request, _product(asked["sku"]))
    return render_product(request, viewer, request.POST.get("sku", ""), form=form)


@action(Permission.EDIT_CATALOG)
def enable(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Enable a product."""
    sku = request.POST.get("sku", "")
    try:
        products.change(sku=sku, is_enabled=True, now=timezone.now())
    except UnknownProduct:
        toasts.warning(request, f"There is no product {sku!r} any more.")
        return back(request, reverse("products"))
    toasts.success(request, f"{sku} is enabled.")
    judge_at_once(request, viewer, fixed=sku)
    return back(request, _product(sku))


@action(Permission.EDIT_CATALOG)
def create(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Make a product, with a quantity at a source if one was told."""
    form = NewProductForm(request.POST)
    if not form.is_valid():
        _refuse(request, form)
        return back(request, reverse("products"))
    asked, now = form.cleaned_data, timezone.now()
    # Product and quantity together: an order that waits for it is judged with both.
    with transaction.atomic():
        products.upsert_products([_row(asked)], now=now)
        if asked["on_hand"]:
            counts.set_on_hand(
                sku=asked["sku"],
                source_code=asked["source"] or _preferred_source(),
                on_hand=asked["on_hand"],
                now=now,
                by=viewer.name,
            )
    toasts.success(request, f"{asked['sku']} is in the catalog.")
    judge_at_once(request, viewer, fixed=asked["sku"])
    return back(request, _product(asked["sku"]))


def _row(asked: Mapping[str, Any]) -> ProductRow:
    """An amount without a currency is no price."""
    is_priced = asked["price"] is not None and bool(asked["currency"])
    return ProductRow(
        sku=asked["sku"],
        name=asked["name"],
        price=asked["price"] if is_priced else None,
        currency=asked["currency"].upper() if is_priced else None,
        is_enabled=True,
    )


def _preferred_source() -> str:
    """The source that is asked first; where there is none, one is made."""
    codes = Source.objects.filter(is_enabled=True).values_list("code", flat=True)
    return codes.first() or DEFAULT_SOURCE


@action(Permission.EDIT_CATALOG)
def count(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Take over what was counted at a source."""
    form = StockForm(request.POST)
    if not form.is_valid():
        _refuse(request, form)
        return back(request, reverse("products"))
    asked = form.cleaned_data
    try:
        counts.set_on_hand(
            sku=asked["sku"],
            source_code=asked["source"],
            on_hand=asked["on_hand"],
            accept_shortfall=asked["accept_shortfall"],
            now=timezone.now(),
            by=viewer.name,
        )
    except CountBelowReserved as refused:
        return render_product(request, viewer, asked["sku"], refused_count=refused.refusal)
    except UnknownProduct as unknown:
        toasts.warning(request, str(unknown))
        return back(request, reverse("products"))
    toasts.success(request, f"{asked['sku']}: {asked['on_hand']:,} on hand at {asked['source']}.")
    judge_at_once(request, viewer, fixed=asked["sku"])
    return back(request, _product(asked["sku"]))


@action(Permission.FIX_ORDERS)
def match(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Let a seller SKU stand for a product."""
    stores = {store.pk: store for store in viewer.stores()}
    form = MatchForm(request.POST, stores=list(stores.values()))
    if not form.is_valid():
        _refuse(request, form)
        return back(request, reverse("products"))
    asked = form.cleaned_data
    try:
        done = matches.match(
            store=stores[asked["store"]],
            seller_sku=asked["seller_sku"],
            sku=asked["sku"],
            units=asked["units"],
            by=viewer.name,
            now=timezone.now(),
        )
    except BadMatch as refused:
        toasts.error(request, str(refused))
        return back(request, reverse("products"))
    due = (
        f" {words.counted(done.orders_due, 'order is', 'orders are')} checked again."
        if done.orders_due
        else ""
    )
    toasts.success(request, f"{done.seller_sku} is matched to {done.units} × {done.sku}.{due}")
    judge_at_once(request, viewer)
    return back(request, _product(done.sku))


@action(Permission.FIX_ORDERS)
def unmatch(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Remove a match."""
    seller_sku = request.POST.get("seller_sku", "")
    asked = request.POST.get("store", "")
    store = viewer.stores().filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 18 else None
    try:
        if store is None:
            raise NoSuchMatch(seller_sku)
        matches.unmatch(store=store, seller_sku=seller_sku, by=viewer.name, now=timezone.now())
    except NoSuchMatch:
        toasts.warning(request, f"{seller_sku} is not matched any more.")
    else:
        toasts.success(request, f"The match of {seller_sku} is removed.")
        judge_at_once(request, viewer)
    return back(request, reverse("products"))


def _product(sku: str) -> str:
    return reverse("product", args=[sku])


def _refuse(request: HttpRequest, form: MatchForm | NewProductForm | StockForm) -> None:
    """Say what was wrong with a form that stands on another page than its own."""
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        toasts.error(request, f"{label or ''}: {' '.join(str(error) for error in errors)}".lstrip(": "))
