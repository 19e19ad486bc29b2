"""Reading the queue: what cannot be read, who is not ours, what breaks, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DataError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from amazon_orders import order_change
from amazon_orders.models import Store
from integration import stores
from integration.messages import open_messages
from integration.models import Notification, NotificationQueue, OrderRequest, UnreadableNotification
from integration.notifications import intake
from integration.notifications.listener import PAUSED_SECONDS, Listener, Stop, Stopped
from integration.notifications.sqs import Message, Queue, QueueUnavailable
from integration.sync import order_requests
from sealing import seal
from tests.factories import people
from tests.fixtures_queue import REGION, TestQueue
from tests.fixtures_shop import SECOND_SELLER, Shop, has_commerce_order
from tests.integration.notifications.conftest import refresh_waiting
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[3]


def outcomes() -> list[str]:
    return sorted(Notification.objects.values_list("outcome", flat=True))


def told(shop: Shop, **changes: str) -> str:
    """The last notification, with another seller, marketplace or id."""
    body: dict[str, Any] = json.loads(json.dumps(shop.amazon.world.notifications[-1].body))
    change = body["Payload"]["OrderChangeNotification"]
    change["SellerId"] = changes.get("seller", change["SellerId"])
    change["AmazonOrderId"] = changes.get("order", change["AmazonOrderId"])
    change["Summary"]["MarketplaceId"] = changes.get("marketplace", change["Summary"]["MarketplaceId"])
    body["NotificationMetadata"]["NotificationId"] = changes.get("name", "another")
    return json.dumps(body)


def test_unknown_sellers_and_marketplaces_are_acknowledged_counted_and_not_asked_for(
    notified: Shop, queue: TestQueue
) -> None:
    queue.held_back = []
    notified.sell()
    queue.send(told(notified, seller=SECOND_SELLER, name="1"))
    queue.send(told(notified, marketplace="A1F83G8C2ARO7P", name="2"))
    queue.listen()
    assert outcomes() == ["STORE_UNKNOWN", "STORE_UNKNOWN"]
    assert (queue.length(), queue.woken, OrderRequest.objects.count()) == (0, [], 0)


def test_inactive_stores_are_not_asked_for(notified: Shop, queue: TestQueue) -> None:
    stores.deactivate(store_id=notified.store.pk, by="tests", now=timezone.now())
    notified.sell()
    queue.listen()
    assert outcomes() == ["STORE_INACTIVE"]
    assert (queue.length(), queue.woken, OrderRequest.objects.count()) == (0, [], 0)


@pytest.mark.parametrize("body", ["no json", "[]", '{"NotificationType": "ANY_OFFER_CHANGED"}', "\U0001f4a3"])
def test_what_cannot_be_read_is_kept_aside_sealed_and_stops_nothing(
    notified: Shop, queue: TestQueue, body: str
) -> None:
    queue.send(body)
    order_id = notified.sell()
    queue.send(body)
    queue.listen()
    refresh_waiting()
    assert has_commerce_order(order_id)
    assert queue.length() == 0
    [row] = UnreadableNotification.objects.all()
    assert (
        seal.open_sealed(row.sealed_body, associated_data=intake.body_associated_data(row.digest)).decode()
        == body
    )
    assert body.encode() not in bytes(row.sealed_body)
    [message] = open_messages.open_messages(viewer=people.admin(), now=timezone.now())
    assert message.code == "NOTIFICATION_UNREADABLE"
    assert "held 1 message that cannot be read" in message.text


def test_a_bug_in_one_message_stops_no_other(
    notified: Shop, queue: TestQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse = order_change.parse

    def stumble(body: str) -> order_change.OrderChange:
        if "stumble" in body:
            raise ZeroDivisionError
        return parse(body)

    monkeypatch.setattr(order_change, "parse", stumble)
    queue.send("stumble")
    notified.sell()
    queue.listen()
    assert outcomes() == ["REQUESTED"]
    assert UnreadableNotification.objects.get().reason == "an error here (ZeroDivisionError)"


def test_one_that_the_database_refuses_is_kept_aside_and_the_others_are_taken_in(
    notified: Shop, queue: TestQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = order_requests.request

    def refuse(wishes: Collection[order_requests.WantedOrder], **given: Any) -> None:
        if any(wish.amazon_order_id == "bad" for wish in wishes):
            raise DataError
        request(wishes, **given)

    monkeypatch.setattr(order_requests, "request", refuse)
    notified.sell()
    queue.send(told(notified, order="bad", name="1"))
    queue.listen()
    assert outcomes() == ["REQUESTED"]
    assert UnreadableNotification.objects.get().reason == "the database refuses it (DataError)"
    assert (OrderRequest.objects.count(), queue.length()) == (1, 0)


def test_what_a_newer_program_can_read_is_read_again(
    notified: Shop, queue: TestQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = notified.sell()
    with monkeypatch.context() as older:
        older.setattr(order_change, "TYPE", "NOTHING")
        queue.listen()
    assert (UnreadableNotification.objects.count(), outcomes()) == (1, [])
    queue.send("no json")
    queue.listen()
    recorded = intake.tidy(now=timezone.now())
    assert recorded.account_ids == {notified.store.account_id}
    refresh_waiting()
    assert has_commerce_order(order_id)
    assert UnreadableNotification.objects.get().reason == "the message is no JSON"


def test_notifications_are_kept_for_a_week_and_unreadable_ones_for_a_month(
    notified: Shop, queue: TestQueue
) -> None:
    notified.sell()
    queue.send("no json")
    queue.listen()
    now = timezone.now()
    intake.tidy(now=now + intake.KEPT_FOR - timedelta(minutes=1))
    assert (Notification.objects.count(), UnreadableNotification.objects.count()) == (1, 1)
    intake.tidy(now=now + intake.KEPT_FOR + intake.KEPT_FOR)
    assert (Notification.objects.count(), UnreadableNotification.objects.count()) == (0, 1)
    intake.tidy(now=now + 2 * intake.UNREADABLE_KEPT_FOR)
    assert UnreadableNotification.objects.count() == 0


@pytest.mark.parametrize("count", [1, 10])
def test_a_batch_costs_a_fixed_number_of_statements(notified: Shop, queue: TestQueue, count: int) -> None:
    queue.held_back = []
    bodies = []
    for number in range(count):
        notified.sell()
        bodies += [json.dumps(notified.amazon.world.notifications[-1].body), f"unreadable {number}"]
    with CaptureQueriesContext(
        connection,
    ) as captured:
        intake.record_notification(bodies, now=timezone.now())
    written = [
        query["sql"]
        for query in captured
        if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
    ]
    assert len(written) == 7


def test_whoever_may_not_receive_leaves_the_queue_alone(notified: Shop, queue: TestQueue) -> None:
    notified.sell()
    assert queue.listen(may_receive=lambda: False) == PAUSED_SECONDS
    assert (queue.length(), Notification.objects.count()) == (1, 0)
    queue.listen(may_receive=lambda: True)
    assert queue.length() == 0


def test_what_came_while_receiving_was_forbidden_comes_again(notified: Shop, queue: TestQueue) -> None:
    notified.sell()
    answers = iter([True, False])
    assert queue.listen(may_receive=lambda: next(answers)) == PAUSED_SECONDS
    assert (queue.length(), Notification.objects.count()) == (1, 0)


def test_a_queue_that_is_away_is_tried_less_and_less_often_and_told(
    notified: Shop, queue: TestQueue, settings: Settings
) -> None:
    away = Queue(url=queue.url, region=REGION, endpoint_url=f"http://127.0.0.1:{free_port()}")
    listener = Listener(away, wake=lambda accounts: None)
    assert [listener.round(wait_seconds=0) for _ in range(8)] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    row = NotificationQueue.objects.get()
    assert row.error == "The queue cannot be reached (EndpointConnectionError)."
    [message] = open_messages.open_messages(viewer=people.admin(), now=timezone.now())
    assert (message.code, message.since) == ("QUEUE_UNREACHABLE", row.failing_since)
    assert open_messages.open_messages(viewer=people.merchant(notified.store), now=timezone.now()) == []
    queue.listen()
    assert open_messages.open_messages(viewer=people.admin(), now=timezone.now()) == []


def test_a_queue_that_is_none_is_told_by_its_servers_code(notified: Shop, queue: TestQueue) -> None:
    none = Queue(url=queue.url + "-none", region=REGION, endpoint_url=queue.endpoint)
    with pytest.raises(QueueUnavailable, match="NonExistentQueue"):
        none.receive(wait_seconds=0)
    with pytest.raises(QueueUnavailable, match="refuses"):
        none.delete([Message("", "receipt")])


def test_messages_that_cannot_be_deleted_come_again_and_are_known(
    notified: Shop, queue: TestQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = notified.sell()
    with monkeypatch.context() as broken:
        broken.setattr(Queue, "delete", _refuse)
        assert queue.listen() == 1.0
    refresh_waiting()
    assert has_commerce_order(order_id)
    time.sleep(1.2)
    queue.woken.clear()
    queue.listen()
    assert (queue.length(), queue.woken) == (0, [])


def _refuse(*_: object) -> int:
    raise QueueUnavailable("The queue's server refuses the call (test).")


def test_a_database_that_is_away_costs_no_message(
    notified: Shop, queue: TestQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    notified.sell()
    with monkeypatch.context() as broken:
        broken.setattr(intake, "record_notification", _lose_connection)
        assert queue.listen() == 1.0
    assert queue.length() == 1


def _lose_connection(*_: object, **__: object) -> None:
    raise OperationalError("server closed the connection")


def test_what_is_held_is_finished_before_it_stops() -> None:
    stop = Stop()
    done = []

    def work() -> None:
        with stop.held():
            stop.ask()
            done.append("finished")

    with pytest.raises(Stopped):
        work()
    assert done == ["finished"]
    with pytest.raises(Stopped):
        stop.ask()


def test_told_to_stop_in_a_batch_it_finishes_the_batch(notified: Shop, queue: TestQueue) -> None:
    stop = Stop()
    notified.sell()
    listener = queue.listener(stop=stop, wake=lambda accounts: stop.ask())
    listener.run()
    assert (queue.length(), Notification.objects.count()) == (0, 1)


def test_a_deleted_store_takes_its_notifications_along(notified: Shop, queue: TestQueue) -> None:
    notified.sell()
    queue.listen()
    stores.delete(store_id=notified.store.pk, by="tests", now=timezone.now())
    assert not Store.objects.exists()
    assert not Notification.objects.exists()


@pytest.fixture
def environment(queue: TestQueue, settings: Settings) -> dict[str, str]:
    """What a process of its own needs: this test's database, Amazon and queue."""
    database = settings.DATABASES["default"]
    url = f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
    return {
        **os.environ,
        "DATABASE_URL": f"{url}/{connection.settings_dict['NAME']}",
        "REDIS_URL": "",
        "SPAPI_ENDPOINT": str(settings.SPAPI_ENDPOINT),
        "SPAPI_LWA_URL": str(settings.SPAPI_LWA_URL),
        "NOTIFICATIONS_QUEUE_URL": queue.url,
        "NOTIFICATIONS_ENDPOINT_URL": queue.endpoint,
        "AWS_REGION": REGION,
        "LOG_LEVEL": "INFO",
    }


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_takes_in_what_comes_and_stops_within_seconds(
    notified: Shop, queue: TestQueue, environment: dict[str, str], number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "listen"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    with process:
        try:
            notified.sell()
            _wait_until(lambda: Notification.objects.exists() and queue.length() == 0, process)
            # Now it waits in a long poll.
            started = time.monotonic()
            process.send_signal(number)
            assert process.wait(timeout=10) == 0
            assert time.monotonic() - started < 10
        finally:
            process.kill()
    assert OrderRequest.objects.count() == 1


def _wait_until(is_so: Any, process: subprocess.Popen[str]) -> None:
    give_up = time.monotonic() + 30
    while not is_so():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < give_up
        time.sleep(0.05)


def test_without_a_queue_the_process_says_so(settings: Settings) -> None:
    environment = {**os.environ, "NOTIFICATIONS_QUEUE_URL": ""}
    done = subprocess.run(
        [sys.executable, "manage.py", "listen"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr == "CommandError: NOTIFICATIONS_QUEUE_URL is not set: there is no queue to read.\n"
