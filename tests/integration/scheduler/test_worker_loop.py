"""Rounds: a slot takes one due account after another, calls others to help, and lets nobody wait for long."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from amazon_orders.models import Account
from integration.models import AccountSync
from integration.scheduler import account_picker, bulkhead, worker_loop
from integration.sync import account_sync, cursor, lease
from integration.sync.lease import Lease
from integration.sync.outcome import AccountSyncOutcome, Problem
from tests.factories import amazon
from tests.factories.amazon import NOW


@pytest.fixture(autouse=True)
def four_threads() -> Iterator[None]:
    worker_loop.open_slots(threads=4)
    yield
    worker_loop.open_slots(threads=4)


class World:
    """Passes that are only written down, and a clock that they move."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, seconds: float = 0.0) -> None:
        self.now = NOW
        self.polled: list[int] = []
        self.woken = 0
        self._seconds = seconds
        monkeypatch.setattr(timezone, "now", lambda: self.now)
        monkeypatch.setattr(account_sync, "sync_held", self.poll)

    def poll(self, held: Lease, *, now: datetime) -> AccountSyncOutcome:
        self.polled.append(held.account_id)
        self.now += timedelta(seconds=self._seconds)
        cursor.finish(held, now=self.now, poll_after=timedelta(minutes=4))
        return AccountSyncOutcome(requests=1)

    def wake(self) -> None:
        self.woken += 1

    def round(self, *, is_troubled: bool = False) -> None:
        worker_loop.sync_due(is_troubled=is_troubled, wake_another=self.wake)


@pytest.mark.django_db
def test_a_round_takes_all_that_is_due_and_calls_one_other_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    accounts = [amazon.store().account_id for _ in range(5)]
    world.round()
    assert (sorted(world.polled), world.woken) == (sorted(accounts), 1)
    world.round()
    assert (len(world.polled), world.woken) == (5, 1)


@pytest.mark.django_db
def test_a_round_that_is_over_before_the_work_is_calls_its_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, seconds=worker_loop.LASTS.total_seconds() / 2)
    accounts = [amazon.store().account_id for _ in range(5)]
    world.round()
    assert (len(world.polled), world.woken) == (2, 2)
    world.round()
    world.round()
    assert sorted(world.polled) == sorted(accounts)


@pytest.mark.django_db
def test_a_message_that_finds_no_free_slot_leaves_the_rows_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(monkeypatch)
    account_id = amazon.store().account_id
    worker_loop.open_slots(threads=1)

    def poll(held: Lease, *, now: datetime) -> AccountSyncOutcome:
        world.round()
        worker_loop.sync_one(account_id=other)
        return world.poll(held, now=now)

    monkeypatch.setattr(account_sync, "sync_held", poll)
    AccountSync.objects.update(next_poll_at=NOW - timedelta(minutes=1))
    other = amazon.store().account_id
    worker_loop.sync_one(account_id=account_id)
    assert world.polled == [account_id]
    assert AccountSync.objects.get(account_id=other).lease_owner == ""


@pytest.mark.django_db
def test_a_bug_in_one_pass_gives_its_slot_back(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    amazon.store()

    def bug(held: Lease, **_: Any) -> None:
        lease.release(held)
        raise ZeroDivisionError

    monkeypatch.setattr(account_sync, "sync_held", bug)
    for _ in range(8):
        with pytest.raises(ZeroDivisionError):
            world.round()


@pytest.mark.django_db
def test_a_region_that_answers_nobody_holds_up_no_other_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a few time-outs its accounts are asked in the slots of the troubled, until one answers."""
    far = {amazon.store(marketplace="JP").account_id for _ in range(12)}
    near = {amazon.store(marketplace="US").account_id for _ in range(3)}
    AccountSync.objects.filter(account_id__in=far).update(next_poll_at=NOW - timedelta(hours=1))
    world, is_away = World(monkeypatch), True

    def poll(held: Lease, *, now: datetime) -> AccountSyncOutcome:
        region = Account.objects.get(pk=held.account_id).region
        if region == "FE" and is_away:
            world.polled.append(held.account_id)
            cursor.fail(held, text="timed out", after=timedelta(minutes=1), failures=0, now=now)
            problem = Problem("AMAZON_UNAVAILABLE", "timed out", "")
            return AccountSyncOutcome(region, requests=1, seconds_waited=30.0, problems=[problem])
        world.poll(held, now=now)
        return AccountSyncOutcome(region, requests=1, seconds_waited=0.2)

    monkeypatch.setattr(account_sync, "sync_held", poll)
    world.round()
    assert len(far.intersection(world.polled)) == bulkhead.SILENT_IN_A_ROW
    assert near <= set(world.polled)
    world.round(is_troubled=True)
    assert far <= set(world.polled)

    is_away = False
    world.now += timedelta(minutes=5)
    world.polled.clear()
    world.round()
    assert set(world.polled) == near
    world.round(is_troubled=True)
    assert set(world.polled) == near | far
    world.now += timedelta(minutes=5)
    world.polled.clear()
    world.round()
    assert set(world.polled) == near | far


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_dead_accounts_hold_one_slot_of_four_and_the_others_are_polled_without_delay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Dead: no answer until this test lets it time out, which it does when all others have had theirs."""
    dead = [amazon.store().account_id for _ in range(6)]
    AccountSync.objects.update(is_troubled=True, next_poll_at=NOW - timedelta(minutes=5))
    healthy = [amazon.store().account_id for _ in range(50)]
    time_out = threading.Event()
    polled: list[int] = []
    waiting: list[int] = []

    def poll(held: Lease, *, now: datetime) -> AccountSyncOutcome:
        if held.account_id in dead:
            waiting.append(held.account_id)
            assert time_out.wait(30)
            cursor.fail(held, text="timed out", after=timedelta(minutes=1), failures=1, now=now)
        else:
            polled.append(held.account_id)
            cursor.finish(held, now=now, poll_after=timedelta(minutes=4))
        return AccountSyncOutcome(requests=1)

    monkeypatch.setattr(timezone, "now", lambda: NOW)
    monkeypatch.setattr(account_sync, "sync_held", poll)
    workers = Messages(threads=4)
    # The dead come first, and again and again.
    for _ in range(8):
        workers.send(is_troubled=True)
    workers.send(is_troubled=False)
    workers.work_until(lambda: len(polled) == len(healthy))

    assert Counter(polled) == Counter(healthy)
    assert len(waiting) == 1
    time_out.set()
    workers.stop()
    assert Counter(waiting) == Counter(dead)


class Messages:
    """A worker: threads that take messages, each in its turn."""

    def __init__(self, threads: int) -> None:
        self._messages: list[bool] = []
        self._changed = threading.Condition()
        self._is_open = True
        self._threads = [threading.Thread(target=self._take) for _ in range(threads)]

    def send(self, *, is_troubled: bool) -> None:
        with self._changed:
            self._messages.append(is_troubled)
            self._changed.notify()

    def work_until(self, is_done: Any) -> None:
        for thread in self._threads:
            thread.start()
        with self._changed:
            assert self._changed.wait_for(is_done, 30)

    def stop(self) -> None:
        with self._changed:
            self._is_open = False
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _take(self) -> None:
        try:
            while (message := self._next()) is not None:
                self._run(is_troubled=message)
        finally:
            connection.close()

    def _next(self) -> bool | None:
        with self._changed:
            self._changed.wait_for(lambda: self._messages or not self._is_open, 30)
            return self._messages.pop(0) if self._messages else None

    def _run(self, *, is_troubled: bool) -> None:
        worker_loop.sync_due(is_troubled=is_troubled, wake_another=lambda: self.send(is_troubled=is_troubled))
        with self._changed:
            self._changed.notify_all()


@pytest.mark.django_db
def test_the_turn_of_an_account_is_as_long_as_the_plan_says() -> None:
    """A round and the last account's turn in it end before a stopped container is killed (60 s)."""
    assert worker_loop.LASTS + account_picker.LASTS + timedelta(seconds=30) <= timedelta(seconds=60)
