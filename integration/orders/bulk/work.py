"""Serve: work on chosen orders, a chunk at a time, so that none locks for long, however large it is.

A look at an order does the next thing for it (`steps`) or writes down its outcome. Looked at twice, or
by two workers, nothing is done twice: the first claims the rows, and what they do is asked for, not counted.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef

from amazon_orders.models import AmazonOrder
from integration.models import (
    BatchAction,
    BatchKind,
    BatchOrder,
    ImportBatch,
    Lane,
    OrderRequest,
    Quarantine,
    RequestReason,
)
from integration.order_import import judge
from integration.orders import actions
from integration.orders.actions import ActionOutcome
from integration.orders.bulk import batches
from integration.orders.bulk import steps as batch_steps
from integration.orders.bulk.steps import Chosen, Known, Next, Step
from integration.sync import order_requests
from integration.sync.order_requests import WantedOrder
from integration.transactions import step_over

CHUNK = 100
CHUNKS = 10
COLLECTED_AT_A_TIME = 1_000
# Who refreshes one order by hand waits behind no more than these, however many somebody imports.
ASKED_AT_ONCE = 10
# Who claimed rows and died gives them back after this.
CLAIMED_FOR = timedelta(minutes=1)
AGAIN_AFTER = timedelta(seconds=3)
# Amazon's answers come no faster than one in two seconds.
ASKED_AGAIN_AFTER = timedelta(seconds=10)

_INTERVENTIONS: Mapping[Step, Callable[..., ActionOutcome]] = {
    Step.IMPORT: actions.request_import,
    Step.UNSKIP: actions.unskip,
    Step.RETRY: actions.retry,
}
_ASKING = frozenset({Step.ASK, Step.REFRESH})

# Everything a question and its answer are known by.
Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look came to: rows still open, and the orders that are to be judged now."""

    rows: tuple[BatchOrder, ...]
    to_judge: tuple[int, ...]


def collect(*, now: datetime) -> bool:
    """Take the next orders into a batch "all since" or "all that fit"; False where none has any left to take.

    Five statements.
    """
    with transaction.atomic():
        collecting = ImportBatch.objects.filter(finished_at=None, collected_after__isnull=False)
        batch = step_over(collecting.order_by("pk")).first()
        if batch is None:
            return False
        found = batches.next_to_collect(batch, limit=COLLECTED_AT_A_TIME)
        BatchOrder.objects.bulk_create(
            [BatchOrder(batch=batch, amazon_order_id=number, look_at=now) for _, number in found],
            ignore_conflicts=True,
        )
        # In the transaction of the rows: broken off, it goes on behind the last one that is in.
        batch.collected_after = found[-1][0] if len(found) == COLLECTED_AT_A_TIME else None
        batch.save(update_fields=["collected_after"])
    return True


def claim(*, now: datetime) -> list[BatchOrder]:
    """The next open rows, for this caller alone; two statements."""
    with transaction.atomic():
        found = BatchOrder.objects.filter(outcome="", look_at__lte=now).select_related("batch__store")
        # The longest waiting first, over all batches: a large one does not keep a small one waiting.
        rows = list(step_over(found.order_by("look_at", "pk"))[:CHUNK])
        BatchOrder.objects.filter(pk__in=[row.pk for row in rows]).update(look_at=now + CLAIMED_FOR)
    return rows


def look(rows: Sequence[BatchOrder], *, now: datetime) -> Looked:
    """Do the next thing for each; twenty statements at most, however many rows."""
    orders = {
        order.amazon_order_id: order
        for order in AmazonOrder.objects.filter(
            amazon_order_id__in=[row.amazon_order_id for row in rows]
        ).select_related("order_import", "store")
    }
    unknown = [row for row in rows if row.amazon_order_id not in orders]
    requests = _requests([*unknown, *(row for row in rows if row.batch.action == BatchAction.REFRESH)])
    unreadable = _unreadable(unknown)
    steps = {
        row.pk: batch_steps.next_step(
            _chosen(row, orders.get(row.amazon_order_id), requests, unreadable, now)
        )
        for row in rows
    }
    steps = _within_room(rows, steps)
    to_judge = _act(rows, orders, steps, now=now)
    _write(rows, steps, now=now)
    return Looked(tuple(row for row in rows if steps[row.pk].step != Step.END), to_judge)


def finish(*, now: datetime) -> int:
    """Close the batches that have nothing open any more; gives how many. One statement."""
    is_open = BatchOrder.objects.filter(batch=OuterRef("pk"), outcome="")
    over = ImportBatch.objects.filter(~Exists(is_open), finished_at=None, collected_after=None)
    return over.update(finished_at=now)


def _key(row: BatchOrder) -> Key:
    return row.batch.store.account_id, row.amazon_order_id


def _requests(rows: Sequence[BatchOrder]) -> dict[Key, OrderRequest]:
    found = OrderRequest.objects.filter(
        account_id__in={row.batch.store.account_id for row in rows},
        amazon_order_id__in=[row.amazon_order_id for row in rows],
    )
    return {(request.account_id, request.amazon_order_id): request for request in found} if rows else {}


def _unreadable(rows: Sequence[BatchOrder]) -> set[Key]:
    found = Quarantine.objects.filter(
        account_id__in={row.batch.store.account_id for row in rows},
        amazon_order_id__in=[row.amazon_order_id for row in rows],
        resolved_at=None,
    )
    return set(found.values_list("account_id", "amazon_order_id")) if rows else set()


def _chosen(
    row: BatchOrder,
    order: AmazonOrder | None,
    requests: dict[Key, OrderRequest],
    unreadable: Collection[Key],
    now: datetime,
) -> Chosen:
    request = requests.get(_key(row))
    # An answer to an older question says nothing about this wish.
    is_answered = request is not None and (request.answered_at or row.batch.requested_at) > (
        row.batch.requested_at
    )
    return Chosen(
        known=_known(row, order) if order is not None else None,
        may_ask=row.batch.kind == BatchKind.BY_NUMBER,
        action=row.batch.action,
        is_asked=request is not None and request.answered_at is None,
        answer=request.answer if request is not None and is_answered else "",
        is_unreadable=_key(row) in unreadable,
        is_too_late=row.batch.skip_until is not None and row.batch.skip_until <= now,
    )


def _known(row: BatchOrder, order: AmazonOrder) -> Known:
    link = order.order_import
    return Known(
        is_of_store=order.store_id == row.batch.store_id,
        status=order.status,
        state=link.state,
        reason=link.reason,
        is_judged=link.version == link.judged_version,
        is_import_requested=link.is_import_requested,
        is_judged_since=_is_since(link.judged_at, row.batch),
        is_skipped_since=_is_since(link.skipped_at, row.batch),
        is_store_active=order.store.is_active,
    )


def _is_since(moment: datetime | None, batch: ImportBatch) -> bool:
    return moment is not None and moment >= batch.requested_at


def _within_room(rows: Iterable[BatchOrder], steps: dict[int, Next]) -> dict[int, Next]:
    """The steps, with no more questions to Amazon than an account has room for; the others wait."""
    asking = [row for row in rows if steps[row.pk].step in _ASKING]
    if not asking:
        return steps
    is_open = OrderRequest.objects.filter(
        account_id__in={row.batch.store.account_id for row in asking},
        lane=Lane.PERSON,
        why__in=(RequestReason.BY_NUMBER, RequestReason.BULK),
        answered_at=None,
    )
    taken = dict(is_open.values("account_id").annotate(count=Count("pk")).values_list("account_id", "count"))
    kept = dict(steps)
    for row in asking:
        account_id = row.batch.store.account_id
        taken[account_id] = taken.get(account_id, 0) + 1
        if taken[account_id] > ASKED_AT_ONCE:
            kept[row.pk] = Next(Step.WAIT, is_for_amazon=True)
    return kept


def _act(
    rows: Iterable[BatchOrder],
    orders: dict[str, AmazonOrder],
    steps: dict[int, Next],
    *,
    now: datetime,
) -> tuple[int, ...]:
    """Do what each batch is for, in the name of whoever started it; gives what to judge.

    People who started a batch are few: a chunk holds one batch's rows, or the ends of two.
    """
    doing: defaultdict[tuple[str, Step, int], list[BatchOrder]] = defaultdict(list)
    for row in rows:
        step = steps[row.pk].step
        # Two imports of one order are one request; two skips have two reasons.
        doing[row.batch.requested_by, step, row.batch_id if step == Step.SKIP else 0].append(row)
    to_judge: list[int] = []
    for (_, step, _), mine in doing.items():
        batch = mine[0].batch
        if step == Step.ASK:
            wanted = [WantedOrder(*_key(row)) for row in mine]
            order_requests.request(
                wanted, lane=Lane.PERSON, why=RequestReason.BY_NUMBER, by=batch.requested_by, now=now
            )
        elif step in _INTERVENTIONS or step in {Step.SKIP, Step.REFRESH}:
            keys = [orders[row.amazon_order_id].pk for row in mine]
            done = _intervene(step, batch, keys, now)
            to_judge.extend(done if step != Step.REFRESH else ())
    return tuple(to_judge)


def _intervene(step: Step, batch: ImportBatch, order_ids: Sequence[int], now: datetime) -> tuple[int, ...]:
    given: dict[str, Any] = {"order_ids": order_ids, "by": batch.requested_by, "now": now}
    if step == Step.SKIP:
        given |= {"reason": batch.skip_reason, "until": batch.skip_until}
        return actions.skip(**given).done
    if step == Step.REFRESH:
        return actions.refresh(why=RequestReason.BULK, **given).done
    return _INTERVENTIONS[step](**given).done


def _write(rows: Iterable[BatchOrder], steps: dict[int, Next], *, now: datetime) -> None:
    """Outcomes, and when the others are looked at again; one statement."""
    changed = list(rows)
    for row in changed:
        planned = steps[row.pk]
        row.outcome = planned.outcome
        row.look_at = now + AGAIN_AFTER
        if planned.step in _ASKING or planned.is_for_amazon:
            row.look_at = now + ASKED_AGAIN_AFTER
    BatchOrder.objects.bulk_update(changed, ["outcome", "look_at"])


def run(*, now: datetime) -> int:
    """Serve the imports of chosen orders, some chunks of them; gives how many orders were looked at.

    What is asked for here is judged here, so that most orders have their outcome with the first look. What
    is left over is the next tick's: one large import keeps no worker from everything else.
    """
    looked_at = 0
    for _ in range(CHUNKS):
        collect(now=now)
        rows = claim(now=now)
        if not rows:
            break
        looked_at += len(rows)
        looked = look(rows, now=now)
        if looked.to_judge:
            judge.judge_orders(order_ids=looked.to_judge, now=now)
            look(looked.rows, now=now)
    if looked_at:
        finish(now=now)
    return looked_at
