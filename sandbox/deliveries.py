"""Puts the sandbox's notifications into the queues of a server that speaks SQS.

In a thread of its own: an order never waits for a queue. A queue that cannot be reached loses what was meant
for it, which at Amazon happens too.
"""

import logging
import queue
import threading

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.order_change import Notification
from sandbox.wire import dumps

logger = logging.getLogger(__name__)


class Deliveries:
    """Give `take` to `world.on_notification`."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._waiting: queue.SimpleQueue[Notification] = queue.SimpleQueue()
        self._sqs = boto3.client(
            "sqs",
            endpoint_url=endpoint,
            region_name="us-east-1",
            # A local server asks for no real ones; those of a real account have no business here.
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
            config=Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2}),
        )
        # Daemon: a queue that hangs must not keep the sandbox from ending.
        threading.Thread(target=self._deliver, daemon=True).start()

    def take(self, notification: Notification) -> None:
        self._waiting.put(notification)

    def _deliver(self) -> None:
        while True:
            notification = self._waiting.get()
            try:
                self._sqs.send_message(
                    QueueUrl=queue_url(self._endpoint, notification.arn),
                    MessageBody=dumps(notification.body).decode(),
                )
            except (BotoCoreError, ClientError) as lost:
                logger.warning("a notification was lost: %s", type(lost).__name__)


def queue_url(endpoint: str, arn: str) -> str:
    """Where a queue lies at an endpoint: account and name are the last two parts of its ARN."""
    account, name = arn.split(":")[-2:]
    return f"{endpoint.rstrip('/')}/{account}/{name}"
