"""Hold: orders that do not (yet) become Commerce orders.

Their stock is held or let go, their state recorded.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction

from commerce.stock import stock
from commerce.stock.stock import Demand, Shortage
from integration import timeline
from integration.decision.policy import Action, Decision
from integration.models import TimelineEvent
from integration.models.imports import CHANNEL
from integration.order_import import error_boundary, judgment
from integration.order_import.judgment import Judgment, JudgmentOutcome
from integration.timeline import EventCode


def run(*, judgments: Sequence[Judgment], now: datetime) -> Counter[str]:
    """Record these judgments, all or (after a bug) each for itself. Counts transitions by state."""
    return error_boundary.run(lambda some: _hold(some, now=now), judgments, now=now)


def _hold(judgments: Sequence[Judgment], *, now: datetime) -> Counter[str]:
    with transaction.atomic():
        claimed = judgment.claim(judgments)
        moved = _move_stock(claimed, now=now)
        outcomes = [
            JudgmentOutcome(
                each, _decision(each, moved.short[each.order_id]), events=moved.events[each.order_id]
            )
            for each in claimed
        ]
        judgment.record_outcomes(outcomes, now=now)
    return transitions(outcomes)


def transitions(outcomes: Iterable[JudgmentOutcome]) -> Counter[str]:
    """How many orders have another state than before, by their new state."""
    return Counter(
        outcome.decision.state.lower()
        for outcome in outcomes
        if outcome.judgment.gathered.order_import.state != outcome.decision.state
        or not outcome.judgment.gathered.order_import.judged_version
    )


def _decision(each: Judgment, short: Sequence[Shortage]) -> Decision:
    """What was decided; units that another order took between check and now are missing after all, so that
    this one is judged again when they come back.
    """
    known = {(finding.code, finding.line_reference) for finding in each.decision.findings}
    found = [judgment.missing_units(each, shortage) for shortage in short]
    added = [finding for finding in found if (finding.code, finding.line_reference) not in known]
    return replace(each.decision, findings=(*each.decision.findings, *added))


@dataclass
class _Moved:
    """What became of stock, by order."""

    events: dict[int, list[TimelineEvent]] = field(default_factory=lambda: defaultdict(list))
    short: dict[int, list[Shortage]] = field(default_factory=lambda: defaultdict(list))


def _move_stock(claimed: Sequence[Judgment], *, now: datetime) -> _Moved:
    moved = _Moved()
    moving = [each for each in claimed if _moves_stock(each)]
    if not moving:
        return moved
    working = stock.lock(
        channel=CHANNEL,
        channel_references=[each.gathered.facts.amazon_order_id for each in moving],
        product_ids={
            line.product.id
            for each in moving
            if each.decision.action == Action.HOLD
            for line in each.gathered.facts.lines
            if line.product is not None
        },
        shops={
            each.gathered.facts.amazon_order_id: each.gathered.order.store.import_settings.commerce_store_id
            for each in moving
        },
    )
    # Within one working set the first gets the last units: so by ship-by date, not by key.
    for each in sorted(moving, key=judgment.urgency):
        reference = each.gathered.facts.amazon_order_id
        if each.decision.action == Action.HOLD:
            short = moved.short[each.order_id] = working.hold(reference, _demands(each))
            moved.events[each.order_id] = _held(each, short, now=now)
        elif each.decision.action == Action.RELEASE:
            if working.release(reference):
                moved.events[each.order_id] = [
                    timeline.event(each.order_id, EventCode.STOCK_RELEASED, now=now)
                ]
        else:
            # What it holds it keeps, but not units that Amazon has canceled since.
            working.trim(reference, _wanted(each))
    working.save(now)
    return moved


def _moves_stock(each: Judgment) -> bool:
    """Whether stock has to be touched: most orders that are let go hold nothing."""
    if each.decision.action == Action.HOLD:
        return True
    return each.gathered.holds_stock


def _wanted(each: Judgment) -> dict[str, int]:
    return {line.reference: line.quantity * line.units for line in each.gathered.facts.lines}


def _demands(each: Judgment) -> list[Demand]:
    facts = each.gathered.facts
    return [
        Demand(facts.amazon_order_id, line.reference, line.product.id, line.units_to_ship)
        for line in facts.lines
        if line.product is not None and line.units_to_ship
    ]


def _held(each: Judgment, short: list[Shortage], *, now: datetime) -> list[TimelineEvent]:
    if (
        each.gathered.order_import.judged_version
        and each.gathered.order_import.reason == each.decision.reason
    ):
        # It has been said: a pending order is judged again with every change of a product it waits for.
        return []
    if not short:
        return [timeline.event(each.order_id, EventCode.STOCK_HELD, now=now)]
    text = "; ".join(
        f"{shortage.sku}: {shortage.needed} needed, {shortage.salable} held" for shortage in short
    )
    return [timeline.event(each.order_id, EventCode.STOCK_NOT_COVERED, now=now, text=text)]
