"""Refreshing: the single orders of an account, asked for by their number and judged, batch after batch."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from amazon_orders.models import Store
from integration import cursor, import_batches, order_requests, passes, runs
from integration.cursor import Progress
from integration.models import Lane, RunKind
from integration.passes import Outcome, Problem
from integration.pipeline import receive, refresh
from integration.pipeline.refresh import Asked, Rest
from integration.spapi.client import SellerClient
from integration.spapi.errors import StoreMisconfigured


def refresh_account(*, account_id: int, now: datetime, in_foreground: bool = False) -> Outcome:
    """Ask for single orders. It needs no lease: the cursor stays where it is, and newer wins.

    In the foreground no back-off is waited for.
    """
    if not in_foreground and not refresh.claim(account_id=account_id, now=now):
        return Outcome()
    return refresh_claimed(account_id=account_id)


def refresh_claimed(*, account_id: int, ends_at: datetime | None = None) -> Outcome:
    """Ask for the single orders of an account that was claimed, batch after batch until its turn ends."""
    with runs.under_way(account_id=account_id, kind=RunKind.SINGLE_ORDERS, now=timezone.now()) as run:
        outcome = _refresh_claimed(account_id, ends_at=ends_at)
        passes.record_run(run, outcome, outcome.problems)
    return outcome


def _refresh_claimed(account_id: int, *, ends_at: datetime | None) -> Outcome:
    outcome, rest = Outcome(), Rest(timedelta(0))
    for _ in range(refresh.BATCHES):
        done, stopped = _refresh_batch(account_id)
        outcome.add(done)
        if stopped is not None:
            rest = stopped
            break
        if ends_at is not None and timezone.now() >= ends_at:
            break
    if outcome.is_slow or any(problem.code == "AMAZON_UNAVAILABLE" for problem in outcome.problems):
        cursor.trouble(account_id)
    refresh.rest(account_id=account_id, how=rest, now=timezone.now())
    return outcome


def _refresh_batch(account_id: int) -> tuple[Outcome, Rest | None]:
    """One batch, and why no other follows: nothing is left, or something stands in the way."""
    outcome = Outcome()
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
        outcome.problems.append(Problem("AUTHORIZATION_REFUSED", refused.text, passes.names_of(progress)))
        return outcome, Rest(refresh.AFTER_A_REFUSAL)
    received = receive.run(
        account_id=account_id,
        # Inactive stores too: an order out of quarantine is stored wherever it belongs.
        stores=list(Store.objects.filter(account_id=account_id)),
        payloads=asked.payloads,
        data_sets=progress.data_sets,
        asked_at=asked.asked_at,
        now=timezone.now(),
        named=import_batches.named(account_id=account_id, amazon_order_ids=asked.known),
    )
    with transaction.atomic():
        refresh.note(account_id=account_id, asked=asked, malformed=received.malformed, now=timezone.now())
        order_requests.request_whole(
            account_id=account_id,
            payloads=asked.payloads,
            data_sets=progress.data_sets,
            now=timezone.now(),
        )
    outcome.problems.extend(_problems(asked, progress))
    outcome.counts = received.counts + passes.judge(order_ids=received.order_ids, now=timezone.now())
    return outcome, Rest(refresh.AFTER_A_REFUSAL) if asked.refusal else asked.rest


def _problems(asked: Asked, progress: Progress) -> list[Problem]:
    """What somebody has to know. That the lanes behind wait for tokens is how it is meant to be."""
    names = passes.names_of(progress)
    if asked.refusal:
        return [Problem("AUTHORIZATION_REFUSED", asked.refusal, names)]
    if asked.is_read_only:
        return [Problem(passes.READ_ONLY, asked.problem, names)]
    if asked.is_quota and asked.rest is not None and asked.rest.from_lane > Lane.NOTIFICATION:
        return []
    if asked.problem:
        return [Problem("QUOTA" if asked.is_quota else "AMAZON_UNAVAILABLE", asked.problem, names)]
    return []
