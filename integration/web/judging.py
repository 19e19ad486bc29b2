"""After a fix: judge at once what it freed, say what became of it, and leave the rest to the worker."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib import messages as toasts
from django.http import HttpRequest
from django.utils import timezone

from amazon_orders.models import AmazonOrder
from integration import access, due, passes, tasks
from integration.access import Viewer
from integration.web import words

# A person is told within two seconds; what is not done by then, the worker does.
PATIENCE = timedelta(seconds=1)


def judge_at_once(request: HttpRequest, viewer: Viewer) -> None:
    """The page a person comes back to shows the outcome; only the viewer's own orders are counted.

    Batch by batch, in key order, until nothing is due or the patience has come to its end.
    """
    now, imported, after = timezone.now(), 0, 0
    while judged := passes.judge_some(now=now, after=after):
        imported += count_imported(viewer, judged, now=now)
        after = judged[-1]
        if len(judged) < due.BATCH or timezone.now() - now > PATIENCE:
            break
    tell_imported(request, imported)
    tasks.wake()


def count_imported(viewer: Viewer, order_ids: Collection[int], *, now: datetime) -> int:
    """How many of these orders of the viewer's were imported at this very moment. One statement."""
    found = AmazonOrder.objects.filter(pk__in=order_ids, order_import__imported_at=now)
    return access.scope_amazon_orders(viewer, found).count()


def tell_imported(request: HttpRequest, imported: int) -> None:
    """Say how many orders a fix has brought in."""
    if imported:
        toasts.success(request, f"{words.counted(imported, 'order', 'orders')} imported.")
