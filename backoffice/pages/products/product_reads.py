"""What the bridge knows of a product: the seller SKUs that stand for it, and the orders that wait for it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F

from amazon_orders.models import Store
from backoffice.pages.frame import words
from integration.access import Viewer
from integration.models import Blocker, ImportState, ProductMatch

SHOWN = 50


@dataclass(frozen=True, slots=True)
class SellerSku:
    """A seller SKU that stands for the product in every store of an account; `store_id` is one of these."""

    seller_sku: str
    units: int
    stores: str
    store_id: int
    matched_by: str
    matched_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingOrder:
    """An order that this product keeps from being imported."""

    amazon_order_id: str
    store_name: str
    why: str
    needed: int | None
    latest_ship_at: datetime | None
    purchased_at: datetime


def seller_skus(*, product_id: int, stores: list[Store]) -> tuple[SellerSku, ...]:
    """The matches of a product in the accounts of these stores. One statement."""
    of_account: dict[int, list[Store]] = {}
    for store in stores:
        of_account.setdefault(store.account_id, []).append(store)
    found = ProductMatch.objects.filter(product_id=product_id, account_id__in=of_account)
    return tuple(
        SellerSku(
            seller_sku=match.seller_sku,
            units=match.units,
            stores=", ".join(store.name for store in of_account[match.account_id]),
            store_id=of_account[match.account_id][0].pk,
            matched_by=match.matched_by,
            matched_at=match.matched_at,
        )
        for match in found.order_by("seller_sku", "pk")[:SHOWN]
    )


def waiting_counts(*, viewer: Viewer, product_ids: Collection[int]) -> dict[int, int]:
    """How many of the viewer's blocked orders wait for each of these products. One statement."""
    found = Blocker.objects.filter(
        product_id__in=product_ids, closed_at=None, order_import__state=ImportState.BLOCKED
    )
    if viewer.store_ids is not None:
        found = found.filter(order_import__amazon_order__store_id__in=viewer.store_ids)
    counted = found.order_by().values("product_id").annotate(orders=Count("order_import", distinct=True))
    return dict(counted.values_list("product_id", "orders"))


def waiting_orders(*, viewer: Viewer, product_id: int) -> tuple[WaitingOrder, ...]:
    """The viewer's blocked orders that wait for the product, the first to ship first. One statement."""
    found = Blocker.objects.filter(
        product_id=product_id, closed_at=None, order_import__state=ImportState.BLOCKED
    ).select_related("order_import__amazon_order__store")
    if viewer.store_ids is not None:
        found = found.filter(order_import__amazon_order__store_id__in=viewer.store_ids)
    by_ship_date = found.order_by(F("order_import__amazon_order__latest_ship_at").asc(nulls_last=True), "pk")
    return tuple(_waiting(blocker) for blocker in by_ship_date[:SHOWN])


def _waiting(blocker: Blocker) -> WaitingOrder:
    order = blocker.order_import.amazon_order
    return WaitingOrder(
        amazon_order_id=order.amazon_order_id,
        store_name=order.store.name,
        why=words.sentence(blocker.code),
        needed=blocker.details.get("needed"),
        latest_ship_at=order.latest_ship_at,
        purchased_at=order.purchased_at,
    )
