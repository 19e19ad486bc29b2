"""Runs and failures as people read them: filtered, scoped, and whether it is over."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from amazon_orders.models import Store
from integration import access
from integration.access import Viewer
from integration.models import AccountSync, Lane, Role
from integration.operations import activity
from integration.operations.activity import ErrorFilter, ErrorRow, RunFilter, RunRow
from integration.sync.runs import RunState
from tests.factories import amazon, people, records
from tests.factories.amazon import NOW

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def viewer(role: Role = Role.ADMIN, *stores: Store) -> Viewer:
    return access.viewer_of_user(people.user(role, stores))


def runs(found: RunFilter | None = None, by: Viewer | None = None) -> Sequence[RunRow]:
    return activity.run_page(viewer=by or viewer(), filters=found or RunFilter(), now=NOW).rows


def errors(found: ErrorFilter | None = None, by: Viewer | None = None) -> Sequence[ErrorRow]:
    return activity.error_page(viewer=by or viewer(), filters=found or ErrorFilter()).rows


def test_the_newest_come_first_page_by_page() -> None:
    account = amazon.store().account
    made = [
        records.run(account, started_at=NOW - minute * timedelta(minutes=1), ended_at=NOW)
        for minute in range(60)
    ]
    first = activity.run_page(viewer=viewer(), filters=RunFilter(), now=NOW)
    assert first.next_cursor is not None
    second = activity.run_page(viewer=viewer(), filters=RunFilter(), now=NOW, cursor=first.next_cursor)
    assert [row.run for row in (*first.rows, *second.rows)] == [run.run for run in made]
    assert (len(first.rows), second.next_cursor) == (50, None)


def test_runs_are_found_by_store_kind_day_and_trouble() -> None:
    mine, other = amazon.store("Harbor US"), amazon.store("Pier")
    poll = records.run(mine.account)
    single = records.run(mine.account, kind="SINGLE_ORDERS", started_at=NOW - HOUR)
    failed = records.run(other.account, problem="AMAZON_UNAVAILABLE", error="down")
    waits = records.run(other.account, problem="QUOTA")
    dead = records.run(other.account, ended_at=None, fencing=5)
    alive = records.run(mine.account, ended_at=None, fencing=7)
    AccountSync.objects.filter(account=mine.account).update(
        fencing=7, lease_expires_at=NOW + HOUR, lease_owner="elsewhere:1:2"
    )

    def found(**asked: object) -> set[str]:
        return {row.run for row in runs(RunFilter(**asked))}  # type: ignore[arg-type]

    assert found(store="harbor") == {poll.run, single.run, alive.run}
    assert found(store_id=other.pk) == {failed.run, waits.run, dead.run}
    assert found(kinds=("SINGLE_ORDERS",)) == {single.run}
    assert found(is_troubled=True) == {failed.run, dead.run}
    assert found(started_before=NOW - HOUR / 2) == {single.run}
    assert found(started_from=NOW - HOUR / 2, store="harbor") == {poll.run, alive.run}
    states = {row.run: row.state for row in runs()}
    assert states == {
        poll.run: RunState.DONE,
        single.run: RunState.DONE,
        failed.run: RunState.FAILED,
        waits.run: RunState.CONTINUES,
        dead.run: RunState.INTERRUPTED,
        alive.run: RunState.UNDER_WAY,
    }


def test_it_is_over_when_amazon_answered_the_account_since() -> None:
    account = amazon.store().account
    records.run(account, problem="AMAZON_UNAVAILABLE", started_at=NOW - HOUR, ended_at=NOW - HOUR)
    records.failure(account, first_at=NOW - HOUR)
    polled_at = NOW - timedelta(minutes=1)
    assert (runs()[0].answered_at, errors()[0].answered_at) == (polled_at, polled_at)
    AccountSync.objects.update(last_polled_at=NOW - 2 * HOUR)
    assert (runs()[0].answered_at, errors()[0].answered_at) == (None, None)


def test_a_run_leads_to_its_errors() -> None:
    account = amazon.store().account
    run = records.run(account, problem="AMAZON_UNAVAILABLE")
    quiet = records.run(account)
    records.failure(account, run=run.run)
    records.failure(account, run="another")
    assert {row.run: row.has_errors for row in runs()} == {run.run: True, quiet.run: False}
    assert [row.run for row in errors(ErrorFilter(run=run.run))] == [run.run]


def test_errors_are_found_by_store_kind_operation_and_day_and_speak_plainly() -> None:
    mine, other = amazon.store("Harbor US"), amazon.store("Pier")
    down = records.failure(mine.account, times=4)
    refused = records.failure(other.account, operation="getOrder", kind="REFUSED", status=400, lane=4)
    old = records.failure(other.account, first_at=NOW - HOUR)

    def found(**asked: object) -> set[int]:
        return {row.id for row in errors(ErrorFilter(**asked))}  # type: ignore[arg-type]

    assert found(store="harbor") == found(store_id=mine.pk) == {down.pk}
    assert found(kinds=("REFUSED",)) == found(operation="getOrder") == {refused.pk}
    assert found(first_before=NOW) == {old.pk}
    assert found(first_from=NOW) == {down.pk, refused.pk}
    by_id = {row.id: row for row in errors()}
    assert by_id[down.pk].times == 4
    assert by_id[refused.pk].lane == Lane.PROBE
    assert by_id[refused.pk].meaning.means == "Amazon refuses this order."


def test_nobody_sees_the_runs_and_errors_of_another_merchants_stores() -> None:
    account = amazon.account()
    mine, theirs = amazon.store("Mine", of=account), amazon.store("Theirs", of=account, marketplace="CA")
    other = amazon.store("Other")
    for each in (account, other.account):
        records.run(each)
        records.failure(each)
    merchant = viewer(Role.MERCHANT, mine)
    [run], [error] = runs(by=merchant), errors(by=merchant)
    assert [store.name for store in run.stores] == [store.name for store in error.stores] == ["Mine"]
    for store in (theirs, other):
        assert runs(RunFilter(store_id=store.pk), by=merchant) == ()
        assert errors(ErrorFilter(store=store.name), by=merchant) == ()
    assert runs(by=viewer(Role.OPERATOR)) == ()
