"""The alarm clock. Rows are the jobs: a task that is lost, late or doubled changes nothing."""

from collections.abc import Callable

import structlog
from celery import shared_task
from celery.signals import beat_init, worker_init
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerUnavailable

from integration import order_requests, passes, purging, startup
from integration.models import AccountSync
from integration.pipeline import refresh

logger = structlog.get_logger(__name__)


@worker_init.connect
@beat_init.connect
def require_fitting_keys(**_: object) -> None:
    """Worker and beat ask before they take their first task."""
    startup.require_fitting_keys()


@shared_task(ignore_result=True)
def judge_due(**_: object) -> None:
    """Judge every order that is due: the one-second tick."""
    passes.judge_due(now=timezone.now())


@shared_task(ignore_result=True)
def sync_due_accounts(**_: object) -> None:
    """Send every account that is due on its way, each as its own task."""
    for account_id in AccountSync.due(now=timezone.now()):
        sync_account.delay(account_id=account_id)


@shared_task(ignore_result=True)
def sync_account(*, account_id: int, **_: object) -> None:
    """One pass over an account, if it is still due: a message that comes twice, or late, costs no poll."""
    if account_id in AccountSync.due(now=timezone.now()):
        passes.sync_account(account_id=account_id, now=timezone.now())


@shared_task(ignore_result=True)
def refresh_waiting(**_: object) -> None:
    """Ask for single orders, each account as its own task."""
    for account_id in refresh.accounts_waiting(now=timezone.now()):
        refresh_account.delay(account_id=account_id)


@shared_task(ignore_result=True)
def refresh_account(*, account_id: int, **_: object) -> None:
    """Ask for the single orders of an account."""
    passes.refresh_account(account_id=account_id, now=timezone.now())


@shared_task(ignore_result=True)
def purge_personal_data(**_: object) -> None:
    """Purge what names people, a month after delivery."""
    purging.purge_personal_data(now=timezone.now())


@shared_task(ignore_result=True)
def forget_answers(**_: object) -> None:
    """Forget what became of single orders that were asked for a month ago."""
    order_requests.forget_answers(now=timezone.now())


def wake() -> None:
    """Have due orders judged now rather than with the next tick, once the caller's transaction is in."""
    transaction.on_commit(lambda: _enqueue(lambda: judge_due.delay()))


def wake_refresh() -> None:
    """Have requested orders asked for now."""
    transaction.on_commit(lambda: _enqueue(lambda: refresh_waiting.delay()))


def wake_sync(*, account_id: int) -> None:
    """Have an account synced now."""
    transaction.on_commit(lambda: _enqueue(lambda: sync_account.delay(account_id=account_id)))


def _enqueue(send: Callable[[], object]) -> None:
    try:
        send()
    except (BrokerUnavailable, OSError) as down:
        # The request that caused it has done its work: the tick finds the row.
        logger.warning("enqueue.failed", cause=type(down).__name__)
