"""Health: are we keeping up?"""

from typing import Any

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from integration import broker_queue, keeping_up
from integration.access import Permission, Viewer
from integration.keeping_up import COUNTED_AT_MOST, AccountHealth, OperationQuota
from integration.models import Lane
from integration.order_list import keyset
from integration.web import record_words
from integration.web.list_state import ListState
from integration.web.permissions import page


@page(Permission.VIEW_HEALTH)
def health(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Workers, queue, lag, and quota per account and operation; the account furthest behind first."""
    now = timezone.now()
    state = ListState(reverse("health"), request.GET)
    try:
        found = keeping_up.page(viewer=viewer, now=now, cursor=request.GET.get("cursor", ""))
    except keyset.BadCursor:
        toasts.info(request, "That page of the list no longer exists; this is the first one.")
        found = keeping_up.page(viewer=viewer, now=now)
    queues = broker_queue.waiting()
    context = {
        "now": now,
        "totals": keeping_up.totals(viewer=viewer, now=now),
        "due_at_most": COUNTED_AT_MOST,
        "workers": keeping_up.workers(now=now),
        "queues": queues,
        "queued": None if queues is None else sum(queues.values()),
        "accounts": [_account(row, now) for row in found.rows],
        "pager": state.pager(previous_cursor=found.previous_cursor, next_cursor=found.next_cursor),
        "page_size": keeping_up.PAGE_SIZE,
    }
    return render(request, "health/page.html", context)


def _account(row: AccountHealth, now: Any) -> dict[str, Any]:
    return {
        "row": row,
        "is_behind": row.is_behind(now),
        "backlog": record_words.backlog(row.backlog),
        "backlog_end": record_words.backlog_end(row.backlog),
        "operations": [_operation(each) for each in row.operations],
        "waiting": [(lane.label, row.waiting[lane]) for lane in Lane if lane in row.waiting],
        "waiting_in_all": sum(row.waiting.values()),
    }


def _operation(quota: OperationQuota) -> dict[str, Any]:
    return {
        "quota": quota,
        "name": record_words.operation(quota.operation),
        # Whole ones: a part of a token buys no call.
        "left": int(quota.tokens),
        "lanes": [(lane.label, number) for lane, number in quota.calls_today.items() if number],
    }
