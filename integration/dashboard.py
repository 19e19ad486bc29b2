"""What the store pages show at a glance: cards, figures, sales by day, in the store's time zone.

Every read is a fixed number of statements, whatever the number of stores or orders.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    Case,
    Count,
    DateField,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, TruncDate

from amazon_orders import marketplaces
from amazon_orders.marketplaces import Marketplace
from amazon_orders.models import AmazonOrder, Store
from integration import buckets
from integration.access import Viewer
from integration.facts import AMAZON
from integration.models import ImportState, OrderImport
from integration.policy import CANCELED, OPEN

DAYS = 30
SEARCH = "searchOrders"
_COUNTS = ("blocked", "waiting", "due", "awaiting_shipment", "ship_today", "late")
_QUOTA = ("quota__tokens", "quota__rate", "quota__burst", "quota__refilled_at")


@dataclass(frozen=True, slots=True)
class StoreCard:
    """One store on the home page. `daily_orders` are DAYS counts, the last of them today's."""

    id: int
    name: str
    marketplace: Marketplace
    is_active: bool
    last_synced_at: datetime | None
    is_refused: bool
    daily_orders: tuple[int, ...]
    blocked: int
    awaiting_shipment: int

    @property
    def orders_today(self) -> int:
        """Orders purchased since the store's midnight."""
        return self.daily_orders[-1]


@dataclass(frozen=True, slots=True)
class DaySales:
    """One day of a store: revenue in the marketplace's currency, canceled orders left out of both."""

    day: date
    orders: int
    revenue: Decimal


@dataclass(frozen=True, slots=True)
class Period:
    """The last `days` days. `change`: percent against as many days before, None where that was nothing."""

    days: int
    orders: int
    revenue: Decimal
    change: int | None


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """What needs doing in one store now. `due`: orders whose judgement is still to come.

    `searches_left`: what Amazon's quota still allows, None before the first search.
    """

    blocked: int
    waiting: int
    awaiting_shipment: int
    ship_today: int
    late: int
    due: int
    searches_left: int | None


def store_cards(*, viewer: Viewer, now: datetime) -> tuple[StoreCard, ...]:
    """The viewer's stores, by name. Two statements."""
    stores = list(
        viewer.stores()
        .select_related("account__sync")
        .annotate(blocked=_imports(Q(state=ImportState.BLOCKED)), awaiting_shipment=_orders(_to_ship()))
    )
    daily = _daily_orders(stores, now)
    return tuple(_card(store, tuple(daily[store.pk])) for store in stores)


def _card(store: Any, daily_orders: tuple[int, ...]) -> StoreCard:
    sync = getattr(store.account, "sync", None)
    return StoreCard(
        id=store.pk,
        name=store.name,
        marketplace=marketplaces.by_id(store.marketplace_id),
        is_active=store.is_active,
        last_synced_at=sync.last_polled_at if sync else None,
        is_refused=bool(sync and sync.refused_at),
        daily_orders=daily_orders,
        blocked=store.blocked,
        awaiting_shipment=store.awaiting_shipment,
    )


def figures(*, store: Store, now: datetime) -> StoreFigures:
    """The counts of one store. One statement."""
    end_of_today = _midnight(_zone(store), now) + timedelta(days=1)
    counted = (
        Store.objects.annotate(
            blocked=_imports(Q(state=ImportState.BLOCKED)),
            waiting=_imports(Q(state=ImportState.WAITING)),
            due=_imports(Q(version__gt=F("judged_version"))),
            awaiting_shipment=_orders(_to_ship()),
            ship_today=_orders(_to_ship() & Q(latest_ship_at__gte=now, latest_ship_at__lt=end_of_today)),
            late=_orders(_to_ship() & Q(latest_ship_at__lt=now)),
            quota=FilteredRelation("account__quota", condition=Q(account__quota__operation=SEARCH)),
        )
        .values(*_COUNTS, *_QUOTA)
        .get(pk=store.pk)
    )
    left = _tokens_left(*(counted[name] for name in _QUOTA), now=now)
    return StoreFigures(**{name: counted[name] for name in _COUNTS}, searches_left=left)


def _tokens_left(
    tokens: float | None, rate: float, burst: float, refilled_at: datetime, *, now: datetime
) -> int | None:
    if tokens is None:
        return None
    return int(buckets.tokens_left(tokens=tokens, rate=rate, burst=burst, refilled_at=refilled_at, now=now))


def daily_sales(*, store: Store, now: datetime, days: int = DAYS) -> tuple[DaySales, ...]:
    """The last days of one store, oldest first, days without sales too. One statement."""
    marketplace = marketplaces.by_id(store.marketplace_id)
    first = _midnight(marketplace.time_zone, now) - timedelta(days=days - 1)
    sold = (
        AmazonOrder.objects.filter(store=store, purchased_at__gte=first)
        .exclude(status__in=CANCELED)
        .annotate(day=TruncDate("purchased_at", tzinfo=marketplace.time_zone))
        .values("day")
        .annotate(orders=Count("pk"), revenue=Sum("total", filter=Q(currency=marketplace.currency)))
        .order_by("day")
    )
    found = {row["day"]: row for row in sold}
    return tuple(
        DaySales(day, found[day]["orders"], found[day]["revenue"] or Decimal(0))
        if day in found
        else DaySales(day, 0, Decimal(0))
        for day in _days(marketplace.time_zone, now, days)
    )


def period(sales: Sequence[DaySales], days: int) -> Period:
    """The sum of the last `days` of these days, compared with the days before them."""
    recent, before = sales[-days:], sales[-2 * days : -days]
    revenue = sum((day.revenue for day in recent), Decimal(0))
    earlier = sum((day.revenue for day in before), Decimal(0))
    return Period(
        days=days,
        orders=sum(day.orders for day in recent),
        revenue=revenue,
        change=round((revenue - earlier) / earlier * 100) if earlier else None,
    )


def _to_ship() -> Q:
    return Q(status__in=OPEN) & ~Q(fulfilled_by=AMAZON)


def _imports(condition: Q) -> Coalesce:
    found = OrderImport.objects.filter(condition, amazon_order__store=OuterRef("pk"))
    return _number_of(found.order_by().values("amazon_order__store"))


def _orders(condition: Q) -> Coalesce:
    return _number_of(AmazonOrder.objects.filter(condition, store=OuterRef("pk")).order_by().values("store"))


def _number_of(grouped: "QuerySet[Any, Any]") -> Coalesce:
    counted = grouped.annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


def _daily_orders(stores: Sequence[Store], now: datetime) -> dict[int, list[int]]:
    """Orders per store and day, DAYS of them. One statement for all stores, whatever their time zones."""
    zones: defaultdict[ZoneInfo, list[int]] = defaultdict(list)
    for store in stores:
        zones[_zone(store)].append(store.pk)
    if not zones:
        return {}
    days_of = {
        store_id: {day: place for place, day in enumerate(_days(zone, now, DAYS))}
        for zone, ids in zones.items()
        for store_id in ids
    }
    counts = {store_id: [0] * DAYS for store_id in days_of}
    for store_id, day, number in _counted_by_day(zones, now):
        place = days_of[store_id].get(day)
        if place is not None:
            counts[store_id][place] = number
    return counts


def _counted_by_day(zones: dict[ZoneInfo, list[int]], now: datetime) -> Iterable[tuple[int, date, int]]:
    day = Case(
        *(When(store__in=ids, then=TruncDate("purchased_at", tzinfo=zone)) for zone, ids in zones.items()),
        output_field=DateField(),
    )
    return (
        AmazonOrder.objects.filter(
            store__in=[store_id for ids in zones.values() for store_id in ids],
            purchased_at__gte=min(_midnight(zone, now) for zone in zones) - timedelta(days=DAYS),
        )
        .annotate(day=day)
        .values("store_id", "day")
        .annotate(number=Count("pk"))
        .order_by()
        .values_list("store_id", "day", "number")
    )


def _zone(store: Store) -> ZoneInfo:
    return marketplaces.by_id(store.marketplace_id).time_zone


def _midnight(zone: ZoneInfo, now: datetime) -> datetime:
    return datetime.combine(now.astimezone(zone).date(), time.min, tzinfo=zone)


def _days(zone: ZoneInfo, now: datetime, days: int) -> list[date]:
    today = now.astimezone(zone).date()
    return [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
