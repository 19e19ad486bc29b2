"""The token buckets."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from amazon_orders.models import Account
from integration.models import Lane, QuotaBucket
from integration.spapi import quota
from integration.spapi.errors import RetryLater
from tests.integration.spapi.conftest import NOW

SEARCH = "searchOrders"


def bucket(account: Account) -> QuotaBucket:
    return QuotaBucket.objects.get(account=account, operation=SEARCH)


def spend(account: Account, seconds: float = 0.0) -> None:
    quota.spend(account_id=account.pk, operation=SEARCH, now=NOW + timedelta(seconds=seconds))


def wait_of(account: Account, seconds: float = 0.0) -> timedelta:
    with pytest.raises(RetryLater) as caught:
        spend(account, seconds)
    assert caught.value.is_quota
    return caught.value.after


@pytest.mark.parametrize(
    ("operation", "rate", "burst"),
    [
        ("searchOrders", 0.0056, 20),
        ("getOrder", 0.5, 30),
        ("getMarketplaceParticipations", 0.016, 15),
        ("confirmShipment", 2.0, 10),
    ],
)
def test_the_first_call_makes_a_full_bucket_at_amazons_default(
    account: Account, operation: str, rate: float, burst: int
) -> None:
    quota.spend(account_id=account.pk, operation=operation, now=NOW)
    made = QuotaBucket.objects.get(account=account, operation=operation)
    assert (made.tokens, made.rate, made.burst, made.refilled_at) == (burst - 1, rate, burst, NOW)


def test_a_token_costs_one_statement(account: Account) -> None:
    spend(account)
    with CaptureQueriesContext(connection) as statements:
        spend(account)
    assert len(statements) == 1


def test_the_twenty_first_search_is_told_exactly_when_to_come_back(account: Account) -> None:
    for _ in range(20):
        spend(account)
    assert wait_of(account) == timedelta(milliseconds=178_572)
    assert wait_of(account, 100) == timedelta(milliseconds=78_572)
    spend(account, 178.572)
    assert wait_of(account, 178.572) == timedelta(milliseconds=178_571)


def test_tokens_pile_up_to_the_burst_and_no_further(account: Account) -> None:
    spend(account)
    spend(account, 10**9)
    assert bucket(account).tokens == 19.0


def test_a_worker_whose_clock_is_behind_refills_nothing(account: Account) -> None:
    for _ in range(20):
        spend(account, 100)
    assert wait_of(account, 0) == timedelta(milliseconds=278_572)
    assert bucket(account).refilled_at == NOW + timedelta(seconds=100)


def test_a_worker_whose_clock_is_behind_takes_no_time_back(account: Account) -> None:
    for _ in range(19):
        spend(account, 100)
    spend(account, 0)
    assert wait_of(account, 100) == timedelta(milliseconds=178_572)


def test_accounts_and_operations_have_buckets_of_their_own(account: Account) -> None:
    other = Account.objects.create(seller_id="B", region="EU", sealed_refresh_token=b"", authorized_at=NOW)
    for _ in range(20):
        spend(account)
    spend(other)
    quota.spend(account_id=account.pk, operation="getOrder", now=NOW)

    left = {(row.account_id, row.operation): row.tokens for row in QuotaBucket.objects.all()}
    assert left == {(account.pk, SEARCH): 0.0, (other.pk, SEARCH): 19.0, (account.pk, "getOrder"): 29.0}


def test_draining_leaves_nothing(account: Account) -> None:
    spend(account)
    after = quota.drain(account_id=account.pk, operation=SEARCH, now=NOW)
    assert after == timedelta(milliseconds=178_572)
    assert wait_of(account) == after


def test_draining_a_bucket_that_is_not_there_makes_it(account: Account) -> None:
    quota.drain(account_id=account.pk, operation=SEARCH, now=NOW)
    assert bucket(account).tokens == 0.0


def test_a_learned_rate_changes_the_wait_and_not_the_burst(account: Account) -> None:
    for _ in range(20):
        spend(account)
    quota.learn_rate(account_id=account.pk, operation=SEARCH, rate=0.1)
    assert wait_of(account) == timedelta(seconds=10)
    assert bucket(account).burst == 20.0


def test_the_same_rate_written_differently_writes_nothing(account: Account) -> None:
    spend(account)
    quota.learn_rate(account_id=account.pk, operation=SEARCH, rate=0.005555)
    assert bucket(account).rate == 0.0056


def test_a_bucket_says_what_it_holds_and_when_the_next_token_comes(account: Account) -> None:
    for _ in range(20):
        spend(account)
    later = NOW + timedelta(seconds=1000)
    assert bucket(account).tokens_at(later) == pytest.approx(5.6)
    assert quota.until_next_token(bucket(account), now=later) == timedelta(milliseconds=1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_workers_that_race_never_overspend(transactional_db: None) -> None:
    account = Account.objects.create(seller_id="R", region="NA", sealed_refresh_token=b"", authorized_at=NOW)
    start, spent, lock = threading.Barrier(6), [], threading.Lock()

    def worker() -> None:
        start.wait()
        try:
            for _ in range(10):
                try:
                    spend(account)
                except RetryLater:
                    continue
                with lock:
                    spent.append(1)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=worker) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(spent) == 20
    assert bucket(account).tokens == 0.0


def test_a_lane_leaves_its_floor_to_those_before_it(account: Account) -> None:
    for _ in range(17):
        quota.spend(account_id=account.pk, operation=SEARCH, now=NOW, lane=Lane.RECONCILE)
    with pytest.raises(RetryLater) as caught:
        quota.spend(account_id=account.pk, operation=SEARCH, now=NOW, lane=Lane.RECONCILE)
    # Three tokens are the poll's: the next one above them comes after 1 / 0.0056 s.
    assert caught.value.after == timedelta(milliseconds=178_572)
    for _ in range(3):
        quota.spend(account_id=account.pk, operation=SEARCH, now=NOW, lane=Lane.POLL)
    assert bucket(account).tokens == 0


@pytest.mark.parametrize("operation", quota.FLOORS)
def test_no_lane_leaves_less_than_one_before_it(operation: str) -> None:
    # The poll calls no single orders, and nobody searches for a notification.
    lanes = [lane for lane in Lane if lane not in (Lane.POLL, Lane.NOTIFICATION)]
    floors = [quota.floor_of(operation, lane) for lane in lanes]
    assert floors == sorted(floors)
    assert max(floors) < quota.PLANS[operation].burst - 1


def test_calls_are_counted_by_lane_and_day(account: Account) -> None:
    spend(account)
    spend(account)
    quota.spend(account_id=account.pk, operation=SEARCH, now=NOW, lane=Lane.RECONCILE)
    today = bucket(account).calls(on=NOW.date())
    assert (today[Lane.POLL], today[Lane.RECONCILE], today[Lane.PERSON]) == (2, 1, 0)
    spend(account, seconds=86_400)
    tomorrow = NOW.date() + timedelta(days=1)
    assert bucket(account).calls(on=tomorrow)[Lane.POLL] == 1
    assert sum(bucket(account).calls(on=NOW.date()).values()) == 0
