"""Check: facts in, a decision and all blockers of every line out.

Reads only; `place`, `hold` and `follow` act.
"""

from collections.abc import Sequence
from datetime import datetime

from integration import boundary, order_facts, policy
from integration.judgement import Judgement
from integration.order_facts import Gathered
from integration.policy import Decision


def run(*, order_ids: Sequence[int], now: datetime) -> list[Judgement]:
    """Judge these orders, whether due or not; 9 statements at most."""
    return [Judgement(known, _decide(known, now=now)) for known in order_facts.gather(order_ids)]


def _decide(known: Gathered, *, now: datetime) -> Decision:
    if known.bug is not None:
        return boundary.failure(known.bug, known, now=now)
    try:
        return policy.decide(known.facts, now=now)
    except Exception as bug:
        return boundary.failure(bug, known, now=now)
