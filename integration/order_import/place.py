"""Place: clear orders become Commerce orders with reserved stock, each wholly or not at all.

An order whose stock was taken by another one between check and now is blocked after all.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from commerce import customers, numbers, orders
from commerce.drafts import OrderDraft
from commerce.orders import PlacedOrder, Placement
from integration import boundary, judgement, order_drafts, timeline
from integration.channel import CHANNEL
from integration.judgement import Judgement, Outcome
from integration.models import CustomerCreation, ImportState
from integration.policy import Action, Decision
from integration.timeline import EventCode


def run(*, judgements: Sequence[Judgement], now: datetime) -> Counter[str]:
    """Place these orders, all in one transaction or (after a bug) each in its own. Counts transitions."""
    return boundary.run(lambda some: _place(some, now=now), judgements, now=now)


def _place(judgements: Sequence[Judgement], *, now: datetime) -> Counter[str]:
    # Sealing, numbers and customers need no lock and come first.
    drafts = _drafts(judgements, now=now)
    with transaction.atomic():
        claimed = sorted(judgement.claim(judgements), key=judgement.urgency)
        placement = orders.place(channel=CHANNEL, drafts=[drafts[each.order_id] for each in claimed], now=now)
        outcomes = [_outcome(each, placement, now=now) for each in claimed]
        judgement.record(outcomes, now=now)
    return Counter(outcome.decision.state.lower() for outcome in outcomes)


def _drafts(judgements: Sequence[Judgement], *, now: datetime) -> dict[int, OrderDraft]:
    batch = [each.gathered for each in judgements]
    parts = order_drafts.gather(batch)
    counts = Counter(
        each.order.store.import_settings.commerce_store_id
        for each in batch
        if not order_drafts.uses_amazon_number(each)
    )
    invoice_counts = Counter(each.order.store.import_settings.commerce_store_id for each in batch)
    taken = numbers.take(orders=counts, invoices=invoice_counts)
    order_numbers = {store_id: iter(some) for store_id, some in taken.orders.items()}
    invoice_numbers = {store_id: iter(some) for store_id, some in taken.invoices.items()}
    customer_ids = _customers(judgements, parts, now=now)
    return {
        each.order.pk: order_drafts.draft(
            each,
            parts,
            number=each.order.amazon_order_id
            if order_drafts.uses_amazon_number(each)
            else next(order_numbers[each.order.store.import_settings.commerce_store_id]),
            invoice_number=next(invoice_numbers[each.order.store.import_settings.commerce_store_id]),
            customer_id=customer_ids.get(each.order.pk),
        )
        for each in batch
    }


def _customers(
    judgements: Sequence[Judgement], parts: order_drafts.Parts, *, now: datetime
) -> dict[int, int]:
    """Customer accounts, where the store builds them and Amazon gave an e-mail address."""
    wanted = {
        each.order_id: customers.Person(
            commerce_store_id=each.gathered.order.store.import_settings.commerce_store_id,
            email=parts.buyers[each.order_id].email,
            name=parts.buyers[each.order_id].name,
        )
        for each in judgements
        if each.gathered.order.store.import_settings.customer_creation == CustomerCreation.CREATE
        and parts.buyers[each.order_id].email
    }
    if not wanted:
        return {}
    found = customers.find_or_create(people=list(wanted.values()), now=now)
    return {
        order_id: found[person.commerce_store_id, customers.normalised(person.email)]
        for order_id, person in wanted.items()
    }


def _outcome(each: Judgement, placement: Placement, *, now: datetime) -> Outcome:
    reference = each.gathered.facts.amazon_order_id
    short = placement.short.get(reference)
    if short is not None:
        findings = tuple(judgement.missing_units(each, shortage) for shortage in short)
        return Outcome(each, Decision(ImportState.BLOCKED, Action.KEEP, findings=findings))
    adopted = placement.adopted.get(reference)
    placed = adopted or placement.placed[reference]
    code = EventCode.ADOPTED if adopted else EventCode.IMPORTED
    events = [timeline.event(each.order_id, code, now=now, number=placed.number)]
    events += judgement.shortfall_events(each.order_id, placement.shortfalls.get(reference, ()), now=now)
    decision = each.decision if not adopted else _followed_soon(each.decision, placed, now=now)
    return Outcome(each, decision, commerce_order_id=placed.id, events=events)


def _followed_soon(decision: Decision, adopted: PlacedOrder, *, now: datetime) -> Decision:
    """What Amazon changed while the two were not linked is carried over by the next judgement."""
    return Decision(decision.state, decision.action, recheck_at=now)
