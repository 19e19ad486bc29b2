"""What was purged when, and what is still here: the report on personal data."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Min, Sum
from django.db.models.functions import TruncDate

from amazon_orders.models import PersonalData
from commerce.models import OrderPersonalData
from integration.models import PersonalDataPurge
from integration.privacy import retention

DAYS_SHOWN = 60
# More are not counted: a count reads every row.
COUNTED = 10_000
# Purges run every six hours; two that did not come are worth a look.
LATE_AFTER = timedelta(hours=13)


@dataclass(frozen=True, slots=True)
class PurgeDay:
    """The purges of one day (UTC), added up."""

    day: date
    purges: int
    amazon_orders: int
    commerce_orders: int
    customers: int
    payloads: int


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """`is_late`: no purge has come through for too long. `held_*`: orders whose personal data
    is here, COUNTED + 1 for more."""

    kept_days: int
    days: tuple[PurgeDay, ...]
    last_at: datetime | None
    first_at: datetime | None
    is_late: bool
    held_amazon: int
    held_commerce: int


def read_purge_report(*, now: datetime) -> PurgeReport:
    """The report of the last 60 days: 5 statements."""
    bounds = PersonalDataPurge.objects.aggregate(last=Max("started_at"), first=Min("started_at"))
    last_at = bounds["last"]
    return PurgeReport(
        kept_days=retention.kept_days(),
        days=tuple(_days(now)),
        last_at=last_at,
        first_at=bounds["first"],
        is_late=last_at is not None and last_at < now - LATE_AFTER,
        held_amazon=PersonalData.objects.all()[: COUNTED + 1].count(),
        held_commerce=OrderPersonalData.objects.all()[: COUNTED + 1].count(),
    )


def _days(now: datetime) -> Iterable[PurgeDay]:
    rows = (
        PersonalDataPurge.objects.filter(started_at__gte=now - timedelta(days=DAYS_SHOWN))
        .order_by()
        .annotate(day=TruncDate("started_at"))
        .values("day")
        .annotate(
            purges=Count("pk"),
            amazon=Sum("amazon_orders"),
            commerce=Sum("commerce_orders"),
            people=Sum("customers"),
            kept=Sum("payloads"),
        )
        .order_by("-day")
    )
    for row in rows:
        yield PurgeDay(row["day"], row["purges"], row["amazon"], row["commerce"], row["people"], row["kept"])
