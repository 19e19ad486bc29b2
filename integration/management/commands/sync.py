"""`sync`: one whole pass in the foreground."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils import timezone

from amazon_orders.models import Store
from integration.management.outcome import CommandOutcome, ExitCode, OutcomeCommand, Refused
from integration.order_import import judge
from integration.outbox import confirm, feeds
from integration.stores import daily_sales
from integration.sync import account_sync, order_claims, outcome, single_orders

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
        bugs: list[Exception] = []
        for account_id in _accounts(options["store"]):
            try:
                done.add(_sync(account_id))
            except Exception as bug:
                # The other accounts come first; then it flies.
                bugs.append(bug)
                # If it lost the database, they begin with a new connection.
                connection.close_if_unusable_or_obsolete()
        # What a fix has freed since, in any account.
        done.counts += judge.judge_due(now=timezone.now())
        daily_sales.count_stale()
        if bugs:
            raise ExceptionGroup("The pass of an account met a bug; the others are done.", bugs)
        return CommandOutcome(
            text=_text(done), document=_document(done), exit_code=_exit_code(done), reason=_reason(done)
        )


def _sync(account_id: int) -> outcome.AccountSyncOutcome:
    done = account_sync.sync_account(account_id=account_id, now=timezone.now())
    if account_id in order_claims.accounts_waiting(now=timezone.now(), in_foreground=True):
        done.add(single_orders.refresh_account(account_id=account_id, now=timezone.now(), in_foreground=True))
    done.add(confirm.confirm_account(account_id=account_id))
    done.add(feeds.feed_account(account_id=account_id))
    return done


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
    if any(problem.code == outcome.READ_ONLY for problem in done.problems):
        return ExitCode.REFUSED
    if any(problem.is_refusal for problem in done.problems):
        return ExitCode.AUTHORIZATION_REFUSED
    return ExitCode.NOT_NOW if done.problems else ExitCode.DONE


def _reason(done: outcome.AccountSyncOutcome) -> str:
    return " ".join(f"{problem.store}: {problem.message}" for problem in done.problems)


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
