"""A judgment about an order: claimed under lock, recorded with its blockers and its timeline.

The one place that writes `OrderImport.state`. A judgment counts only if nothing new came since its facts
were gathered (`version`); the loser of that race is simply still due, and is judged again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from commerce.stock.stock import Shortage
from integration import timeline
from integration.decision import blockers, outside_changes
from integration.decision.blockers import out_of_stock
from integration.decision.blockers.finding import Finding
from integration.decision.facts import OrderSnapshot
from integration.decision.outside_changes import Held, OutsideChange
from integration.decision.policy import SHIPPED, WORDS, Action, Decision, Reason
from integration.models import Blocker, ImportState, OrderImport, TimelineEvent
from integration.order_import import gather
from integration.order_import.gather import Gathered
from integration.timeline import EventCode

_WRITTEN = [
    "state",
    "reason",
    "judged_version",
    "judged_at",
    "recheck_at",
    "commerce_order",
    "imported_at",
    "skipped_at",
    "skip_until",
    "amazon_seen",
    "amounts_lowered_at",
]
# States in which no blocker counts, whatever became of its cause.
_ENDED: Mapping[str, str] = {
    ImportState.CANCELED: "the order was canceled at Amazon",
    ImportState.VIEW_ONLY: "the order is view only",
}


@dataclass(frozen=True, slots=True)
class Judgment:
    """What was decided about an order, upon which facts."""

    gathered: Gathered
    decision: Decision

    @property
    def order_id(self) -> int:
        """The key of the order and of its import."""
        return self.gathered.order_import.amazon_order_id


@dataclass(slots=True)
class JudgmentOutcome:
    """What came of a judgment: the decision as it stands after acting, and what happened on the way.

    `lowers_amounts`: Amazon's total fell after shipping, or is what it was again; None leaves that as it is.
    """

    judgment: Judgment
    decision: Decision
    commerce_order_id: int | None = None
    events: list[TimelineEvent] = field(default_factory=list)
    lowers_amounts: bool | None = None


def claim(judgments: Sequence[Judgment]) -> list[Judgment]:
    """Lock the imports in key order and keep the judgments that still hold; one statement, in a
    transaction.
    """
    locked = {
        order_id: stand
        for order_id, *stand in OrderImport.objects.filter(
            pk__in=[judgment.order_id for judgment in judgments]
        )
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
        .values_list("pk", "version", "judged_at", "state")
    }
    # The loser is dropped without a word: something newer came, so the order is due and is judged anew.
    # An import that was deleted is no longer found.
    return [judgment for judgment in judgments if locked.get(judgment.order_id) == _stand(judgment)]


def _stand(judgment: Judgment) -> list[object]:
    """How the import stood when the facts were gathered: another judgment since makes this one void."""
    row = judgment.gathered.order_import
    # The version alone is not enough: two workers may judge the same version, and the second would act
    # twice.
    return [row.version, row.judged_at, row.state]


def urgency(each: Judgment) -> tuple[datetime, datetime, str]:
    """A race for the last units goes by ship-by date, then by purchase date."""
    order = each.gathered.order
    # A late shipment counts against the seller (under 4 % at Amazon), so the earliest promise gets the
    # last units. Without one the order is taken for urgent.
    return order.latest_ship_at or order.purchased_at, order.purchased_at, order.amazon_order_id


def record_outcomes(outcomes: Sequence[JudgmentOutcome], *, now: datetime) -> None:
    """Write states, blockers and events of claimed judgments; 3 to 6 statements."""
    if not outcomes:
        return
    # Read under the imports' locks: only a judgment writes blockers, so none changes until the commit.
    open_before = _open_blockers(outcomes)
    events = [
        event
        for outcome in outcomes
        for event in [
            *_skip_ended(outcome, now),
            *_unblocked(outcome, open_before.get(outcome.judgment.order_id, []), now),
            *outcome.events,
            *_outside_events(outcome, now),
            *_events(outcome, open_before.get(outcome.judgment.order_id, []), now),
        ]
    ]
    _write_states(outcomes, now=now)
    _write_blockers(outcomes, open_before, now=now)
    if events:
        timeline.record_events(events)


def _write_states(outcomes: Sequence[JudgmentOutcome], *, now: datetime) -> None:
    # An upsert of rows that exist: Django's bulk_update would build a CASE per column and row, several
    # times as slow for a hundred orders.
    OrderImport.objects.bulk_create(
        [_row(outcome, now=now) for outcome in outcomes],
        update_conflicts=True,
        unique_fields=["amazon_order"],
        update_fields=_WRITTEN,
    )


def _row(outcome: JudgmentOutcome, *, now: datetime) -> OrderImport:
    row, decision = outcome.judgment.gathered.order_import, outcome.decision
    is_imported = decision.state == ImportState.IMPORTED
    stays_skipped = decision.state == ImportState.SKIPPED
    return OrderImport(
        amazon_order_id=row.amazon_order_id,
        # The INSERT needs a value; it is not among the updated fields, so a version that was raised is
        # never set back.
        version=row.version,
        state=decision.state,
        reason=decision.reason,
        judged_version=row.version,
        judged_at=now,
        recheck_at=decision.recheck_at,
        commerce_order_id=outcome.commerce_order_id or row.commerce_order_id,
        imported_at=(row.imported_at or now) if is_imported else None,
        skipped_at=row.skipped_at if stays_skipped else None,
        skip_until=row.skip_until if stays_skipped else None,
        amazon_seen=_seen(outcome),
        amounts_lowered_at=_amounts_lowered_at(outcome, now=now),
    )


def _seen(outcome: JudgmentOutcome) -> dict[str, Any]:
    """What is kept of Amazon's word. A Commerce order that could not be followed still owes its news."""
    row = outcome.judgment.gathered.order_import
    # What its Commerce order has not followed yet must not be taken for seen (ADR 0014).
    if row.commerce_order_id is not None and outcome.decision.action != Action.FOLLOW:
        kept: dict[str, Any] = row.amazon_seen
        return kept
    return gather.seen(outcome.judgment.gathered).as_json()


def _amounts_lowered_at(outcome: JudgmentOutcome, *, now: datetime) -> datetime | None:
    before = outcome.judgment.gathered.order_import.amounts_lowered_at
    if outcome.lowers_amounts is None:
        return before
    return (before or now) if outcome.lowers_amounts else None


def _open_blockers(outcomes: Sequence[JudgmentOutcome]) -> dict[int, list[Blocker]]:
    """Blockers in force; an order that is judged for the first time has none."""
    judged_before = [
        outcome.judgment.order_id
        for outcome in outcomes
        if outcome.judgment.gathered.order_import.judged_version
    ]
    found: dict[int, list[Blocker]] = {}
    if judged_before:
        for blocker in Blocker.objects.filter(order_import_id__in=judged_before, closed_at=None):
            found.setdefault(blocker.order_import_id, []).append(blocker)
    return found


def _write_blockers(
    outcomes: Sequence[JudgmentOutcome], open_before: dict[int, list[Blocker]], *, now: datetime
) -> None:
    opened: list[Blocker] = []
    kept: list[Blocker] = []
    closed: list[int] = []
    for outcome in outcomes:
        before = {
            (each.code, each.line_reference): each for each in open_before.get(outcome.judgment.order_id, [])
        }
        for finding in outcome.decision.findings:
            known = before.pop((finding.code, finding.line_reference), None)
            row = _blocker(outcome.judgment.order_id, finding, opened_at=known.opened_at if known else now)
            if known is None:
                opened.append(row)
            elif _differs(known, row):
                row.pk = known.pk
                kept.append(row)
        closed.extend(each.pk for each in before.values())
    if closed:
        Blocker.objects.filter(pk__in=closed).update(closed_at=now)
    if opened:
        Blocker.objects.bulk_create(opened)
    if kept:
        Blocker.objects.bulk_create(
            kept,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["seller_sku", "product", "product_stamp", "details"],
        )


def _blocker(order_id: int, finding: Finding, *, opened_at: datetime) -> Blocker:
    return Blocker(
        order_import_id=order_id,
        code=finding.code,
        line_reference=finding.line_reference,
        seller_sku=finding.seller_sku,
        product_id=finding.product_id,
        product_stamp=finding.product_stamp,
        details=finding.details,
        opened_at=opened_at,
    )


def _differs(known: Blocker, row: Blocker) -> bool:
    return (known.seller_sku, known.product_id, known.product_stamp, known.details) != (
        row.seller_sku,
        row.product_id,
        row.product_stamp,
        row.details,
    )


def _skip_ended(outcome: JudgmentOutcome, now: datetime) -> Iterable[TimelineEvent]:
    """A skip that came to its date. Who ends one before has said so already, and has moved its end."""
    row = outcome.judgment.gathered.order_import
    was_skipped = row.state == ImportState.SKIPPED and outcome.decision.state != ImportState.SKIPPED
    if was_skipped and row.skip_until is not None and row.skip_until == row.recheck_at:
        yield timeline.event(outcome.judgment.order_id, EventCode.SKIP_ENDED, now=now)


def _outside_events(outcome: JudgmentOutcome, now: datetime) -> Iterable[TimelineEvent]:
    """What Amazon did to an order while it had no Commerce order; `follow` tells of the others."""
    gathered = outcome.judgment.gathered
    if outcome.decision.action == Action.FOLLOW or gathered.order_import.commerce_order_id is not None:
        return
    held = Held(
        was=gathered.order_import.state,
        becomes=outcome.decision.state,
        is_first=not gathered.order_import.judged_version,
        is_merchant=gathered.facts.is_merchant_fulfilled,
        holds=gathered.holds_stock,
        released=any(event.code == EventCode.STOCK_RELEASED for event in outcome.events),
    )
    before = OrderSnapshot.from_json(gathered.order_import.amazon_seen)
    yield from told(
        outcome.judgment, outside_changes.while_held(before, gather.seen(gathered), held), now=now
    )


def told(each: Judgment, news: Iterable[OutsideChange], *, now: datetime) -> list[TimelineEvent]:
    """Outside changes as events."""
    return [timeline.event(each.order_id, EventCode(one.code), now=now, **one.details) for one in news]


def _unblocked(
    outcome: JudgmentOutcome, open_before: list[Blocker], now: datetime
) -> Iterable[TimelineEvent]:
    """The blockers that are no longer found, and because of what. A skip has told its own reason."""
    if outcome.decision.state == ImportState.SKIPPED:
        return
    still = {(finding.code, finding.line_reference) for finding in outcome.decision.findings}
    closed = [each for each in open_before if (each.code, each.line_reference) not in still]
    if closed:
        texts = (
            f"{blockers.message(each.code, each.details, each.seller_sku)} ({_why_gone(outcome, each)})"
            for each in closed
        )
        text = "; ".join(texts) + "."
        yield timeline.event(outcome.judgment.order_id, EventCode.UNBLOCKED, now=now, text=text)


def _why_gone(outcome: JudgmentOutcome, closed: Blocker) -> str:
    if ended := _ENDED.get(outcome.decision.state):
        return ended
    if outcome.judgment.gathered.order.status == SHIPPED and closed.code not in blockers.AFTER_SHIPPING:
        return "the goods have left"
    return blockers.gone(closed.code)


def _events(outcome: JudgmentOutcome, open_before: list[Blocker], now: datetime) -> Iterable[TimelineEvent]:
    """An event where the state, its reason or the set of blockers is another than before."""
    row, decision = outcome.judgment.gathered.order_import, outcome.decision
    order_id = outcome.judgment.order_id
    is_new_state = (row.state, row.reason) != (decision.state, decision.reason) or not row.judged_version
    if decision.state == ImportState.BLOCKED:
        codes_before = {(each.code, each.line_reference) for each in open_before}
        codes = {(finding.code, finding.line_reference) for finding in decision.findings}
        if row.state != ImportState.BLOCKED or codes != codes_before:
            yield timeline.event(order_id, EventCode.BLOCKED, now=now, text=in_words(decision.findings))
    elif is_new_state and decision.state in {ImportState.WAITING, ImportState.VIEW_ONLY}:
        code = EventCode.WAITING if decision.state == ImportState.WAITING else EventCode.VIEW_ONLY
        yield timeline.event(order_id, code, now=now, text=_reason_in_words(decision.reason))


def _reason_in_words(reason: str) -> str:
    return WORDS[Reason(reason)] if reason else ""


def missing_units(each: Judgment, shortage: Shortage) -> Finding:
    """Stock that was there at the check, and that another order had before this one."""
    line = next(line for line in each.gathered.facts.lines if line.reference == shortage.line_reference)
    return Finding(
        code=out_of_stock.CODE,
        line_reference=line.reference,
        seller_sku=line.sku_or_asin,
        product_id=shortage.product_id,
        product_stamp=line.product.stamp if line.product else None,
        details={"sku": shortage.sku, "needed": shortage.needed, "salable": shortage.salable},
    )


def shortfall_events(order_id: int, shortfalls: Sequence[Shortage], *, now: datetime) -> list[TimelineEvent]:
    """More has left than the stock on record: said, never below zero."""
    if not shortfalls:
        return []
    text = "; ".join(
        f"{short.sku}: {short.needed} shipped, {short.salable} on record" for short in shortfalls
    )
    return [timeline.event(order_id, EventCode.STOCK_SHORTFALL, now=now, text=text)]


def in_words(findings: Iterable[Finding]) -> str:
    """All findings as one sentence."""
    texts = (blockers.message(finding.code, finding.details, finding.seller_sku) for finding in findings)
    return "; ".join(texts) + "."
