"""What the product says to Amazon on real walks, and what is answered: held against Amazon's models."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from commerce.refunds.refund import Refund
from integration import stores
from integration.models import (
    Adjustment,
    Cancellation,
    Lane,
    PickupStatus,
    ProofDay,
    RequestReason,
    ShipmentConfirmation,
    Subscription,
)
from integration.outbox import pickups, refund
from integration.sync import order_requests, single_orders
from integration.sync.order_requests import WantedOrder
from tests.fixtures_queue import TestQueue
from tests.fixtures_shop import Shop, commerce_order_of
from tests.integration.completeness import nights
from tests.integration.notifications.conftest import look_after
from tests.journeys.workshop import cancel_here, confirm, feed, later, ship_here, sold
from tests.sandbox import amazon_models, exchanges
from tests.sandbox.amazon_models import ABSENT, AMAZONS
from tests.sandbox.exchanges import Recorded

pytestmark = [
    pytest.mark.skipif(not AMAZONS.is_dir(), reason=ABSENT),
    pytest.mark.django_db(transaction=True),
]
INTEGRATION = Path(__file__).resolve().parents[3] / "integration"


@pytest.fixture(autouse=True)
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """From before the first store is connected."""
    return exchanges.record(monkeypatch)


def read_orders(shop: Shop, queue: TestQueue) -> None:
    """Every status and data set by searches, one order by its number, and one that Amazon has not."""
    for status in ("PENDING", "UNSHIPPED", "SHIPPED", "CANCELLED"):
        shop.sell(status=status)
    shop.sell(fulfilled_by="AMAZON", status="SHIPPED")
    shop.sell(("SKU-1", 2, "10.00"), ("SKU-1", 1, "4.00"))
    shop.sync()
    wanted = [WantedOrder(shop.store.account_id, number) for number in (shop.order_id(), shop.sell())]
    order_requests.request(wanted, lane=Lane.PERSON, why=RequestReason.BY_NUMBER, now=timezone.now())
    single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now(), in_foreground=True)


def ship_parcels(shop: Shop, queue: TestQueue) -> None:
    """A part, the rest by a carrier of another name, a corrected parcel; all read back."""
    number = sold(shop, ("SKU-1", 3, "10.00"))
    ship_here(number, 1)
    ship_here(number, 2, carrier_code="Other", carrier="Bike couriers", service="Express")
    confirm(shop)
    later(shop)
    shop.sync()
    assert commerce_order_of(number).status == "COMPLETE"


def hand_over(shop: Shop, queue: TestQueue) -> None:
    """Goods that wait in a store and are fetched, a letter without a number, units with their codes."""
    waiting = sold(shop, patch={"programs": ["IN_STORE_PICK_UP"]})
    order = commerce_order_of(waiting)
    pickups.owe(order_id=order.pk, status=PickupStatus.READY, by="maria", now=timezone.now())
    confirm(shop)
    ship_here(waiting, tracking_number="", carrier_code="")
    letter = sold(shop)
    ship_here(letter, tracking_number="")
    confirm(shop)
    feed(shop)
    later(shop)
    assert {row.state for row in ShipmentConfirmation.objects.all()} == {"CONFIRMED"}


def hand_in_feeds(shop: Shop, queue: TestQueue) -> None:
    """An order canceled by a feed whose answer was lost, another one refunded."""
    canceled, refunded = sold(shop), sold(shop)
    cancel_here(canceled)
    shop.amazon.faults.queue("lost_answer", operation="createFeed")
    feed(shop, times=6)
    assert Cancellation.objects.get().state == "DONE"
    shop.ship_at_amazon(refunded, 1)
    shop.sync()
    wish = Refund(order_id=commerce_order_of(refunded).pk, reason="DAMAGED", is_full=True)
    refund.refund_orders(refunds=[wish], reason="CustomerReturn", by="maria", now=timezone.now())
    feed(shop)
    assert Adjustment.objects.get().state == "DONE"


def prove_a_night(shop: Shop, queue: TestQueue) -> None:
    """Amazon's own list of the last days."""
    nights.sell_unseen(shop)
    shop.sync()
    nights.prove(shop)
    assert ProofDay.objects.exists()


def subscribe(shop: Shop, queue: TestQueue) -> None:
    """A subscription, found again by a database that forgot it, and ended with its store."""
    look_after()
    Subscription.objects.all().delete()
    look_after()
    stores.delete(store_id=shop.store.pk, by="maria", now=timezone.now())
    Subscription.objects.update(check_at=timezone.now() - timedelta(minutes=1))
    look_after()


@dataclass(frozen=True)
class Walk:
    """Something the product does, and the operations of Amazon's that it takes."""

    take: Callable[[Shop, TestQueue], None]
    operations: frozenset[str]


ORDERS = frozenset({"searchOrders", "getOrder", "getMarketplaceParticipations"})
WALKS = (
    Walk(read_orders, ORDERS),
    Walk(ship_parcels, ORDERS | {"confirmShipment"}),
    Walk(
        hand_over,
        ORDERS | {"updateShipmentStatus", "createFeedDocument", "createFeed", "getFeed", "getFeedDocument"},
    ),
    Walk(
        hand_in_feeds,
        frozenset({"searchOrders", "getMarketplaceParticipations"})
        | {"createFeedDocument", "createFeed", "getFeeds", "getFeed", "getFeedDocument"},
    ),
    Walk(
        prove_a_night,
        frozenset({"searchOrders", "getMarketplaceParticipations"})
        | {"createReport", "getReport", "getReportDocument"},
    ),
    Walk(
        subscribe,
        frozenset({"getMarketplaceParticipations", "createDestination", "getDestinations"})
        | {"getSubscription", "createSubscription", "deleteSubscriptionById"},
    ),
)


@pytest.mark.parametrize("walk", WALKS, ids=lambda each: each.take.__name__)
def test_what_is_said_and_answered_is_in_amazons_models(
    walk: Walk, recorded: Recorded, shop: Shop, queue: TestQueue
) -> None:
    walk.take(shop, queue)
    assert exchanges.differences(recorded) == []
    assert walk.operations <= exchanges.operations_in(recorded)


def test_no_operation_that_the_product_names_is_left_out() -> None:
    """An operation that is new here needs a walk above."""
    of_amazon = {each.name for each in amazon_models.operations()}
    named = {
        node.value
        for path in INTEGRATION.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in of_amazon
    }
    assert named == frozenset().union(*(walk.operations for walk in WALKS))
