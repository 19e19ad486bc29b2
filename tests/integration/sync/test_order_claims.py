"""Single orders of many accounts: whose is asked for next, by one worker or by several at once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from amazon_orders.models import Account
from integration.models import AccountSync, Lane, OrderRequest, Quarantine, RequestReason
from integration.scheduler import worker_loop
from integration.spapi import package
from integration.sync import order_claims, order_requests, refresh, single_orders
from integration.sync.order_claims import Rest
from integration.sync.order_requests import WantedOrder
from tests.concurrency.threads import aside
from tests.factories import amazon
from tests.factories.amazon import NOW
from tests.faults.conftest import fault
from tests.fixtures_shop import Shop

SOON = NOW + timedelta(seconds=1)
TRANSACTION = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT")


def account_wanting(lane: Lane, *, count: int = 1) -> int:
    account_id = amazon.store().account_id
    want(account_id, lane, count)
    return account_id


def want(account_id: int, lane: Lane, count: int = 1) -> None:
    wishes = [WantedOrder(account_id, f"111-{lane}-{number}") for number in range(count)]
    order_requests.request(wishes, lane=lane, why=RequestReason.STALE, now=NOW)


def taken(*, is_troubled: bool = False) -> int | None:
    return order_claims.take_next(is_troubled=is_troubled, now=SOON)


@pytest.mark.django_db
def test_the_account_with_the_most_urgent_order_is_first_and_each_is_taken_once() -> None:
    behind = account_wanting(Lane.RECONCILE, count=30)
    urgent = account_wanting(Lane.PERSON)
    assert [taken(), taken(), taken()] == [urgent, behind, None]
    assert not order_claims.claim(account_id=urgent, now=SOON)


@pytest.mark.django_db
def test_accounts_of_one_urgency_go_in_turn() -> None:
    accounts = [account_wanting(Lane.PROBE) for _ in range(3)]
    order = []
    for second in range(6):
        now = SOON + timedelta(seconds=second)
        account_id = order_claims.take_next(is_troubled=False, now=now)
        assert account_id is not None
        order.append(account_id)
        order_claims.rest(account_id=account_id, how=Rest(timedelta(0)), now=now)
    assert order[:3] == order[3:]
    assert sorted(order[:3]) == accounts


@pytest.mark.django_db
def test_who_rests_is_taken_for_a_lane_before_the_resting_one_only() -> None:
    account_id = account_wanting(Lane.PROBE)
    order_claims.rest(account_id=account_id, how=Rest(timedelta(hours=1), Lane.PROBE), now=NOW)
    assert taken() is None
    want(account_id, Lane.PERSON)
    assert taken() == account_id


@pytest.mark.django_db
def test_a_refused_account_a_failing_one_and_a_troubled_one_are_not_in_the_way() -> None:
    refused, failing, troubled = (account_wanting(Lane.PERSON) for _ in range(3))
    AccountSync.objects.filter(account_id=refused).update(refused_at=NOW)
    later = NOW + timedelta(minutes=5)
    AccountSync.objects.filter(account_id=failing).update(failures=1, next_poll_at=later)
    AccountSync.objects.filter(account_id=troubled).update(is_troubled=True)
    assert taken() is None
    assert taken(is_troubled=True) == troubled
    assert taken(is_troubled=True) is None


@pytest.mark.django_db
def test_what_is_in_quarantine_is_asked_for_when_nothing_else_is_wanted() -> None:
    bad = amazon.store().account_id
    Quarantine.objects.create(
        account_id=bad, amazon_order_id="1", digest="1", sealed_payload=b"-", seen_at=NOW, ask_again_at=NOW
    )
    wanted = account_wanting(Lane.RECONCILE)
    with CaptureQueriesContext(connection) as context:
        assert [taken(), taken(), taken()] == [wanted, bad, None]
    asked = [q["sql"] for q in context.captured_queries if not q["sql"].startswith(TRANSACTION)]
    assert len(asked) == 2 + 3 + 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_account_that_is_just_being_taken_is_stepped_over_and_not_waited_for() -> None:
    first, second = account_wanting(Lane.PERSON), account_wanting(Lane.PROBE)
    is_taking, may_end = threading.Event(), threading.Event()

    def take_slowly() -> None:
        with transaction.atomic():
            assert taken() == first
            is_taking.set()
            may_end.wait(20)

    other = aside(take_slowly)
    assert is_taking.wait(20)
    found = [taken(), taken()]
    may_end.set()
    other.join(20)
    assert found == [second, None]


@pytest.mark.postgres
@pytest.mark.django_db
def test_among_ten_thousand_accounts_and_as_many_wishes_the_next_is_found_in_one_go() -> None:
    Account.objects.bulk_create(
        Account(seller_id=f"MANY-{n}", region="NA", sealed_refresh_token=b"-", authorized_at=NOW)
        for n in range(10_000)
    )
    accounts = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    AccountSync.objects.bulk_create(AccountSync(account_id=pk, next_poll_at=NOW) for pk in accounts)
    for pk in accounts[:10]:
        want(pk, Lane.CATCH_UP, count=1_000)
    with connection.cursor() as database:
        database.execute("ANALYZE integration_accountsync, integration_orderrequest")
    with CaptureQueriesContext(connection) as context:
        assert taken() is not None
    pick = next(q["sql"] for q in context.captured_queries if q["sql"].startswith("SELECT"))
    # 8 KB each: once over the accounts and the wishes, never over the wishes for every account.
    assert blocks_read(pick) < 10_000


def blocks_read(sql: str) -> int:
    with connection.cursor() as database:
        database.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}")
        ((plans,),) = database.fetchall()
    plan = plans[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def test_the_turn_of_an_account_ends_between_two_batches(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh, "AT_A_TIME", 2)
    account_id = shop.store.account_id
    ids = [shop.sell() for _ in range(6)]
    order_requests.request(
        [WantedOrder(account_id, order_id) for order_id in ids],
        lane=Lane.PERSON,
        why=RequestReason.PERSON,
        now=timezone.now(),
    )
    claimed = order_claims.take_next(is_troubled=False, now=timezone.now())
    assert claimed == account_id
    done = single_orders.refresh_claimed(account_id=account_id, ends_at=timezone.now())
    assert done.requests == 2
    assert order_claims.take_next(is_troubled=False, now=timezone.now()) == account_id


def test_an_account_whose_single_orders_time_out_is_troubled_and_keeps_its_wishes(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "TIMEOUT_SECONDS", 0.3)
    account_id, order_id = shop.store.account_id, shop.sell()
    order_requests.request(
        [WantedOrder(account_id, order_id)], lane=Lane.PERSON, why=RequestReason.PERSON, now=timezone.now()
    )
    fault(shop, "slow", "getOrder", seconds=3)
    worker_loop.refresh_waiting(is_troubled=False, wake_another=lambda: None)
    row = AccountSync.objects.get()
    assert row.is_troubled
    assert row.refresh_after is not None
    assert OrderRequest.objects.filter(answered_at=None).count() == 1
    AccountSync.objects.update(refresh_after=None)
    worker_loop.refresh_waiting(is_troubled=False, wake_another=lambda: None)
    assert OrderRequest.objects.filter(answered_at=None).count() == 1
    worker_loop.refresh_waiting(is_troubled=True, wake_another=lambda: None)
    assert OrderRequest.objects.filter(answered_at=None).count() == 0
