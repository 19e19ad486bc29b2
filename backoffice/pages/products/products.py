"""The catalog, and the page of one product."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from backoffice.pages.frame.list_page import page_or_first
from backoffice.pages.frame.list_state import ListState
from backoffice.pages.frame.permissions import page
from backoffice.pages.products import product_reads
from backoffice.pages.products.product_forms import MatchForm, ProductForm, StockForm
from commerce.catalog import product_queries
from commerce.catalog.product_queries import ProductFilter, ProductInFull
from commerce.models import Product, Source
from integration.access import Permission, Viewer

SHOW = (("", "All"), ("enabled", "Enabled"), ("disabled", "Disabled"), ("sold_out", "Out of stock"))
_FILTERS: dict[str, dict[str, bool]] = {
    "enabled": {"is_enabled": True},
    "disabled": {"is_enabled": False},
    "sold_out": {"is_out_of_stock": True},
}
OPTIONS = 12


@dataclass(frozen=True, slots=True)
class ProductLine:
    """A product of the list, its stock summed over the sources. `waiting`: orders that are blocked for it."""

    product: Product
    on_hand: int
    reserved: int
    salable: int | None
    waiting: int


@page(Permission.VIEW_ORDERS)
def products(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The catalog by SKU, 50 a page."""
    state = ListState(reverse("products"), request.GET)
    text, show = request.GET.get("q", "").strip()[:255], request.GET.get("show", "")
    filters = ProductFilter(text=text.replace("\x00", ""), **_FILTERS.get(show, {}))
    found = page_or_first(
        request, state, lambda cursor: product_queries.product_page(filters=filters, cursor=cursor)
    )
    waiting = product_reads.waiting_counts(viewer=viewer, product_ids=[product.pk for product in found.rows])
    context = {
        "products": [
            _line(product, waiting.get(product.product.pk, 0))
            for product in product_queries.with_stock(found.rows)
        ],
        "text": text,
        "show": show,
        "tabs": [(name, state.with_value("show", value), value == show) for value, name in SHOW],
        "clear_url": state.path,
        "pager": state.pager(found),
        "may_edit": viewer.may(Permission.EDIT_CATALOG),
    }
    return render(request, "products/list.html", context)


def _line(found: ProductInFull, waiting: int) -> ProductLine:
    return ProductLine(
        product=found.product,
        on_hand=sum(at.on_hand for at in found.stock),
        reserved=sum(at.reserved for at in found.stock),
        salable=found.salable,
        waiting=waiting,
    )


@page(Permission.VIEW_ORDERS)
def product(request: HttpRequest, viewer: Viewer, sku: str) -> HttpResponse:
    """The page of one product."""
    return render_product(request, viewer, sku)


def render_product(request: HttpRequest, viewer: Viewer, sku: str, **forms: Any) -> HttpResponse:
    """The page, with a form that was refused in place of the fresh one. Raises Http404."""
    found = product_queries.product_in_full(sku=sku)
    if found is None:
        raise Http404("No product has this SKU.")
    stores = list(viewer.stores())
    sources = list(Source.objects.all())
    known = {at.source for at in found.stock}
    context = {
        "found": found,
        "product": found.product,
        "form": ProductForm.of(found.product),
        "stock_form": StockForm(initial={"sku": sku}),
        "other_sources": [source for source in sources if source.code not in known],
        "match_form": MatchForm(stores=stores, initial={"sku": sku, "units": 1}),
        "seller_skus": product_reads.seller_skus(product_id=found.product.pk, stores=stores),
        "waiting": product_reads.waiting_orders(viewer=viewer, product_id=found.product.pk),
        "may_edit": viewer.may(Permission.EDIT_CATALOG),
        "may_match": viewer.may(Permission.FIX_ORDERS),
        "next": request.GET.get("next", ""),
        **forms,
    }
    return render(request, "products/details.html", context, status=422 if forms else 200)


@page(Permission.VIEW_ORDERS)
def product_options(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The products that a typed SKU or name may mean, as options of a list."""
    text = request.GET.get("sku", "").replace("\x00", "").strip()[:255]
    found = product_queries.product_page(filters=ProductFilter(text=text), size=OPTIONS)
    return render(request, "products/_options.html", {"products": found.rows})


@page(Permission.EDIT_CATALOG)
def restock_form(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The stock of one product as a small form, for the page of an order that waits for it."""
    found = product_queries.product_in_full(sku=request.GET.get("sku", ""))
    if found is None:
        raise Http404("No product has this SKU.")
    context = {
        "found": found,
        "next": request.GET.get("next", ""),
        "sources": list(Source.objects.all()) if not found.stock else [],
    }
    return render(request, "products/_restock.html", context)
