"""Which orders are due for a judgement: a query, never a queue. What was lost or doubled, this finds."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from commerce.models import Product
from integration.models import Blocker, BlockerCode, OrderImport

BATCH = 100


def find(*, now: datetime, limit: int = BATCH, after: int = 0) -> list[int]:
    """Keys of due orders above `after`, in key order, so that a caller walks through all of them once.

    Three statements: two over partial indexes that hold only what is due, one over the open blockers.
    """
    changed = OrderImport.objects.filter(version__gt=F("judged_version"), pk__gt=after)
    recheck = OrderImport.objects.filter(recheck_at__lte=now, pk__gt=after)
    keys = {
        *changed.order_by("pk").values_list("pk", flat=True)[:limit],
        *recheck.order_by("pk").values_list("pk", flat=True)[:limit],
        *_unblocked(after)
        .order_by("order_import_id")
        .values_list("order_import_id", flat=True)
        .distinct()[:limit],
    }
    return sorted(keys)[:limit]


def _unblocked(after: int) -> QuerySet[Blocker]:
    """Orders that wait for a product which has changed since, or exists now.

    Compared is the very stamp that was judged, not a time: a product whose change was still uncommitted when
    the order was judged has an older stamp than the judgement, and yet another one than it saw.
    """
    blockers = Blocker.objects.filter(closed_at=None, order_import_id__gt=after)
    changed = Q(product__isnull=False) & ~Q(product__availability_changed_at=F("product_stamp"))
    is_made = Exists(Product.objects.filter(sku=OuterRef("seller_sku")))
    return blockers.filter(changed | (Q(code=BlockerCode.PRODUCT_MISSING) & is_made))
