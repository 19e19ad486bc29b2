"""Which stretch of time is asked for next, and where the cursor goes."""

from datetime import UTC, datetime, timedelta

from integration.sync import windows
from integration.sync.windows import StoreProgress, Window, WindowPlan

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DATA_SETS = ("FULFILLMENT", "PROCEEDS")
US, CA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"


def ago(**by: float) -> datetime:
    return NOW - timedelta(**by)


def store(
    store_id: int, marketplace_id: str, *, connected: datetime, synced: datetime | None = None
) -> StoreProgress:
    return StoreProgress(store_id, marketplace_id, connected, synced)


def plan(synced_until: datetime | None, *stores: StoreProgress) -> WindowPlan:
    return windows.plan(synced_until=synced_until, stores=stores, data_sets=DATA_SETS, now=NOW)


def window(**changes: object) -> Window:
    given = {
        "store_ids": [1],
        "marketplace_ids": [US],
        "after": ago(hours=1).isoformat(),
        "before": None,
        "data_sets": list(DATA_SETS),
        "is_catch_up": False,
    }
    return Window(**{**given, **changes})  # type: ignore[arg-type]


def test_stores_that_were_never_synced_start_together_at_the_earliest_connection() -> None:
    made = plan(None, store(1, US, connected=ago(days=3)), store(2, CA, connected=ago(days=9)))
    assert made == WindowPlan(
        joining=[],
        window=window(store_ids=[1, 2], marketplace_ids=[US, CA], after=ago(days=9).isoformat()),
    )


def test_a_store_connected_a_moment_ago_waits_until_it_is_readable() -> None:
    assert plan(None, store(1, US, connected=ago(seconds=119))) == WindowPlan([], None)
    assert plan(None, store(1, US, connected=ago(seconds=120))).window is not None
    assert plan(None) == WindowPlan([], None)


def test_one_window_for_all_stores_from_the_accounts_cursor() -> None:
    until = ago(minutes=10)
    stores = (
        store(1, US, connected=ago(days=3), synced=until),
        store(2, CA, connected=ago(days=3), synced=until),
    )
    assert plan(until, *stores) == WindowPlan(
        [], window(store_ids=[1, 2], marketplace_ids=[US, CA], after=until.isoformat())
    )
    fresh = ago(seconds=100)
    synced = store(1, US, connected=ago(days=3), synced=fresh)
    assert plan(fresh, synced) == WindowPlan([], None)


def test_a_store_that_joins_late_first_catches_up_alone_up_to_the_cursor() -> None:
    until = ago(minutes=10)
    ready = store(1, US, connected=ago(days=30), synced=until)
    late = store(2, CA, connected=ago(days=5))
    expected = window(
        store_ids=[2],
        marketplace_ids=[CA],
        after=ago(days=5).isoformat(),
        before=until.isoformat(),
        is_catch_up=True,
    )
    assert plan(until, ready, late) == WindowPlan([], expected)
    # One that comes back goes on where it was.
    back = store(2, CA, connected=ago(days=30), synced=ago(days=2))
    assert plan(until, ready, back).window == window(
        store_ids=[2],
        marketplace_ids=[CA],
        after=ago(days=2).isoformat(),
        before=until.isoformat(),
        is_catch_up=True,
    )


def test_a_store_with_nothing_to_catch_up_with_joins_at_once() -> None:
    until = ago(minutes=10)
    ready = store(1, US, connected=ago(days=30), synced=until)
    new = store(2, CA, connected=ago(minutes=1))
    made = plan(until, ready, new)
    assert made.joining == [2]
    assert made.window is not None
    assert made.window.store_ids == [1, 2]


def test_the_bound_that_amazon_really_used_is_believed() -> None:
    told = ago(minutes=4)
    assert windows.bound_used(window(), told=told, asked_at=NOW) == told
    assert windows.bound_used(window(), told=None, asked_at=NOW) == ago(minutes=2)
    bounded = window(before=ago(minutes=30).isoformat())
    assert windows.bound_used(bounded, told=None, asked_at=NOW) == ago(minutes=30)


def test_a_bound_that_could_not_be_read_yet_moves_the_cursor_no_further() -> None:
    future = NOW + timedelta(hours=1)
    assert windows.bound_used(window(), told=future, asked_at=NOW) == ago(minutes=2)


def test_the_last_page_of_a_backlog_covers_no_more_than_the_first() -> None:
    second = window().next_page("token", told=None, given_at=ago(hours=3))
    assert windows.bound_used(second, told=None, asked_at=NOW) == ago(hours=3, minutes=2)
    assert windows.bound_used(second, told=ago(minutes=2), asked_at=NOW) == ago(hours=3, minutes=2)


def test_the_cursor_overlaps_and_never_goes_back() -> None:
    bound = ago(minutes=2)
    assert windows.cursor_after(window(), bound=bound) == ago(minutes=17)
    assert windows.cursor_after(window(pages=9), bound=bound) == ago(minutes=17)
    assert windows.cursor_after(window(pages=10), bound=bound) == ago(minutes=4)
    short = window(after=ago(minutes=5).isoformat())
    assert windows.cursor_after(short, bound=bound) == ago(minutes=5)


def test_a_window_survives_its_row_and_its_token_dies_in_time() -> None:
    second = window().next_page("token", told=None, given_at=NOW)
    assert Window.from_json(second.as_json()) == second
    assert (second.pages, second.page_token) == (1, "token")
    assert not second.is_expired(now=NOW + timedelta(hours=23))
    assert second.is_expired(now=NOW + timedelta(hours=23, seconds=1))
    assert not window().is_expired(now=NOW + timedelta(days=30))


def test_a_window_is_fresh_for_ten_minutes_after_its_first_page() -> None:
    assert not window().is_fresh(now=NOW)
    begun = window(bound=ago(minutes=9).isoformat())
    assert begun.is_fresh(now=NOW)
    assert not begun.is_fresh(now=NOW + timedelta(minutes=1))
