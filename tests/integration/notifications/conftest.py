"""A shop whose Amazon puts notifications into a real queue."""

import pytest
from django.utils import timezone

from integration.models import Subscription
from integration.notifications import subscriptions
from integration.sync import order_claims, single_orders
from tests.fixtures_queue import TestQueue
from tests.fixtures_shop import Shop


@pytest.fixture
def notified(shop: Shop, queue: TestQueue) -> Shop:
    """The shop, subscribed by the way the tasks go; its search is never asked."""
    shop.amazon.world.on_notification = queue.deliver
    look_after()
    assert Subscription.objects.get().subscription_id
    shop.amazon.log.clear()
    return shop


def look_after() -> None:
    """What the tasks of a minute do."""
    now = timezone.now()
    for subscription_id in subscriptions.due(now=now):
        subscriptions.keep(subscription_id=subscription_id, now=now)


def refresh_waiting() -> None:
    """What the worker does when it was woken."""
    for account_id in order_claims.accounts_waiting(now=timezone.now()):
        single_orders.refresh_account(account_id=account_id, now=timezone.now())


def calls(shop: Shop, operation: str) -> int:
    """How often Amazon was asked for it."""
    return sum(1 for one in shop.amazon.log if one.operation == operation)
