"""Single orders wanted by their number: a person's refresh, a notification, the prober, a proof, a backlog.

The row is the job. Whoever wants an order writes it here; `refresh` asks Amazon, the most urgent
lane first.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    PositiveSmallIntegerField,
    Q,
    Value,
    When,
)
from django.db.models.functions import Least

from amazon_orders.models import AmazonOrder
from integration.models import BatchOrder, Lane, OrderRequest, RequestReason

ANSWERS_KEPT_FOR = timedelta(days=30)
# An order of which Amazon gave only some data sets is asked for by itself, once Amazon may be well again.
WHOLE_AGAIN_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class WantedOrder:
    """An order of an account, stored here or not."""

    account_id: int
    amazon_order_id: str


def request(
    orders: Collection[WantedOrder],
    *,
    lane: Lane,
    why: RequestReason,
    now: datetime,
    by: str = "",
    due_at: datetime | None = None,
) -> None:
    """Have these orders asked for, at once or at `due_at`; three statements, for any number of them.

    One that is wanted already keeps the more urgent lane and the earlier time.
    """
    due_at = due_at or now
    named = {(order.account_id, order.amazon_order_id) for order in orders}
    if not named:
        return
    rows = [
        OrderRequest(
            account_id=account_id,
            amazon_order_id=amazon_order_id,
            lane=lane,
            why=why,
            wanted_at=now,
            wanted_by=by,
            due_at=due_at,
        )
        # Sorted: of two callers that want the same orders neither waits for the other crosswise.
        for account_id, amazon_order_id in sorted(named)
    ]
    with transaction.atomic():
        # Insert first, then change: who loses the insert finds the winner's row in the statement that
        # follows, whichever came first.
        OrderRequest.objects.bulk_create(rows, ignore_conflicts=True)
        _want_again(named, lane=lane, why=why, now=now, by=by, due_at=due_at)


def request_whole(*, account_id: int, amazon_order_ids: Collection[str], now: datetime) -> None:
    """Have orders asked for again that Amazon told only in part; no statement where there are none.

    No later search brings them: it begins where this one ended.
    """
    request(
        [WantedOrder(account_id, number) for number in sorted(amazon_order_ids)],
        lane=Lane.PROBE,
        why=RequestReason.INCOMPLETE,
        now=now,
        due_at=now + WHOLE_AGAIN_AFTER,
    )


def _want_again(
    named: set[tuple[int, str]], *, lane: Lane, why: RequestReason, now: datetime, by: str, due_at: datetime
) -> None:
    # An answered request that is wanted again is a new one in the old row: nothing of its lane, reason
    # or time counts any more.
    is_over = Q(answered_at__isnull=False)
    is_taken_over = is_over | Q(lane__gt=lane)
    OrderRequest.objects.filter(pk__in=_locked(named)).update(
        lane=Case(
            When(is_taken_over, then=Value(int(lane), output_field=PositiveSmallIntegerField())),
            default=F("lane"),
        ),
        why=Case(When(is_taken_over, then=Value(str(why))), default=F("why")),
        wanted_by=Case(When(is_taken_over, then=Value(by)), default=F("wanted_by")),
        wanted_at=now,
        # `wanted_at` is always the newest: an answer to a question that was asked before this wish does
        # not settle it (`refresh._settle_requests`).
        due_at=Case(When(is_over, then=_moment(due_at)), default=Least(F("due_at"), _moment(due_at))),
        answered_at=None,
        answer="",
    )


def _locked(named: set[tuple[int, str]]) -> list[int]:
    """The rows of these orders, locked in key order; an order number alone may be another seller's."""
    rows = OrderRequest.objects.filter(
        account_id__in={account_id for account_id, _ in named},
        amazon_order_id__in={amazon_order_id for _, amazon_order_id in named},
    )
    found = rows.order_by("pk").select_for_update().values_list("pk", "account_id", "amazon_order_id")
    return [pk for pk, *order in found if tuple(order) in named]


def _moment(moment: datetime) -> Value:
    return Value(moment, output_field=DateTimeField())


def drop_fresh(*, account_id: int) -> int:
    """Drop what a backlog named and the search has brought in since; gives how many. One statement."""
    brought_in = AmazonOrder.objects.filter(
        amazon_order_id=OuterRef("amazon_order_id"),
        store__account_id=OuterRef("account_id"),
        asked_at__gte=OuterRef("wanted_at"),
    )
    # Only the backlog's lane: a person's wish is answered even if the order has come in since.
    named = OrderRequest.objects.filter(account_id=account_id, lane=Lane.CATCH_UP, answered_at=None)
    return named.filter(Exists(brought_in)).delete()[0]


def forget_answers(*, now: datetime) -> int:
    """Delete answers that nobody reads any more; gives how many."""
    old = OrderRequest.objects.filter(answered_at__lt=now - ANSWERS_KEPT_FOR)
    return old.delete()[0]


def named(*, account_id: int, amazon_order_ids: Collection[str]) -> set[tuple[int, str]]:
    """(store, order number) of orders that a person has named and that have not come in yet."""
    rows = BatchOrder.objects.filter(
        outcome="", amazon_order_id__in=amazon_order_ids, batch__store__account_id=account_id
    )
    return set(rows.values_list("batch__store_id", "amazon_order_id"))
