"""Refreshing: the single orders of an account, asked for by their number and judged, batch after batch."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from amazon_orders.models import Store
from integration.models import Lane, RunKind
from integration.order_import import judge
from integration.spapi.client import SellerClient
from integration.spapi.errors import StoreMisconfigured
from integration.sync import (
    account_sync,
    cursor,
    errors_here,
    order_claims,
    order_requests,
    receive,
    refresh,
    runs,
)
from integration.sync.cursor import Progress
from integration.sync.order_claims import Rest
from integration.sync.outcome import (
    AMAZON_UNAVAILABLE,
    AUTHORIZATION_REFUSED,
    QUOTA,
    AccountSyncOutcome,
    Problem,
    problem_of,
)
from integration.sync.refresh import OrdersAskedFor


def refresh_account(*, account_id: int, now: datetime, in_foreground: bool = False) -> AccountSyncOutcome:
    """Ask for single orders. It needs no lease: the cursor stays where it is, and newer wins.

    In the foreground no back-off is waited for.
    """
    if not in_foreground and not order_claims.claim(account_id=account_id, now=now):
        return AccountSyncOutcome()
    return refresh_claimed(account_id=account_id)


def refresh_claimed(*, account_id: int, ends_at: datetime | None = None) -> AccountSyncOutcome:
    """Ask for the single orders of an account that was claimed, batch after batch until its turn ends."""
    with runs.under_way(account_id=account_id, kind=RunKind.SINGLE_ORDERS, now=timezone.now()) as run:
        try:
            outcome = _refresh_claimed(account_id, ends_at=ends_at)
        except errors_here.FLIES_ON:
            raise
        # The claim runs out by itself: two minutes keep the same bug from returning at once.
        except Exception as bug:
            names = cursor.store_names(account_id)
            problem = errors_here.record(bug, account_id=account_id, stores=names, now=timezone.now())
            outcome = AccountSyncOutcome(problems=[problem])
        account_sync.record_run(run, outcome, outcome.problems)
    return outcome


def _refresh_claimed(account_id: int, *, ends_at: datetime | None) -> AccountSyncOutcome:
    outcome, rest = AccountSyncOutcome(), Rest(timedelta(0))
    # Each batch asks anew what is most urgent: a person's wish made meanwhile is served with the next
    # one.
    for _ in range(refresh.BATCHES):
        done, stopped = _refresh_batch(account_id)
        outcome.add(done)
        if stopped is not None:
            rest = stopped
            break
        if ends_at is not None and timezone.now() >= ends_at:
            break
    if outcome.is_slow or any(problem.code == AMAZON_UNAVAILABLE for problem in outcome.problems):
        cursor.trouble(account_id)
    # Not in a `finally`: after a bug the claim runs out by itself.
    order_claims.rest(account_id=account_id, how=rest, now=timezone.now())
    return outcome


def _refresh_batch(account_id: int) -> tuple[AccountSyncOutcome, Rest | None]:
    """One batch, and why no other follows: nothing is left, or something stands in the way."""
    outcome = AccountSyncOutcome()
    progress = cursor.load(account_id)
    now = timezone.now()
    wanted = refresh.wanted(account_id=account_id, now=now)
    if not wanted:
        return outcome, Rest(timedelta(0))
    try:
        with SellerClient(progress.account) as client:
            asked = refresh.run(client=client, wanted=wanted, data_sets=progress.data_sets, now=now)
            outcome.requests, outcome.seconds_waited = client.requests, client.seconds
    except StoreMisconfigured as refused:
        outcome.problems.append(problem_of(refused, stores=progress.store_names))
        return outcome, Rest(refresh.AFTER_A_REFUSAL)
    received = receive.run(
        account_id=account_id,
        # Inactive stores too: an order out of quarantine is stored wherever it belongs.
        stores=list(Store.objects.filter(account_id=account_id)),
        payloads=asked.payloads,
        data_sets=asked.data_sets,
        asked_at=asked.asked_at,
        now=timezone.now(),
        named=order_requests.named(account_id=account_id, amazon_order_ids=asked.known),
    )
    # After the orders are stored: a worker that dies between the two asks Amazon once more, and loses
    # nothing.
    with transaction.atomic():
        refresh.note(account_id=account_id, asked=asked, malformed=received.kept_aside, now=timezone.now())
        if not cursor.is_whole(asked.data_sets):
            order_requests.request_whole(
                account_id=account_id, amazon_order_ids=asked.known, now=timezone.now()
            )
    outcome.problems.extend(_problems(asked, progress))
    outcome.counts = received.counts + judge.judge_orders(order_ids=received.order_ids, now=timezone.now())
    return outcome, Rest(refresh.AFTER_A_REFUSAL) if asked.refusal else asked.rest


def _problems(asked: OrdersAskedFor, progress: Progress) -> list[Problem]:
    """What somebody has to know. That the lanes behind wait for tokens is how it is meant to be."""
    names = progress.store_names
    if asked.refusal:
        return [Problem(AUTHORIZATION_REFUSED, asked.refusal, names)]
    if asked.stopped_by is None:
        return []
    problem = problem_of(asked.stopped_by, stores=names)
    is_behind = asked.rest is not None and asked.rest.from_lane > Lane.NOTIFICATION
    return [] if problem.code == QUOTA and is_behind else [problem]
