"""Probe: orders of which nothing was heard for long are asked for by themselves, each every six hours.

A search by update time does not show everything: a Pending order may be canceled without its update time
moving. What is in quarantine has a time of its own to be asked again at, and shares this lane.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from amazon_orders.models import AmazonOrderItem
from commerce.models import OrderLine
from integration.decision.facts import AMAZON
from integration.decision.policy import OPEN
from integration.models import (
    ImportState,
    Lane,
    OrderImport,
    OrderRequest,
    RequestReason,
    ShipmentConfirmation,
)
from integration.sync import order_requests
from integration.sync.order_requests import WantedOrder

# A Pending order may stay so for days and end as Canceled without its update time moving, as connectors
# report: four looks a day find that within half a working day.
AGAIN_AFTER = timedelta(hours=6)
# Most payments are authorized within minutes, and the search shows them: only what has waited longer is
# worth a call.
WAITING_FOR = timedelta(hours=2)
# A blocked order is read once more while somebody can still act before it counts as a late shipment
# (Amazon's limit: under 4 %).
BEFORE_SHIP_BY = timedelta(hours=24)
# An hour, for Amazon's reads lag behind its writes and each parcel has a look of its own at first
# (`outbox/read_back`).
SHIPPED_FOR = timedelta(hours=1)
# Two minutes of getOrder's rate (0.5 a second): more would only wait, and be older when it is asked.
OPEN_AT_MOST = 60
# Ten accounts' worth of open requests: a bound for the memory of one pass, not for the day.
AT_A_TIME = 600


def run(*, now: datetime) -> int:
    """Have the stalest orders asked for; gives how many. Thirteen statements at most.

    No account gets more open requests than its quota serves in two minutes; the rest is found next time.
    """
    is_open = OrderRequest.objects.filter(lane=Lane.PROBE, answered_at=None)
    open_by_account = dict(
        is_open.values("account_id").annotate(count=Count("pk")).values_list("account_id", "count")
    )
    # Left out in the query, not afterwards: one account with a large backlog would otherwise fill the
    # page and hide the others.
    full = [account_id for account_id, count in open_by_account.items() if count >= OPEN_AT_MOST]
    requested = 0
    # The most pressing first: they get what room an account has.
    for why, found in (
        (RequestReason.UNCONFIRMED, unconfirmed(now=now)),
        (RequestReason.LATE, late(now=now)),
        (RequestReason.STALE, stale(now=now)),
    ):
        wanted = _within_room(_orders_to_ask_for(found, full), open_by_account)
        order_requests.request(wanted, lane=Lane.PROBE, why=why, now=now)
        requested += len(wanted)
    return requested


def stale(*, now: datetime) -> QuerySet[OrderImport]:
    """Waiting orders that came in two hours ago or earlier."""
    waiting = OrderImport.objects.filter(
        _not_lately(now), state=ImportState.WAITING, amazon_order__received_at__lte=now - WAITING_FOR
    )
    return _reachable(waiting)


def late(*, now: datetime) -> QuerySet[OrderImport]:
    """Blocked orders that must ship within a day, or should have."""
    blocked = OrderImport.objects.filter(
        _not_lately(now),
        state=ImportState.BLOCKED,
        amazon_order__latest_ship_at__lte=now + BEFORE_SHIP_BY,
    )
    return _reachable(blocked)


def unconfirmed(*, now: datetime) -> QuerySet[OrderImport]:
    """Orders of which Amazon was told, an hour ago or earlier, more than it shows."""
    told = ShipmentConfirmation.objects.filter(
        amazon_order_id=OuterRef("amazon_order__amazon_order_id"), sent_at__lte=now - SHIPPED_FOR
    )
    told_since = told.filter(sent_at__gt=OuterRef("asked_at"))
    known = AmazonOrderItem.objects.filter(
        order=OuterRef(OuterRef("pk")), order_item_id=OuterRef("line_reference")
    )
    # Commerce counts product units, Amazon counts items: a set of two is one item (ADR 0004).
    owed = OrderLine.objects.filter(
        order=OuterRef("commerce_order"),
        quantity_shipped__gt=F("units_per_item")
        * Coalesce(Subquery(known.values("quantity_shipped")[:1]), 0),
    )
    imported = OrderImport.objects.filter(state=ImportState.IMPORTED, amazon_order__status__in=OPEN).exclude(
        amazon_order__fulfilled_by=AMAZON
    )
    is_time = (_not_lately(now) & Exists(told)) | Exists(told_since)
    return _reachable(imported.filter(is_time, Exists(owed)))


def _not_lately(now: datetime) -> Q:
    return Q(asked_at=None) | Q(asked_at__lte=now - AGAIN_AFTER)


def _reachable(found: QuerySet[OrderImport]) -> QuerySet[OrderImport]:
    """Of active stores that Amazon lets us ask for; not what is to be asked for anyway."""
    wanted = OrderRequest.objects.filter(
        account_id=OuterRef("amazon_order__store__account_id"),
        amazon_order_id=OuterRef("amazon_order__amazon_order_id"),
        answered_at=None,
    )
    return found.filter(
        ~Exists(wanted),
        amazon_order__store__is_active=True,
        amazon_order__store__sync__access_lost_at=None,
        amazon_order__store__account__sync__refused_at=None,
    )


def _orders_to_ask_for(found: QuerySet[OrderImport], full: list[int]) -> list[WantedOrder]:
    """The longest unasked first; one statement."""
    rows = (
        found.exclude(amazon_order__store__account_id__in=full)
        .order_by(F("asked_at").asc(nulls_first=True), "pk")
        .values_list("amazon_order__store__account_id", "amazon_order__amazon_order_id")[:AT_A_TIME]
    )
    return [WantedOrder(account_id, amazon_order_id) for account_id, amazon_order_id in rows]


def _within_room(wanted: Iterable[WantedOrder], open_by_account: dict[int, int]) -> list[WantedOrder]:
    """As many as each account has room for; they are counted as open from here on."""
    kept: list[WantedOrder] = []
    for order in wanted:
        count = open_by_account.get(order.account_id, 0)
        if count < OPEN_AT_MOST:
            open_by_account[order.account_id] = count + 1
            kept.append(order)
    return kept
