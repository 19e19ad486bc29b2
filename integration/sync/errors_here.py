"""An error of ours that stops the work for an account: said once, in the account's row, not thrown on and on.

The row becomes a system message that ends with the next pass that is whole.
"""

import traceback
from datetime import datetime
from pathlib import Path

import structlog
from django.db import InterfaceError, OperationalError
from django.db.models import Value
from django.db.models.functions import Coalesce

from integration.models import AccountSync
from integration.order_import import error_boundary
from integration.sync.outcome import Problem

logger = structlog.get_logger(__name__)
# The database's absence is no bug, and there is nowhere to write it down.
FLIES_ON = (OperationalError, InterfaceError)
CODE = "BUG"


def record(bug: Exception, *, account_id: int, stores: str, now: datetime) -> Problem:
    """Write down the bug, without its text: that may hold a piece of an order, e.g. a name. One statement."""
    where = _where(bug)
    logger.error(
        "sync.failed_here", account=account_id, cause=type(bug).__name__, at=error_boundary.way_to(bug)
    )
    AccountSync.objects.filter(account_id=account_id).update(
        bug=f"{type(bug).__name__} in {where}"[:200], bug_since=Coalesce("bug_since", Value(now))
    )
    return Problem(CODE, f"An error here stopped the sync ({type(bug).__name__} in {where}).", stores)


def _where(bug: BaseException) -> str:
    frames = traceback.extract_tb(bug.__traceback__)
    # The innermost frame of ours: what a library did is seen in the log.
    for frame in reversed(frames):
        path = Path(frame.filename)
        if "site-packages" not in path.parts:
            return f"{path.stem}.{frame.name}"
    return "an unknown place"
