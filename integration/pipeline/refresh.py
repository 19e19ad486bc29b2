"""Refresh: single orders asked for by their number: wanted fresh by a person, or in quarantine."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q

from amazon_orders.models import AmazonOrder
from integration import timeline
from integration.models import AccountSync, OrderImport, Quarantine
from integration.spapi.client import SellerClient
from integration.spapi.errors import AccessDenied, Rejected, RetryLater, StoreMisconfigured
from integration.timeline import EventCode

logger = structlog.get_logger(__name__)
AT_A_TIME = 30
QUARANTINED_AGAIN_AFTER = timedelta(hours=6)
CLAIMED_FOR = timedelta(minutes=2)
AFTER_A_PROBLEM = timedelta(minutes=1)
AFTER_A_REFUSAL = timedelta(minutes=15)


@dataclass(slots=True)
class Asked:
    """What getOrder gave. `unknown`: orders Amazon does not have.

    `denied`: orders Amazon has and does not give us. `problem`: why the rest was not asked for.
    `refusal`: Amazon refuses the account as a whole; what it had answered before counts.
    """

    asked_at: datetime
    payloads: list[Any] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    problem: str = ""
    refusal: str = ""

    @property
    def order_ids(self) -> list[str]:
        """All that was asked for and answered."""
        return [*self.known, *self.unknown, *self.denied]


def accounts_waiting(*, now: datetime, in_foreground: bool = False) -> set[int]:
    """Accounts with orders to ask for; 2 statements.

    A refused account waits for the sync to find it accepted again, a lost store's orders for the store, and
    one whose calls fail for the end of its back-off (but in the foreground).
    """
    rested = Q(refresh_after=None) | Q(refresh_after__lte=now)
    reachable = AccountSync.objects.filter(refused_at=None)
    if not in_foreground:
        reachable = reachable.filter(rested).exclude(failures__gt=0, next_poll_at__gt=now)
    accounts = reachable.values("account_id")
    wanted = OrderImport.objects.filter(
        refresh_requested_at__isnull=False,
        amazon_order__store__sync__access_lost_at=None,
        amazon_order__store__account_id__in=accounts,
    )
    quarantined = Quarantine.objects.filter(ask_again_at__lte=now, account_id__in=accounts)
    return {
        *wanted.values_list("amazon_order__store__account_id", flat=True).distinct(),
        *quarantined.values_list("account_id", flat=True).distinct(),
    }


def claim(*, account_id: int, now: datetime) -> bool:
    """Whether the account's single orders are this caller's to ask for; of two at once, one gets them."""
    free = Q(refresh_after=None) | Q(refresh_after__lte=now)
    return bool(
        AccountSync.objects.filter(free, account_id=account_id).update(refresh_after=now + CLAIMED_FOR)
    )


def rest(*, account_id: int, until: datetime) -> None:
    """Let the next one ask, at once or after Amazon's answer has told to wait."""
    AccountSync.objects.filter(account_id=account_id).update(refresh_after=until)


def wanted(*, account_id: int, now: datetime) -> list[str]:
    """Amazon's numbers of what waits, a person's wishes first; 2 statements."""
    by_people = (
        AmazonOrder.objects.filter(
            store__account_id=account_id,
            store__sync__access_lost_at=None,
            order_import__refresh_requested_at__isnull=False,
        )
        .order_by("order_import__refresh_requested_at", "pk")
        .values_list("amazon_order_id", flat=True)[:AT_A_TIME]
    )
    quarantined = (
        Quarantine.objects.filter(account_id=account_id, ask_again_at__lte=now)
        .exclude(amazon_order_id="")
        .order_by("ask_again_at", "pk")
        .values_list("amazon_order_id", flat=True)[:AT_A_TIME]
    )
    return list(dict.fromkeys([*by_people, *quarantined]))[:AT_A_TIME]


def run(
    *, client: SellerClient, amazon_order_ids: Sequence[str], data_sets: Sequence[str], now: datetime
) -> Asked:
    """One getOrder each, until Amazon wants us to wait or refuses us: the rest stays as it is."""
    asked = Asked(asked_at=now)
    closed: list[str] = []
    for amazon_order_id in amazon_order_ids:
        try:
            answer = client.get_order(amazon_order_id, data_sets)
        except AccessDenied as denied:
            closed.append(amazon_order_id)
            asked.refusal = denied.text
            continue
        except StoreMisconfigured as refused:
            asked.refusal = refused.text
            return asked
        except Rejected as refused:
            logger.warning("refresh.rejected", status=refused.status, request_id=refused.request_id)
            asked.denied.append(amazon_order_id)
            continue
        except RetryLater as later:
            asked.problem = later.text
            break
        if answer.order is None:
            asked.unknown.append(amazon_order_id)
        else:
            asked.known.append(amazon_order_id)
            asked.payloads.append(answer.order)
    if asked.order_ids:
        # Amazon answers this account: what stays closed is so for itself, e.g. for its marketplace.
        asked.denied.extend(closed)
        asked.refusal = ""
    return asked


def note(*, account_id: int, asked: Asked, malformed: Collection[str], now: datetime) -> None:
    """Write down that these were asked for; what is still unreadable is asked for again in six hours."""
    unreadable = {*malformed, *asked.denied}
    readable = [order_id for order_id in asked.order_ids if order_id not in unreadable]
    with transaction.atomic():
        rows = OrderImport.objects.filter(
            amazon_order__amazon_order_id__in=asked.order_ids, refresh_requested_at__isnull=False
        ).order_by("pk")
        locked = dict(rows.select_for_update(of=("self",)).values_list("pk", "amazon_order__amazon_order_id"))
        OrderImport.objects.filter(pk__in=locked).update(refresh_requested_at=None)
        timeline.record(
            [
                timeline.event(
                    key,
                    EventCode.REFRESHED if order_id in asked.known else EventCode.UNKNOWN_AT_AMAZON,
                    now=now,
                )
                for key, order_id in locked.items()
            ]
        )
        quarantined = Quarantine.objects.filter(account_id=account_id, resolved_at=None)
        quarantined.filter(amazon_order_id__in=readable).update(resolved_at=now, ask_again_at=None)
        quarantined.filter(amazon_order_id__in=unreadable).update(ask_again_at=now + QUARANTINED_AGAIN_AFTER)
