"""A product's stock: who can have it now and what is missing, and every movement with its reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from amazon_orders.models import AmazonOrder
from commerce import scarcity
from commerce.models import Product, StockMovement
from commerce.scarcity import Claim, Scarcity, Served
from integration import access
from integration.access import Permission, Viewer
from integration.web import product_reads
from integration.web.permissions import page
from integration.web.product_reads import WaitingOrder

MOVEMENTS_SHOWN = 50
CLAIMS_SHOWN = 50


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
    """The page; `before` leads to older movements."""
    product = Product.objects.filter(sku=request.GET.get("sku", "").replace("\x00", "")).first()
    if product is None:
        raise Http404("No product has this SKU.")
    waiting = product_reads.waiting_orders(viewer=viewer, product_id=product.pk)
    plan = scarcity.of_product(product_id=product.pk, others=_others(waiting))
    movements, older = _movements(product.pk, request.GET.get("before", ""))
    mine = _visible(viewer, [*(claim_of(each) for each in (plan.served if plan else ())), *_named(movements)])
    context = {
        "product": product,
        "plan": plan,
        "is_short": plan is not None and plan.missing > 0,
        "claims": _claims(plan, mine)[:CLAIMS_SHOWN],
        "movements": [
            ShownMovement(row, row.channel_reference if row.channel_reference in mine else "")
            for row in movements
        ],
        "older": older,
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


def _movements(product_id: int, before: str) -> tuple[list[StockMovement], int | None]:
    """The newest movements, and the key that older ones stand before. 1 statement."""
    rows = StockMovement.objects.filter(stock_item__product_id=product_id).select_related(
        "stock_item__source"
    )
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.order_by("-pk")[: MOVEMENTS_SHOWN + 1])
    shown = found[:MOVEMENTS_SHOWN]
    return shown, shown[-1].pk if len(found) > MOVEMENTS_SHOWN else None


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
