"""`listen`: take in Amazon's notifications until told to stop."""

from argparse import ArgumentParser
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from integration import tasks
from integration.installation import key_check, read_only
from integration.notifications import subscriptions
from integration.notifications.listener import Listener, Stop
from integration.notifications.sqs import Queue
from integration.spapi.errors import SpApiFailure

logger = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Read the queue of Amazon's notifications, until SIGTERM. Any number may run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--unsubscribe",
            action="store_true",
            help="have Amazon send nothing any more; unset NOTIFICATIONS_QUEUE_URL everywhere before",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        key_check.require_fitting_keys()
        if options["unsubscribe"]:
            self._unsubscribe()
            return
        if not settings.NOTIFICATIONS_QUEUE_URL:
            raise CommandError("NOTIFICATIONS_QUEUE_URL is not set: there is no queue to read.")
        stop = Stop()
        stop.listen()
        # A start is when a configuration has changed: the queue may be another one.
        subscriptions.look_after_all(now=timezone.now())
        queue = Queue(
            url=settings.NOTIFICATIONS_QUEUE_URL,
            region=settings.NOTIFICATIONS_REGION,
            endpoint_url=settings.NOTIFICATIONS_ENDPOINT_URL,
        )
        logger.info("notifications.listening", queue=settings.NOTIFICATIONS_QUEUE_ARN)
        Listener(
            queue, wake=tasks.wake_refresh_of, may_receive=lambda: not read_only.is_on(), stop=stop
        ).run()
        queue.close()
        logger.info("notifications.stopped")

    def _unsubscribe(self) -> None:
        if settings.NOTIFICATIONS_QUEUE_URL:
            raise CommandError("NOTIFICATIONS_QUEUE_URL is set: all would soon be subscribed again.")
        try:
            ended = subscriptions.end_all()
        except SpApiFailure as failure:
            raise CommandError(f"{failure.text} Run it again.") from failure
        self.stdout.write(f"{ended} subscriptions ended.")
