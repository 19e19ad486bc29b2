"""What is wrong with being notified, read from rows; `messages` tells people. Nothing of it loses an order:
polling goes on."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db.models import Count, Exists, Min, OuterRef, Q

from integration.models import (
    Notification,
    NotificationQueue,
    Subscription,
    SyncRun,
    UnreadableNotification,
)

# Amazon throttles, a deploy takes a minute: only what lasts longer is told.
NOT_SUBSCRIBED_AFTER = timedelta(minutes=5)
UNREAD_AFTER = timedelta(minutes=10)
# Polling found changes for a day, and none was notified.
SILENT_AFTER = timedelta(days=1)


class Kind(StrEnum):
    """What is wrong."""

    NOT_SUBSCRIBED = "NOTIFICATIONS_NOT_SUBSCRIBED"
    SILENT = "NOTIFICATIONS_SILENT"
    UNREADABLE = "NOTIFICATION_UNREADABLE"
    UNREACHABLE = "QUEUE_UNREACHABLE"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing wrong. `account_id` None: with the queue, which is everybody's; `text` names {stores}."""

    kind: Kind
    account_id: int | None
    text: str
    since: datetime | None


def of_accounts(account_ids: Collection[int], *, now: datetime) -> Iterator[Trouble]:
    """Accounts whose changes are not notified. Two statements, none where nothing is configured."""
    if settings.NOTIFICATIONS_QUEUE_URL:
        yield from _not_subscribed(account_ids, now)
        yield from _silent(account_ids, now)


def of_queue(*, now: datetime) -> Iterator[Trouble]:
    """The queue. Two statements, none where nothing is configured."""
    if settings.NOTIFICATIONS_QUEUE_URL:
        yield from _unreachable(now)
        yield from _unreadable()


def _not_subscribed(account_ids: Collection[int], now: datetime) -> Iterator[Trouble]:
    failing = Subscription.objects.filter(
        account__in=account_ids,
        # A refused account has a message of its own.
        account__sync__refused_at=None,
        subscription_id="",
        failing_since__lte=now - NOT_SUBSCRIBED_AFTER,
    )
    for row in failing.order_by("account_id"):
        text = (
            f"Amazon does not notify of changed orders of {{stores}}: {_braced(row.error)} Until it does they"
            " come in by polling, minutes later; nothing is lost, and it is tried again by itself."
        )
        yield Trouble(Kind.NOT_SUBSCRIBED, row.account_id, text, row.failing_since)


def _silent(account_ids: Collection[int], now: datetime) -> Iterator[Trouble]:
    """Subscribed, and polling found what no notification told of."""
    since, account = now - SILENT_AFTER, OuterRef("account_id")
    silent = Subscription.objects.filter(
        ~Exists(Notification.objects.filter(account_id=account, received_at__gt=since)),
        Exists(SyncRun.objects.filter(account_id=account, ended_at__gt=since, counts__changed__gt=0)),
        account__in=account_ids,
        subscribed_at__lte=since,
    )
    text = (
        "For a day Amazon notified of no changed order of {stores}, though polling found some. Check that the"
        " queue's policy lets Amazon send to it, and that nobody else reads it (docs/operations.md)."
    )
    for row in silent.order_by("account_id"):
        yield Trouble(Kind.SILENT, row.account_id, text, row.subscribed_at)


def _unreachable(now: datetime) -> Iterator[Trouble]:
    is_failing = Q(failing_since__isnull=False) | Q(polled_at=None) | Q(polled_at__lte=now - UNREAD_AFTER)
    queue = NotificationQueue.objects.filter(is_failing, arn=settings.NOTIFICATIONS_QUEUE_ARN).first()
    if queue is None:
        return
    why = queue.error or "Nobody has read it for ten minutes: see that the process `listen` runs."
    text = (
        f"The queue of Amazon's notifications is not read. {_braced(why)} Changed orders come in by polling,"
        " minutes later; nothing is lost. Check the queue's address, its policy and the credentials."
    )
    yield Trouble(Kind.UNREACHABLE, None, text, queue.failing_since or queue.polled_at)


def _unreadable() -> Iterator[Trouble]:
    found = UnreadableNotification.objects.aggregate(count=Count("pk"), since=Min("seen_at"))
    if not found["count"]:
        return
    held = "1 message" if found["count"] == 1 else f"{found['count']} messages"
    text = (
        f"The queue of Amazon's notifications held {held} that cannot be read, kept aside for 30 days and"
        " read again every hour. Polling brings in what they told. See that nobody else sends to the queue."
    )
    yield Trouble(Kind.UNREADABLE, None, text, found["since"])


def _braced(words: str) -> str:
    """Words that are not ours, safe within a text that names {stores}."""
    return words.replace("{", "{{").replace("}", "}}")
