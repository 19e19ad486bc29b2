"""How many messages wait at the broker, where it can tell."""

from typing import Any

import structlog
from celery import current_app
from kombu.exceptions import OperationalError as BrokerUnavailable

logger = structlog.get_logger(__name__)
# A page that tells that the broker is away must not hang on it.
TIMEOUT_SECONDS = 1

Errors = tuple[type[Exception], ...]


def waiting() -> dict[str, int] | None:
    """Messages that no worker has taken yet, by queue; None where the broker is away."""
    broker: Any = current_app.connection_for_read(connect_timeout=TIMEOUT_SECONDS)
    away: Errors = (BrokerUnavailable, OSError, *broker.connection_errors)
    empty: Errors = tuple(broker.channel_errors)
    try:
        with broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=TIMEOUT_SECONDS)
            return {queue.name: _count(broker, queue.name, empty) for queue in current_app.conf.task_queues}
    except away as unknown:
        logger.info("broker.queue_not_known", cause=type(unknown).__name__)
        return None


def _count(broker: Any, queue: str, empty: Errors) -> int:
    try:
        return int(broker.default_channel.queue_declare(queue=queue, passive=True).message_count)
    except empty:
        # Redis keeps no empty list: a queue that is not there has been worked off.
        return 0
