"""Notifications taken in: each becomes a request for its order, once, in the transaction that remembers it.

Nothing of what they say is believed but that an order changed. Whoever reads the queue deletes its messages
after `record` has returned, never before.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DataError, IntegrityError, transaction
from django.db.models import OuterRef, Subquery

from amazon_orders import order_change
from amazon_orders.models import Store
from amazon_orders.order_change import OrderChange
from amazon_orders.reading import MalformedPayload
from integration.models import (
    Lane,
    Notification,
    NotificationOutcome,
    NotificationQueue,
    RequestReason,
    Subscription,
    UnreadableNotification,
)
from integration.order_import import error_boundary
from integration.sync import order_requests
from integration.sync.order_requests import WantedOrder
from integration.transactions import repeat_when_beaten
from sealing import seal

logger = structlog.get_logger(__name__)
# Amazon promises no repetition later than hours; a queue keeps a message for two weeks at most.
KEPT_FOR = timedelta(days=7)
UNREADABLE_KEPT_FOR = timedelta(days=30)
READ_AGAIN_AT_A_TIME = 200
# What one message can do to its batch. ValueError: the driver refuses a text before the database sees it.
REFUSALS = (DataError, IntegrityError, ValueError)


@dataclass(slots=True)
class Recorded:
    """What became of a batch; `account_ids` have orders to ask for now."""

    counts: Counter[str] = field(default_factory=Counter)
    account_ids: set[int] = field(default_factory=set)

    def add(self, other: "Recorded") -> None:
        """Another part of the batch."""
        self.counts.update(other.counts)
        self.account_ids |= other.account_ids


@dataclass(frozen=True, slots=True)
class _Readable:
    change: OrderChange
    body: str


def record_notification(bodies: Sequence[str], *, now: datetime) -> Recorded:
    """Take in the bodies of messages; at most seven statements, in one transaction.

    One that the database refuses is kept aside like one that cannot be read, and stops no other.
    """
    readable, unreadable = _read(bodies, now=now)
    try:
        return repeat_when_beaten(lambda: _store(readable, unreadable, now=now))
    except REFUSALS:
        recorded = repeat_when_beaten(lambda: _store([], unreadable, now=now))
        for each in readable:
            recorded.add(_record_alone(each, now=now))
        return recorded


def _record_alone(each: _Readable, *, now: datetime) -> Recorded:
    try:
        return repeat_when_beaten(lambda: _store([each], [], now=now))
    except REFUSALS as refused:
        reason = f"the database refuses it ({type(refused).__name__})"
        row = _unreadable(each.body, reason, now=now)
        return repeat_when_beaten(lambda: _store([], [row], now=now))


def _read(bodies: Sequence[str], *, now: datetime) -> tuple[list[_Readable], list[UnreadableNotification]]:
    readable: list[_Readable] = []
    unreadable: list[UnreadableNotification] = []
    for body in bodies:
        try:
            readable.append(_Readable(order_change.parse(body), body))
        except MalformedPayload as reason:
            unreadable.append(_unreadable(body, str(reason), now=now))
        except Exception as bug:
            # A bug of ours in one message stops no other, and the message is kept for when it is mended.
            logger.error("notification.not_read", cause=type(bug).__name__, at=error_boundary.way_to(bug))
            unreadable.append(_unreadable(body, f"an error here ({type(bug).__name__})", now=now))
    return readable, unreadable


def _unreadable(body: str, reason: str, *, now: datetime) -> UnreadableNotification:
    raw = body.encode("utf-8", "surrogatepass")
    digest = hashlib.sha256(raw).hexdigest()
    sealed = seal.seal(raw, associated_data=body_associated_data(digest))
    return UnreadableNotification(digest=digest, sealed_body=sealed, reason=reason[:500], seen_at=now)


def body_associated_data(digest: str) -> str:
    """Where the body of an unreadable message is sealed to."""
    return f"integration.unreadable_notification:{digest}"


@transaction.atomic
def _store(
    readable: Sequence[_Readable], unreadable: Sequence[UnreadableNotification], *, now: datetime
) -> Recorded:
    changes = {each.change.notification_id: each.change for each in readable}
    rows = _new_rows(changes, now=now)
    # Remembered and asked for in one transaction: whichever of the two a worker would die after, both
    # are there or neither.
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    named = {
        WantedOrder(row.account_id, row.amazon_order_id)
        for row in rows
        if row.account_id is not None and row.outcome == NotificationOutcome.REQUESTED
    }
    order_requests.request(named, lane=Lane.NOTIFICATION, why=RequestReason.NOTIFIED, now=now)
    UnreadableNotification.objects.bulk_create(
        sorted(unreadable, key=lambda row: row.digest), ignore_conflicts=True
    )
    counts = Counter(str(row.outcome).lower() for row in rows)
    counts["repeated"], counts["unreadable"] = len(readable) - len(rows), len(unreadable)
    return Recorded(counts, {order.account_id for order in named})


def _new_rows(changes: dict[str, OrderChange], *, now: datetime) -> list[Notification]:
    """Those that were not taken in before. Two who read at once may both take one for new: it is asked for
    once all the same."""
    if not changes:
        return []
    # Amazon delivers a notification more than once (SQS standard queues): known by its NotificationId.
    seen = Notification.objects.filter(notification_id__in=changes)
    known = set(seen.values_list("notification_id", flat=True))
    new = [change for change in changes.values() if change.notification_id not in known]
    stores = _stores({change.seller_id for change in new})
    # In one order everywhere: two who insert the same rows wait for each other and not in a circle.
    new.sort(key=lambda change: change.notification_id)
    return [_row(change, stores, now=now) for change in new]


_Stores = dict[tuple[str, str], tuple[int, bool]]


def _stores(seller_ids: Collection[str]) -> _Stores:
    """(seller, marketplace) -> its account, and whether the store is active."""
    rows = Store.objects.filter(account__seller_id__in=seller_ids)
    found = rows.values_list("account__seller_id", "marketplace_id", "account_id", "is_active")
    return {(seller, marketplace): (account, is_active) for seller, marketplace, account, is_active in found}


def _row(change: OrderChange, stores: _Stores, *, now: datetime) -> Notification:
    account_id, is_active = stores.get((change.seller_id, change.marketplace_id), (None, False))
    # A store that was deleted here, or another installation's: Amazon sends per seller and application.
    if account_id is None:
        outcome = NotificationOutcome.STORE_UNKNOWN
    else:
        outcome = NotificationOutcome.REQUESTED if is_active else NotificationOutcome.STORE_INACTIVE
    return Notification(
        notification_id=change.notification_id,
        account_id=account_id,
        amazon_order_id=change.amazon_order_id,
        change_type=change.change_type,
        outcome=outcome,
        published_at=change.published_at,
        received_at=now,
    )


def tidy(*, now: datetime) -> Recorded:
    """Forget what is old, and read again what could not be read: a newer program may be able to."""
    Notification.objects.filter(received_at__lt=now - KEPT_FOR).delete()
    UnreadableNotification.objects.filter(seen_at__lt=now - UNREADABLE_KEPT_FOR).delete()
    rows = UnreadableNotification.objects.order_by("seen_at", "pk")[:READ_AGAIN_AT_A_TIME]
    bodies = {row.pk: body for row in rows if (body := _readable_now(row)) is not None}
    recorded = record_notification(list(bodies.values()), now=now) if bodies else Recorded()
    # After they were taken in: broken off in between, they are read once more and known by their id.
    UnreadableNotification.objects.filter(pk__in=bodies).delete()
    return recorded


def _readable_now(row: UnreadableNotification) -> str | None:
    try:
        raw = seal.open_sealed(row.sealed_body, associated_data=body_associated_data(row.digest))
        body = raw.decode("utf-8", "surrogatepass")
        order_change.parse(body)
    except (MalformedPayload, seal.DecryptionError):
        return None
    return body


def note_polled(*, now: datetime) -> None:
    """The queue answers."""
    _note_queue(polled_at=now, failing_since=None, error="")


def note_failure(text: str, *, since: datetime) -> None:
    """The queue cannot be read."""
    _note_queue(failing_since=since, error=text[:500])


def _note_queue(**fields: object) -> None:
    arn = settings.NOTIFICATIONS_QUEUE_ARN
    # The UPDATE first: but for the very first time it is all there is to do.
    if not NotificationQueue.objects.filter(arn=arn).update(**fields):
        NotificationQueue.objects.bulk_create([NotificationQueue(arn=arn, **fields)], ignore_conflicts=True)


@dataclass(frozen=True, slots=True)
class AccountState:
    """How an account is told of changes. `last_received_at` is of the last week."""

    is_subscribed: bool
    subscribed_at: datetime | None
    error: str
    last_received_at: datetime | None


def state_of(account_ids: Collection[int]) -> dict[int, AccountState]:
    """By account; one that is missing was never looked after. One statement, none if not configured."""
    if not settings.NOTIFICATIONS_QUEUE_URL:
        return {}
    newest = Notification.objects.filter(account_id=OuterRef("account_id")).order_by("-received_at")
    rows = Subscription.objects.filter(account_id__in=account_ids).annotate(
        last_received_at=Subquery(newest.values("received_at")[:1])
    )
    return {
        row.account_id: AccountState(
            is_subscribed=bool(row.subscription_id),
            subscribed_at=row.subscribed_at,
            error=row.error,
            last_received_at=row.last_received_at,
        )
        for row in rows
        if row.account_id is not None
    }
