"""Tasks are the alarm clock: thin, harmless when doubled, and a broker that is away fails no request."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from commerce.catalog import uploads
from commerce.models import Product
from integration import tasks
from integration.catalog import product_files
from integration.completeness import report_jobs
from integration.models import AccountSync, MessageRecord, ReportJob, SalesDay, Subscription
from integration.scheduler import worker_loop
from integration.sync import account_sync, sales_marks
from integration.sync.outcome import AccountSyncOutcome
from tests.factories import amazon
from tests.fixtures_queue import TestQueue
from tests.fixtures_shop import Shop, events_of, state_of
from tests.integration.completeness.nights import sell_unseen, sync_blind_to_the_oldest, yesterday


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that were called for help."""
    names: list[str] = []
    for task in (
        tasks.sync_due_accounts,
        tasks.sync_troubled_accounts,
        tasks.work_on_lists,
        tasks.refresh_waiting,
    ):
        monkeypatch.setattr(task, "apply_async", lambda *, expires, name=task.name: names.append(name))
    return names


def test_due_accounts_are_polled_and_one_more_slot_is_called_for_help(shop: Shop, woken: list[str]) -> None:
    order_id = shop.sell()
    tasks.sync_due_accounts()
    assert state_of(order_id) == "IMPORTED"
    assert woken == ["integration.tasks.sync_due_accounts"]


def test_however_many_accounts_are_due_one_message_is_sent(
    woken: list[str], monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    for _ in range(30):
        amazon.store()
    monkeypatch.setattr(account_sync, "sync_held", lambda *_, **__: AccountSyncOutcome())
    tasks.sync_due_accounts()
    assert len(woken) == 1
    assert not AccountSync.objects.filter(lease_owner="").exists()


def test_a_night_is_a_few_rings_of_the_clock(shop: Shop, woken: list[str]) -> None:
    lost = sell_unseen(shop, at=yesterday(10))
    sync_blind_to_the_oldest(shop)
    midnight = timezone.now().replace(hour=23, minute=59)
    tasks.want_proofs()
    if not ReportJob.objects.exists():
        # Its hour is still to come today.
        report_jobs.want_nightly(now=midnight)
    for _ in range(2):
        ReportJob.objects.update(next_look_at=timezone.now())
        tasks.work_on_lists()
    assert ReportJob.objects.get().state == "DONE"
    tasks.work_on_lists()
    tasks.refresh_waiting()
    tasks.heal_missing()
    assert "HEALED" in events_of(lost)
    tasks.watch_backlogs()
    assert AccountSync.objects.get().catching_up_since is None


def test_an_account_that_was_polled_is_not_due(shop: Shop, woken: list[str]) -> None:
    tasks.sync_account(account_id=shop.store.account_id)
    asked = len(shop.amazon.log)
    tasks.sync_due_accounts()
    tasks.sync_troubled_accounts()
    tasks.sync_account(account_id=shop.store.account_id)
    assert (woken, len(shop.amazon.log)) == ([], asked)
    assert AccountSync.objects.get().failures == 0


def test_a_troubled_account_is_polled_by_its_own_task_alone(shop: Shop, woken: list[str]) -> None:
    AccountSync.objects.update(is_troubled=True)
    tasks.sync_due_accounts()
    assert (woken, AccountSync.objects.get().last_polled_at) == ([], None)
    tasks.sync_troubled_accounts()
    assert woken == ["integration.tasks.sync_troubled_accounts"]
    assert not AccountSync.objects.get().is_troubled


def test_the_slots_of_a_worker_are_counted_by_its_threads() -> None:
    try:
        tasks.count_slots(sender=SimpleNamespace(concurrency=16))
        assert worker_loop.slots().at_once == 15
    finally:
        worker_loop.open_slots(threads=4)


def test_a_task_that_runs_twice_changes_nothing_the_second_time(shop: Shop) -> None:
    order_id = shop.sell()
    tasks.sync_account(account_id=shop.store.account_id)
    tasks.sync_account(account_id=shop.store.account_id)
    tasks.judge_due()
    tasks.judge_due()
    assert state_of(order_id) == "IMPORTED"


@pytest.mark.parametrize(
    "wake",
    [
        tasks.wake,
        tasks.wake_refresh,
        lambda: tasks.wake_sync(account_id=1),
        lambda: tasks.wake_refresh_of([1]),
    ],
)
@pytest.mark.django_db
def test_a_broker_that_is_away_fails_no_request(
    wake: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def refuse(**_: object) -> None:
        raise OperationalError("connection refused")

    for task in (tasks.judge_due, tasks.refresh_waiting, tasks.refresh_account, tasks.sync_account):
        monkeypatch.setattr(task, "delay", refuse)
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        wake()
    assert len(callbacks) == 1


@pytest.mark.django_db
def test_accounts_with_news_are_woken_one_by_one(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(tasks.refresh_account, "delay", lambda *, account_id: sent.append(account_id))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.wake_refresh_of({3, 1})
    assert sent == [1, 3]


@pytest.mark.django_db
def test_subscriptions_are_looked_after_only_where_there_is_a_queue(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    sent: list[bool] = []
    monkeypatch.setattr(tasks.keep_subscriptions, "delay", lambda: sent.append(True))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.wake_subscriptions()
    assert sent == []
    settings.NOTIFICATIONS_QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
    with django_capture_on_commit_callbacks(execute=True):
        tasks.wake_subscriptions()
    assert sent == [True]


def test_the_tasks_subscribe_and_tidy(shop: Shop, queue: TestQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.keep_subscription, "delay", tasks.keep_subscription)
    tasks.keep_subscriptions()
    assert Subscription.objects.get().subscription_id
    woken: list[int] = []
    monkeypatch.setattr(tasks.refresh_account, "delay", lambda *, account_id: woken.append(account_id))
    tasks.tidy_notifications()
    assert woken == []


@pytest.mark.django_db
def test_the_ticks_count_sales_serve_product_files_and_write_down_messages() -> None:
    store = amazon.store()
    order = amazon.order(store)
    sales_marks.mark([store], [(store.pk, order.purchased_at)])
    file = uploads.upload(b"sku\nMUG\n", file_name="a.csv", token="t", by="maria", now=timezone.now())
    product_files.start(file, by="maria", now=timezone.now())
    AccountSync.objects.update(refused_at=timezone.now(), refusal="invalid_grant")
    for _ in range(2):
        tasks.count_sales()
        tasks.serve_product_imports()
        tasks.keep_messages()
    assert SalesDay.objects.get().orders == 1
    assert Product.objects.get().sku == "MUG"
    assert MessageRecord.objects.get(code="AUTHORIZATION_REFUSED").store_id == store.pk


@pytest.mark.django_db
def test_a_product_file_begins_at_once(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    sent: list[bool] = []
    monkeypatch.setattr(tasks.serve_product_imports, "delay", lambda: sent.append(True))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.wake_product_imports()
    assert sent == [True]
