"""What a merchant does with a sold order, and what the workers then do with it at Amazon."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from commerce.models import CreditMemo, Shipment
from commerce.refunds.refund import Refund
from commerce.shipping.ship import LineToShip, OrderToShip, ParcelToShip
from integration.models import FeedJob, ImportState, OrderRequest, ShipmentConfirmation
from integration.outbox import cancel, feeds, read_back, refund, ship
from integration.outbox import confirm as step
from integration.sync import single_orders
from integration.sync.outcome import AccountSyncOutcome
from tests.fixtures_shop import Shop, commerce_order_of, state_of


def ship_here(number: str, quantity: int | None = None, **details: Any) -> Shipment:
    """A parcel with so many units of the first line, or with all of them, leaves here."""
    order = commerce_order_of(number)
    line = order.lines.get()
    wish = ParcelToShip(
        lines=[LineToShip(line_id=line.pk, quantity=quantity or line.quantity)],
        **{"carrier_code": "UPS", "tracking_number": "1Z 999", **details},
    )
    ship.ship_orders(
        orders=[OrderToShip(order_id=order.pk, parcels=[wish], completes=True)],
        by="maria",
        now=timezone.now(),
    )
    return Shipment.objects.filter(order=order).latest("pk")


def confirm(shop: Shop) -> AccountSyncOutcome:
    """What the tick does: tell Amazon, and look at what is due."""
    return step.confirm_account(account_id=shop.store.account_id)


def later(shop: Shop, minutes: float = 3, times: int = 1) -> None:
    """Time goes by: what was told is read and compared, as often as that."""
    for number in range(1, times + 1):
        moment = timezone.now() + timedelta(minutes=minutes * number)
        OrderRequest.objects.update(due_at=timezone.now())
        single_orders.refresh_account(
            account_id=shop.store.account_id, now=timezone.now(), in_foreground=True
        )
        ShipmentConfirmation.objects.exclude(due_at=None).update(due_at=timezone.now())
        read_back.run(now=moment)


def calls(shop: Shop) -> int:
    return sum(entry.operation == "confirmShipment" for entry in shop.amazon.log)


def sold(shop: Shop, *lines: tuple[str | None, int, str], **fields: Any) -> str:
    number = shop.sell(*lines, **fields)
    shop.sync()
    assert state_of(number) == ImportState.IMPORTED
    return number


def cancel_here(number: str, reason: str = "NoInventory") -> None:
    cancel.cancel_orders(
        commerce_order_ids=[commerce_order_of(number).pk], reason=reason, by="maria", now=timezone.now()
    )


def feed(shop: Shop, times: int = 4) -> list[AccountSyncOutcome]:
    """The next steps of every feed, as if time went by in between."""
    outcomes = []
    for _ in range(times):
        FeedJob.objects.filter(ended_at=None).update(next_look_at=timezone.now())
        outcomes.append(feeds.feed_account(account_id=shop.store.account_id))
    return outcomes


def asked(shop: Shop, operation: str) -> int:
    return sum(entry.operation == operation for entry in shop.amazon.log)


def give_back(number: str, **wish: Any) -> CreditMemo:
    """A refund of an order, as a person asks for it."""
    order = commerce_order_of(number)
    asked_for = Refund(order_id=order.pk, reason="DAMAGED", **wish)
    given = refund.refund_orders(refunds=[asked_for], reason="CustomerReturn", by="maria", now=timezone.now())
    return given[order.pk]


def paid(shop: Shop) -> dict[tuple[str, str], Decimal]:
    """What Amazon has paid back, by item and component."""
    return {(one.order_item_id, one.kind): one.amount for one in shop.amazon.world.feeds.paid_back}
