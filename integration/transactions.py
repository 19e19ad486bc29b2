"""Repeats a whole unit of work that lost a race; what it does again it does from the start."""

from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import OperationalError, connection

from amazon_orders.receive import Outdated

T = TypeVar("T")
ATTEMPTS = 4
logger = structlog.get_logger(__name__)


def repeat_when_beaten(work: Callable[[], T]) -> T:
    """Run `work`, which opens its own transaction, until no deadlock, lost connection or newer row beats
    it.
    """
    for attempt in range(1, ATTEMPTS):
        try:
            return work()
        except (OperationalError, Outdated) as beaten:
            # The winner has committed by now, or the server is back: the next try starts from what it left.
            connection.close_if_unusable_or_obsolete()
            logger.info("transaction.repeated", attempt=attempt, cause=type(beaten).__name__)
    return work()
