"""Runs: visible while they last, finished, interrupted or failed; idle ones leave nothing."""

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog
from django.utils import timezone

from integration.models import AccountSync, OrderRequest, QuotaBucket, RunKind, SyncRun
from integration.order_import import judge
from integration.sync import fetch, lease, runs, single_orders
from integration.sync.runs import RunState
from tests.factories import amazon
from tests.factories.amazon import NOW
from tests.fixtures_shop import Shop


def state_of(run: SyncRun) -> RunState:
    return runs.state_of(run, AccountSync.objects.get(account=run.account), now=timezone.now())


def test_a_run_is_visible_from_its_first_page_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(130):
        shop.sell(("FREE", 1, "1.00"))
    seen: list[tuple[RunState, int, int]] = []
    real = fetch.page

    def looked_at(*given: Any) -> Any:
        seen.extend((state_of(run), run.pages, run.counts["changed"]) for run in SyncRun.objects.all())
        return real(*given)

    monkeypatch.setattr(fetch, "page", looked_at)
    shop.sync()

    assert seen == [(RunState.UNDER_WAY, 1, 100)]
    run = SyncRun.objects.get()
    assert (state_of(run), run.pages, run.requests, run.counts["changed"]) == (RunState.DONE, 2, 2, 130)
    assert run.worker == lease.owner()
    assert run.ended_at is not None


def test_a_run_that_was_killed_is_interrupted_as_soon_as_its_lease_is_gone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.sell()

    def killed(**_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(judge, "judge_orders", killed)
        with pytest.raises(KeyboardInterrupt):
            shop.sync()
    run = SyncRun.objects.get()
    assert (run.ended_at, state_of(run)) == (None, RunState.INTERRUPTED)


def test_a_dead_worker_is_told_from_a_living_one_by_the_lease_alone() -> None:
    run = SyncRun(run="r", fencing=4, started_at=NOW)
    held = {"fencing": 4, "lease_owner": lease.owner(), "lease_expires_at": NOW + timedelta(seconds=60)}
    assert runs.state_of(run, AccountSync(**held), now=NOW) == RunState.UNDER_WAY
    for changes in (
        {"fencing": 5},
        {"lease_expires_at": NOW},
        {"lease_expires_at": None},
        {"lease_owner": lease.owner() + "1"},
    ):
        sync = AccountSync(**{**held, **changes})
        assert runs.state_of(run, sync, now=NOW) == RunState.INTERRUPTED
    assert runs.state_of(run, None, now=NOW) == RunState.INTERRUPTED


def test_a_bug_is_told_in_its_run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(fetch, "page", broken)
    shop.sync()
    run = SyncRun.objects.get()
    assert (state_of(run), run.problem) == (RunState.FAILED, "BUG")
    assert "ZeroDivisionError" in run.error


def test_a_run_that_amazon_throttled_goes_on_later(shop: Shop) -> None:
    shop.amazon.faults.queue("throttle", operation="searchOrders")
    shop.sync()
    assert state_of(SyncRun.objects.get()) == RunState.CONTINUES


def test_single_orders_leave_a_run_where_they_brought_something(shop: Shop) -> None:
    order_id = shop.sell()
    shop.sync()
    SyncRun.objects.all().delete()
    now = timezone.now()
    request = {"account": shop.store.account, "amazon_order_id": order_id, "lane": 1, "why": "PERSON"}
    for expected in (0, 1):
        OrderRequest.objects.all().delete()
        OrderRequest.objects.create(**request, wanted_at=now, due_at=now)
        single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now())
        assert SyncRun.objects.count() == expected
        shop.set_status(order_id, "SHIPPED")
        AccountSync.objects.update(refresh_after=None)
    run = SyncRun.objects.get()
    assert (run.kind, run.counts["changed"], run.fencing) == (RunKind.SINGLE_ORDERS, 1, None)


def test_how_far_pages_have_come_is_told_only_while_they_come_in_order() -> None:
    run = runs.Run(account_id=1, kind=RunKind.POLL, started_at=NOW)
    first, second, third, fourth = (NOW + timedelta(minutes=minute) for minute in range(4))
    pages: tuple[list[datetime], ...] = ([first, second], [], [third, fourth], [first], [fourth])
    reached = []
    for updates in pages:
        runs.page(run, updates=updates)
        reached.append(run.reached_at)
    assert reached == [second, second, fourth, None, None]
    assert run.pages == len(pages)
    runs.new_window(run)
    runs.page(run, updates=[first])
    assert run.reached_at == first


@pytest.mark.django_db
def test_a_clock_that_was_set_back_undoes_no_work() -> None:
    account = amazon.account()
    with runs.under_way(account_id=account.pk, kind=RunKind.POLL, now=NOW) as run:
        runs.end(run, requests=1, counts={"changed": 1}, problem="", error="", now=NOW - timedelta(hours=1))
    assert SyncRun.objects.get().ended_at == NOW


@pytest.mark.django_db
def test_the_run_of_a_deleted_account_is_forgotten() -> None:
    with runs.under_way(account_id=10**9, kind=RunKind.POLL, now=NOW) as run:
        runs.end(run, requests=1, counts={"changed": 1}, problem="", error="", now=NOW)
    assert SyncRun.objects.count() == 0


def test_every_event_of_a_pass_names_its_run_and_account(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="integration")
    shop.sell()
    shop.amazon.faults.queue("throttle", operation="searchOrders", after_calls=1)
    shop.sync()
    QuotaBucket.objects.all().delete()
    shop.sync()
    events = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    named = [event for event in events if event["logger"].startswith("integration.") and "event" in event]
    ours = [event for event in named if not event["logger"].startswith("sandbox")]
    assert {"spapi_request", "communication.failed", "run.ended"} <= {event["event"] for event in ours}
    run = SyncRun.objects.order_by("pk").first()
    assert run is not None
    assert run.run in {event["run"] for event in ours}
    assert {event["account"] for event in ours} == {shop.store.account_id}
    assert "run" not in structlog.contextvars.get_contextvars()
