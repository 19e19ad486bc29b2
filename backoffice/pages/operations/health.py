"""Health: how far behind the sync of each account is."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.frame import sync_words
from backoffice.pages.frame.list_page import page_or_first
from backoffice.pages.frame.list_state import ListState
from backoffice.pages.frame.permissions import page
from backoffice.pages.operations import record_words
from integration.access import Permission, Viewer
from integration.models import Lane
from integration.operations import broker_queue, sync_lag
from integration.operations.sync_lag import COUNTED_AT_MOST, AccountHealth, OperationQuota


@page(Permission.VIEW_HEALTH)
def health(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Workers, queue, lag, and quota per account and operation; the account furthest behind first."""
    now = timezone.now()
    state = ListState(reverse("health"), request.GET)
    found = page_or_first(request, state, lambda cursor: sync_lag.page(viewer=viewer, now=now, cursor=cursor))
    queues = broker_queue.waiting()
    context = {
        "now": now,
        "totals": sync_lag.totals(viewer=viewer, now=now),
        "due_at_most": COUNTED_AT_MOST,
        "workers": sync_lag.workers(now=now),
        "queues": queues,
        "queued": None if queues is None else sum(queues.values()),
        "accounts": [_account(row, now) for row in found.rows],
        "pager": state.pager(found),
        "page_size": sync_lag.PAGE_SIZE,
    }
    return render(request, "health/page.html", context)


def _account(row: AccountHealth, now: Any) -> dict[str, Any]:
    return {
        "row": row,
        "is_behind": row.is_behind(now),
        "backlog": sync_words.backlog(row.backlog),
        "backlog_end": sync_words.backlog_end(row.backlog),
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
