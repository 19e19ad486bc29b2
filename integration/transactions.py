"""Short transactions among many workers: stepping over what others hold, repeating what lost a race."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import structlog
from django.db import OperationalError, connection
from django.db.models import Model, QuerySet

from amazon_orders.receive import Outdated

T = TypeVar("T")
Row = TypeVar("Row", bound=Model)
# A deadlock's winner has committed when its loser hears of it: a second try suffices as a rule, and
# four in a row are a fault.
ATTEMPTS = 4
logger = structlog.get_logger(__name__)


def repeat_when_beaten(work: Callable[[], T]) -> T:
    """Run `work`, which opens its own transaction, until no deadlock, lost connection or newer row beats
    it.
    """
    # The last try stands outside: what it raises flies.
    for attempt in range(1, ATTEMPTS):
        try:
            return work()
        except (OperationalError, Outdated) as beaten:
            # The winner has committed by now, or the server is back: the next try starts from what it left.
            connection.close_if_unusable_or_obsolete()
            logger.info("transaction.repeated", attempt=attempt, cause=type(beaten).__name__)
    return work()


def step_over(rows: QuerySet[Row, Any], *, no_key: bool = False) -> QuerySet[Row, Any]:
    """Lock these rows of their own table, leaving out those that others hold; none are waited for.

    SQLite has no row locks and ignores the clause: its transactions begin with the lock of the one writer.
    """
    # Of the table itself: a lock on a joined account would make all of its jobs one.
    return rows.select_for_update(of=("self",), skip_locked=True, no_key=no_key)


@dataclass(frozen=True, slots=True)
class JobClaim(Generic[Row]):
    """The right to work on a job, until another may think its worker dead.

    The job's row has `next_look_at`, which the claim moved to `until`, and `ended_at`.
    """

    job: Row
    until: datetime

    def record(self, **changes: Any) -> bool:
        """Write down how far it is; False where another worker has taken over."""
        rows = type(self.job)._default_manager.filter(pk=self.job.pk, next_look_at=self.until, ended_at=None)
        return bool(rows.update(**changes))
