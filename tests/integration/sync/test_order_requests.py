"""Single orders wanted by their number: one row each, the most urgent wish rules, late wishes stay open."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from amazon_orders.models import Account, AmazonOrder
from integration.models import AccountSync, Lane, OrderRequest, QuotaBucket, RequestReason
from integration.sync import order_claims, order_requests, refresh, single_orders
from integration.sync.order_claims import Rest
from integration.sync.order_requests import WantedOrder
from integration.sync.refresh import OrdersAskedFor
from tests.factories import amazon
from tests.fixtures_shop import Shop, has_commerce_order

pytestmark = pytest.mark.django_db
NOW = amazon.NOW
HOUR = timedelta(hours=1)
ORDER = "111-0000000-0000001"


@pytest.fixture
def account() -> Account:
    return amazon.store().account


def want(
    account: Account, *order_ids: str, lane: Lane = Lane.PROBE, why: str = "STALE", **how: object
) -> None:
    given = {"now": NOW, **how}
    order_requests.request(
        [WantedOrder(account.pk, order_id) for order_id in order_ids or (ORDER,)],
        lane=lane,
        why=RequestReason(why),
        **given,  # type: ignore[arg-type]  # now, by, due_at
    )


def test_three_statements_for_any_number_of_orders(account: Account) -> None:
    want(account, "1", "2")
    with CaptureQueriesContext(connection) as statements:
        want(account, *(str(number) for number in range(50)))
    told = [each["sql"] for each in statements if "SAVEPOINT" not in each["sql"]]
    assert len(told) == 3
    assert OrderRequest.objects.count() == 50


def test_an_open_wish_takes_the_more_urgent_lane_and_the_earlier_time(account: Account) -> None:
    want(account, due_at=NOW + HOUR)
    want(account, lane=Lane.PERSON, why="PERSON", by="maria", now=NOW + timedelta(seconds=1))
    want(account, lane=Lane.RECONCILE, why="MISSING", now=NOW + timedelta(seconds=2))
    row = OrderRequest.objects.get()
    assert (row.lane, row.why, row.wanted_by) == (Lane.PERSON, "PERSON", "maria")
    assert row.due_at == NOW + timedelta(seconds=1)
    assert row.wanted_at == NOW + timedelta(seconds=2)


def test_a_wish_after_the_answer_is_a_new_one(account: Account) -> None:
    want(account, lane=Lane.PERSON, why="PERSON", by="maria")
    OrderRequest.objects.update(answered_at=NOW, answer="UNKNOWN")
    want(account, lane=Lane.PROBE, now=NOW + HOUR)
    row = OrderRequest.objects.get()
    assert (row.lane, row.why, row.wanted_by) == (Lane.PROBE, "STALE", "")
    assert (row.answered_at, row.answer, row.due_at) == (None, "", NOW + HOUR)


def test_the_same_number_of_another_seller_is_another_order(account: Account) -> None:
    other = amazon.store().account
    want(account, lane=Lane.PERSON, why="PERSON")
    want(other)
    assert dict(OrderRequest.objects.values_list("account_id", "lane")) == {
        account.pk: Lane.PERSON,
        other.pk: Lane.PROBE,
    }


def test_the_most_urgent_lane_is_asked_first(account: Account) -> None:
    want(account, "3", lane=Lane.RECONCILE, why="MISSING", now=NOW - HOUR)
    want(account, "2", lane=Lane.PROBE)
    want(account, "1", lane=Lane.PERSON, why="PERSON")
    want(account, "later", lane=Lane.PERSON, why="PERSON", due_at=NOW + HOUR)
    found = refresh.wanted(account_id=account.pk, now=NOW)
    assert [each.amazon_order_id for each in found] == ["1", "2", "3"]


def test_an_answer_to_an_earlier_question_settles_nothing(account: Account) -> None:
    want(account, now=NOW + timedelta(seconds=1))
    asked = OrdersAskedFor(asked_at=NOW, known=[ORDER])
    refresh.note(account_id=account.pk, asked=asked, malformed=[], now=NOW + HOUR)
    assert OrderRequest.objects.get().answered_at is None
    asked = OrdersAskedFor(asked_at=NOW + timedelta(seconds=1), known=[ORDER])
    refresh.note(account_id=account.pk, asked=asked, malformed=[], now=NOW + HOUR)
    assert not OrderRequest.objects.exists()


@pytest.mark.parametrize(
    ("lane", "asked", "answer"),
    [
        (Lane.PERSON, OrdersAskedFor(NOW, known=[ORDER]), "KNOWN"),
        (Lane.RECONCILE, OrdersAskedFor(NOW, known=[ORDER]), "KNOWN"),
        (Lane.PROBE, OrdersAskedFor(NOW, unknown=[ORDER]), "UNKNOWN"),
        (Lane.PERSON, OrdersAskedFor(NOW, denied=[ORDER]), "DENIED"),
    ],
)
def test_an_answer_that_somebody_looks_up_is_kept_a_month(
    account: Account, lane: Lane, asked: OrdersAskedFor, answer: str
) -> None:
    want(account, lane=lane)
    refresh.note(account_id=account.pk, asked=asked, malformed=[], now=NOW)
    assert OrderRequest.objects.get().answer == answer
    assert order_requests.forget_answers(now=NOW + timedelta(days=30)) == 0
    assert order_requests.forget_answers(now=NOW + timedelta(days=31)) == 1


def test_while_the_lanes_behind_rest_a_person_is_served(account: Account) -> None:
    AccountSync.objects.update_or_create(account=account, defaults={"next_poll_at": NOW})
    want(account, "1", lane=Lane.RECONCILE, why="MISSING")
    order_claims.rest(account_id=account.pk, how=Rest(HOUR, Lane.CATCH_UP), now=NOW)
    assert order_claims.accounts_waiting(now=NOW) == set()
    assert not order_claims.claim(account_id=account.pk, now=NOW)
    want(account, "2", lane=Lane.PERSON, why="PERSON")
    assert order_claims.accounts_waiting(now=NOW) == {account.pk}
    assert order_claims.claim(account_id=account.pk, now=NOW)
    # Whoever claimed it asks for all: nobody else gets in, however urgent.
    assert order_claims.accounts_waiting(now=NOW) == set()
    assert not order_claims.claim(account_id=account.pk, now=NOW)


def test_an_order_we_never_saw_comes_in_by_its_number(shop: Shop) -> None:
    order_id = shop.sell()
    want(shop.store.account, order_id, lane=Lane.RECONCILE, why="MISSING", now=timezone.now())

    outcome = single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now())

    assert (outcome.requests, outcome.counts["imported"], outcome.problems) == (1, 1, [])
    assert has_commerce_order(order_id)


def test_what_is_left_of_the_quota_is_kept_for_people(shop: Shop) -> None:
    shop.amazon.quota.mode = "real"
    proofs, wanted = [shop.sell() for _ in range(24)], shop.sell()
    now = timezone.now()
    want(shop.store.account, *proofs, lane=Lane.RECONCILE, why="MISSING", now=now)

    outcome = single_orders.refresh_account(account_id=shop.store.account_id, now=now)

    # 30 tokens, of which the proof leaves 10; at half a token a second one more may have come.
    assert outcome.requests in {20, 21}
    assert outcome.problems == []
    want(shop.store.account, wanted, lane=Lane.PERSON, why="PERSON", now=timezone.now())
    done = single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now())
    assert done.requests in {1, 2}
    assert AmazonOrder.objects.filter(amazon_order_id=wanted).exists()
    bucket = QuotaBucket.objects.get(operation="getOrder")
    calls = bucket.calls(on=timezone.now().date())
    assert (calls[Lane.PERSON], calls[Lane.RECONCILE]) == (1, outcome.requests + done.requests - 1)
