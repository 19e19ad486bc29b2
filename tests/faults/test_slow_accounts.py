"""Accounts that Amazon keeps waiting, and accounts with much to read, beside those that are well."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from amazon_orders.models import AmazonOrder
from integration.models import AccountSync, SyncRun
from integration.scheduler import account_picker, worker_loop
from integration.spapi import package
from integration.sync import account_sync, outcome
from tests.concurrency.threads import aside
from tests.faults.conftest import TwoSellers, calls, fault, sync
from tests.fixtures_shop import SECOND_SELLER, SELLER, Shop


def row_of(account_id: int) -> AccountSync:
    return AccountSync.objects.get(account_id=account_id)


def round_of(*, is_troubled: bool = False) -> None:
    worker_loop.sync_due(is_troubled=is_troubled, wake_another=lambda: None)


def test_an_account_that_timed_out_is_troubled_and_one_good_pass_makes_it_well(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "TIMEOUT_SECONDS", 0.3)
    account_id = shop.store.account_id
    shop.sell()
    fault(shop, "slow", seconds=3)

    round_of()

    row = row_of(account_id)
    assert (row.failures, row.is_troubled) == (1, True)
    AccountSync.objects.update(next_poll_at=timezone.now())
    round_of()
    assert row_of(account_id).failures == 1
    round_of(is_troubled=True)
    row = row_of(account_id)
    assert (row.failures, row.is_troubled) == (0, False)
    assert AmazonOrder.objects.count() == 1


def test_an_account_whose_answers_are_slow_is_troubled_although_they_come(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcome, "SLOW_ANSWER_SECONDS", 0.1)
    shop.sell()
    fault(shop, "slow", seconds=0.4)
    round_of()
    row = row_of(shop.store.account_id)
    assert (row.failures, row.is_troubled) == (0, True)
    assert row.next_poll_at > timezone.now() + timedelta(minutes=1)


def test_a_long_backlog_gives_way_after_its_turn_and_goes_on_at_its_page(
    two_sellers: TwoSellers, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = two_sellers.shop
    for _ in range(250):
        shop.sell()
    shop.sell(seller=SECOND_SELLER)
    backlog, other = shop.store.account_id, two_sellers.other.account_id
    AccountSync.objects.filter(account_id=backlog).update(next_poll_at=timezone.now() - timedelta(hours=1))
    monkeypatch.setattr(account_picker, "LASTS", timedelta(0))

    turn = account_picker.take_next(is_troubled=False, now=timezone.now())
    assert turn is not None
    assert turn.account_id == backlog
    first = account_sync.sync_held(turn, now=timezone.now())

    # One page is in and kept; it is no failure; the other account is next.
    assert (first.requests, first.problems) == (1, [])
    row = row_of(backlog)
    assert (row.failures, row.lease_owner, row.last_error) == (0, "", "")
    assert row.window is not None
    assert SyncRun.objects.get().error == ""
    following = account_picker.take_next(is_troubled=False, now=timezone.now())
    assert following is not None
    assert following.account_id == other
    account_sync.sync_held(following, now=timezone.now())

    while (turn := account_picker.take_next(is_troubled=False, now=timezone.now())) is not None:
        account_sync.sync_held(turn, now=timezone.now())
    searches = [e for e in shop.amazon.log if e.operation == "searchOrders" and e.seller_id == SELLER]
    tokens = [entry.query.get("paginationToken") for entry in searches[:3]]
    assert tokens[0] is None
    assert len(set(tokens)) == 3
    assert AmazonOrder.objects.count() == 251
    assert row_of(backlog).window is None


def test_the_command_sync_gives_way_to_nobody(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_picker, "LASTS", timedelta(0))
    for _ in range(150):
        shop.sell()
    assert sync().code == 0
    assert AmazonOrder.objects.count() == 150


@pytest.mark.postgres
def test_a_dead_account_keeps_nobody_waiting(
    two_sellers: TwoSellers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over HTTP: while one account waits for its time-out, the other is polled to the end."""
    monkeypatch.setattr(package, "TIMEOUT_SECONDS", 3.0)
    worker_loop.open_slots(threads=4)
    shop = two_sellers.shop
    fault(shop, "slow", times=0, seconds=20, seller_id=SELLER)
    shop.sell(seller=SECOND_SELLER)
    dead, healthy = shop.store.account_id, two_sellers.other.account_id
    AccountSync.objects.filter(account_id=dead).update(next_poll_at=timezone.now() - timedelta(hours=1))
    began = datetime.now(UTC)
    waiting = aside(round_of)
    while row_of(dead).lease_owner == "":
        time.sleep(0.01)

    round_of()

    assert row_of(healthy).lease_owner == ""
    polled_at = row_of(healthy).last_polled_at
    assert polled_at is not None
    assert polled_at - began < timedelta(seconds=3)
    assert row_of(dead).lease_owner != ""
    waiting.join(20)
    assert row_of(dead).is_troubled
    assert calls(shop, "searchOrders")


def test_no_token_left_means_come_back_later_and_never_sleep(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    fault(shop, "throttle", times=0)
    account_id = shop.store.account_id
    monkeypatch.setattr(time, "sleep", slept.append)
    began = time.monotonic()

    round_of()

    # Amazon throttles, our bucket is empty, and empty it stays: each time the row says when to come back.
    for _ in range(3):
        row = row_of(account_id)
        assert (row.lease_owner, row.failures, row.is_troubled) == ("", 0, False)
        assert row.next_poll_at > timezone.now() + timedelta(minutes=2)
        AccountSync.objects.update(next_poll_at=timezone.now())
        round_of()
    assert (slept, len(calls(shop, "searchOrders"))) == ([], 1)
    assert time.monotonic() - began < 10
