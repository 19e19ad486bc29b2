"""Read back: what Amazon shows of the parcels it was told of, out of the orders that were read since.

Only rows are looked at; who is not read yet is asked for (`OrderRequest`). Amazon shows a parcel some time
after it was told, so nothing is concluded from one look too early.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Prefetch

from amazon_orders import marketplaces
from amazon_orders.models import AmazonOrder, AmazonPackage
from commerce.models import OrderLine, Shipment
from integration.decision.policy import CANCELED
from integration.models import ConfirmationState, ConfirmationWay, Lane, ShipmentConfirmation
from integration.models.imports import CHANNEL
from integration.outbox import amazon_side, comparing, confirmations, transitions
from integration.outbox.comparing import Difference, Parcel
from integration.timeline import EventCode
from integration.transactions import step_over

logger = structlog.get_logger(__name__)
AT_A_TIME = 100
# An answer that was lost is not waited for longer: the same reference again, should the first call have
# arrived, edits that package and makes no second one.
TOLD_AGAIN_AFTER = timedelta(minutes=1)
DIFFERS_AFTER = timedelta(minutes=10)
NEVER_SHOWN_AFTER = timedelta(hours=24)
# Amazon's data may come right by itself.
LOOKED_AT_AGAIN = timedelta(hours=1)
# What differs for a week is a person's to settle: a look each hour costs a getOrder.
GONE_AFTER = timedelta(days=7)
# Amazon numbers these packages itself, or has none.
_NOT_BY_REFERENCE = (ConfirmationWay.FEED, ConfirmationWay.PICKUP, ConfirmationWay.READ_BACK)
NOT_SHOWN = Difference("parcel", "shipped", "not shown")


def run(*, now: datetime) -> int:
    """Judge what is due, batch by batch; gives how many turned out confirmed whose answer had been lost."""
    found = 0
    while True:
        with transaction.atomic():
            rows = _claim(now)
            found += _judge_all(rows, now)
        if len(rows) < AT_A_TIME:
            return found


def _claim(now: datetime) -> list[ShipmentConfirmation]:
    """Lock what is due; each is moved on before the transaction ends."""
    due = ShipmentConfirmation.objects.filter(
        state__in=[ConfirmationState.SENT, ConfirmationState.DIFFERS], due_at__lte=now
    )
    return list(step_over(due).select_related("shipment").order_by("pk")[:AT_A_TIME])


def _judge_all(rows: Sequence[ShipmentConfirmation], now: datetime) -> int:
    if not rows:
        return 0
    orders = _orders({row.amazon_order_id for row in rows})
    items = confirmations.items_of([row.pk for row in rows])
    taken = _taken({row.amazon_order_id for row in rows})
    gone = _gone([row.shipment.order_id for row in rows if row.way != ConfirmationWay.CONFIRM])
    found = 0
    for row in rows:
        order = orders.get(row.amazon_order_id)
        if order is None:
            # Its store was deleted: nothing is read of it until it is connected again.
            _wait(row, LOOKED_AT_AGAIN, now)
        # Amazon was asked before we told it: what it showed then proves nothing.
        elif _read_at(order) <= (row.sent_at or now):
            # Goods that are told as picked up twice might count twice: Amazon is always read before.
            if row.way == ConfirmationWay.PICKUP:
                _look_again(row, now)
            else:
                _unread(row, now)
        else:
            others = {name for key, name in taken[row.amazon_order_id] if key != row.pk and name}
            is_counted = _is_counted(order, gone.get(row.shipment.order_id))
            known = Known(items.get(row.pk, {}), others, is_counted)
            found += _judge(row, order, known, now)
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """What is known here of a parcel. `taken`: packages of others; `is_counted`: Amazon counts what left."""

    items: Mapping[str, int]
    taken: Collection[str]
    is_counted: bool


def _gone(order_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """Amazon's items that have left of these orders, by order and item id. One statement, or none."""
    found: dict[int, dict[str, int]] = {}
    lines = OrderLine.objects.filter(order_id__in=order_ids) if order_ids else OrderLine.objects.none()
    for line in lines:
        found.setdefault(line.order_id, {})[line.line_reference] = (
            line.quantity_shipped // line.units_per_item
        )
    return found


def _is_counted(order: AmazonOrder, gone: Mapping[str, int] | None) -> bool:
    """Whether Amazon counts as many units as gone as have left here."""
    counted = {item.order_item_id: item.quantity_shipped for item in order.items.all()}
    return bool(gone) and all(counted.get(item_id, 0) >= units for item_id, units in (gone or {}).items())


def _taken(numbers: set[str]) -> dict[str, set[tuple[int, str]]]:
    """The packages that are some shipment's already, by order: its key and the reference. 2 statements."""
    found: dict[str, set[tuple[int, str]]] = {number: set() for number in numbers}
    told = ShipmentConfirmation.objects.filter(amazon_order_id__in=numbers)
    known = Shipment.objects.filter(order__channel=CHANNEL, order__channel_reference__in=numbers)
    for number, key, reference in [
        *told.values_list("amazon_order_id", "pk", "package_reference"),
        *known.values_list("order__channel_reference", "pk", "channel_package_reference"),
    ]:
        found[number].add((key, reference))
    return found


def _orders(numbers: set[str]) -> dict[str, AmazonOrder]:
    packages = Prefetch("packages", AmazonPackage.objects.order_by("pk"))
    rows = AmazonOrder.objects.filter(amazon_order_id__in=numbers).select_related("order_import")
    return {row.amazon_order_id: row for row in rows.prefetch_related(packages, "items")}


def _read_at(order: AmazonOrder) -> datetime:
    """When Amazon was last asked for it, whether or not anything was new."""
    asked_at = order.order_import.asked_at
    return max(order.asked_at, asked_at) if asked_at is not None else order.asked_at


def _judge(row: ShipmentConfirmation, order: AmazonOrder, known: Known, now: datetime) -> int:
    shown = [_shown(package) for package in order.packages.all() if package.status not in CANCELED]
    ours = Parcel(
        reference=row.package_reference,
        carrier_code=row.shipment.carrier_code,
        carrier=row.shipment.carrier,
        tracking_number=row.shipment.tracking_number,
        quantities=known.items,
        country=marketplaces.by_id(row.marketplace_id).country_code,
    )
    package = comparing.same_parcel(ours, shown)
    # Refused as already fulfilled: somebody has shipped it in Seller Central, and the same parcel under
    # their reference is as good as ours.
    if package is None and row.refusal:
        package = comparing.shipped_otherwise(ours, shown)
    if package is None and row.way in _NOT_BY_REFERENCE:
        free = [each for each in shown if each.reference not in known.taken]
        package = comparing.shipped_otherwise(ours, free) or comparing.without_number(ours, free)
        # Amazon counts all that has left here as gone, and no package says otherwise.
        if package is None and known.is_counted and not free and row.way != ConfirmationWay.READ_BACK:
            return _compare(row, [], now)
    if package is not None:
        if row.way == ConfirmationWay.FEED:
            _take_reference(row, package.reference)
        unlike = _differences(row, ours, package)
        # What Amazon shows is the older word; whether ours ever arrived nobody knows.
        if unlike and _is_unanswered(row):
            _unread(row, now)
            return 0
        return _compare(row, unlike, now)
    _judge_missing(row, order, now)
    return 0


def _is_unanswered(row: ShipmentConfirmation) -> bool:
    is_sent = row.state == ConfirmationState.SENT and row.way == ConfirmationWay.CONFIRM
    return is_sent and row.answered_at is None and not row.refusal


def _differences(row: ShipmentConfirmation, ours: Parcel, package: Parcel) -> list[Difference]:
    if row.way == ConfirmationWay.CONFIRM or ours.tracking_number:
        return comparing.differences(ours, package)
    # Nothing was said of a number, and Amazon may know one.
    return [each for each in comparing.differences(ours, package) if each.what != "tracking number"]


def _take_reference(row: ShipmentConfirmation, reference: str) -> None:
    """Amazon numbered the package itself: a correction by confirmShipment has to edit that one."""
    if reference.isascii() and reference.isdigit() and reference[:1] != "0" and len(reference) <= 20:
        _move(row, package_reference=reference)


def _shown(package: AmazonPackage) -> Parcel:
    return Parcel(
        reference=package.package_reference_id,
        carrier=package.carrier,
        tracking_number=package.tracking_number,
        quantities={content["order_item_id"]: content["quantity"] for content in package.items},
    )


def _compare(row: ShipmentConfirmation, unlike: Sequence[Difference], now: datetime) -> int:
    if unlike:
        _differ(row, unlike, now)
        return 0
    was_lost = row.answered_at is None
    _move(
        row,
        state=ConfirmationState.CONFIRMED,
        confirmed_at=now,
        answered_at=row.answered_at or now,
        due_at=None,
        differences=[],
        problem="",
        refusal="",
        refusal_code="",
        request_id="",
    )
    said = {row.amazon_order_id: {"reference": row.package_reference}}
    amazon_side.tell(said, EventCode.SHIPMENT_CONFIRMED, now=now)
    return int(was_lost)


def _judge_missing(row: ShipmentConfirmation, order: AmazonOrder, now: datetime) -> None:
    """Amazon does not show it: it is refused, it is told again, or it is waited for."""
    age = now - (row.sent_at or now)
    rows = ShipmentConfirmation.objects.filter(pk=row.pk)
    if row.refusal:
        confirmations.refuse(
            rows, row, text=row.refusal, code=row.refusal_code, request_id=row.request_id, now=now
        )
    elif order.status in CANCELED:
        text = "The order is canceled at Amazon."
        confirmations.refuse(rows, row, text=text, code="", request_id="", now=now)
    # Amazon took it (204) and does not show it yet: telling it again would prove nothing more, so a day
    # is waited for.
    elif row.answered_at is not None:
        if age > NEVER_SHOWN_AFTER:
            _differ(row, [NOT_SHOWN], now)
        else:
            _look_again(row, now)
    else:
        _unread(row, now)


def _unread(row: ShipmentConfirmation, now: datetime) -> None:
    """Nothing is known of a call: it is looked after for a minute, then the parcel is told again."""
    age = now - (row.sent_at or now)
    is_waited_for = row.answered_at is not None or row.refusal or row.way == ConfirmationWay.FEED
    if is_waited_for or age < TOLD_AGAIN_AFTER:
        _look_again(row, now)
        return
    # Not by what Amazon does not show: its reads lag, and proving absence would take many minutes of a late
    # shipment. Telling it again is safe either way (ADR 39).
    _move(row, state=ConfirmationState.OWED, due_at=now + confirmations.backoff(row.attempts))
    logger.info("confirm.told_again", order=row.amazon_order_id, reference=row.package_reference)


def _differ(row: ShipmentConfirmation, unlike: Sequence[Difference], now: datetime) -> None:
    age = now - (row.sent_at or now)
    if row.state == ConfirmationState.SENT and age < DIFFERS_AFTER and unlike != [NOT_SHOWN]:
        # The older word about a parcel is shown for a while after a correction.
        _look_again(row, now)
        return
    kept = [each.as_json() for each in unlike]
    # A timeline entry each hour with the same words would bury the rest.
    is_news = row.state != ConfirmationState.DIFFERS or row.differences != kept
    due_at = now + LOOKED_AT_AGAIN if age < GONE_AFTER else None
    _move(row, state=ConfirmationState.DIFFERS, differences=kept, due_at=due_at)
    if due_at is not None:
        confirmations.ask(row, lane=Lane.PROBE, due_at=due_at, now=now)
    if is_news:
        text = ", ".join(each.what for each in unlike)
        said = {row.amazon_order_id: {"reference": row.package_reference, "text": text}}
        amazon_side.tell(said, EventCode.SHIPMENT_DIFFERS, now=now)


def _look_again(row: ShipmentConfirmation, now: datetime) -> None:
    """Have the order read anew; the older the question, the longer until the next one."""
    age = now - (row.sent_at or now)
    lane = Lane.NOTIFICATION if row.answered_at is None else Lane.PROBE
    wait = min(max(age / 2, confirmations.SOONEST), confirmations.LATEST)
    if row.answered_at is None and not row.refusal and row.way != ConfirmationWay.FEED:
        wait = min(wait, max(TOLD_AGAIN_AFTER - age, timedelta(seconds=5)))
    confirmations.ask(row, lane=lane, due_at=now, now=now)
    _wait(row, wait, now)


def _wait(row: ShipmentConfirmation, wait: timedelta, now: datetime) -> None:
    _move(row, due_at=now + wait)


def _move(row: ShipmentConfirmation, **changes: object) -> None:
    to = str(changes.get("state", row.state))
    # docs/states.md is drawn from the table: a move that is not in it is a bug, not a surprise for the
    # reader.
    if to != row.state and not transitions.may(transitions.CONFIRMATION, row.state, to):
        raise AssertionError(f"{row} cannot become {to}")
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))
