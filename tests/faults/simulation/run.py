"""One simulation from its seed to its verdict."""

import traceback
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

import httpx
import pytest
from celery.app.task import Task
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from pytest_django import Settings

from integration.scheduler import worker_loop
from integration.scheduler.bulkhead import Slots
from integration.spapi import auth, client
from integration.spapi.client import SellerClient
from integration.sync import lease
from sandbox import tokens_api
from tests.faults.simulation import check
from tests.faults.simulation.broker import Broker
from tests.faults.simulation.calm import Rest
from tests.faults.simulation.clock import VirtualClock
from tests.faults.simulation.desk import Desk
from tests.faults.simulation.lives import Lives, Memory
from tests.faults.simulation.mail import ARN, Mail
from tests.faults.simulation.market import Market
from tests.faults.simulation.people import People
from tests.faults.simulation.schedule import Schedule
from tests.faults.simulation.shop import Shop
from tests.faults.simulation.wire import URL, Wire
from tests.faults.simulation.workers import SLOTS, Workers

EVENTS = 120
# Small pages, so that windows have several; never so many that they count as a backlog.
ORDERS_A_PAGE = 4


class NotAsItShouldBe(AssertionError):
    """The simulation of a seed ended in another state than Amazon's, or did something it must never do."""


class Simulation:
    """A fresh shop on an empty database, and a schedule of events."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
        rng = Random(seed)
        self.seed = seed
        self.clock = VirtualClock()
        self.lives = Lives()
        self.shop = Shop(self.clock)
        self.people = People(self.shop, rng)
        self.desk = Desk(self.shop, rng)
        self.broker = Broker(self.clock, rng)
        self.mail = Mail(self.clock, rng)
        self.shop.amazon.world.on_notification = self.mail.deliver
        self.wire = Wire(
            self.shop.amazon, self.lives, rng, hidden=self.shop.hidden, shown_older=self.shop.shown_older
        )
        self._rng = rng
        self._cursors: dict[int, datetime] = {}
        self._put_in_place(monkeypatch, settings)
        self.workers = Workers(self.shop, self.lives, self.broker, self.mail, rng)
        self.schedule = Schedule(
            market=Market(self.shop, rng),
            people=self.people,
            desk=self.desk,
            workers=self.workers,
            clock=self.clock,
            wire=self.wire,
            broker=self.broker,
            mail=self.mail,
            rng=rng,
        )

    def _put_in_place(self, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
        settings.SPAPI_ENDPOINT = URL
        settings.SPAPI_LWA_URL = URL + tokens_api.PATH
        settings.NOTIFICATIONS_QUEUE_ARN = ARN
        wire, lives, clock = self.wire, self.lives, self.clock
        commit: Callable[[BaseDatabaseWrapper], None] = vars(BaseDatabaseWrapper)["_commit"]
        set_autocommit = BaseDatabaseWrapper.set_autocommit

        def now() -> datetime:
            return clock.now() + lives.skew

        def commit_as_a_step(wrapper: BaseDatabaseWrapper) -> None:
            lives.commit(wrapper, commit)

        def begin_as_a_step(wrapper: BaseDatabaseWrapper, autocommit: bool, **options: Any) -> None:
            if not autocommit:
                lives.transaction()
            set_autocommit(wrapper, autocommit, **options)

        monkeypatch.setattr(timezone, "now", now)
        monkeypatch.setattr(auth, "TOKENS", Memory(lives))
        # Its default was bound when the module was read.
        monkeypatch.setitem(SellerClient.__init__.__kwdefaults__ or {}, "clock", now)
        monkeypatch.setattr(client, "ORDERS_A_PAGE", ORDERS_A_PAGE)
        # All processes here are one, and none is to find its slots taken by another.
        monkeypatch.setattr(worker_loop._Process, "slots", Slots(4 * SLOTS))
        monkeypatch.setattr(lease, "owner", lives.owner)
        monkeypatch.setattr(lease, "_has_died", lives.has_died)
        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda _, request: wire.handle(request))
        monkeypatch.setattr(BaseDatabaseWrapper, "_commit", commit_as_a_step)
        monkeypatch.setattr(BaseDatabaseWrapper, "set_autocommit", begin_as_a_step)
        monkeypatch.setattr(Task, "apply_async", self.broker.instead_of_apply_async())

    def run(self) -> None:
        """All of it. Raises NotAsItShouldBe, with everything that is wrong."""
        try:
            # The polls alone must do as well.
            self.shop.open(is_notified=self.seed % 4 < 2)
            for _ in range(EVENTS):
                if self.schedule.happen():
                    self._assert_always()
            rest = Rest(
                self.shop, self.people, self.desk, self.schedule, self.workers, self.broker, self.mail
            )
            restless = rest.stop_faults(is_all_imported=self.seed % 2 == 1)
            self._assert_always()
            self._verdict([*restless, *check.missed(self.shop)])
            restless = rest.let_days_pass()
            self._assert_always()
            self._verdict([*restless, *check.differences(self.shop)])
        finally:
            self.workers.close()

    def _assert_always(self) -> None:
        """What must hold at every moment: stock is sound, no cursor goes back, no process meets a bug."""
        bugs = ["a bug: " + "".join(traceback.format_exception(bug)) for bug in self.workers.bugs]
        found = [*bugs, *self._cursors_gone_back(), *check.errors_here()]
        self._verdict([*found, *check.stock_differences(self.shop)])

    def _cursors_gone_back(self) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT account_id, synced_until FROM integration_accountsync WHERE synced_until IS NOT NULL"
            )
            found = []
            for account_id, moment in cursor.fetchall():
                before = self._cursors.get(account_id, moment)
                if moment < before:
                    found.append(f"the cursor of account {account_id} went back: {before} -> {moment}")
                self._cursors[account_id] = moment
        return found

    def _verdict(self, found: list[str]) -> None:
        if found:
            # What is there twice explains the rest.
            found = list(dict.fromkeys([*check.doubles(), *found]))
            story = "\n  ".join(self.schedule.events)
            raise NotAsItShouldBe(f"seed {self.seed}:\n- " + "\n- ".join(found) + f"\nafter\n  {story}")
