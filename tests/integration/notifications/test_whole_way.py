"""An order changes at Amazon, Amazon puts it into the queue, it becomes a Commerce order: nothing polls."""

import json
import random
import time

from django.utils import timezone

from integration.models import Notification, OrderRequest
from integration.notifications import intake
from tests.fixtures_queue import VISIBILITY, TestQueue
from tests.fixtures_shop import Shop, commerce_order_of, has_commerce_order, import_of, state_of, stock_of
from tests.integration.notifications.conftest import calls, refresh_waiting


def test_a_new_order_becomes_a_commerce_order_by_one_call_for_itself(
    notified: Shop, queue: TestQueue
) -> None:
    order_id = notified.sell()
    assert queue.length() == 1
    assert queue.listen() == 0.0
    assert queue.woken == [{notified.store.account_id}]
    assert queue.length() == 0
    refresh_waiting()
    assert commerce_order_of(order_id).status == "PROCESSING"
    assert stock_of() == (10, 1)
    assert (calls(notified, "getOrder"), calls(notified, "searchOrders")) == (1, 0)
    assert not OrderRequest.objects.exists()
    [row] = Notification.objects.all()
    assert (row.amazon_order_id, row.outcome, row.change_type) == (order_id, "REQUESTED", "OrderStatusChange")


def test_a_cancellation_arrives_the_same_way(notified: Shop, queue: TestQueue) -> None:
    order_id = notified.sell()
    queue.listen()
    refresh_waiting()
    notified.cancel_at_amazon(order_id)
    queue.listen()
    refresh_waiting()
    assert commerce_order_of(order_id).status == "CANCELED"
    assert stock_of() == (10, 0)


def test_a_pending_order_is_told_again_when_it_is_paid(notified: Shop, queue: TestQueue) -> None:
    order_id = notified.sell(status="PENDING")
    queue.listen()
    refresh_waiting()
    assert (state_of(order_id), stock_of()) == ("WAITING", (10, 1))
    notified.pay(order_id)
    queue.listen()
    refresh_waiting()
    assert (state_of(order_id), stock_of()) == ("IMPORTED", (10, 1))


def test_several_notifications_of_one_order_are_one_call(notified: Shop, queue: TestQueue) -> None:
    order_id = notified.sell()
    notified.set_status(order_id, "UNSHIPPED")
    notified.ship_at_amazon(order_id, 1)
    queue.listen()
    refresh_waiting()
    assert Notification.objects.count() == 3
    assert calls(notified, "getOrder") == 1
    assert commerce_order_of(order_id).status == "COMPLETE"


def test_a_repeated_notification_asks_for_nothing(notified: Shop, queue: TestQueue) -> None:
    notified.sell()
    [told] = notified.amazon.world.notifications
    queue.deliver(told)
    queue.listen()
    refresh_waiting()
    queue.deliver(told)
    queue.woken.clear()
    queue.listen()
    assert (queue.woken, OrderRequest.objects.count(), queue.length()) == ([], 0, 0)
    assert (Notification.objects.count(), calls(notified, "getOrder")) == (1, 1)


def test_notifications_in_any_order_end_in_amazons_truth(notified: Shop, queue: TestQueue) -> None:
    queue.held_back = []
    order_ids = [notified.sell(status="PENDING") for _ in range(6)]
    for order_id in order_ids[:4]:
        notified.pay(order_id)
    for order_id in order_ids[:2]:
        notified.cancel_at_amazon(order_id)
    told, queue.held_back = queue.held_back, None
    random.Random(7).shuffle(told)
    for each in told:
        queue.deliver(each)
        queue.listen()
        refresh_waiting()
    assert [state_of(order_id) for order_id in order_ids] == ["CANCELED"] * 2 + ["IMPORTED"] * 2 + [
        "WAITING"
    ] * 2
    assert stock_of() == (10, 4)


def test_what_was_lost_comes_in_by_polling(notified: Shop, queue: TestQueue) -> None:
    queue.held_back = []
    order_id = notified.sell()
    queue.held_back = None
    assert queue.listen() == 0.0
    assert not Notification.objects.exists()
    notified.sync()
    assert state_of(order_id) == "IMPORTED"


def test_killed_between_commit_and_delete_it_comes_again_and_is_known(
    notified: Shop, queue: TestQueue
) -> None:
    order_id = notified.sell()
    bodies = [json.dumps(told.body) for told in notified.amazon.world.notifications]
    # What a process does that is killed right after its commit.
    assert intake.record_notification(bodies, now=timezone.now()).account_ids
    refresh_waiting()
    assert state_of(order_id) == "IMPORTED"
    assert queue.length() == 1
    queue.listen()
    assert (queue.length(), queue.woken, Notification.objects.count()) == (0, [], 1)


def test_killed_before_the_commit_it_comes_again(notified: Shop, queue: TestQueue) -> None:
    order_id = notified.sell()
    # Received by a process that dies with it.
    assert len(queue.listener()._queue.receive(wait_seconds=0)) == 1
    queue.listen()
    assert not Notification.objects.exists()
    time.sleep(VISIBILITY + 0.2)
    queue.listen()
    refresh_waiting()
    assert has_commerce_order(order_id)


def test_an_order_that_changes_while_it_is_asked_for_is_asked_for_again(
    notified: Shop, queue: TestQueue
) -> None:
    order_id = notified.sell(status="PENDING")
    queue.listen()
    refresh_waiting()
    version = import_of(order_id).version
    notified.pay(order_id)
    queue.listen()
    assert OrderRequest.objects.get().amazon_order_id == order_id
    refresh_waiting()
    assert import_of(order_id).version > version
