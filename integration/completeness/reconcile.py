"""Reconcile: Amazon's own list against ours, per store and day.

Days are days of UTC by purchase date. The list is searched by `createdAfter`, another index of Amazon's than
the one the sync reads, so it can show what that one left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from amazon_orders import reading
from amazon_orders.models import AmazonOrder, Store
from integration.spapi.answers import SearchPage
from integration.spapi.client import SearchQuery, SellerClient
from integration.windows import READABLE_AFTER


@dataclass(slots=True)
class Day:
    """One day: how many orders Amazon lists, how many of them were stored, and how many were fetched now."""

    amazon: int = 0
    stored: int = 0
    healed: int = 0

    @property
    def missing(self) -> int:
        """Orders that Amazon lists and we had not stored when we looked."""
        return self.amazon - self.stored


@dataclass(slots=True)
class Report:
    """The days of the period, each present even where nothing was sold."""

    days: dict[date, Day]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One order of Amazon's list."""

    amazon_order_id: str
    day: date
    payload: Any


@dataclass(slots=True)
class Missing:
    """The orders of one page that we have not stored."""

    orders: list[Listed] = field(default_factory=list)

    @property
    def payloads(self) -> list[Any]:
        """As Amazon sent them."""
        return [listed.payload for listed in self.orders]


def empty_report(first: date, last: date) -> Report:
    """The days from `first` to `last`, both included."""
    count = (last - first).days + 1
    return Report({first + timedelta(days=offset): Day() for offset in range(count)})


def query(
    store: Store, *, first: date, last: date, data_sets: Sequence[str], now: datetime
) -> SearchQuery | None:
    """The search of the period, or None where none of it can be read yet."""
    after = max(datetime.combine(first, time.min, UTC), store.connected_at)
    before = min(datetime.combine(last + timedelta(days=1), time.min, UTC), now - READABLE_AFTER)
    if after >= before:
        return None
    return SearchQuery(
        marketplace_ids=(store.marketplace_id,),
        created_after=after,
        created_before=before,
        data_sets=tuple(data_sets),
    )


def run(client: SellerClient, wanted: SearchQuery) -> SearchPage:
    """One page of Amazon's list."""
    return client.search_orders(wanted)


def compare(store: Store, payloads: Iterable[Any], report: Report) -> Missing:
    """Count one page into the report; one statement. Gives what is missing here."""
    listed = [found for payload in payloads if (found := _listed(payload, store)) is not None]
    in_period = [found for found in listed if found.day in report.days]
    stored = set(
        AmazonOrder.objects.filter(
            amazon_order_id__in=[found.amazon_order_id for found in in_period]
        ).values_list("amazon_order_id", flat=True)
    )
    missing = Missing()
    for found in in_period:
        day = report.days[found.day]
        day.amazon += 1
        if found.amazon_order_id in stored:
            day.stored += 1
        else:
            missing.orders.append(found)
    return missing


def heal(missing: Missing, report: Report) -> None:
    """Count what has been stored since; `completeness` says it on each order's timeline."""
    stored = set(
        AmazonOrder.objects.filter(
            amazon_order_id__in=[found.amazon_order_id for found in missing.orders]
        ).values_list("amazon_order_id", flat=True)
    )
    for found in missing.orders:
        if found.amazon_order_id in stored:
            report.days[found.day].healed += 1


def _listed(payload: Any, store: Store) -> Listed | None:
    """An order of the list; None where it was bought before the connection or says too little to be
    counted.
    """
    try:
        order = reading.obj(payload, "order")
        purchased_at = reading.time(order.get("createdTime"), "createdTime")
        amazon_order_id = reading.identifier(order, "orderId")
    except reading.MalformedPayload:
        return None
    if purchased_at < store.connected_at:
        return None
    return Listed(amazon_order_id, purchased_at.astimezone(UTC).date(), payload)
