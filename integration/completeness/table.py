"""The completeness proof as it is read: days of stores, what was missing, the lists behind it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum

from amazon_orders.models import Account, Store
from integration.completeness.report_jobs import PROOFS
from integration.csv_cells import harmless
from integration.models import (
    JobState,
    MissingOrder,
    OrderRequest,
    ProofDay,
    ReportJob,
    RequestAnswer,
    WhyMissed,
)

MISSING_SHOWN = 100
# Without it Amazon gives an application no order reports.
ROLE = "Inventory and Order Tracking"
COUNTS = (
    "amazon",
    "stored",
    "imported",
    "blocked",
    "waiting",
    "view_only",
    "skipped",
    "canceled",
    "to_come",
    "missing",
    "healed",
)
_ANSWERS = {
    RequestAnswer.KNOWN: "Amazon gave it, but it could not be stored: it is in quarantine.",
    RequestAnswer.UNKNOWN: "Amazon was asked for it by number and does not know it.",
    RequestAnswer.DENIED: "Amazon was asked for it by number and does not give it to us.",
}


@dataclass(frozen=True, slots=True)
class Missing:
    """An order that was not here. `outcome`: what has come of it, in words."""

    id: int
    amazon_order_id: str
    store: Store
    day: date
    why: str
    outcome: str
    found_at: datetime
    healed_at: datetime | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """The days of the table together."""

    amazon: int
    stored: int
    missing: int
    healed: int
    to_come: int


def days(*, store_ids: Collection[int], first: date | None, last: date | None) -> QuerySet[ProofDay]:
    """The proved days of these stores, the newest first."""
    rows = ProofDay.objects.filter(store__in=store_ids).select_related("store")
    if first is not None:
        rows = rows.filter(day__gte=first)
    if last is not None:
        rows = rows.filter(day__lte=last)
    return rows.order_by("-day", "store__name")


def totals(rows: QuerySet[ProofDay]) -> Totals:
    """One statement."""
    names = ("amazon", "stored", "missing", "healed", "to_come")
    sums = rows.order_by().aggregate(**{name: Sum(name) for name in names})
    return Totals(**{name: sums[name] or 0 for name in names})


def missing(*, store_ids: Collection[int], first: date | None, last: date | None) -> list[Missing]:
    """What is missing, whenever it was bought, and what was healed in the period; one statement."""
    request = OrderRequest.objects.filter(
        account=OuterRef("store__account"), amazon_order_id=OuterRef("amazon_order_id")
    )
    healed = Q(healed_at__isnull=False)
    if first is not None:
        healed &= Q(day__gte=first)
    if last is not None:
        healed &= Q(day__lte=last)
    rows = (
        MissingOrder.objects.filter(Q(healed_at=None, given_up_at=None) | healed, store__in=store_ids)
        .select_related("store")
        .annotate(answer=Subquery(request.values("answer")[:1]))
        .order_by(F("healed_at").desc(nulls_first=True), "-found_at", "pk")
    )
    return [_missing(row, getattr(row, "answer", None)) for row in rows[:MISSING_SHOWN]]


def _missing(row: MissingOrder, answer: str | None) -> Missing:
    return Missing(
        id=row.pk,
        amazon_order_id=row.amazon_order_id,
        store=row.store,
        day=row.day,
        why=WhyMissed(row.why).label,
        outcome=_outcome(row, answer),
        found_at=row.found_at,
        healed_at=row.healed_at,
        is_open=row.healed_at is None,
    )


def _outcome(row: MissingOrder, answer: str | None) -> str:
    if row.healed_at is not None:
        return "Healed: it was fetched by its number."
    if not answer:
        return "It is being asked for."
    return _ANSWERS[RequestAnswer(answer)]


def open_of_days(rows: Iterable[ProofDay]) -> dict[tuple[int, date], list[MissingOrder]]:
    """The missing orders of these days that are not healed; one statement."""
    wanted = {(row.store_id, row.day) for row in rows if row.missing}
    found: defaultdict[tuple[int, date], list[MissingOrder]] = defaultdict(list)
    if wanted:
        candidates = MissingOrder.objects.filter(
            healed_at=None, store__in={store for store, _ in wanted}, day__in={day for _, day in wanted}
        )
        for row in candidates.order_by("amazon_order_id"):
            if (row.store_id, row.day) in wanted:
                found[row.store_id, row.day].append(row)
    return found


def lists(*, accounts: Collection[int]) -> list[ReportJob]:
    """The newest proof's list of each account; one statement."""
    newest = ReportJob.objects.filter(account=OuterRef("pk"), kind__in=PROOFS).order_by("-wanted_at", "-pk")
    wanted = Account.objects.filter(pk__in=accounts).annotate(job=Subquery(newest.values("pk")[:1]))
    return list(ReportJob.objects.filter(pk__in=wanted.values("job")).order_by("account_id"))


def is_in_trouble(job: ReportJob) -> bool:
    """Whether a person should know of it: Amazon gives no reports, or there was no proof at all."""
    return job.is_refused or job.state == JobState.FAILED


def trouble(job: ReportJob, stores: str) -> str:
    """What is wrong with the proof of these stores, and what a person can do about it."""
    if job.is_refused:
        return (
            f"Amazon gives no reports of {stores} to the application: that no order is missing is proved by "
            f"search instead, three days back. Add the role '{ROLE}' to the application in Seller Central, "
            "then authorize the stores again."
        )
    return (
        f"That no order of {stores} is missing could not be proved: {job.error} It is tried again every "
        "night, and by Prove now on the page Completeness."
    )


def unhealed(*, stores: Collection[Store], found_before: datetime) -> list[MissingOrder]:
    """What is missing since then, and nobody has given up; one statement."""
    rows = MissingOrder.objects.filter(store__in=stores, healed_at=None, given_up_at=None)
    return list(rows.filter(found_at__lte=found_before).order_by("amazon_order_id"))


def csv_rows(rows: Sequence[ProofDay]) -> Iterable[list[str]]:
    """The table as text, its heading first."""
    yield ["store", "date", *COUNTS, "listed_at", "source"]
    for row in rows:
        counts = [str(getattr(row, name)) for name in COUNTS]
        listed_at = row.listed_at.isoformat(timespec="seconds")
        yield [harmless(row.store.name), row.day.isoformat(), *counts, listed_at, row.source]
