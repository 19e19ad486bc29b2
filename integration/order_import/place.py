"""Place: clear orders become Commerce orders with reserved stock, each wholly or not at all.

An order whose stock was taken by another one between check and now is blocked after all.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from commerce import placement as orders
from commerce.orders import customers
from commerce.orders.drafts import OrderDraft
from commerce.placement import PlacedOrder, Placement
from integration import timeline
from integration.decision.policy import Action, Decision
from integration.models import CustomerCreation, ImportState
from integration.models.imports import CHANNEL
from integration.order_import import drafts, error_boundary, judgment
from integration.order_import.judgment import Judgment, JudgmentOutcome
from integration.timeline import EventCode


def run(*, judgments: Sequence[Judgment], now: datetime) -> Counter[str]:
    """Place these orders, all in one transaction or (after a bug) each in its own. Counts transitions."""
    return error_boundary.run(lambda some: _place(some, now=now), judgments, now=now)


def _place(judgments: Sequence[Judgment], *, now: datetime) -> Counter[str]:
    # Sealing and customers need no lock and come first.
    drafts = _drafts(judgments, now=now)
    with transaction.atomic():
        # Claimed by key, for the locks; placed by urgency, for the last units.
        claimed = sorted(judgment.claim(judgments), key=judgment.urgency)
        # All in one transaction: an order, its reservation, its invoice and its state are there
        # together or not at all.
        placement = orders.place(channel=CHANNEL, drafts=[drafts[each.order_id] for each in claimed], now=now)
        outcomes = [_outcome(each, placement, now=now) for each in claimed]
        judgment.record_outcomes(outcomes, now=now)
    return Counter(outcome.decision.state.lower() for outcome in outcomes)


def _drafts(judgments: Sequence[Judgment], *, now: datetime) -> dict[int, OrderDraft]:
    batch = [each.gathered for each in judgments]
    parts = drafts.gather(batch)
    customer_ids = _customers(judgments, parts, now=now)
    return {
        each.order.pk: drafts.draft(
            each,
            parts,
            customer_id=customer_ids.get(each.order.pk),
        )
        for each in batch
    }


def _customers(judgments: Sequence[Judgment], parts: drafts.Parts, *, now: datetime) -> dict[int, int]:
    """Customer accounts, where the store builds them and Amazon gave an e-mail address."""
    wanted = {
        each.order_id: customers.Person(
            commerce_store_id=each.gathered.order.store.import_settings.commerce_store_id,
            email=parts.buyers[each.order_id].email,
            name=parts.buyers[each.order_id].name,
        )
        for each in judgments
        if each.gathered.order.store.import_settings.customer_creation == CustomerCreation.CREATE
        and parts.buyers[each.order_id].email
    }
    if not wanted:
        return {}
    found = customers.find_or_create(people=list(wanted.values()), now=now)
    return {
        order_id: found[person.commerce_store_id, customers.normalized(person.email)]
        for order_id, person in wanted.items()
    }


def _outcome(each: Judgment, placement: Placement, *, now: datetime) -> JudgmentOutcome:
    reference = each.gathered.facts.amazon_order_id
    # The loser of the race for the last units: it was clear at the check and is blocked now.
    short = placement.short.get(reference)
    if short is not None:
        findings = tuple(judgment.missing_units(each, shortage) for shortage in short)
        return JudgmentOutcome(each, Decision(ImportState.BLOCKED, Action.KEEP, findings=findings))
    adopted = placement.adopted.get(reference)
    # The order exists in Commerce already, e.g. because its store was deleted and connected again: the
    # unique channel reference lets no second one be made.
    placed = adopted or placement.placed[reference]
    code = EventCode.ADOPTED if adopted else EventCode.IMPORTED
    events = [timeline.event(each.order_id, code, now=now, number=placed.number)]
    events += judgment.shortfall_events(each.order_id, placement.shortfalls.get(reference, ()), now=now)
    decision = each.decision if not adopted else _followed_soon(each.decision, placed, now=now)
    return JudgmentOutcome(each, decision, commerce_order_id=placed.id, events=events)


def _followed_soon(decision: Decision, adopted: PlacedOrder, *, now: datetime) -> Decision:
    """What Amazon changed while the two were not linked is carried over by the next judgment."""
    return Decision(decision.state, decision.action, recheck_at=now)
