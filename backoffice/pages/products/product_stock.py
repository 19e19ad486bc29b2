"""A product's stock: who can have it now and what is missing, and every movement with its reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from amazon_orders.models import AmazonOrder
from backoffice.pages.frame.list_page import page_or_first
from backoffice.pages.frame.list_state import ListState
from backoffice.pages.frame.permissions import page
from backoffice.pages.products import product_reads
from backoffice.pages.products.product_reads import WaitingOrder
from commerce.models import Product, StockMovement
from commerce.stock import scarcity
from commerce.stock.scarcity import Claim, Scarcity, Served
from integration import access
from integration.access import Permission, Viewer
from paging import keyset
from paging.keyset import Ordering, Page

MOVEMENTS_SHOWN = 50
CLAIMS_SHOWN = 50
_NEWEST_FIRST = Ordering(name="-id", column="id", read=keyset.read_id, is_descending=True, is_unique=True)


@dataclass(frozen=True, slots=True)
class ShownClaim:
    """An order that wants the product. `reference` and `number` are empty for an order of another's store."""

    served: Served
    reference: str
    number: str


@dataclass(frozen=True, slots=True)
class ShownMovement:
    """A line of the ledger; `reference` is empty for an order of another's store."""

    movement: StockMovement
    reference: str


@page(Permission.VIEW_ORDERS)
def product_stock(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The page; `cursor` leads to older movements."""
    product = Product.objects.filter(sku=request.GET.get("sku", "").replace("\x00", "")).first()
    if product is None:
        raise Http404("No product has this SKU.")
    waiting = product_reads.waiting_orders(viewer=viewer, product_id=product.pk)
    plan = scarcity.of_product(product_id=product.pk, others=_others(waiting))
    state = ListState(reverse("product_stock"), request.GET)
    movements = page_or_first(request, state, lambda cursor: _movements(product.pk, cursor))
    claims = plan.served if plan else ()
    mine = _visible(viewer, [*(claim_of(each) for each in claims), *_named(movements.rows)])
    context = {
        "product": product,
        "plan": plan,
        "is_short": plan is not None and plan.missing > 0,
        "claims": _claims(plan, mine)[:CLAIMS_SHOWN],
        "movements": [
            ShownMovement(row, row.channel_reference if row.channel_reference in mine else "")
            for row in movements.rows
        ],
        "older": state.pager(movements).next,
    }
    return render(request, "products/stock.html", context)


def claim_of(served: Served) -> str:
    """The reference of the order that wants it."""
    return served.claim.channel_reference


def _others(waiting: Iterable[WaitingOrder]) -> list[Claim]:
    """Blocked orders want it too, though there is no Commerce order of theirs yet."""
    return [
        Claim(
            channel_reference=blocked.amazon_order_id,
            ship_by=blocked.latest_ship_at,
            purchased_at=blocked.purchased_at,
            needed=blocked.needed,
            held=0,
        )
        for blocked in waiting
        if blocked.needed
    ]


def _movements(product_id: int, cursor: str) -> Page[StockMovement]:
    """A page of its movements. 1 statement. Raises keyset.BadCursor."""
    of_product = StockMovement.objects.filter(stock_item__product_id=product_id)
    rows = of_product.select_related("stock_item__source")
    return keyset.page(rows, ordering=_NEWEST_FIRST, cursor=cursor, size=MOVEMENTS_SHOWN)


def _named(movements: Iterable[StockMovement]) -> list[str]:
    return [row.channel_reference for row in movements if row.channel_reference]


def _visible(viewer: Viewer, references: Sequence[str]) -> frozenset[str]:
    """Those of these orders that are of the viewer's stores. 1 statement, none for who sees all."""
    if viewer.store_ids is None:
        return frozenset(references)
    orders = AmazonOrder.objects.filter(amazon_order_id__in=references)
    mine = access.scope_amazon_orders(viewer, orders)
    return frozenset(mine.values_list("amazon_order_id", flat=True))


def _claims(plan: Scarcity | None, mine: frozenset[str]) -> list[ShownClaim]:
    if plan is None:
        return []
    return [
        ShownClaim(
            served=each,
            reference=claim_of(each) if claim_of(each) in mine else "",
            number=each.claim.number if claim_of(each) in mine else "",
        )
        for each in plan.served
    ]
