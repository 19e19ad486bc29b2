"""`sync`: one whole pass in the foreground."""

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import structlog
from django.db import connection
from django.utils import timezone

from amazon_orders.models import Store
from integration.management.outcome import CommandOutcome, ExitCode, OutcomeCommand, Refused
from integration.order_import import judge
from integration.order_import.error_boundary import way_to
from integration.outbox import confirm, feeds
from integration.stores import daily_sales
from integration.sync import account_sync, cursor, errors_here, order_claims, outcome, single_orders

logger = structlog.get_logger(__name__)

COUNTS = (
    "received",
    "changed",
    "unchanged",
    "ignored",
    "malformed",
    "imported",
    "blocked",
    "waiting",
    "view_only",
    "canceled",
    "confirmed",
)


class Command(OutcomeCommand):
    """Fetch, receive, check, place and confirm, for one store's account or for all."""

    speaks_to_amazon = True

    help = "One whole pass now, within Amazon's quota: fetch, receive, check, place, confirm."

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", metavar="N", help="the pass of this store's account; all without it")

    def run(self, options: Mapping[str, Any]) -> CommandOutcome:
        done = outcome.AccountSyncOutcome()
        for account_id in _accounts(options["store"]):
            for step in (_sync, _refresh, _confirm, _feed):
                done.add(_guarded(partial(step, account_id), account_id))
        # What a fix has freed since, in any account.
        done.add(_guarded(_judge_and_count))
        return CommandOutcome(
            text=_text(done), document=_document(done), exit_code=_exit_code(done), reason=_reason(done)
        )


def _guarded(
    work: Callable[[], outcome.AccountSyncOutcome], account_id: int | None = None
) -> outcome.AccountSyncOutcome:
    """What it did, or why it could not: the other accounts go on, and the command ends as it promises."""
    try:
        return work()
    except Exception as bug:
        logger.error("sync.stopped", account=account_id, cause=type(bug).__name__, at=way_to(bug))
        # If it lost the database, the others begin with a new connection.
        connection.close_if_unusable_or_obsolete()
        return outcome.AccountSyncOutcome(problems=[_stopped(bug, account_id)])


def _stopped(bug: Exception, account_id: int | None) -> outcome.Problem:
    stores = "" if account_id is None else cursor.store_names(account_id)
    if isinstance(bug, errors_here.FLIES_ON):
        return outcome.Problem("DATABASE_AWAY", f"The database was lost ({type(bug).__name__}).", stores)
    if account_id is not None:
        return errors_here.record(bug, account_id=account_id, stores=stores, now=timezone.now())
    return outcome.Problem(
        errors_here.CODE, f"An error here stopped the pass ({type(bug).__name__}).", stores
    )


def _judge_and_count() -> outcome.AccountSyncOutcome:
    done = outcome.AccountSyncOutcome(counts=judge.judge_due(now=timezone.now()))
    daily_sales.count_stale()
    return done


def _sync(account_id: int) -> outcome.AccountSyncOutcome:
    return account_sync.sync_account(account_id=account_id, now=timezone.now())


def _refresh(account_id: int) -> outcome.AccountSyncOutcome:
    if account_id not in order_claims.accounts_waiting(now=timezone.now(), in_foreground=True):
        return outcome.AccountSyncOutcome()
    return single_orders.refresh_account(account_id=account_id, now=timezone.now(), in_foreground=True)


def _confirm(account_id: int) -> outcome.AccountSyncOutcome:
    return confirm.confirm_account(account_id=account_id)


def _feed(account_id: int) -> outcome.AccountSyncOutcome:
    return feeds.feed_account(account_id=account_id)


def _accounts(store_name: str | None) -> list[int]:
    stores = Store.objects.filter(is_active=True)
    if store_name is not None:
        named = Store.objects.filter(name=store_name).first()
        if named is None:
            raise Refused(f"There is no store named {store_name!r}.")
        if not named.is_active:
            raise Refused(f"The store {store_name!r} is inactive; activate it first.")
        return [named.account_id]
    return list(stores.order_by("account_id").values_list("account_id", flat=True).distinct())


def _exit_code(done: outcome.AccountSyncOutcome) -> ExitCode:
    # Neither read-only mode nor a bug goes away by running it again.
    if any(problem.code in {outcome.READ_ONLY, errors_here.CODE} for problem in done.problems):
        return ExitCode.REFUSED
    if any(problem.is_refusal for problem in done.problems):
        return ExitCode.AUTHORIZATION_REFUSED
    return ExitCode.NOT_NOW if done.problems else ExitCode.DONE


def _reason(done: outcome.AccountSyncOutcome) -> str:
    said = (
        f"{problem.store}: {problem.message}" if problem.store else problem.message
        for problem in done.problems
    )
    return " ".join(said)


def _document(done: outcome.AccountSyncOutcome) -> dict[str, Any]:
    return {
        "requests": done.requests,
        **{name: done.counts[name] for name in COUNTS},
        "errors": [
            {"code": problem.code, "message": problem.message, "store": problem.store}
            for problem in done.problems
        ],
    }


def _text(done: outcome.AccountSyncOutcome) -> str:
    counted = ", ".join(f"{done.counts[name]} {name.replace('_', ' ')}" for name in COUNTS)
    return f"{done.requests} requests to Amazon: {counted}."
