"""One simulation from its seed to its verdict."""

from datetime import datetime, timedelta
from random import Random

import httpx
import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from integration import lease, passes
from integration.models import AccountSync, OrderImport, Quarantine
from integration.pipeline import refresh
from integration.sandbox import tokens_api
from integration.spapi import auth, client
from integration.spapi.client import SellerClient
from tests.faults.simulation import check
from tests.faults.simulation.clock import VirtualClock
from tests.faults.simulation.lives import Life, Lives
from tests.faults.simulation.schedule import Schedule
from tests.faults.simulation.shop import Shop
from tests.faults.simulation.wire import URL, Wire

EVENTS = 50
# Small pages, so that windows have several; never so many that they count as a backlog.
ORDERS_A_PAGE = 5
ROUNDS_AT_MOST = 80
CALM_ROUNDS = 4
ROUND = timedelta(minutes=6)


class NotAsItShouldBe(AssertionError):
    """The simulation of a seed ended in another state than Amazon's, or did something it must never do."""


class Simulation:
    """A fresh shop on an empty database, and a schedule of events."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
        rng = Random(seed)
        self.seed = seed
        self.clock = VirtualClock()
        self.lives = Lives()
        self.shop = Shop(self.clock, rng)
        self.wire = Wire(self.shop.amazon, self.lives, rng)
        self.schedule = Schedule(self.shop, self.clock, self.lives, self.wire, rng)
        self._cursors: dict[int, datetime] = {}
        self._found: list[str] = []
        self._put_in_place(monkeypatch, settings)

    def _put_in_place(self, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
        settings.SPAPI_ENDPOINT = URL
        settings.SPAPI_LWA_URL = URL + tokens_api.PATH
        auth.TOKENS.clear()
        wire, lives, clock = self.wire, self.lives, self.clock

        def now() -> datetime:
            return clock.now() + lives.skew

        monkeypatch.setattr(timezone, "now", now)
        # Its default was bound when the module was read.
        monkeypatch.setitem(SellerClient.__init__.__kwdefaults__ or {}, "clock", now)
        monkeypatch.setattr(client, "ORDERS_A_PAGE", ORDERS_A_PAGE)
        monkeypatch.setattr(lease, "owner", lives.owner)
        monkeypatch.setattr(lease, "_has_died", lives.has_died)
        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda _, request: wire.handle(request))

    def run(self) -> None:
        """All of it. Raises NotAsItShouldBe, with everything that is wrong."""
        with connection.execute_wrapper(self.lives.statement):
            self.shop.open()
            self.lives.watch = self._watch_cursors
            for _ in range(EVENTS):
                self.schedule.happen()
                self._assert_always()
            self._calm_down()
            self._verdict(check.differences(self.shop))

    def _assert_always(self) -> None:
        """What must hold at every moment: stock is sound, and no cursor ever goes back."""
        self._verdict([*self._found, *check.stock_differences(self.shop)])

    def _watch_cursors(self) -> None:
        """After every worker, also one that has overtaken another: that one may not undo it."""
        for account_id, cursor in AccountSync.objects.values_list("account_id", "synced_until"):
            if cursor is not None:
                before = self._cursors.get(account_id, cursor)
                if cursor < before:
                    self._found.append(f"the cursor of account {account_id} went back: {before} -> {cursor}")
                self._cursors[account_id] = cursor

    def _verdict(self, found: list[str]) -> None:
        if found:
            story = "\n  ".join(self.schedule.events)
            raise NotAsItShouldBe(f"seed {self.seed}:\n- " + "\n- ".join(found) + f"\nafter\n  {story}")

    def _calm_down(self) -> None:
        """No more faults; workers work until nothing changes any more."""
        self.shop.amazon.faults.clear()
        self.wire.spoil_next.clear()
        self.wire.during_call = None
        calm = 0
        for _ in range(ROUNDS_AT_MOST):
            self.clock.advance(ROUND.total_seconds())
            calm = calm + 1 if self._work_once() else 0
            if calm >= CALM_ROUNDS and self._is_settled():
                return
        self._verdict([f"not quiet after {ROUNDS_AT_MOST} rounds"])

    def _is_settled(self) -> bool:
        """Whether nothing waits for a time to come; if it does, that time comes now."""
        waiting = Quarantine.objects.filter(resolved_at=None, ask_again_at__isnull=False)
        times = [*waiting.values_list("ask_again_at", flat=True)]
        times += OrderImport.objects.filter(recheck_at__isnull=False).values_list("recheck_at", flat=True)
        for moment in times:
            self.clock.set_forward(moment or self.clock.now())
        return not times

    def _work_once(self) -> bool:
        """A round of all workers; whether it found nothing to do and nothing in its way."""
        found: list[bool] = []

        def work() -> None:
            for account_id in AccountSync.objects.order_by("pk").values_list("account_id", flat=True):
                synced = passes.sync_account(account_id=account_id, now=timezone.now())
                if account_id in refresh.accounts_waiting(now=timezone.now()):
                    synced.add(passes.refresh_account(account_id=account_id, now=timezone.now()))
                found.append(not synced.problems and not synced.counts["changed"])
            found.append(not passes.judge_due(now=timezone.now()))

        self.lives.live(Life("calm:1:1"), work)
        return all(found)
