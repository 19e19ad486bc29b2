"""The one boundary around an order's judgment: a bug in one order never wedges its account.

A batch that meets a bug is done again order by order; the order that fails alone gets the blocker FAILED with
a reference that support finds in the log, and is tried again by itself.
"""

import traceback
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.db import OperationalError, transaction

from integration.decision.blockers import failed
from integration.decision.blockers.finding import Finding
from integration.decision.policy import Action, Decision
from integration.models import ImportState
from integration.order_import import judgment
from integration.order_import.gather import Gathered
from integration.order_import.judgment import Judgment, JudgmentOutcome
from integration.transactions import repeat_when_beaten

logger = structlog.get_logger(__name__)
# A bug is mended by a release: often enough to see that soon, too seldom to fill the log.
TRIED_AGAIN_AFTER = timedelta(minutes=10)

Work = Callable[[Sequence[Judgment]], Counter[str]]


def run(work: Work, judgments: Sequence[Judgment], *, now: datetime) -> Counter[str]:
    """`work` on all of them in one transaction, or, where that fails, on each in its own."""
    if not judgments:
        return Counter()
    try:
        return repeat_when_beaten(lambda: work(judgments))
    except OperationalError:
        # The database is away: not the order's fault. It stays due.
        raise
    except Exception as bug:
        if len(judgments) == 1:
            return _fail(judgments[0], bug, now=now)
        logger.warning("batch.repeated_order_by_order", orders=len(judgments), cause=type(bug).__name__)
    return sum((run(work, [one], now=now) for one in judgments), Counter())


def failure(bug: Exception, known: Gathered, *, now: datetime) -> Decision:
    """The decision about an order that met a bug; the report goes to the log, under a reference."""
    order_id, reference = known.order.pk, uuid.uuid4().hex[:8]
    logger.error(
        "order.failed",
        order=known.order.amazon_order_id,
        order_id=order_id,
        reference=reference,
        cause=type(bug).__name__,
        at=way_to(bug),
    )
    # By itself, for nobody changes such an order: without it, it would stay failed after the fix.
    recheck_at = now + TRIED_AGAIN_AFTER
    if known.order_import.commerce_order_id is not None:
        # It has its Commerce order: it cannot be blocked any more, only be followed again later.
        return Decision(ImportState.IMPORTED, Action.KEEP, recheck_at=recheck_at)
    finding = Finding(code=failed.CODE, details={"error": type(bug).__name__, "reference": reference})
    return Decision(ImportState.BLOCKED, Action.KEEP, findings=(finding,), recheck_at=recheck_at)


def way_to(bug: BaseException) -> str:
    """Where a bug is, frame by frame, without its text: that may hold a piece of the order, e.g. a name."""
    frames = traceback.extract_tb(bug.__traceback__)
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)


def _fail(one: Judgment, bug: Exception, *, now: datetime) -> Counter[str]:
    decision = failure(bug, one.gathered, now=now)
    recorded = repeat_when_beaten(lambda: _record(one, decision, now=now))
    return Counter(blocked=recorded) if decision.state == ImportState.BLOCKED else Counter()


def _record(one: Judgment, decision: Decision, *, now: datetime) -> int:
    with transaction.atomic():
        outcomes = [JudgmentOutcome(claimed, decision) for claimed in judgment.claim([one])]
        judgment.record_outcomes(outcomes, now=now)
    return len(outcomes)
