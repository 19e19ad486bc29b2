"""What the store pages show at a glance: cards, figures, sales by day, in the store's time zone.

Every read is a fixed number of statements, whatever the number of stores or orders.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, FilteredRelation, IntegerField, OuterRef, Q, QuerySet, Subquery

from amazon_orders import marketplaces
from amazon_orders.marketplaces import Marketplace
from amazon_orders.models import AmazonOrder, Store
from integration.access import Viewer
from integration.decision.facts import AMAZON
from integration.decision.policy import OPEN
from integration.models import ImportState, OrderImport, QuotaBucket
from integration.models.sync import STALE_AFTER
from integration.stores import daily_sales as sales_days
from integration.stores.daily_sales import DaySales

DAYS = 30
# No page waits for the count of a whole table: what is more is "1,000+".
COUNTED_AT_MOST = 1_000
SEARCH = "searchOrders"
_COUNTS = ("blocked", "waiting", "due", "awaiting_shipment", "ship_today", "late")
_QUOTA = ("quota__tokens", "quota__rate", "quota__burst", "quota__refilled_at")


@dataclass(frozen=True, slots=True)
class StoreCard:
    """One store on the home page. `daily_orders` are DAYS counts, the last of them today's.

    `is_behind`: Amazon was not asked for so long that it is no coincidence.
    """

    id: int
    name: str
    marketplace: Marketplace
    is_active: bool
    last_synced_at: datetime | None
    is_refused: bool
    is_behind: bool
    daily_orders: tuple[int, ...]
    blocked: int
    awaiting_shipment: int

    @property
    def orders_today(self) -> int:
        """Orders purchased since the store's midnight, without canceled ones."""
        return self.daily_orders[-1]

    @property
    def orders_in_all(self) -> str:
        """Orders of all DAYS."""
        return f"{sum(self.daily_orders):,}"


@dataclass(frozen=True, slots=True)
class Period:
    """The last `days` days. Changes: percent against as many days before, None where that was nothing."""

    days: int
    orders: int
    revenue: Decimal
    revenue_change: int | None
    orders_change: int | None


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """What needs doing in one store now. `due`: orders whose judgment is still to come.

    No count is higher than COUNTED_AT_MOST + 1, which stands for "more".
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
    sold = sales_days.read_daily_sales(stores, now=now, days=DAYS)
    return tuple(_card(store, tuple(day.orders for day in sold[store.pk]), now) for store in stores)


def _card(store: Any, daily_orders: tuple[int, ...], now: datetime) -> StoreCard:
    sync = getattr(store.account, "sync", None)
    polled_at = sync.last_polled_at if sync else None
    return StoreCard(
        id=store.pk,
        name=store.name,
        marketplace=marketplaces.by_id(store.marketplace_id),
        is_active=store.is_active,
        last_synced_at=polled_at,
        is_refused=bool(sync and sync.refused_at),
        is_behind=store.is_active and polled_at is not None and polled_at < now - STALE_AFTER,
        daily_orders=daily_orders,
        blocked=store.blocked,
        awaiting_shipment=store.awaiting_shipment,
    )


def figures(*, store: Store, now: datetime) -> StoreFigures:
    """The counts of one store. One statement."""
    zone = marketplaces.zone_of(store.marketplace_id)
    end_of_today = sales_days.midnight(zone, now.astimezone(zone).date() + timedelta(days=1))
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
    tokens, rate, burst, refilled_at = (counted[name] for name in _QUOTA)
    bucket = QuotaBucket(tokens=tokens, rate=rate, burst=burst, refilled_at=refilled_at)
    left = None if tokens is None else int(bucket.tokens_at(now))
    return StoreFigures(**{name: counted[name] for name in _COUNTS}, searches_left=left)


def daily_sales(*, store: Store, now: datetime, days: int = DAYS) -> tuple[DaySales, ...]:
    """The last days of one store, oldest first, days without sales too. One statement."""
    return sales_days.read_daily_sales([store], now=now, days=days)[store.pk]


def period(sales: Sequence[DaySales], days: int) -> Period:
    """The sum of the last `days` of these days, compared with the days before them."""
    recent, before = sales[-days:], sales[-2 * days : -days]
    revenue, revenue_before = (sum((day.revenue for day in part), Decimal(0)) for part in (recent, before))
    orders, orders_before = (sum(day.orders for day in part) for part in (recent, before))
    return Period(
        days=days,
        orders=orders,
        revenue=revenue,
        revenue_change=_change(revenue, revenue_before),
        orders_change=_change(Decimal(orders), Decimal(orders_before)),
    )


def _change(now: Decimal, before: Decimal) -> int | None:
    return round((now - before) / before * 100) if before else None


def _to_ship() -> Q:
    return Q(status__in=OPEN) & ~Q(fulfilled_by=AMAZON)


def _imports(condition: Q) -> "_UpTo":
    return _UpTo(OrderImport.objects.filter(condition, amazon_order__store=OuterRef("pk")))


def _orders(condition: Q) -> "_UpTo":
    return _UpTo(AmazonOrder.objects.filter(condition, store=OuterRef("pk")))


class _UpTo(Subquery):
    """How many rows there are, counted no further than one more than COUNTED_AT_MOST."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"

    def __init__(self, rows: "QuerySet[Any, Any]") -> None:
        found = rows.order_by().values("pk")[: COUNTED_AT_MOST + 1]
        super().__init__(found, output_field=IntegerField())
