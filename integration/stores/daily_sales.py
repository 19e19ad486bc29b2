"""Daily sales per store: kept by counting again the days whose orders changed.

Who changes orders marks their days in the same transaction (`sales_marks`), so no change can be missed,
however transactions overlap. `count_stale` counts marked days from the orders themselves: counted twice they
are the same, and whatever was lost comes back with `rebuild`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Case, Count, DateField, Exists, F, OuterRef, Q, Sum, When
from django.db.models.functions import TruncDate

from amazon_orders import marketplaces
from amazon_orders.models import AmazonOrder, AmazonOrderItem, Store
from integration.decision.policy import CANCELED
from integration.models import SalesDay, StaleDay
from integration.sync import sales_marks
from integration.sync.sales_marks import Key
from integration.transactions import step_over

# A transaction's worth.
STORES_AT_ONCE = 20
DAYS_AT_ONCE = 60
MARKS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class DaySales:
    """One day of a store: revenue in the marketplace's currency, canceled orders left out of everything."""

    day: date
    orders: int = 0
    units: int = 0
    revenue: Decimal = Decimal(0)


def count_stale() -> int:
    """Count all days that are marked; gives how many."""
    counted = 0
    while days := _count_some():
        counted += days
    return counted


def rebuild(*, store_ids: Collection[int] | None = None) -> int:
    """Count every day anew, of these stores or of all; gives how many."""
    stores = Store.objects.all() if store_ids is None else Store.objects.filter(pk__in=store_ids)
    for store in stores:
        purchased = AmazonOrder.objects.filter(store=store).annotate(day=_day([store]))
        days = purchased.order_by().values_list("day", flat=True).distinct()
        known = SalesDay.objects.filter(store=store).values_list("day", flat=True)
        sales_marks.insert({(store.pk, day) for day in {*days, *known}})
    return count_stale()


@transaction.atomic
def _count_some() -> int:
    """Count the days marked first, of stores nobody else is counting. Seven statements.

    The marks are read before the orders, so what they were made for is counted.
    """
    marked = StaleDay.objects.filter(store=OuterRef("pk"))
    locked = Store.objects.filter(Exists(marked)).order_by("pk")
    # NO KEY: who stores an order of this store checks its foreign key, and must not wait for a count.
    stores = list(step_over(locked, no_key=True)[:STORES_AT_ONCE])
    if not stores:
        return 0
    marks = _first_marks(stores)
    days = {(mark.store_id, mark.day) for mark in marks}
    rows = _counted(stores, days)
    # Deleted and written anew: a day whose last order was canceled has no row any more.
    SalesDay.objects.filter(_any_of(days, "day")).delete()
    SalesDay.objects.bulk_create(rows)
    # Only the marks that were read: one that came meanwhile stays, and its day is counted again.
    StaleDay.objects.filter(pk__in=[mark.pk for mark in marks]).delete()
    return len(days)


def _first_marks(stores: Sequence[Store]) -> list[StaleDay]:
    """The oldest marks of so many days as are counted at once."""
    days: set[Key] = set()
    taken = []
    for mark in StaleDay.objects.filter(store__in=stores).order_by("pk")[:MARKS_AT_ONCE]:
        days.add((mark.store_id, mark.day))
        if len(days) > DAYS_AT_ONCE:
            break
        taken.append(mark)
    return taken


def _counted(stores: Sequence[Store], days: Collection[Key]) -> list[SalesDay]:
    """What was sold on these days. Two statements."""
    zones = {store.pk: marketplaces.zone_of(store.marketplace_id) for store in stores}
    within = AmazonOrder.objects.filter(_within(zones, days)).exclude(status__in=CANCELED)
    orders = within.annotate(day=_day(stores))
    by_day = ("store_id", "day", "currency")
    sums = orders.order_by().values(*by_day).annotate(orders=Count("pk"), revenue=Sum("total"))
    items = AmazonOrderItem.objects.filter(order__in=within.values("pk")).annotate(
        store_id=F("order__store_id"), day=_day(stores, "order__"), of_currency=F("order__currency")
    )
    left = F("quantity_ordered") - F("quantity_canceled")
    units = {
        (row["store_id"], row["day"], row["of_currency"]): row["units"]
        for row in items.order_by().values("store_id", "day", "of_currency").annotate(units=Sum(left))
    }
    return [
        SalesDay(**row, units=units.get((row["store_id"], row["day"], row["currency"]), 0))
        for row in ({**each, "revenue": each["revenue"] or Decimal(0)} for each in sums)
        if (row["store_id"], row["day"]) in days
    ]


def _day(stores: Sequence[Store], prefix: str = "") -> Case:
    """The local day of a purchase, whatever the time zones of the stores."""
    ids: dict[ZoneInfo, list[int]] = {}
    for store in stores:
        ids.setdefault(marketplaces.zone_of(store.marketplace_id), []).append(store.pk)
    return Case(
        *(
            When(
                **{f"{prefix}store__in": of_zone},
                then=TruncDate(f"{prefix}purchased_at", tzinfo=zone),
            )
            for zone, of_zone in ids.items()
        ),
        output_field=DateField(),
    )


def _within(zones: Mapping[int, ZoneInfo], days: Collection[Key]) -> Q:
    """Orders purchased on one of these days: ranges of one index."""
    found = Q(pk__in=())
    for store_id, day in sorted(days):
        begin, end = midnight(zones[store_id], day), midnight(zones[store_id], day + timedelta(days=1))
        found |= Q(store=store_id, purchased_at__gte=begin, purchased_at__lt=end)
    return found


def _any_of(days: Collection[Key], field: str) -> Q:
    by_store: dict[int, list[date]] = {}
    for store_id, day in days:
        by_store.setdefault(store_id, []).append(day)
    found = Q(pk__in=())
    for store_id, of_store in by_store.items():
        found |= Q(store=store_id, **{f"{field}__in": of_store})
    return found


def midnight(zone: ZoneInfo, day: date) -> datetime:
    """When a day begins there."""
    return datetime.combine(day, time.min, tzinfo=zone)


def read_daily_sales(stores: Sequence[Store], *, now: datetime, days: int) -> dict[int, tuple[DaySales, ...]]:
    """The last days of each store, today's last, days without sales too. One statement for all."""
    today = {store.pk: now.astimezone(marketplaces.zone_of(store.marketplace_id)).date() for store in stores}
    if not today:
        return {}
    currencies = {store.pk: marketplaces.by_id(store.marketplace_id).currency for store in stores}
    found: dict[Key, DaySales] = {}
    rows = SalesDay.objects.filter(store__in=stores, day__gt=min(today.values()) - timedelta(days=days))
    for row in rows:
        before = found.get((row.store_id, row.day), DaySales(row.day))
        is_own = row.currency == currencies[row.store_id]
        found[row.store_id, row.day] = DaySales(
            row.day,
            before.orders + row.orders,
            before.units + row.units,
            before.revenue + (row.revenue if is_own else 0),
        )
    return {
        store_id: tuple(
            found.get((store_id, day), DaySales(day))
            for day in (last - timedelta(days=back) for back in range(days - 1, -1, -1))
        )
        for store_id, last in today.items()
    }
