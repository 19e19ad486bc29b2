"""Health per account: the furthest behind first, in a fixed number of statements, in the viewer's stores."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from amazon_orders.models import Store
from integration import access
from integration.access import Viewer
from integration.models import (
    AccountSync,
    Heartbeat,
    Lane,
    OrderImport,
    OrderRequest,
    QuotaBucket,
    Role,
    SyncRun,
)
from integration.operations import sync_lag
from integration.operations.sync_lag import AccountHealth
from integration.sync.window_progress import BacklogState
from integration.sync.windows import Window
from paging.keyset import Page
from tests.factories import amazon, people, records
from tests.factories.amazon import NOW
from tests.fixtures_shop import Shop

pytestmark = pytest.mark.django_db
Statements = Callable[[Callable[[], Any]], int]


def admin() -> Viewer:
    return access.viewer_of_user(people.user(Role.ADMIN))


def behind(store: Store, minutes: int | None) -> Store:
    until = None if minutes is None else NOW - timedelta(minutes=minutes)
    AccountSync.objects.filter(account=store.account).update(synced_until=until)
    return store


def bucket(store: Store, operation: str = "searchOrders", **fields: Any) -> QuotaBucket:
    given = {"tokens": 5.5, "rate": 0.0056, "burst": 20, "refilled_at": NOW}
    return QuotaBucket.objects.create(account=store.account, operation=operation, **{**given, **fields})


def page(viewer: Viewer, cursor: str = "", size: int = 25) -> Page[AccountHealth]:
    return sync_lag.page(viewer=viewer, now=NOW, cursor=cursor, size=size)


def only(viewer: Viewer) -> AccountHealth:
    [row] = page(viewer).rows
    return row


def names(found: Page[AccountHealth]) -> list[str]:
    return [row.stores[0].name for row in found.rows]


def test_the_account_furthest_behind_comes_first_page_by_page_and_back() -> None:
    for name, minutes in (("c", 20), ("a", 90), ("b", 40), ("new", None), ("d", 19)):
        behind(amazon.store(name), minutes)
    inactive = behind(amazon.store("inactive"), 900)
    Store.objects.filter(pk=inactive.pk).update(is_active=False)
    viewer = admin()
    first = page(viewer, size=2)
    # Authorized a month ago, and nothing is in.
    assert names(first) == ["new", "a"]
    assert first.next_cursor is not None
    second = page(viewer, first.next_cursor, size=2)
    assert names(second) == ["b", "c"]
    assert second.previous_cursor is not None
    assert names(page(viewer, second.previous_cursor, size=2)) == ["new", "a"]
    assert [row.is_behind(NOW) for row in page(viewer).rows] == [True, True, True, False, False]


def test_quota_is_shown_as_it_is_now() -> None:
    store = amazon.store()
    bucket(
        store, refilled_at=NOW - timedelta(seconds=100), counted_on=NOW.date(), calls_poll=7, calls_person=2
    )
    bucket(
        store,
        "getOrder",
        tokens=30,
        rate=0.5,
        burst=30,
        counted_on=NOW.date() - timedelta(days=1),
        calls_poll=9,
    )
    single, search = only(admin()).operations
    assert search.tokens == pytest.approx(6.06)
    assert search.next_token_in is not None
    assert search.next_token_in.total_seconds() == pytest.approx(0.94 / 0.0056, abs=1)
    assert (search.spent_today, search.calls_today[Lane.POLL], search.calls_today[Lane.PERSON]) == (9, 7, 2)
    assert (single.next_token_in, single.spent_today) == (None, 0)


def test_single_orders_that_wait_now_are_counted_by_lane() -> None:
    store = amazon.store()
    for number, (lane, due) in enumerate(((1, 0), (4, 0), (4, -5), (4, 60))):
        OrderRequest.objects.create(
            account=store.account,
            amazon_order_id=f"113-{number}",
            lane=lane,
            why="STALE",
            wanted_at=NOW,
            due_at=NOW + timedelta(minutes=due),
        )
    assert only(admin()).waiting == {Lane.PERSON: 1, Lane.PROBE: 2}


def test_a_window_under_way_is_a_backlog_with_its_end() -> None:
    store = behind(amazon.store(), 600)
    window = Window(
        store_ids=[store.pk],
        marketplace_ids=[store.marketplace_id],
        after=(NOW - timedelta(minutes=600)).isoformat(),
        before=None,
        data_sets=[],
        is_catch_up=False,
        page_token="next",
        pages=8,
        bound=NOW.isoformat(),
    )
    AccountSync.objects.filter(account=store.account).update(window=window.as_json())
    bucket(store, tokens=3)
    assert only(admin()).backlog.pages_left is None
    records.run(store.account, started_at=NOW - timedelta(hours=2), reached_at=NOW)
    records.run(store.account, ended_at=None, reached_at=NOW - timedelta(minutes=300))
    records.run(store.account, kind="SINGLE_ORDERS", started_at=NOW, ended_at=NOW)
    found = only(admin()).backlog
    assert (found.state, found.pages_read, found.pages_left) == (BacklogState.UNDER_WAY, 8, 8)
    assert found.ends_in == timedelta(seconds=round(5 / 0.0056))


@pytest.mark.parametrize(
    "changes",
    [
        {"failures": 1},
        {"refused_at": NOW},
        {"last_polled_at": None},
        {"last_polled_at": NOW - timedelta(hours=1)},
    ],
)
def test_of_an_account_that_amazon_does_not_answer_no_backlog_is_known(changes: dict[str, Any]) -> None:
    store = amazon.store()
    assert only(admin()).backlog.state == BacklogState.NONE
    AccountSync.objects.filter(account=store.account).update(**changes)
    assert only(admin()).backlog.state == BacklogState.UNKNOWN


def test_an_operator_sees_the_accounts_of_the_stores_given_to_them() -> None:
    account = amazon.account()
    mine, theirs = amazon.store("Mine", of=account), amazon.store("Theirs", of=account, marketplace="CA")
    other = amazon.store("Other")
    OrderImport.objects.filter(pk=amazon.order(mine).pk).update(version=2)
    for store in (theirs, other):
        OrderImport.objects.filter(pk=amazon.order(store).pk).update(version=2)
    viewer = access.viewer_of_user(people.user(Role.OPERATOR, [mine]))
    assert [store.name for store in only(viewer).stores] == ["Mine"]
    found = sync_lag.totals(viewer=viewer, now=NOW)
    assert (found.accounts, found.due, found.oldest_due) == (1, 1, NOW)
    assert sync_lag.totals(viewer=admin(), now=NOW).due == 3


def test_totals_tell_who_is_behind_and_who_is_refused() -> None:
    behind(amazon.store(), 31)
    behind(amazon.store(), 29)
    refused = amazon.store()
    AccountSync.objects.filter(account=refused.account).update(refused_at=NOW)
    found = sync_lag.totals(viewer=admin(), now=NOW)
    assert (found.accounts, found.behind, found.refused, found.due, found.oldest_due) == (3, 1, 1, 0, None)


def test_workers_are_those_of_the_last_day() -> None:
    for worker, hours in (("old", 25), ("one", 1), ("two", 0)):
        Heartbeat.objects.create(worker=worker, seen_at=NOW - timedelta(hours=hours))
    assert [worker.worker for worker in sync_lag.workers(now=NOW)] == ["two", "one"]


def test_a_page_is_a_fixed_number_of_statements() -> None:
    counts = []
    viewer = admin()
    for _ in range(2):
        for _ in range(5):
            store = amazon.store()
            bucket(store)
            bucket(store, "getOrder")
        with CaptureQueriesContext(connection) as asked:
            page(viewer)
        counts.append(len(asked))
    assert counts == [4, 4]


def test_a_real_backlog_is_estimated_from_what_its_pages_covered(shop: Shop) -> None:
    for _ in range(230):
        shop.sell(("FREE", 1, "1.00"))
    shop.amazon.faults.queue("throttle", operation="searchOrders", after_calls=2)
    shop.sync()
    [row] = sync_lag.page(viewer=admin(), now=timezone.now()).rows
    assert SyncRun.objects.get().reached_at is not None
    assert (row.backlog.state, row.backlog.pages_read) == (BacklogState.UNDER_WAY, 2)
    assert row.backlog.pages_left is not None
    assert row.backlog.ends_in is not None
