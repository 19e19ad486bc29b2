"""Records for people: runs, failures."""

import itertools
from datetime import timedelta
from typing import Any

from amazon_orders.models import Account
from integration.models import CommunicationError, SyncRun
from tests.factories.amazon import NOW

_numbers = itertools.count(1)


def run(of: Account, **fields: Any) -> SyncRun:
    """A poll that ended well, a second ago."""
    given = {
        "run": f"run{next(_numbers)}",
        "started_at": NOW - timedelta(seconds=3),
        "ended_at": NOW - timedelta(seconds=1),
        "requests": 1,
        "pages": 1,
        "counts": {"received": 3, "changed": 2, "imported": 1},
        "worker": "host:1:2",
    }
    return SyncRun.objects.create(account=of, **{**given, **fields})


def failure(of: Account, **fields: Any) -> CommunicationError:
    """A search that was answered with 503, once."""
    at = fields.get("first_at", NOW)
    given = {
        "operation": "searchOrders",
        "kind": "UNAVAILABLE",
        "status": 503,
        "request_id": "76c830cb-850e-4b61-ab8f-59d07c8306cd",
        "run": f"run{next(_numbers)}",
        "lane": 3,
        "minute": at,
        "first_at": at,
        "last_at": at,
    }
    return CommunicationError.objects.create(account=of, **{**given, **fields})
