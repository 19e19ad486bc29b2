"""Have Amazon send the order changes of every active account to our queue, and of no other.

One destination per queue and region, one subscription per account. Everything here may be done again: what
Amazon has already is looked up. No call is made in a transaction: claim, call, record.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Coalesce

from amazon_orders.models import Account, Store
from integration.installation import read_only
from integration.models import Subscription
from integration.spapi import notifications
from integration.spapi.application import ApplicationClient
from integration.spapi.client import SellerClient
from integration.spapi.errors import ReadOnly, Rejected, RetryLater, StoreMisconfigured

logger = structlog.get_logger(__name__)
DESTINATION_NAME = "amazon-orders"
AT_A_TIME = 200
CLAIMED_FOR = timedelta(minutes=5)
# Somebody may delete it at Amazon, and nobody tells us: polling covers the hours until the next look.
LOOKED_AFTER_EVERY = timedelta(hours=6)
AFTER_A_REFUSAL = timedelta(hours=1)
AFTER_A_PROBLEM = timedelta(minutes=2)
# Amazon's words where the destination that a body names is not there.
NO_DESTINATION = frozenset({400, 404})


class TakenElsewhere(Exception):
    """Another queue gets this seller's notifications, by a subscription that is not ours to delete."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A subscription that holds."""

    subscription_id: str
    destination_id: str


def due(*, now: datetime) -> list[int]:
    """Keys of the subscriptions to look after now, those of accounts without one made first; none
    in read-only mode. Up to five statements."""
    if read_only.is_on():
        return []
    active = Store.objects.filter(account_id=OuterRef("pk"), is_active=True)
    missing = Account.objects.filter(Exists(active), notification_subscription=None).order_by("pk")
    rows = [
        Subscription(account_id=account_id, region=region, check_at=now)
        for account_id, region in missing.values_list("pk", "region")[:AT_A_TIME]
    ]
    Subscription.objects.bulk_create(rows, ignore_conflicts=True)
    found = Subscription.objects.filter(check_at__lte=now).order_by("check_at", "pk")
    return list(found.values_list("pk", flat=True)[:AT_A_TIME])


def look_after_all(*, now: datetime) -> None:
    """Let every subscription be looked after soon: the configuration may be another one now."""
    Subscription.objects.filter(check_at__gt=now).update(check_at=now)


def end_all() -> int:
    """Have Amazon send nothing any more; gives how many subscriptions were ended. Where notifications are
    still configured they are made again. Raises RetryLater, StoreMisconfigured, Rejected."""
    rows = Subscription.objects.exclude(subscription_id="").order_by("pk")
    for row in rows:
        _clear_away(row)
    return len(rows)


def keep(*, subscription_id: int, now: datetime) -> None:
    """Look after one that is due: make it, check it, or clear it away with the last active store."""
    # One UPDATE: of two workers the second finds it put off.
    if not _claim(subscription_id, now):
        return
    row = Subscription.objects.select_related("account").get(pk=subscription_id)
    account = row.account
    try:
        if account is None or not account.stores.filter(is_active=True).exists():
            _clear_away(row)
            return
        held = _ensure(row, account, settings.NOTIFICATIONS_QUEUE_ARN)
    except ReadOnly:
        # Switched on meanwhile: no fault of the account, which stays due.
        return
    except RetryLater as later:
        _fail(row, later.text, again_at=now + max(later.after, AFTER_A_PROBLEM), now=now)
    except (StoreMisconfigured, Rejected) as refused:
        _fail(row, refused.text, again_at=now + AFTER_A_REFUSAL, now=now)
    except TakenElsewhere as taken:
        _fail(row, str(taken), again_at=now + AFTER_A_REFUSAL, now=now)
    else:
        _succeed(row, held, now=now)


def _claim(subscription_id: int, now: datetime) -> bool:
    rows = Subscription.objects.filter(pk=subscription_id, check_at__lte=now)
    return bool(rows.update(check_at=now + CLAIMED_FOR))


def _clear_away(row: Subscription) -> None:
    """Without its row an account counts as new: should a store be active again, it is subscribed anew."""
    if row.subscription_id:
        with ApplicationClient(region=row.region) as application:
            application.delete_subscription(row.subscription_id)
    # After Amazon has deleted its own: broken off in between, it is done again, for a subscription that
    # is gone is no mistake.
    Subscription.objects.filter(pk=row.pk).delete()
    logger.info("subscription.cleared_away", account=row.account_id)


def _ensure(row: Subscription, account: Account, arn: str) -> _Held:
    with SellerClient(account) as client:
        found = client.subscription()
        is_ours = found is not None and found.subscription_id == row.subscription_id
        if found is None:
            _forget(row)
        elif is_ours and row.queue_arn == arn and row.destination_id == found.destination_id:
            return _Held(found.subscription_id, found.destination_id)
        destination_id = _destination(row.region, arn)
        if found is not None and found.destination_id == destination_id:
            return _Held(found.subscription_id, destination_id)
        if found is not None:
            _make_room(row, found, is_ours=is_ours)
        return _subscribe(client, row.region, arn, destination_id)


def _forget(row: Subscription) -> None:
    """Amazon has none: whatever comes of the next steps, the account is not subscribed."""
    Subscription.objects.filter(pk=row.pk).update(subscription_id="", subscribed_at=None)
    row.subscription_id, row.subscribed_at = "", None


def _destination(region: str, arn: str) -> str:
    """The one other accounts use already, else Amazon is asked."""
    known = Subscription.objects.filter(region=region, queue_arn=arn).exclude(subscription_id="")
    destination_id = known.order_by("-checked_at").values_list("destination_id", flat=True).first()
    return destination_id or _asked_for_destination(region, arn)


def _asked_for_destination(region: str, arn: str) -> str:
    with ApplicationClient(region=region) as application:
        return application.ensure_destination(name=DESTINATION_NAME, arn=arn)


def _make_room(row: Subscription, found: notifications.Subscription, *, is_ours: bool) -> None:
    """Amazon has one subscription per seller and type. Only what this installation made is deleted."""
    if not is_ours:
        raise _taken(found)
    with ApplicationClient(region=row.region) as application:
        application.delete_subscription(found.subscription_id)
    _forget(row)


def _subscribe(client: SellerClient, region: str, arn: str, destination_id: str) -> _Held:
    try:
        made = client.subscribe(destination_id=destination_id)
    except Rejected as refused:
        if refused.status == 409:
            return _subscribed_meanwhile(client, destination_id, refused)
        if refused.status not in NO_DESTINATION:
            raise
        # It may have been deleted at Amazon since it was written down here.
        anew = _asked_for_destination(region, arn)
        if anew == destination_id:
            raise
        made = client.subscribe(destination_id=anew)
    return _Held(made.subscription_id, made.destination_id)


def _subscribed_meanwhile(client: SellerClient, destination_id: str, refused: Rejected) -> _Held:
    found = client.subscription()
    if found is None:
        raise refused
    if found.destination_id != destination_id:
        raise _taken(found)
    return _Held(found.subscription_id, found.destination_id)


def _taken(found: notifications.Subscription) -> TakenElsewhere:
    return TakenElsewhere(
        "Amazon sends this seller's order changes to another queue already (destination"
        f" {found.destination_id}), for another installation of this application. Delete that subscription,"
        " or configure its queue here."
    )


def _succeed(row: Subscription, held: _Held, *, now: datetime) -> None:
    is_new = held.subscription_id != row.subscription_id
    Subscription.objects.filter(pk=row.pk).update(
        queue_arn=settings.NOTIFICATIONS_QUEUE_ARN,
        destination_id=held.destination_id,
        subscription_id=held.subscription_id,
        subscribed_at=now if is_new else F("subscribed_at"),
        checked_at=now,
        check_at=now + LOOKED_AFTER_EVERY,
        failing_since=None,
        error="",
    )
    if is_new:
        logger.info("subscription.made", account=row.account_id)


def _fail(row: Subscription, text: str, *, again_at: datetime, now: datetime) -> None:
    Subscription.objects.filter(pk=row.pk).update(
        error=text[:500], failing_since=Coalesce("failing_since", Value(now)), check_at=again_at
    )
    logger.warning("subscription.failed", account=row.account_id)
