"""Which orders are due for a judgment, and what makes them due: a higher version is all it takes.

The row is the job. Due is a query, never a queue: what was lost or doubled, this finds.
"""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from commerce.models import Product
from integration import timeline
from integration.models import Blocker, BlockerCode, ImportState, OrderImport, TimelineEvent

BATCH = 100


def find_due_orders(*, now: datetime, limit: int = BATCH, after: int = 0) -> list[int]:
    """Keys of due orders above `after`, in key order, so that a caller walks through all of them once.

    Three statements: two over partial indexes that hold only what is due, one over the open blockers.
    """
    # Two queries instead of one OR: each walks its own partial index in key order and stops at the
    # limit.
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
    the order was judged has an older stamp than the judgment, and yet another one than it saw.
    """
    blockers = Blocker.objects.filter(closed_at=None, order_import_id__gt=after)
    changed = Q(product__isnull=False) & ~Q(product__availability_changed_at=F("product_stamp"))
    is_made = Exists(Product.objects.filter(sku=OuterRef("seller_sku")))
    return blockers.filter(changed | (Q(code=BlockerCode.PRODUCT_MISSING) & is_made))


# A judgment can still change these; the others have become, or will never become, a Commerce order.
OPEN_STATES = (ImportState.WAITING, ImportState.BLOCKED)


def mark_due(orders: QuerySet[OrderImport], *, told: Callable[[int], TimelineEvent] | None = None) -> int:
    """Make these orders due, inside the caller's transaction; gives how many. Two statements, or three with
    the event that each order is told.

    The rows are locked in key order first: an UPDATE alone would take them in any order and meet `place`
    half-way.
    """
    locked = list(
        orders.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk", flat=True)
    )
    if locked and told is not None:
        timeline.record_events([told(order_id) for order_id in locked])
    return orders.order_by().update(version=F("version") + 1) if locked else 0
