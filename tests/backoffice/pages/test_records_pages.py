"""Activity and Health: what they say, to whom, and that a bad cursor leads to the first page."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integration.models import AccountSync, Heartbeat, OrderRequest, QuotaBucket, Role
from integration.sync.windows import Window
from tests.factories import amazon, records
from tests.factories.amazon import NOW

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_activity_tells_of_runs_and_leads_to_their_errors(sign_in: SignIn) -> None:
    account = amazon.store("Harbor US").account
    run = records.run(account, problem="AMAZON_UNAVAILABLE", error="Amazon is down or overloaded.")
    records.failure(account, run=run.run, code="InternalFailure")
    client = sign_in()
    shown = text(client, "/activity/")
    assert "3 received, 2 changed, 1 imported" in shown
    assert "Failed" in shown
    assert "Amazon is down or overloaded." in shown
    assert f"/activity/errors/?run={run.run}" in shown
    errors = text(client, f"/activity/errors/?run={run.run}")
    assert "Amazon is down or overloaded." in errors
    assert "InternalFailure" in errors
    assert "76c830cb-850e-4b61-ab8f-59d07c8306cd" in errors
    assert "After three failures in a row fewer data sets are asked for." in errors


def test_filters_stand_in_the_address_and_as_chips(sign_in: SignIn) -> None:
    mine, other = amazon.store("Harbor"), amazon.store("Pier")
    records.run(mine.account, run="aaaa", kind="POLL")
    records.run(other.account, run="bbbb", kind="SINGLE_ORDERS", problem="BUG")
    client = sign_in()
    for query, seen, unseen in (
        ("store=harb", "aaaa", "bbbb"),
        ("kind=SINGLE_ORDERS", "bbbb", "aaaa"),
        ("troubled=on", "bbbb", "aaaa"),
        ("since=2026-11-20&until=2026-11-20&store=harb", "aaaa", "bbbb"),
    ):
        shown = text(client, f"/activity/?{query}")
        assert f'data-run="{seen}"' in shown
        assert f'data-run="{unseen}"' not in shown
        assert "Clear all" in shown
    assert "No run fits these filters" in text(client, "/activity/?until=2026-11-19")
    # What makes no sense does not filter, and says so.
    assert "Enter a valid date" in text(client, "/activity/?since=tomorrow")
    assert "aaaa" in text(client, "/activity/?kind=NONSENSE")
    assert "No error fits" in text(client, "/activity/errors/?operation=none&store=%00")


@pytest.mark.parametrize("path", ["/activity/", "/activity/errors/", "/health/"])
def test_a_cursor_that_is_none_leads_to_the_first_page(path: str, sign_in: SignIn) -> None:
    assert "this is the first one" in text(sign_in(), f"{path}?cursor=nonsense")


def test_empty_pages_say_so(sign_in: SignIn) -> None:
    client = sign_in()
    assert "No runs yet" in text(client, "/activity/")
    assert "No call to Amazon has failed" in text(client, "/activity/errors/")
    health = text(client, "/health/")
    assert "No active store" in health
    assert "No worker was seen within a day" in health


def test_a_merchant_reads_the_activity_of_their_stores_and_no_health(sign_in: SignIn) -> None:
    mine, other = amazon.store("Mine"), amazon.store("Other")
    records.run(mine.account, run="aaaa")
    records.run(other.account, run="bbbb")
    merchant = sign_in(Role.MERCHANT, mine)
    shown = text(merchant, "/activity/")
    assert ('data-run="aaaa"' in shown, 'data-run="bbbb"' in shown) == (True, False)
    assert 'href="/health/"' not in shown
    assert merchant.get("/health/").status_code == 403
    assert 'href="/health/"' in text(sign_in(Role.OPERATOR, mine), "/activity/")


def test_health_tells_of_workers_quota_and_who_waits(sign_in: SignIn) -> None:
    store, now = amazon.store("Harbor US"), timezone.now()
    AccountSync.objects.filter(account=store.account).update(
        synced_until=now - timedelta(minutes=20), last_polled_at=now - timedelta(minutes=1)
    )
    QuotaBucket.objects.create(
        account=store.account,
        operation="searchOrders",
        tokens=13.2,
        rate=0.0056,
        burst=20,
        refilled_at=now,
        counted_on=now.date(),
        calls_poll=210,
        calls_person=3,
    )
    OrderRequest.objects.create(
        account=store.account, amazon_order_id="113-1", lane=4, why="STALE", wanted_at=now, due_at=now
    )
    Heartbeat.objects.create(worker="celery@one", seen_at=now)
    Heartbeat.objects.create(worker="celery@two", seen_at=now - timedelta(minutes=10))
    shown = text(sign_in(Role.OPERATOR, store), "/health/")
    for said in (
        "Harbor US",
        "Keeping up",
        "Search for orders",
        "13 of 20",
        "20.2 an hour",
        "next in 2 min",
        "213 calls",
        "People 3, Sync 210",
        "1 waiting",
        "Prober 1",
        "At work",
        "Silent",
    ):
        assert said in shown, said


def test_health_tells_an_account_that_is_refused_or_fails(sign_in: SignIn) -> None:
    refused, failing = amazon.store(), amazon.store()
    AccountSync.objects.filter(account=refused.account).update(refused_at=NOW)
    AccountSync.objects.filter(account=failing.account).update(failures=3, last_error="Amazon is down.")
    shown = text(sign_in(), "/health/")
    for said in ("Refused by Amazon", "3 polls failed", "Amazon is down.", "unknown until Amazon answers"):
        assert said in shown


def test_every_answer_carries_the_name_of_its_request(client: Client) -> None:
    names = {
        client.get("/accounts/login/", headers={"x-request-id": "mine"})["X-Request-ID"] for _ in range(2)
    }
    assert len(names) == 2
    assert "mine" not in names


def test_the_stores_dashboard_tells_how_far_a_backlog_is(sign_in: SignIn) -> None:
    store, now = amazon.store("Harbor US"), timezone.now()
    client, path = sign_in(), f"/stores/{store.pk}/"
    assert "Catching up" not in text(client, path)
    window = Window(
        store_ids=[store.pk],
        marketplace_ids=[store.marketplace_id],
        after=(now - timedelta(hours=10)).isoformat(),
        before=None,
        data_sets=[],
        is_catch_up=False,
        pages=6,
        bound=now.isoformat(),
    )
    AccountSync.objects.filter(account=store.account).update(window=window.as_json(), last_polled_at=now)
    assert "6 pages read, how many are left is not known, end unknown" in text(client, path)
    records.run(store.account, reached_at=now - timedelta(hours=5))
    QuotaBucket.objects.create(
        account=store.account, operation="searchOrders", tokens=0, rate=0.0056, burst=20, refilled_at=now
    )
    assert "6 pages read, about 6 pages left, done in about 18 min" in text(client, path)
    assert "/activity/?store=Harbor%20US" in text(client, path)
