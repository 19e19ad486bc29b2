"""The alarm clock rings for what is owed to Amazon; the command `sync` does the same in the foreground."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from integration import tasks
from integration.installation import read_only
from integration.models import AccountSync, Cancellation, FeedJob, ShipmentConfirmation
from tests.fixtures_shop import Shop, commerce_order_of
from tests.journeys.workshop import asked, calls, cancel_here, ship_here, sold

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_clock_tells_amazon_and_reads_back(shop: Shop) -> None:
    ship_here(sold(shop))
    tasks.confirm_troubled()
    assert calls(shop) == 0
    tasks.confirm_owed()
    assert calls(shop) == 1
    ShipmentConfirmation.objects.update(due_at=timezone.now())
    tasks.read_back()
    tasks.refresh_waiting()
    assert ShipmentConfirmation.objects.get().state == "SENT"


def test_a_refused_account_is_not_asked(shop: Shop) -> None:
    ship_here(sold(shop))
    AccountSync.objects.update(refused_at=timezone.now())
    tasks.confirm_owed()
    assert calls(shop) == 0
    assert ShipmentConfirmation.objects.get().state == "OWED"


def test_in_read_only_mode_nothing_is_sent_and_all_of_it_stays_owed(shop: Shop) -> None:
    ship_here(sold(shop))
    cancel_here(sold(shop))
    read_only.switch_on(by="maria", now=timezone.now())
    tasks.confirm_owed()
    tasks.work_on_feeds()
    assert calls(shop) == 0
    assert ShipmentConfirmation.objects.get().state == "OWED"
    assert Cancellation.objects.get().state == "OWED"


def test_feeds_are_worked_on_and_forgotten_after_a_while(shop: Shop) -> None:
    number = sold(shop)
    cancel_here(number)
    for _ in range(4):
        FeedJob.objects.update(next_look_at=timezone.now())
        tasks.work_on_feeds()
    assert commerce_order_of(number).status == "CANCELED"
    FeedJob.objects.update(ended_at=timezone.now() - timedelta(days=91))
    tasks.forget_answers()
    assert not FeedJob.objects.exists()
    assert Cancellation.objects.get().state == "DONE"


def test_whoever_woke_it_has_it_done_now(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for task in (tasks.confirm_owed, tasks.work_on_feeds):
        monkeypatch.setattr(task, "delay", task)
    ship_here(sold(shop))
    cancel_here(sold(shop))
    with transaction.atomic():
        tasks.wake_confirm()
        tasks.wake_feeds()
        assert (calls(shop), asked(shop, "createFeedDocument")) == (0, 0)
    assert (calls(shop), asked(shop, "createFeedDocument")) == (1, 1)
    assert ShipmentConfirmation.objects.get().state == "SENT"
    assert Cancellation.objects.get().state == "SENT"


def test_sync_confirms_and_counts(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    ship_here(sold(shop))
    out = io.StringIO()
    call_command("sync", "--json", stdout=out)
    told = json.loads((out.getvalue() or capsys.readouterr().out).splitlines()[-1])
    assert (told["confirmed"], told["errors"]) == (1, [])
    assert len(shop.amazon.world.confirmations) == 1
