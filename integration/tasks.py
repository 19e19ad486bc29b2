"""Celery's tasks. Rows are the jobs: a task that is lost, late or doubled changes nothing."""

from collections.abc import Callable, Collection
from typing import Any

import structlog
from celery import Task, shared_task
from celery.signals import beat_init, task_prerun, worker_init
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerUnavailable

from integration.catalog import product_files
from integration.completeness import backlog, proof, report_jobs
from integration.installation import key_check, worker_heartbeats
from integration.messages import history
from integration.notifications import intake, subscriptions
from integration.order_import import judge
from integration.orders.bulk import work
from integration.outbox import feed_jobs
from integration.outbox import read_back as outbox_read_back
from integration.privacy import purge
from integration.scheduler import account_picker, worker_loop
from integration.stores import daily_sales
from integration.sync import order_requests
from integration.sync import probe as probing

logger = structlog.get_logger(__name__)
# A slot that is called for help later than that finds beat's next message.
WAKING_LASTS_SECONDS = 30.0


@worker_init.connect
@beat_init.connect
def require_fitting_keys(**_: object) -> None:
    """Worker and beat ask before they take their first task."""
    key_check.require_fitting_keys()


@worker_init.connect
def count_slots(*, sender: Any, **_: object) -> None:
    """The threads of this worker, whatever set their number."""
    worker_loop.open_slots(threads=int(sender.concurrency))


@worker_init.connect
def introduce(*, sender: Any, **_: object) -> None:
    """From now on this process is a worker, and says that it is at work."""
    worker_heartbeats.introduce(worker=str(sender.hostname))


@task_prerun.connect
def record_heartbeat(**_: object) -> None:
    """Whatever a worker begins with shows that it is there."""
    worker_heartbeats.record_heartbeat(now=timezone.now())


@shared_task(ignore_result=True)
def judge_due(**_: object) -> None:
    """Judge every order that is due: the one-second tick."""
    judge.judge_due(now=timezone.now())


@shared_task(ignore_result=True)
def sync_due_accounts(**_: object) -> None:
    """Sync one due account after another, and wake another slot to help while there are any."""
    worker_loop.sync_due(is_troubled=False, wake_another=lambda: _wake_another(sync_due_accounts))


@shared_task(ignore_result=True)
def sync_troubled_accounts(**_: object) -> None:
    """The same for accounts whose last pass failed or was slow, in few slots at once."""
    worker_loop.sync_due(is_troubled=True, wake_another=lambda: _wake_another(sync_troubled_accounts))


@shared_task(ignore_result=True)
def sync_account(*, account_id: int, **_: object) -> None:
    """One pass over an account, if it is still due: a message that comes twice, or late, costs no poll."""
    worker_loop.sync_one(account_id=account_id)


@shared_task(ignore_result=True)
def park_idle_accounts(**_: object) -> None:
    """Put off the polls of accounts that have no active store."""
    account_picker.park(now=timezone.now())


@shared_task(ignore_result=True)
def refresh_waiting(**_: object) -> None:
    """Ask for the single orders of one account after another, and wake another slot to help."""
    worker_loop.refresh_waiting(is_troubled=False, wake_another=lambda: _wake_another(refresh_waiting))


@shared_task(ignore_result=True)
def refresh_troubled(**_: object) -> None:
    """The same for accounts whose last pass failed or was slow, in few slots at once."""
    worker_loop.refresh_waiting(is_troubled=True, wake_another=lambda: _wake_another(refresh_troubled))


@shared_task(ignore_result=True)
def refresh_account(*, account_id: int, **_: object) -> None:
    """Ask for the single orders of an account."""
    worker_loop.refresh_one(account_id=account_id)


@shared_task(ignore_result=True)
def probe(**_: object) -> None:
    """Have orders asked for of which nothing was heard for long."""
    probing.run(now=timezone.now())


@shared_task(ignore_result=True)
def serve_batches(**_: object) -> None:
    """Go on with the imports of chosen orders."""
    work.run(now=timezone.now())


@shared_task(ignore_result=True)
def count_sales(**_: object) -> None:
    """Count the days again whose orders changed: what dashboards read."""
    daily_sales.count_stale()


@shared_task(ignore_result=True)
def keep_messages(**_: object) -> None:
    """Write down which system messages opened and closed: what people read of the past."""
    history.keep(now=timezone.now())


@shared_task(ignore_result=True)
def serve_product_imports(**_: object) -> None:
    """Go on with the import of a product file; what is long is gone on with by the next tick."""
    product_files.serve(now=timezone.now())


@shared_task(ignore_result=True)
def purge_personal_data(**_: object) -> None:
    """Purge what names people, a month after delivery, and old records."""
    purge.purge_personal_data(now=timezone.now())
    purge.purge_records(now=timezone.now())


@shared_task(ignore_result=True)
def forget_answers(**_: object) -> None:
    """Forget what became of single orders that were asked for a month ago, feeds and files of long ago."""
    order_requests.forget_answers(now=timezone.now())
    feed_jobs.forget_old(now=timezone.now())
    product_files.forget_old(now=timezone.now())
    history.forget_old(now=timezone.now())


@shared_task(ignore_result=True)
def keep_subscriptions(**_: object) -> None:
    """Look after the subscriptions that are due, each as its own task."""
    for subscription_id in subscriptions.due(now=timezone.now()):
        keep_subscription.delay(subscription_id=subscription_id)


@shared_task(ignore_result=True)
def keep_subscription(*, subscription_id: int, **_: object) -> None:
    """Have Amazon tell of an account's changes, or of them no longer."""
    subscriptions.keep(subscription_id=subscription_id, now=timezone.now())


@shared_task(ignore_result=True)
def tidy_notifications(**_: object) -> None:
    """Forget old notifications, and read again what could not be read."""
    recorded = intake.tidy(now=timezone.now())
    wake_refresh_of(recorded.account_ids)


@shared_task(ignore_result=True)
def want_proofs(**_: object) -> None:
    """Want the nightly list of every account whose hour has come."""
    report_jobs.want_nightly(now=timezone.now())
    report_jobs.forget_old(now=timezone.now())


@shared_task(ignore_result=True)
def watch_backlogs(**_: object) -> None:
    """Have a long backlog's orders asked for beside the search."""
    backlog.watch(now=timezone.now())


@shared_task(ignore_result=True)
def work_on_lists(**_: object) -> None:
    """Go on with one list of Amazon's after another, in few slots at once."""
    worker_loop.work_on_lists(wake_another=lambda: _wake_another(work_on_lists))


@shared_task(ignore_result=True)
def confirm_owed(**_: object) -> None:
    """Tell Amazon of the parcels that have left, one account after another."""
    worker_loop.confirm_owed(is_troubled=False, wake_another=lambda: _wake_another(confirm_owed))


@shared_task(ignore_result=True)
def confirm_troubled(**_: object) -> None:
    """The same for accounts whose last pass failed or was slow, in few slots at once."""
    worker_loop.confirm_owed(is_troubled=True, wake_another=lambda: _wake_another(confirm_troubled))


@shared_task(ignore_result=True)
def read_back(**_: object) -> None:
    """Compare what Amazon shows of parcels with what it was told."""
    outbox_read_back.run(now=timezone.now())


@shared_task(ignore_result=True)
def work_on_feeds(**_: object) -> None:
    """Go on with what goes to Amazon by feed, in few slots at once."""
    worker_loop.work_on_feeds(wake_another=lambda: _wake_another(work_on_feeds))


@shared_task(ignore_result=True)
def heal_missing(**_: object) -> None:
    """Say of orders that had been missing that they are here."""
    proof.heal(now=timezone.now())


def wake() -> None:
    """Have due orders judged now rather than with the next tick, once the caller's transaction is in."""
    # After the commit: a worker that is quicker than the transaction would find nothing, and the row
    # wait for the next tick.
    transaction.on_commit(lambda: _enqueue(lambda: judge_due.delay()))


def wake_refresh() -> None:
    """Have requested orders asked for now."""
    transaction.on_commit(lambda: _enqueue(lambda: refresh_waiting.delay()))


def wake_batches() -> None:
    """Have an import of chosen orders begin now."""
    transaction.on_commit(lambda: _enqueue(lambda: serve_batches.delay()))


def wake_product_imports() -> None:
    """Have the import of a product file begin now."""
    transaction.on_commit(lambda: _enqueue(lambda: serve_product_imports.delay()))


def wake_refresh_of(account_ids: Collection[int]) -> None:
    """Have what these accounts are waiting for asked for now, without the look-up of who waits."""

    def send() -> None:
        for account_id in sorted(account_ids):
            refresh_account.delay(account_id=account_id)

    transaction.on_commit(lambda: _enqueue(send))


def wake_subscriptions() -> None:
    """Have a new store's account told of changes now, if anybody is."""
    if settings.NOTIFICATIONS_QUEUE_URL:
        transaction.on_commit(lambda: _enqueue(lambda: keep_subscriptions.delay()))


def wake_lists() -> None:
    """Have wanted lists asked for now."""
    transaction.on_commit(lambda: _enqueue(lambda: work_on_lists.delay()))


def wake_purge() -> None:
    """Have personal data that is due purged now."""
    transaction.on_commit(lambda: _enqueue(lambda: purge_personal_data.delay()))


def wake_confirm() -> None:
    """Have Amazon told now of parcels that have left."""
    transaction.on_commit(lambda: _enqueue(lambda: confirm_owed.delay()))


def wake_feeds() -> None:
    """Have Amazon told now of what goes by feed: letters, orders to cancel, money to give back."""
    transaction.on_commit(lambda: _enqueue(lambda: work_on_feeds.delay()))


def wake_sync(*, account_id: int) -> None:
    """Have an account synced now."""
    transaction.on_commit(lambda: _enqueue(lambda: sync_account.delay(account_id=account_id)))


def wake_syncs() -> None:
    """Have every account that is due synced now."""
    transaction.on_commit(lambda: _enqueue(lambda: sync_due_accounts.delay()))


def _wake_another(task: Task[..., None]) -> None:
    _enqueue(lambda: task.apply_async(expires=WAKING_LASTS_SECONDS))


def _enqueue(send: Callable[[], object]) -> None:
    try:
        send()
    except (BrokerUnavailable, OSError) as down:
        # The request that caused it has done its work: the tick finds the row.
        logger.warning("enqueue.failed", cause=type(down).__name__)
