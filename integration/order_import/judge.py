"""Judge: check orders and act on what was decided, the same way whoever asks for it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from integration.decision.policy import Action
from integration.order_import import check, disabled_products, due, follow, hold, place
from integration.transactions import repeat_when_beaten


def judge_orders(*, order_ids: Sequence[int], now: datetime) -> Counter[str]:
    """Check these orders and act on what was decided."""
    if not order_ids:
        return Counter()
    judgments = check.run(order_ids=order_ids, now=now)
    by_action = {action: [each for each in judgments if each.decision.action == action] for action in Action}
    # Orders that are ready to ship before those that only hold: they compete for the same units.
    counts = place.run(judgments=by_action[Action.PLACE], now=now)
    counts += follow.run(judgments=by_action[Action.FOLLOW], now=now)
    settled = [*by_action[Action.RELEASE], *by_action[Action.HOLD], *by_action[Action.KEEP]]
    return counts + hold.run(judgments=settled, now=now)


def judge_due(*, now: datetime) -> Counter[str]:
    """Judge every order that is due, batch by batch; each at most once."""
    repeat_when_beaten(disabled_products.make_due)
    counts: Counter[str] = Counter()
    order_ids = due.find_due_orders(now=now)
    while order_ids:
        counts += judge_orders(order_ids=order_ids, now=now)
        # Above the last key: an order that becomes due again while it is judged waits for the next
        # pass, so this loop ends.
        order_ids = due.find_due_orders(now=now, after=order_ids[-1])
    return counts


def judge_batch(*, now: datetime, after: int = 0) -> list[int]:
    """Judge one batch of what is due above a key, and give their keys: what a person can wait for.

    The tick does the rest.
    """
    repeat_when_beaten(disabled_products.make_due)
    order_ids = due.find_due_orders(now=now, after=after)
    judge_orders(order_ids=order_ids, now=now)
    return order_ids
