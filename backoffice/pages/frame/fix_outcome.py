"""After a fix: judge at once what it freed, say what became of it, and leave the rest to the worker."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib import messages as toasts
from django.http import HttpRequest
from django.utils import timezone

from amazon_orders.models import AmazonOrder
from backoffice.pages.frame import words
from integration import access, tasks
from integration.access import Viewer
from integration.models import AuditAction
from integration.order_import import due, judge
from integration.people import audit

# A person is told within two seconds; what is not done by then, the worker does.
PATIENCE = timedelta(seconds=1)


def judge_at_once(request: HttpRequest, viewer: Viewer, *, fixed: str = "") -> None:
    """The page a person comes back to shows the outcome; only the viewer's own orders are counted.

    `fixed`: the product whose change it was, for the audit log; empty where the deed is written down itself.

    Batch by batch, in key order, until nothing is due or the patience has come to its end.
    """
    now, after = timezone.now(), 0
    imported: Counter[int] = Counter()
    while judged := judge.judge_batch(now=now, after=after):
        imported += imported_by_store(viewer, judged, now=now)
        after = judged[-1]
        # Looked at between batches: one batch is the most that a person waits longer.
        if len(judged) < due.BATCH or timezone.now() - now > PATIENCE:
            break
    tell_imported(request, imported.total())
    if fixed and imported:
        audit.record_event(
            what=AuditAction.BLOCKER_FIXED,
            by=viewer.name,
            now=now,
            store_ids=imported,
            subject=fixed,
            details={"sku": fixed, "orders": imported.total()},
        )
    # What was not judged here is not left for the next tick.
    tasks.wake()


def imported_by_store(viewer: Viewer, order_ids: Collection[int], *, now: datetime) -> Counter[int]:
    """How many of these orders of the viewer's were imported at this very moment. One statement."""
    found = AmazonOrder.objects.filter(pk__in=order_ids, order_import__imported_at=now)
    return Counter(access.scope_amazon_orders(viewer, found).values_list("store_id", flat=True))


def tell_imported(request: HttpRequest, imported: int) -> None:
    """Say how many orders a fix has brought in."""
    if imported:
        toasts.success(request, f"{words.counted(imported, 'order', 'orders')} imported.")
