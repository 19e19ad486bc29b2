"""Which product, and how many units of it, a seller SKU stands for."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from amazon_orders.models import AmazonOrderItem, Store
from commerce.models import Product
from integration import timeline
from integration.models import OrderImport, ProductMatch
from integration.order_import import due
from integration.people import audit
from integration.people.audit import AuditAction
from integration.timeline import EventCode

MOST_UNITS = 10_000
LONGEST_SKU = 255


class BadMatch(ValueError):
    """The match cannot be made; `field` names the argument, the text says why."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class NoSuchMatch(LookupError):
    """The seller SKU is not matched."""


@dataclass(frozen=True, slots=True)
class Matched:
    """A match in force, and how many orders became due by it."""

    seller_sku: str
    sku: str
    units: int
    orders_due: int


def match(*, store: Store, seller_sku: str, sku: str, units: int, by: str, now: datetime) -> Matched:
    """Let a seller SKU (for a line without one its ASIN) stand for `units` of a product.

    It holds in the store's whole account, whose open orders with such a line become due. Raises BadMatch.
    """
    _check(seller_sku, units)
    with transaction.atomic():
        product = Product.objects.filter(sku=sku).first()
        if product is None:
            raise BadMatch("sku", f'There is no product "{sku}".')
        ProductMatch.objects.bulk_create(
            [
                ProductMatch(
                    account_id=store.account_id,
                    seller_sku=seller_sku,
                    product=product,
                    units=units,
                    matched_by=by,
                    matched_at=now,
                )
            ],
            update_conflicts=True,
            unique_fields=["account", "seller_sku"],
            update_fields=["product", "units", "matched_by", "matched_at"],
        )
        details = {
            "seller_sku": seller_sku,
            "sku": product.sku,
            "units": "1 unit" if units == 1 else f"{units} units",
        }
        # In the transaction of the match: a judgment that was made without it has another version by
        # then, and loses.
        orders_due = due.mark_due(
            _waiting_for(store.account_id, seller_sku),
            told=lambda order_id: timeline.event(order_id, EventCode.MATCHED, now=now, actor=by, **details),
        )
        audit.record_event(
            what=AuditAction.BLOCKER_FIXED,
            by=by,
            now=now,
            store_ids=[store.pk],
            subject=seller_sku,
            details={"kind": "matched", "sku": product.sku, "units": units, "orders": orders_due},
        )
    return Matched(seller_sku=seller_sku, sku=product.sku, units=units, orders_due=orders_due)


def unmatch(*, store: Store, seller_sku: str, by: str, now: datetime) -> int:
    """Let a seller SKU stand for the product of the same SKU again; gives how many orders became due.

    Raises NoSuchMatch.
    """
    with transaction.atomic():
        removed, _ = ProductMatch.objects.filter(account_id=store.account_id, seller_sku=seller_sku).delete()
        if not removed:
            raise NoSuchMatch(seller_sku)
        return due.mark_due(
            _waiting_for(store.account_id, seller_sku),
            told=lambda order_id: timeline.event(
                order_id, EventCode.UNMATCHED, now=now, actor=by, seller_sku=seller_sku
            ),
        )


def _check(seller_sku: str, units: int) -> None:
    if not seller_sku or len(seller_sku) > LONGEST_SKU or "\x00" in seller_sku:
        raise BadMatch("seller_sku", f"A seller SKU has 1 to {LONGEST_SKU} characters.")
    if not 1 <= units <= MOST_UNITS:
        raise BadMatch("units", f"One item is 1 to {MOST_UNITS:,} units of a product.")


def _waiting_for(account_id: int, seller_sku: str) -> QuerySet[OrderImport]:
    # `sellerSku` is optional (SP-API model orders 2026-01-01): a line without one is matched by its
    # ASIN.
    items = AmazonOrderItem.objects.filter(
        Q(seller_sku=seller_sku) | Q(seller_sku="", asin=seller_sku), order__store__account_id=account_id
    )
    return OrderImport.objects.filter(pk__in=items.values("order_id"), state__in=due.OPEN_STATES)
