"""Follow: a Commerce order follows what Amazon changed later (canceled, units canceled, shipped over
there). One that was placed before its store was deleted and connected again is adopted first.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from commerce import cancellations, shipments
from integration import boundary, following, judgement, order_drafts, timeline
from integration.following import Following, ItemNow
from integration.judgement import Judgement, Outcome
from integration.models import TimelineEvent
from integration.order_facts import Gathered, shipped_items
from integration.timeline import EventCode


def run(*, judgements: Sequence[Judgement], now: datetime) -> Counter[str]:
    """Carry over what changed, all in one transaction or (after a bug) each in its own."""
    return boundary.run(lambda some: _follow(some, now=now), judgements, now=now)


def _follow(judgements: Sequence[Judgement], *, now: datetime) -> Counter[str]:
    plans = {each.order_id: _plan(each.gathered) for each in judgements}
    shipping = [each.gathered for each in judgements if plans[each.order_id].shipped]
    parts = order_drafts.gather(shipping) if shipping else None
    with transaction.atomic():
        claimed = judgement.claim(judgements)
        events: dict[int, list[TimelineEvent]] = {each.order_id: [] for each in claimed}
        shipped_meanwhile = _cancel_orders(claimed, plans, events, now=now)
        _cancel_units(claimed, plans, events, now=now)
        if parts is not None:
            _take_over(claimed, plans, parts, events, now=now)
        shipped_before = [each for each in claimed if plans[each.order_id].is_canceled_after_shipping]
        _say_canceled_after_shipping([*shipped_before, *shipped_meanwhile], events, now=now)
        adopted = [each for each in claimed if each.gathered.order_import.commerce_order_id is None]
        for each in adopted:
            event = timeline.event(each.order_id, EventCode.ADOPTED, now=now, number=_number(each))
            events[each.order_id].insert(0, event)
        outcomes = [
            Outcome(each, each.decision, commerce_order_id=_commerce_id(each), events=events[each.order_id])
            for each in claimed
        ]
        judgement.record(outcomes, now=now)
    return Counter(imported=len(adopted))


def _plan(gathered: Gathered) -> Following:
    commerce = gathered.facts.commerce
    if commerce is None:
        raise AssertionError("only an order with a Commerce order is followed")
    items = {
        item.order_item_id: ItemNow(
            ordered=item.quantity_ordered,
            shipped=shipped_items(gathered.order, item),
            canceled=item.quantity_canceled,
        )
        for item in gathered.items
    }
    return following.decide(status=gathered.order.status, items=items, commerce=commerce)


def _commerce_id(each: Judgement) -> int:
    commerce = each.gathered.facts.commerce
    if commerce is None:
        raise AssertionError("only an order with a Commerce order is followed")
    return commerce.id


def _number(each: Judgement) -> str:
    commerce = each.gathered.facts.commerce
    return commerce.number if commerce else ""


def _cancel_orders(
    claimed: Sequence[Judgement],
    plans: Mapping[int, Following],
    events: dict[int, list[TimelineEvent]],
    *,
    now: datetime,
) -> list[Judgement]:
    """Cancel them; gives those of which something was shipped here between our look and our lock."""
    going = {_commerce_id(each): each for each in claimed if plans[each.order_id].cancels_order}
    if not going:
        return []
    done = cancellations.cancel(order_ids=list(going), now=now)
    for commerce_id in done.canceled:
        each = going[commerce_id]
        events[each.order_id].append(_canceled(each, now=now))
    return [going[commerce_id] for commerce_id in done.refused]


def _cancel_units(
    claimed: Sequence[Judgement],
    plans: Mapping[int, Following],
    events: dict[int, list[TimelineEvent]],
    *,
    now: datetime,
) -> None:
    going = {_commerce_id(each): each for each in claimed if plans[each.order_id].canceled}
    if not going:
        return
    wanted = {commerce_id: plans[each.order_id].canceled for commerce_id, each in going.items()}
    done = cancellations.cancel_units(canceled=wanted, now=now)
    for commerce_id, units in done.units.items():
        order_id = going[commerce_id].order_id
        events[order_id].append(
            timeline.event(order_id, EventCode.UNITS_CANCELED, now=now, units=_counted(units))
        )
    for commerce_id in done.canceled:
        each = going[commerce_id]
        events[each.order_id].append(_canceled(each, now=now))
    for commerce_id in done.completed:
        each = going[commerce_id]
        events[each.order_id].append(_completed(each, now=now))


def _take_over(
    claimed: Sequence[Judgement],
    plans: Mapping[int, Following],
    parts: order_drafts.Parts,
    events: dict[int, list[TimelineEvent]],
    *,
    now: datetime,
) -> None:
    going = {_commerce_id(each): each for each in claimed if plans[each.order_id].shipped}
    if not going:
        return
    departures = [
        shipments.ShippedOrder(
            order_id=commerce_id,
            units=plans[each.order_id].shipped,
            parcels=tuple(order_drafts.parcels(parts.packages.get(each.order_id, []), each.gathered)),
            takes_stock=each.gathered.facts.is_merchant_fulfilled,
        )
        for commerce_id, each in going.items()
    ]
    taken = shipments.take_over(shipped=departures, now=now)
    for commerce_id, units in taken.units.items():
        each = going[commerce_id]
        events[each.order_id].append(
            timeline.event(each.order_id, EventCode.SHIPPED_AT_AMAZON, now=now, units=_counted(units))
        )
        events[each.order_id] += judgement.shortfall_events(
            each.order_id, taken.shortfalls.get(commerce_id, ()), now=now
        )
    for commerce_id in taken.completed:
        each = going[commerce_id]
        events[each.order_id].append(_completed(each, now=now))


def _say_canceled_after_shipping(
    late: Sequence[Judgement], events: dict[int, list[TimelineEvent]], *, now: datetime
) -> None:
    """Nothing is done about these, so it is news only once."""
    if not late:
        return
    code = EventCode.CANCELED_AFTER_SHIPPING
    said = set(
        TimelineEvent.objects.filter(
            order_import_id__in=[each.order_id for each in late], code=code
        ).values_list("order_import_id", flat=True)
    )
    for each in late:
        if each.order_id not in said:
            events[each.order_id].append(timeline.event(each.order_id, code, now=now, number=_number(each)))


def _canceled(each: Judgement, *, now: datetime) -> TimelineEvent:
    return timeline.event(each.order_id, EventCode.COMMERCE_CANCELED, now=now, number=_number(each))


def _completed(each: Judgement, *, now: datetime) -> TimelineEvent:
    return timeline.event(each.order_id, EventCode.COMPLETED, now=now, number=_number(each))


def _counted(units: int) -> str:
    return f"{units} unit" if units == 1 else f"{units} units"
