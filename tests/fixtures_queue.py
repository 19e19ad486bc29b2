"""A real SQS-speaking server on the loopback, and a queue in it."""

import contextlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pytest_django import Settings

from config import notifications as configuration
from integration.notifications.listener import Listener
from integration.notifications.sqs import Queue
from sandbox.deliveries import queue_url
from sandbox.order_change import Notification
from sandbox.wire import dumps

REGION = "us-east-1"
ACCOUNT = "123456789012"
# What a message is hidden for after it was received, in seconds.
VISIBILITY = 1


@dataclass
class TestQueue:
    """The queue as Amazon and as we see it. `held_back`: what Amazon sends is kept here instead."""

    __test__ = False

    sqs: Any
    endpoint: str
    name: str
    held_back: list[Notification] | None = None
    woken: list[set[int]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.endpoint}/{ACCOUNT}/{self.name}"

    @property
    def arn(self) -> str:
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}"

    def deliver(self, notification: Notification) -> None:
        """What Amazon does: give it to `world.on_notification`."""
        if self.held_back is not None:
            self.held_back.append(notification)
            return
        url = queue_url(self.endpoint, notification.arn)
        self.sqs.send_message(QueueUrl=url, MessageBody=dumps(notification.body).decode())

    def send(self, body: str) -> None:
        """A message that is none of Amazon's."""
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def length(self) -> int:
        """How many messages there are, those in hand included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    def listener(self, **options: Any) -> Listener:
        """Who listens to it; whom it wakes is kept in `woken`."""
        queue = Queue(url=self.url, region=REGION, endpoint_url=self.endpoint)
        return Listener(queue, **({"wake": self.woken.append} | options))

    def listen(self, **options: Any) -> float:
        """One round, which waits for nothing."""
        return self.listener(**options).round(wait_seconds=0)


@contextlib.contextmanager
def sqs_server() -> Iterator[str]:
    """Serves SQS on a free port; gives its address."""
    # It logs every request otherwise.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture(scope="session")
def sqs_endpoint() -> Iterator[str]:
    kept = {name: os.environ.get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    os.environ.update({"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests"})
    with sqs_server() as endpoint:
        yield endpoint
    for name, value in kept.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


@pytest.fixture
def queue(sqs_endpoint: str, settings: Settings, request: pytest.FixtureRequest) -> Iterator[TestQueue]:
    """An empty queue that the settings name."""
    sqs = boto3.client("sqs", endpoint_url=sqs_endpoint, region_name=REGION)
    queue = TestQueue(sqs, sqs_endpoint, f"orders-{abs(hash(request.node.nodeid)) % 10**12}")
    sqs.create_queue(QueueName=queue.name, Attributes={"VisibilityTimeout": str(VISIBILITY)})
    configure(settings, queue)
    yield queue
    sqs.delete_queue(QueueUrl=queue.url)
    sqs.close()


def configure(settings: Settings, queue: TestQueue) -> None:
    """What the environment does at a start."""
    settings.NOTIFICATIONS_QUEUE_URL = queue.url
    settings.NOTIFICATIONS_ENDPOINT_URL = queue.endpoint
    settings.NOTIFICATIONS_QUEUE_ARN = configuration.queue_arn("X", queue.url, region=REGION)
    settings.NOTIFICATIONS_REGION = REGION
