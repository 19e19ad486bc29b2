"""From a notification that Amazon sends to the Commerce order: with the processes of an installation.

The queue's server, the local Amazon, `listen` and a worker with its beat run each for themselves; this
process lets Amazon sell and looks when the orders are there. Nothing is polled meanwhile.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from commerce.models import Order
from config.supervisor import end_with_parent
from integration.models import AccountSync, Notification, QuotaBucket, Subscription
from integration.notifications import subscriptions
from sandbox import tokens_api
from sandbox.samples import sample_orders
from tests.bench import shop
from tests.bench.report import Line, Section, at_most
from tests.bench.shop import BenchShop
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
ORDERS = 100
ORDERS_A_SECOND = 5.0
LOOKS_EVERY_SECONDS = 0.01
READY_WITHIN_SECONDS = 60.0
DONE_WITHIN_SECONDS = 120.0
REGION, ACCOUNT, QUEUE = "us-east-1", "123456789012", "bench"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}


def measure(opened: BenchShop, *, say: Callable[[str], None]) -> Section:
    """Orders arrive one after the other, five a second; each is timed for itself."""
    say("notifications")
    shop.clear_orders()
    # Amazon's real quota gives an account one getOrder each two seconds, after 30 at once: not measured here.
    QuotaBucket.objects.update_or_create(
        account_id=opened.store.account_id,
        operation="getOrder",
        defaults={"tokens": 1e6, "burst": 1e6, "rate": 0.5, "refilled_at": timezone.now()},
    )
    with _running() as amazon:
        _subscribe(opened, amazon)
        _warm_up(opened, amazon)
        seconds = _sold(amazon, _orders(opened)[1:])
    cut = statistics.quantiles(seconds, n=20)
    return Section(
        f"From a notification to the Commerce order, {len(seconds)} orders, {ORDERS_A_SECOND:g} a second",
        [
            Line("p50", statistics.median(seconds), "s"),
            Line("p95", cut[-1], "s", at_most(2.0)),
            Line("slowest", max(seconds), "s"),
        ],
    )


def _orders(opened: BenchShop) -> list[dict[str, Any]]:
    return list(sample_orders(ORDERS + 1, created=opened.first_order_at, skus=shop.SKUS))


@contextlib.contextmanager
def _running() -> Iterator[str]:
    """All of the processes; gives the address of the local Amazon."""
    with contextlib.ExitStack() as stack:
        endpoint = f"http://127.0.0.1:{(port := free_port())}"
        stack.enter_context(_process(["-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], CREDENTIALS))
        queue_url = _make_queue(endpoint)
        options = ["--port", "0", "--orders", "0", "--still", "--quota", "off", "--queue-endpoint", endpoint]
        sandbox = stack.enter_context(_process(["manage.py", "sandbox", *options], {}))
        amazon = _address(sandbox)
        environment = _environment(amazon, endpoint, queue_url)
        stack.enter_context(_configured(environment))
        stack.enter_context(_process(["manage.py", "listen"], environment))
        worker = ["-m", "celery", "-A", "config", "worker", "--beat", "--without-gossip", "--without-mingle"]
        stack.enter_context(_process([*worker, "--without-heartbeat"], environment))
        yield amazon


@contextlib.contextmanager
def _process(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        stdout=subprocess.PIPE if "sandbox" in command else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=end_with_parent,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(sandbox: subprocess.Popen[str]) -> str:
    if sandbox.stdout is None or not (line := sandbox.stdout.readline()):
        raise RuntimeError("the local Amazon did not start")
    return line.split()[1]


def _make_queue(endpoint: str) -> str:
    _wait(lambda: _answers(endpoint), READY_WITHIN_SECONDS, "the queue's server did not start")
    sqs = boto3.client(
        "sqs",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
    )
    sqs.create_queue(QueueName=QUEUE)
    sqs.close()
    return f"{endpoint}/{ACCOUNT}/{QUEUE}"


def _answers(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/moto-api/data.json", timeout=5):
            return True
    except OSError:
        return False


def _environment(amazon: str, endpoint: str, queue_url: str) -> dict[str, str]:
    database = settings.DATABASES["default"]
    server = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
    return {
        **CREDENTIALS,
        "DATABASE_URL": f"postgres://{server}/{connection.settings_dict['NAME']}",
        "SPAPI_ENDPOINT": amazon,
        "SPAPI_LWA_URL": amazon + tokens_api.PATH,
        "NOTIFICATIONS_QUEUE_URL": queue_url,
        "NOTIFICATIONS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
    }


def _configured(environment: Mapping[str, str]) -> Any:
    """The same for this process."""
    return override_settings(
        SPAPI_ENDPOINT=environment["SPAPI_ENDPOINT"],
        SPAPI_LWA_URL=environment["SPAPI_LWA_URL"],
        NOTIFICATIONS_QUEUE_URL=environment["NOTIFICATIONS_QUEUE_URL"],
        NOTIFICATIONS_QUEUE_ARN=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QUEUE}",
    )


def _subscribe(opened: BenchShop, amazon: str) -> None:
    _post(
        f"{amazon}/_sandbox/sellers",
        {"seller_id": shop.SELLER, "marketplaces": ["US"], "refresh_token": shop.REFRESH_TOKEN},
    )
    # What a poll brought would not be by notification.
    tomorrow = timezone.now() + timedelta(days=1)
    AccountSync.objects.filter(account_id=opened.store.account_id).update(next_poll_at=tomorrow)
    now = timezone.now()
    for subscription_id in subscriptions.due(now=now):
        subscriptions.keep(subscription_id=subscription_id, now=now)
    if not Subscription.objects.exclude(subscription_id="").exists():
        raise AssertionError(f"not subscribed: {Subscription.objects.get().error}")


def _warm_up(opened: BenchShop, amazon: str) -> None:
    """Until everything has started and the first order went the whole way."""
    _sold(amazon, _orders(opened)[:1])


def _sold(amazon: str, orders: list[dict[str, Any]]) -> list[float]:
    """How long each took, from Amazon's own time of sending until it can be seen here."""
    waiting, seen = {order["orderId"] for order in orders}, dict[str, datetime]()
    started = time.monotonic()
    for number, order in enumerate(orders):
        while time.monotonic() < started + number / ORDERS_A_SECOND:
            _look(waiting, seen)
        _post(f"{amazon}/_sandbox/orders", {"seller_id": shop.SELLER, "order": order})
    _wait(lambda: _look(waiting, seen), DONE_WITHIN_SECONDS, f"{len(waiting)} orders did not arrive")
    if Notification.objects.filter(amazon_order_id__in=seen).count() != len(seen):
        raise AssertionError("orders came in by another way")
    sent = _sent_at(amazon)
    return [(moment - sent[order_id]).total_seconds() for order_id, moment in seen.items()]


def _look(waiting: set[str], seen: dict[str, datetime]) -> bool:
    """Whether all are there."""
    found = set(
        Order.objects.filter(channel_reference__in=waiting).values_list("channel_reference", flat=True)
    )
    now = timezone.now()
    seen.update(dict.fromkeys(found, now))
    waiting -= found
    time.sleep(LOOKS_EVERY_SECONDS)
    return not waiting


def _sent_at(amazon: str) -> dict[str, datetime]:
    with urllib.request.urlopen(f"{amazon}/_sandbox/notifications", timeout=10) as answer:
        bodies = json.load(answer)
    return {
        body["Payload"]["OrderChangeNotification"]["AmazonOrderId"]: datetime.fromisoformat(
            body["NotificationMetadata"]["PublishTime"]
        )
        for body in bodies
    }


def _post(url: str, document: Mapping[str, Any]) -> None:
    request = urllib.request.Request(url, json.dumps(document).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=10):
        return


def _wait(is_so: Callable[[], bool], seconds: float, otherwise: str) -> None:
    give_up = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > give_up:
            raise RuntimeError(otherwise)
        time.sleep(LOOKS_EVERY_SECONDS)
