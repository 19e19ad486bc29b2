"""Follow: a Commerce order follows what Amazon changed later (canceled, units canceled, shipped over
there). One that was placed before its store was deleted and connected again is adopted first.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from commerce.orders import cancellations, late_amounts
from commerce.shipping import take_over
from commerce.stock.stock import Shortage
from integration import timeline
from integration.decision import follow_policy, outside_changes
from integration.decision.facts import CommerceFacts, OrderSnapshot
from integration.decision.follow_policy import Following, ItemNow
from integration.decision.outside_changes import Followed
from integration.models import TimelineEvent
from integration.order_import import drafts, error_boundary, gather, judgment
from integration.order_import.gather import Gathered, shipped_items
from integration.order_import.judgment import Judgment, JudgmentOutcome
from integration.timeline import EventCode


def run(*, judgments: Sequence[Judgment], now: datetime) -> Counter[str]:
    """Carry over what changed, all in one transaction or (after a bug) each in its own."""
    return error_boundary.run(lambda some: _follow(some, now=now), judgments, now=now)


@dataclass(slots=True)
class Happened:
    """What came of following one order. Counts are product units."""

    is_canceled: bool = False
    is_canceled_after_shipping: bool = False
    is_completed: bool = False
    is_told_amounts: bool = False
    units_canceled: int = 0
    units_shipped: int = 0
    shortfalls: tuple[Shortage, ...] = ()


def _follow(judgments: Sequence[Judgment], *, now: datetime) -> Counter[str]:
    plans = {each.order_id: _plan(each.gathered) for each in judgments}
    shipping = [each.gathered for each in judgments if _takes_over(plans[each.order_id])]
    # Packages and buyers are read, and opened, before the transaction begins.
    parts = drafts.gather(shipping) if shipping else None
    with transaction.atomic():
        claimed = judgment.claim(judgments)
        happened = {each.order_id: Happened() for each in claimed}
        # Cancel before ship: units that Amazon has canceled must not be counted among those that are
        # left to ship.
        _cancel_orders(claimed, plans, happened, now=now)
        _cancel_units(claimed, plans, happened, now=now)
        if parts is not None:
            _take_over(claimed, plans, parts, happened, now=now)
        _fill_in(claimed, happened, now=now)
        _say_canceled_after_shipping_once(claimed, plans, happened)
        outcomes = [
            _outcome(each, plans[each.order_id], happened[each.order_id], now=now) for each in claimed
        ]
        judgment.record_outcomes(outcomes, now=now)
    return Counter(imported=sum(each.gathered.order_import.commerce_order_id is None for each in claimed))


def _outcome(each: Judgment, plan: Following, happened: Happened, *, now: datetime) -> JudgmentOutcome:
    row = each.gathered.order_import
    before, seen = OrderSnapshot.from_json(row.amazon_seen), gather.seen(each.gathered)
    followed = _followed(each, plan, happened)
    events = judgment.told(each, outside_changes.while_imported(before, seen, followed), now=now)
    events += judgment.shortfall_events(each.order_id, happened.shortfalls, now=now)
    # The store was deleted and connected again: Commerce kept the order, and the new import has no link
    # to it yet.
    if row.commerce_order_id is None:
        events.insert(0, _numbered(each, EventCode.ADOPTED, now=now))
    if happened.is_told_amounts:
        events.append(_numbered(each, EventCode.AMOUNTS_TOLD, now=now))
    if happened.is_completed:
        events.append(_numbered(each, EventCode.COMPLETED, now=now))
    return JudgmentOutcome(
        each,
        each.decision,
        commerce_order_id=_commerce(each).id,
        events=events,
        lowers_amounts=outside_changes.lowers_amounts(before, seen, followed),
    )


def _followed(each: Judgment, plan: Following, happened: Happened) -> Followed:
    commerce = _commerce(each)
    moved = happened.units_canceled + happened.units_shipped
    return Followed(
        number=commerce.number,
        status=commerce.status,
        is_first=not each.gathered.order_import.judged_version,
        is_merchant=each.gathered.facts.is_merchant_fulfilled,
        has_shipped=commerce.has_shipped or bool(happened.units_shipped),
        left_to_ship=max(sum(line.open for line in commerce.lines) - moved, 0),
        grand_total=commerce.grand_total,
        cancels_order=happened.is_canceled,
        is_canceled_after_shipping=happened.is_canceled_after_shipping,
        units_canceled=happened.units_canceled,
        units_shipped=happened.units_shipped,
        canceled_though_shipped=plan.canceled_though_shipped,
        shipped_though_canceled=plan.shipped_though_canceled,
    )


def _plan(gathered: Gathered) -> Following:
    items = {
        item.order_item_id: ItemNow(
            ordered=item.quantity_ordered,
            shipped=shipped_items(gathered.order, item),
            canceled=item.quantity_canceled,
        )
        for item in gathered.items
    }
    return follow_policy.decide(status=gathered.order.status, items=items, commerce=_commerce_of(gathered))


def _takes_over(plan: Following) -> bool:
    return bool(plan.shipped) or plan.completes


def _commerce_of(gathered: Gathered) -> CommerceFacts:
    if gathered.facts.commerce is None:
        raise AssertionError("only an order with a Commerce order is followed")
    return gathered.facts.commerce


def _commerce(each: Judgment) -> CommerceFacts:
    return _commerce_of(each.gathered)


def _numbered(each: Judgment, code: EventCode, *, now: datetime) -> TimelineEvent:
    return timeline.event(each.order_id, code, now=now, number=_commerce(each).number)


def _cancel_orders(
    claimed: Sequence[Judgment],
    plans: Mapping[int, Following],
    happened: Mapping[int, Happened],
    *,
    now: datetime,
) -> None:
    """Cancel them; of some, something may have been shipped here between our look and our lock."""
    going = {_commerce(each).id: each.order_id for each in claimed if plans[each.order_id].cancels_order}
    if not going:
        return
    done = cancellations.cancel(order_ids=list(going), now=now)
    for commerce_id in done.canceled:
        happened[going[commerce_id]].is_canceled = True
    # The loser is Amazon's cancel: a parcel left here first. Nothing is undone, a person is told.
    for commerce_id in done.refused:
        happened[going[commerce_id]].is_canceled_after_shipping = True


def _cancel_units(
    claimed: Sequence[Judgment],
    plans: Mapping[int, Following],
    happened: Mapping[int, Happened],
    *,
    now: datetime,
) -> None:
    going = {_commerce(each).id: each.order_id for each in claimed if plans[each.order_id].canceled}
    if not going:
        return
    wanted = {commerce_id: plans[order_id].canceled for commerce_id, order_id in going.items()}
    # Whether that completes an order is for what has shipped to say, in the next step.
    done = cancellations.cancel_units(canceled=wanted, now=now, completes=False)
    for commerce_id, units in done.units.items():
        happened[going[commerce_id]].units_canceled = units
    for commerce_id in done.canceled:
        happened[going[commerce_id]].is_canceled = True


def _take_over(
    claimed: Sequence[Judgment],
    plans: Mapping[int, Following],
    parts: drafts.Parts,
    happened: Mapping[int, Happened],
    *,
    now: datetime,
) -> None:
    going = {_commerce(each).id: each for each in claimed if _takes_over(plans[each.order_id])}
    if not going:
        return
    departures = [
        take_over.ShippedOrder(
            order_id=commerce_id,
            units=plans[each.order_id].shipped,
            parcels=tuple(drafts.parcels(parts.packages.get(each.order_id, []), each.gathered)),
            takes_stock=each.gathered.facts.is_merchant_fulfilled,
            completes=plans[each.order_id].completes,
        )
        for commerce_id, each in going.items()
    ]
    taken = take_over.take_over(shipped=departures, now=now)
    for commerce_id, units in taken.units.items():
        order = happened[going[commerce_id].order_id]
        order.units_shipped = units
        order.shortfalls = taken.shortfalls.get(commerce_id, ())
    for commerce_id in taken.completed:
        happened[going[commerce_id].order_id].is_completed = True


def _fill_in(claimed: Sequence[Judgment], happened: Mapping[int, Happened], *, now: datetime) -> None:
    """Amounts that Amazon had not told when the orders were placed."""
    told = {each.order_id: drafts.late_amounts(each.gathered) for each in claimed}
    filled = late_amounts.fill_in([late for late in told.values() if late is not None], now=now)
    for order_id, late in told.items():
        happened[order_id].is_told_amounts = late is not None and late.order_id in filled


def _say_canceled_after_shipping_once(
    claimed: Sequence[Judgment], plans: Mapping[int, Following], happened: Mapping[int, Happened]
) -> None:
    """Nothing is done about these, so it is news only once."""
    late = [
        each.order_id
        for each in claimed
        if plans[each.order_id].is_canceled_after_shipping
        or happened[each.order_id].is_canceled_after_shipping
    ]
    if not late:
        return
    told = TimelineEvent.objects.filter(
        order_import_id__in=late, code=EventCode.CANCELED_AFTER_SHIPPING
    ).values_list("order_import_id", flat=True)
    said = set(told)
    for order_id in late:
        happened[order_id].is_canceled_after_shipping = order_id not in said
