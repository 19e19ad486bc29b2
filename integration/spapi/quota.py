"""Amazon's token buckets, one row per account and operation, shared by every worker.

A token is taken before the call, by one UPDATE that holds the whole arithmetic, so workers that race for the
last token never both get it. Nobody sleeps here: whoever finds no token is told when the next one is there.

Each lane leaves some tokens to those that go before it (`FLOORS`), so a person is served while a proof waits.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Greatest, Least

from integration.installation import read_only
from integration.models import Lane, QuotaBucket, calls_column
from integration.spapi import guard
from integration.spapi.errors import RetryLater


@dataclass(frozen=True, slots=True)
class UsagePlan:
    """An operation's usage plan: tokens per second, and how many can pile up."""

    rate: float
    burst: int


# Amazon's own models; a header corrects the rate, nothing tells the burst.
PLANS: Mapping[str, UsagePlan] = {
    "searchOrders": UsagePlan(0.0056, 20),
    "getOrder": UsagePlan(0.5, 30),
    "getMarketplaceParticipations": UsagePlan(0.016, 15),
    "confirmShipment": UsagePlan(2.0, 10),
    "updateShipmentStatus": UsagePlan(5.0, 15),
    "createSubscription": UsagePlan(1.0, 5),
    "getSubscription": UsagePlan(1.0, 5),
    "createReport": UsagePlan(0.0167, 15),
    "getReport": UsagePlan(2.0, 15),
    "getReportDocument": UsagePlan(0.0167, 15),
    "createFeedDocument": UsagePlan(0.5, 15),
    "createFeed": UsagePlan(0.0083, 15),
    "getFeeds": UsagePlan(0.0222, 10),
    "getFeed": UsagePlan(2.0, 15),
    "getFeedDocument": UsagePlan(0.0222, 10),
}
# How many tokens a lane leaves in the bucket. The poll's reserve of searches is one poll and two pages more.
FLOORS: Mapping[str, Mapping[Lane, int]] = {
    "searchOrders": {Lane.PROBE: 3, Lane.CATCH_UP: 3, Lane.RECONCILE: 3},
    "getOrder": {Lane.NOTIFICATION: 2, Lane.PROBE: 5, Lane.CATCH_UP: 8, Lane.RECONCILE: 10},
}
# Sums of fractions of a second miss a whole token by this much at most.
ROUNDING = 1e-6
# Below this share a rate in a header is only written differently.
SAME_RATE = 0.01
# One token a day: a header that says less is broken, and would stop the account.
SLOWEST_RATE = 1 / 86_400


class _Seconds(Func):
    """A duration as seconds: SQLite counts microseconds, PostgreSQL has intervals."""

    output_field = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, template="(%(expressions)s) / 1000000.0", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "EXTRACT(EPOCH FROM (%(expressions)s))::double precision"
        return super().as_sql(compiler, connection, template=template, **context)


def spend(*, account_id: int, operation: str, now: datetime, lane: Lane = Lane.POLL) -> None:
    """Take one token and count the call; one statement. Raises RetryLater with the exact time until the next
    one that is this lane's to take.

    In read-only mode it takes none and raises ReadOnly.
    """
    if _take(account_id, operation, now, lane):
        return
    # The UPDATE found no row for one of three reasons: read-only mode, no bucket yet, no token. Asked
    # only now, for the usual call has its token with the first statement.
    guard.require_speaking()
    bucket = _find(account_id, operation)
    if bucket is None:
        _make(account_id, operation, now)
    if bucket is None or _is_enough(bucket, operation, now, lane):
        # None was there a moment ago: we have just made it, or another worker has.
        if _take(account_id, operation, now, lane):
            return
        bucket = QuotaBucket.objects.get(account_id=account_id, operation=operation)
    text = f"Amazon's quota for {operation} is spent for the moment."
    after = until_next_token(bucket, now=now, floor=floor_of(operation, lane))
    # Told, not slept: a search's token is 179 s away, and a worker that sleeps serves no other account.
    raise RetryLater(text, after, is_quota=True)


def _is_enough(bucket: QuotaBucket, operation: str, now: datetime, lane: Lane) -> bool:
    return bucket.tokens_at(now) >= 1 + floor_of(operation, lane) - ROUNDING


def floor_of(operation: str, lane: Lane) -> int:
    """How many tokens of an operation a lane leaves to those before it."""
    return FLOORS.get(operation, {}).get(lane, 0)


def drain(*, account_id: int, operation: str, now: datetime) -> timedelta:
    """Amazon throttled a call we had a token for: our count was wrong. Gives the time to the next token."""
    _make(account_id, operation, now)
    # To nothing, not by one: whoever spent the quota besides us left us none, and each further guess
    # would be another 429.
    _rows(account_id, operation).update(tokens=0.0, refilled_at=_not_backwards(now))
    return until_next_token(QuotaBucket.objects.get(account_id=account_id, operation=operation), now=now)


def learn_rate(*, account_id: int, operation: str, rate: float) -> None:
    """Take over the rate of `x-amzn-RateLimit-Limit`, if it is another; the burst stays as it is."""
    if not math.isfinite(rate) or rate < SLOWEST_RATE:
        return
    # The comparison is in the statement's condition: the usual header says what is known and writes no
    # row.
    differs = Q(rate__lt=rate * (1 - SAME_RATE)) | Q(rate__gt=rate * (1 + SAME_RATE))
    _rows(account_id, operation).filter(differs).update(rate=rate)


def until_next_token(bucket: QuotaBucket, *, now: datetime, floor: int = 0) -> timedelta:
    """The time until one whole token above the floor is there, rounded up to a millisecond; never zero."""
    behind = max(bucket.refilled_at - now, timedelta(0))
    # Rounded up and never zero: a caller that comes back a hair too early would only be told to wait
    # again.
    return max(bucket.time_until(1 + floor, now=now) + behind, timedelta(milliseconds=1))


def _take(account_id: int, operation: str, now: datetime, lane: Lane) -> bool:
    elapsed = _Seconds(ExpressionWrapper(_moment(now) - F("refilled_at"), output_field=DurationField()))
    # A worker whose clock is behind refills nothing, and takes no time back.
    refilled = Least(F("burst"), F("tokens") + F("rate") * Greatest(elapsed, Value(0.0)))
    enough = 1 + floor_of(operation, lane) - ROUNDING
    rows = _rows(account_id, operation).annotate(refilled=refilled)
    rows = rows.filter(read_only.is_off(), refilled__gte=enough)
    return bool(
        rows.update(
            tokens=Greatest(F("refilled") - 1, Value(0.0)),
            refilled_at=_not_backwards(now),
            **_counted(lane, now),
        )
    )


def _counted(lane: Lane, now: datetime) -> dict[str, object]:
    """The counts of the day with one more of this lane; a new day begins at zero."""
    today = now.astimezone(UTC).date()
    counts: dict[str, object] = {"counted_on": today}
    for each in Lane:
        column, more = calls_column(each), int(each == lane)
        counts[column] = Case(When(counted_on=today, then=F(column) + more), default=Value(more))
    return counts


def _make(account_id: int, operation: str, now: datetime) -> None:
    """A full bucket; whoever comes second finds the first one's."""
    plan = PLANS[operation]
    QuotaBucket.objects.bulk_create(
        [
            QuotaBucket(
                account_id=account_id,
                operation=operation,
                tokens=plan.burst,
                rate=plan.rate,
                burst=plan.burst,
                refilled_at=now,
            )
        ],
        ignore_conflicts=True,
    )


def _find(account_id: int, operation: str) -> QuotaBucket | None:
    return _rows(account_id, operation).first()


def _rows(account_id: int, operation: str) -> QuerySet[QuotaBucket]:
    return QuotaBucket.objects.filter(account_id=account_id, operation=operation)


def _not_backwards(now: datetime) -> Greatest:
    return Greatest(F("refilled_at"), _moment(now))


def _moment(now: datetime) -> Value:
    return Value(now, output_field=DateTimeField())
