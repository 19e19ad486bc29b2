"""After a fix: judge at once what it freed, say what became of it, and leave the rest to the worker."""

from django.contrib import messages as toasts
from django.http import HttpRequest
from django.utils import timezone

from amazon_orders.models import AmazonOrder
from integration import access, passes, tasks
from integration.access import Viewer
from integration.web import words


def judge_at_once(request: HttpRequest, viewer: Viewer) -> None:
    """The page a person comes back to shows the outcome; only the viewer's own orders are counted."""
    now = timezone.now()
    judged = AmazonOrder.objects.filter(pk__in=passes.judge_some(now=now), order_import__imported_at=now)
    imported = access.scope_amazon_orders(viewer, judged).count()
    if imported:
        toasts.success(request, f"{words.counted(imported, 'order', 'orders')} imported.")
    tasks.wake()
