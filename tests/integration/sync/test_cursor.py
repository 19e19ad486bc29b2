"""How far an account is in: what moves the cursor, and what leaves it where it is."""

import dataclasses
from datetime import datetime, timedelta

import pytest

from amazon_orders import normalize
from amazon_orders.models import Store
from integration.models import AccountSync, StoreSync
from integration.sync import cursor, lease, windows
from integration.sync.windows import Window
from tests.factories import amazon
from tests.factories.amazon import NOW

pytestmark = pytest.mark.django_db
BEFORE = NOW - timedelta(minutes=3)


@pytest.fixture
def store() -> Store:
    return amazon.store()


def window(store: Store, **changes: object) -> Window:
    given = {
        "store_ids": [store.pk],
        "marketplace_ids": [store.marketplace_id],
        "after": (NOW - timedelta(hours=1)).isoformat(),
        "before": None,
        "data_sets": ["FULFILLMENT"],
        "is_catch_up": False,
    }
    return Window(**{**given, **changes})  # type: ignore[arg-type]


def record(store: Store, search: Window, token: str | None) -> None:
    held = lease.claim(account_id=store.account_id, now=NOW)
    cursor.record_page(
        held, search, next_token=token, bound=NOW - timedelta(minutes=2), asked_at=NOW, now=NOW
    )
    lease.release(held)


def stand(store: Store) -> tuple[object, object]:
    return cursor.synced_until(store.account_id), StoreSync.objects.get(store=store).synced_until


def test_a_page_with_a_next_one_keeps_its_exact_parameters(store: Store) -> None:
    record(store, window(store), "token-2")
    progress = cursor.load(store.account_id)
    assert progress.window == window(store).next_page(
        "token-2", told=NOW - timedelta(minutes=2), given_at=NOW
    )
    assert stand(store) == (BEFORE, BEFORE)


def test_the_last_page_moves_account_and_stores(store: Store) -> None:
    record(store, window(store), None)
    assert stand(store) == (NOW - timedelta(minutes=17),) * 2
    record(store, window(store, pages=10), None)
    assert stand(store) == (NOW - timedelta(minutes=4),) * 2
    assert cursor.load(store.account_id).window is None


def test_a_catch_up_moves_its_stores_alone(store: Store) -> None:
    record(store, window(store, is_catch_up=True, before=(NOW - timedelta(minutes=30)).isoformat()), None)
    assert stand(store) == (BEFORE, NOW - timedelta(minutes=30))


def test_a_window_for_a_store_that_is_gone_is_forgotten(store: Store) -> None:
    record(store, window(store), "token-2")
    Store.objects.update(is_active=False)
    progress = cursor.load(store.account_id)
    assert (progress.window, progress.stores) == (None, [])


def test_a_store_without_access_is_left_out_until_it_has_it_again(store: Store) -> None:
    other = amazon.store(of=store.account, marketplace="CA")
    cursor.lose_access([other.pk], now=NOW)
    progress = cursor.load(store.account_id)
    assert (progress.stores, progress.lost_stores) == ([store], [other])
    cursor.lose_access([other.pk], now=NOW + timedelta(hours=1))
    assert StoreSync.objects.get(store=other).access_lost_at == NOW
    cursor.regain_access([other.pk], now=NOW + timedelta(hours=2))
    assert cursor.load(store.account_id).stores == [store, other]
    sync = StoreSync.objects.get(store=other)
    assert (sync.away_since, sync.back_at, sync.was_inactive) == (NOW, NOW + timedelta(hours=2), False)


def test_what_was_read_with_fewer_data_sets_is_read_again_until_it_is_whole(store: Store) -> None:
    whole = list(normalize.DATA_SETS)
    half = window(store, data_sets=list(normalize.FEWER_DATA_SETS))
    record(store, half, None)
    row = AccountSync.objects.get()
    assert (row.data_sets_level, row.half_read_since) == (1, datetime.fromisoformat(half.after))
    # A later one read by halves too begins later, and changes nothing of it.
    later = datetime.fromisoformat(half.after) + timedelta(minutes=20)
    record(store, dataclasses.replace(half, after=later.isoformat()), None)
    assert AccountSync.objects.get().half_read_since == datetime.fromisoformat(half.after)
    # One that is whole but begins later has not read all of it.
    record(store, window(store, data_sets=whole, after=later.isoformat()), None)
    assert AccountSync.objects.get().half_read_since == datetime.fromisoformat(half.after)

    record(store, window(store, data_sets=whole), "token-2")
    assert AccountSync.objects.get().half_read_since == datetime.fromisoformat(half.after)
    record(store, window(store, data_sets=whole), None)
    row = AccountSync.objects.get()
    assert (row.data_sets_level, row.half_read_since) == (0, None)


def test_a_good_pass_lets_the_lease_go_and_says_when_the_next_is_due(store: Store) -> None:
    held = lease.claim(account_id=store.account_id, now=NOW)
    AccountSync.objects.update(bug="KeyError in there", bug_since=NOW)
    cursor.finish(held, now=NOW, poll_after=timedelta(minutes=4))
    row = AccountSync.objects.get()
    assert (row.next_poll_at, row.lease_owner) == (NOW + timedelta(minutes=4), "")
    assert (row.bug, row.bug_since) == ("", None)


def test_failures_wait_longer_and_longer_up_to_a_quarter_of_an_hour(store: Store) -> None:
    waits = []
    for failures in (0, 1, 5, 6, 50):
        held = lease.claim(account_id=store.account_id, now=NOW)
        cursor.fail(held, text="down", after=timedelta(seconds=1), failures=failures, now=NOW)
        row = AccountSync.objects.get()
        waits.append((row.next_poll_at - NOW).total_seconds())
        assert (row.failures, row.last_error, row.synced_until) == (failures + 1, "down", BEFORE)
    assert waits == [15, 30, 480, 900, 900]
    held = lease.claim(account_id=store.account_id, now=NOW)
    cursor.fail(held, text="down", after=timedelta(hours=1), failures=0, now=NOW)
    assert AccountSync.objects.get().next_poll_at == NOW + timedelta(hours=1)


def test_waiting_for_quota_is_no_failure_and_a_refusal_says_since_when(store: Store) -> None:
    held = lease.claim(account_id=store.account_id, now=NOW)
    cursor.wait_for_quota(held, after=timedelta(seconds=179), now=NOW)
    row = AccountSync.objects.get()
    assert (row.failures, row.next_poll_at) == (0, NOW + timedelta(seconds=179))

    for minutes in (0, 15):
        moment = NOW + timedelta(minutes=minutes)
        held = lease.claim(account_id=store.account_id, now=moment)
        cursor.refuse(held, text="no", now=moment)
    row = AccountSync.objects.get()
    assert (row.refused_at, row.refusal, row.next_poll_at) == (NOW, "no", NOW + timedelta(minutes=30))
    held = lease.claim(account_id=store.account_id, now=NOW)
    cursor.finish(held, now=NOW, poll_after=windows.READABLE_AFTER)
    assert AccountSync.objects.get().refused_at is None


def test_a_pass_that_failed_or_was_refused_or_slow_troubles_the_account_until_one_is_good(
    store: Store,
) -> None:
    def is_troubled() -> bool:
        return AccountSync.objects.get().is_troubled

    held = lease.claim(account_id=store.account_id, now=NOW)
    cursor.fail(held, text="down", after=timedelta(0), failures=0, now=NOW)
    assert is_troubled()
    cursor.finish(lease.claim(account_id=store.account_id, now=NOW), now=NOW, poll_after=timedelta(0))
    assert not is_troubled()
    cursor.refuse(lease.claim(account_id=store.account_id, now=NOW), text="no", now=NOW)
    assert is_troubled()
    cursor.give_way(lease.claim(account_id=store.account_id, now=NOW), now=NOW, is_slow=False)
    assert not is_troubled()
    cursor.give_way(lease.claim(account_id=store.account_id, now=NOW), now=NOW, is_slow=True)
    assert is_troubled()
    # Quota that is spent says nothing about the account's health.
    held = lease.claim(account_id=store.account_id, now=NOW)
    cursor.wait_for_quota(held, after=timedelta(minutes=1), now=NOW)
    assert is_troubled()
