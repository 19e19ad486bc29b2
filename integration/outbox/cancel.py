"""Cancel: a whole order that has not shipped is to be canceled at Amazon, for one of Amazon's reasons.

Amazon decides. Until it has, the Commerce order (if there is one) is on hold and keeps its stock; an order of
no channel is canceled at once.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from amazon_orders.models import AmazonOrder, AmazonOrderItem
from commerce.models import Order, OrderLine
from commerce.orders import cancellations, holds, order_state
from commerce.refusals import Refusal, Refused
from commerce.transitions import Step, may
from integration.decision.facts import AMAZON
from integration.models import Cancellation, FeedRequestState, OrderImport
from integration.models.imports import CHANNEL
from integration.outbox import amazon_side
from integration.outbox.amazon_side import Counterpart
from integration.people import audit
from integration.people.audit import AuditAction, AuditEvent
from integration.timeline import EventCode

UNSHIPPED = "UNSHIPPED"
OPEN = (FeedRequestState.OWED, FeedRequestState.SENT)
HOLD_REASON = "CANCEL_ASKED"
# Amazon's codes (OrderAcknowledgement, CancelReason) and how they read.
REASONS: Mapping[str, str] = {
    "NoInventory": "No Inventory",
    "ShippingAddressUndeliverable": "Shipping Address Undeliverable",
    "CustomerExchange": "Customer Exchange",
    "BuyerCanceled": "Buyer Canceled",
    "GeneralAdjustment": "General Adjustment",
    "CarrierCreditDecision": "Carrier Credit Decision",
    "RiskAssessmentInformationNotValid": "Risk Assessment Information Not Valid",
    "CarrierCoverageFailure": "Carrier Coverage Failure",
    "CustomerReturn": "Customer Return",
    "MerchandiseNotReceived": "Merchandise Not Received",
}


class CannotCancel(Refused):
    """Some of these cannot be canceled; nothing was done. Without `order_ids` the others can."""


@dataclass(frozen=True, slots=True)
class CancellationsRequested:
    """`at_amazon`: Amazon's numbers of orders it is asked to cancel. `canceled`: Commerce orders of no
    channel, canceled now.
    """

    at_amazon: tuple[str, ...]
    canceled: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _OrderToCancel:
    """An Amazon order to cancel; `asked_as` is the id under which it was named."""

    asked_as: int
    counterpart: Counterpart
    order: Order | None


@transaction.atomic
def cancel_orders(
    *, commerce_order_ids: Collection[int], reason: str, by: str, now: datetime
) -> CancellationsRequested:
    """Cancel Commerce orders, and at Amazon what they stand for. Raises CannotCancel with all reasons."""
    # Read without a lock first: imports are locked before Commerce orders (docs/locking.md), and only
    # these rows tell which imports.
    found = list(Order.objects.filter(pk__in=commerce_order_ids))
    counterparts = amazon_side.of_orders(found)
    _lock_imports(counterparts.values())
    orders = order_state.lock(commerce_order_ids)
    targets = [
        _OrderToCancel(order.pk, counterparts[order.pk], order)
        for order in orders
        if order.pk in counterparts
    ]
    own = [order for order in orders if order.pk not in counterparts]
    _require_none([*_unknown(commerce_order_ids, orders), *_against_own(own), *_against(targets, reason)])
    done = cancellations.cancel(order_ids=[order.pk for order in own], now=now, by=by, reason=reason)
    audit.record_events([_audit_event(order.number, by, reason) for order in own], now=now)
    return CancellationsRequested(_owe(targets, reason, by=by, now=now), done.canceled)


@transaction.atomic
def cancel_at_amazon(
    *, amazon_order_ids: Collection[int], reason: str, by: str, now: datetime
) -> CancellationsRequested:
    """The same for Amazon orders by their primary keys, with or without a Commerce order: also where import
    is off. Raises CannotCancel; its `order_ids` are those keys.
    """
    numbers = AmazonOrder.objects.filter(pk__in=amazon_order_ids).values_list("amazon_order_id", flat=True)
    counterparts = amazon_side.of_numbers(list(numbers))
    _lock_imports(counterparts.values())
    placed = Order.objects.filter(channel=CHANNEL, channel_reference__in=counterparts)
    orders = order_state.lock(list(placed.values_list("pk", flat=True)))
    by_number = {order.channel_reference: order for order in orders}
    targets = [_OrderToCancel(each.pk, each, by_number.get(each.number)) for each in counterparts.values()]
    missing = sorted(set(amazon_order_ids) - {each.pk for each in counterparts.values()})
    unknown = [Refusal(pk, "UNKNOWN_ORDER", f"There is no order {pk}.") for pk in missing]
    _require_none([*unknown, *_against(targets, reason)])
    return CancellationsRequested(_owe(targets, reason, by=by, now=now))


@transaction.atomic
def send_cancellation_again(*, cancellation_id: int, by: str, now: datetime) -> CancellationsRequested:
    """Ask Amazon once more to cancel what it refused to. Raises CannotCancel, Cancellation.DoesNotExist."""
    refused = Cancellation.objects.get(pk=cancellation_id, state=FeedRequestState.REFUSED)
    # A new row instead of the old one sent again: the refused one stays as the record of what Amazon
    # said. Settled first, so that its message closes.
    settle_cancellations(cancellation_ids=[refused.pk], by=by, now=now)
    pks = AmazonOrder.objects.filter(amazon_order_id=refused.amazon_order_id).values_list("pk", flat=True)
    return cancel_at_amazon(amazon_order_ids=list(pks), reason=refused.reason, by=by, now=now)


def settle_cancellations(*, cancellation_ids: Collection[int], by: str, now: datetime) -> int:
    """A person leaves it at Amazon's refusal: its message closes; gives how many."""
    rows = Cancellation.objects.filter(
        pk__in=cancellation_ids, state=FeedRequestState.REFUSED, settled_at=None
    )
    return rows.update(settled_at=now, settled_by=by)


def _lock_imports(counterparts: Iterable[Counterpart]) -> None:
    """So that nobody places one of them, or asks for the same, meanwhile.

    Without the key: who writes into its timeline, holding the Commerce order, must not wait for us.
    """
    pks = [each.pk for each in counterparts]
    list(
        OrderImport.objects.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True).values_list("pk")
    )


def _require_none(refusals: Sequence[Refusal]) -> None:
    if refusals:
        raise CannotCancel(refusals)


def _unknown(order_ids: Collection[int], orders: Iterable[Order]) -> list[Refusal]:
    missing = sorted(set(order_ids) - {order.pk for order in orders})
    return [Refusal(pk, "UNKNOWN_ORDER", f"There is no order {pk}.") for pk in missing]


def _against_own(orders: Sequence[Order]) -> list[Refusal]:
    """Of an order of no channel only Commerce has a say."""
    shipped = _shipped(orders)
    return [
        Refusal(order.pk, "STATUS", f"{order.number} cannot be canceled any more.")
        for order in orders
        if order.pk in shipped or not may(order.status, Step.CANCEL)
    ]


def _against(targets: Sequence[_OrderToCancel], reason: str) -> list[Refusal]:
    # Under the orders' lock: shipping here is either seen, or comes second and is refused
    # (`CannotShip`).
    shipped = _shipped([target.order for target in targets if target.order is not None])
    numbers = [target.counterpart.number for target in targets]
    asked = set(
        Cancellation.objects.filter(amazon_order_id__in=numbers, state__in=OPEN).values_list(
            "amazon_order_id", flat=True
        )
    )
    return [
        refusal
        for target in targets
        for refusal in _against_one(target, reason, shipped=shipped, asked=asked)
    ]


def _against_one(
    target: _OrderToCancel, reason: str, *, shipped: set[int], asked: set[str]
) -> Iterable[Refusal]:
    number, order = target.counterpart.number, target.order
    if reason not in REASONS:
        yield Refusal(target.asked_as, "REASON", f"{number}: choose one of Amazon's reasons.")
    if target.counterpart.fulfilled_by == AMAZON:
        text = f"{number} is fulfilled by Amazon; it is canceled in Seller Central."
        yield Refusal(target.asked_as, "FULFILLED_BY_AMAZON", text)
    elif target.counterpart.status != UNSHIPPED:
        text = (
            f"{number} is {target.counterpart.status} at Amazon; only an order that is UNSHIPPED is canceled."
        )
        yield Refusal(target.asked_as, "NOT_UNSHIPPED", text)
    if number in asked:
        yield Refusal(
            target.asked_as, "CANCEL_ASKED", f"{number}: Amazon has been asked to cancel it already."
        )
    if order is not None and (order.pk in shipped or not may(order.status, Step.CANCEL)):
        text = (
            f"{order.number} is {order.get_status_display()} or has shipped in part; it cannot be canceled."
        )
        yield Refusal(target.asked_as, "STATUS", text)


def _shipped(orders: Iterable[Order]) -> set[int]:
    lines = OrderLine.objects.filter(order_id__in=[order.pk for order in orders], quantity_shipped__gt=0)
    return set(lines.values_list("order_id", flat=True))


def _owe(targets: Sequence[_OrderToCancel], reason: str, *, by: str, now: datetime) -> tuple[str, ...]:
    # Amazon's feed names every item: a message without items would cancel none. They are fixed now, so
    # that the document is the same however often it is written.
    items: dict[int, list[str]] = {target.counterpart.pk: [] for target in targets}
    for pk, item_id in (
        AmazonOrderItem.objects.filter(order_id__in=items)
        .order_by("order_id", "position")
        .values_list("order_id", "order_item_id")
    ):
        items[pk].append(item_id)
    # Not what is on hold already: Amazon's refusal must not take a person's hold off.
    held = [target.order.pk for target in targets if target.order and may(target.order.status, Step.HOLD)]
    holds.hold(order_ids=held, reason=HOLD_REASON, now=now, by=by)
    Cancellation.objects.bulk_create(
        Cancellation(
            account_id=target.counterpart.account_id,
            marketplace_id=target.counterpart.marketplace_id,
            amazon_order_id=target.counterpart.number,
            item_ids=items[target.counterpart.pk],
            reason=reason,
            owed_at=now,
            by=by,
            has_held=target.order is not None and target.order.pk in held,
        )
        for target in targets
    )
    numbers = tuple(sorted(target.counterpart.number for target in targets))
    said = {number: {"reason": REASONS[reason]} for number in numbers}
    amazon_side.tell(said, EventCode.CANCEL_ASKED, now=now, by=by)
    audit.record_events(
        [
            _audit_event(each.counterpart.number, by, reason, store_ids=(each.counterpart.store_id,))
            for each in targets
        ],
        now=now,
    )
    return numbers


def _audit_event(number: str, by: str, reason: str, store_ids: tuple[int, ...] = ()) -> AuditEvent:
    # A reason of Amazon's own is a code; another one a person may have typed.
    code = reason if reason in REASONS else None
    return AuditEvent(
        what=AuditAction.ORDER_CANCELED, by=by, store_ids=store_ids, subject=number, details={"code": code}
    )
