"""Check: facts in, a decision and all blockers of every line out.

Reads only; `place`, `hold` and `follow` act.
"""

from collections.abc import Sequence
from datetime import datetime

from integration.decision import policy
from integration.decision.policy import Decision
from integration.order_import import error_boundary, gather
from integration.order_import.gather import Gathered
from integration.order_import.judgment import Judgment


def run(*, order_ids: Sequence[int], now: datetime) -> list[Judgment]:
    """Judge these orders, whether due or not; 9 statements at most."""
    # No lock and no transaction: what changes between this read and the act is found by
    # `judgment.claim`.
    return [Judgment(known, _decide(known, now=now)) for known in gather.gather(order_ids)]


def _decide(known: Gathered, *, now: datetime) -> Decision:
    if known.bug is not None:
        return error_boundary.failure(known.bug, known, now=now)
    try:
        return policy.decide(known.facts, now=now)
    except Exception as bug:
        return error_boundary.failure(bug, known, now=now)
