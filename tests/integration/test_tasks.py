"""Tasks are the alarm clock: thin, harmless when doubled, and a broker that is away fails no request."""

from collections.abc import Callable

import pytest
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks

from integration import tasks
from integration.models import AccountSync
from tests.fixtures_shop import Shop, state_of


def test_due_accounts_are_sent_on_their_way_each_as_its_own_task(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(tasks.sync_account, "delay", lambda *, account_id: sent.append(account_id))
    tasks.sync_due_accounts()
    assert sent == [shop.store.account_id]


def test_an_account_that_was_polled_is_not_due(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks.sync_account(account_id=shop.store.account_id)
    sent: list[int] = []
    monkeypatch.setattr(tasks.sync_account, "delay", lambda *, account_id: sent.append(account_id))
    tasks.sync_due_accounts()
    assert sent == []
    assert AccountSync.objects.get().failures == 0


def test_a_task_that_runs_twice_changes_nothing_the_second_time(shop: Shop) -> None:
    order_id = shop.sell()
    tasks.sync_account(account_id=shop.store.account_id)
    tasks.sync_account(account_id=shop.store.account_id)
    tasks.judge_due()
    tasks.judge_due()
    assert state_of(order_id) == "IMPORTED"


@pytest.mark.parametrize("wake", [tasks.wake, tasks.wake_refresh, lambda: tasks.wake_sync(account_id=1)])
@pytest.mark.django_db
def test_a_broker_that_is_away_fails_no_request(
    wake: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def refuse(**_: object) -> None:
        raise OperationalError("connection refused")

    for task in (tasks.judge_due, tasks.refresh_waiting, tasks.sync_account):
        monkeypatch.setattr(task, "delay", refuse)
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        wake()
    assert len(callbacks) == 1
