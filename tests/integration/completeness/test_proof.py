"""Counting, recording and healing, in a fixed number of statements and in little memory."""

import tracemalloc
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amazon_orders.models import Store
from integration.completeness import proof as completeness
from integration.completeness import report_counts
from integration.completeness.listed_orders import ListedOrder
from integration.completeness.report_counts import Tally
from integration.models import (
    ListSource,
    MissingOrder,
    OrderRequest,
    ProofDay,
    Quarantine,
    StoreSync,
    SyncRun,
)
from tests.factories import amazon
from tests.factories.amazon import NOW
from tests.fixtures_shop import events_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
YESTERDAY = (NOW - DAY).date()


def listed(order_id: str, store: Store, **changes: Any) -> ListedOrder:
    given: dict[str, Any] = {
        "purchased_at": NOW - DAY,
        "last_updated_at": NOW - DAY,
        "marketplace_id": store.marketplace_id,
    }
    return ListedOrder(order_id, **(given | changes))


def count(store: Store, *orders: ListedOrder, first: date = YESTERDAY) -> Tally:
    counted = Tally([store], first, YESTERDAY)
    for batch in report_counts.batches(orders):
        report_counts.count(counted, batch, synced_until=report_counts.synced_until([store]))
    return counted


def record(counted: Tally, *, is_whole: bool = True, **changes: Any) -> None:
    given: dict[str, Any] = {"source": ListSource.REPORT, "listed_at": NOW, "now": NOW}
    completeness.record_proof(counted, **(given | changes), is_whole=is_whole)


def test_an_order_counts_once_however_many_items_it_has() -> None:
    store = amazon.store()
    order = amazon.order(store)
    counted = count(store, *[listed(order.amazon_order_id, store)] * 3, listed("111-1", store))
    assert counted.orders == 2
    assert [missing.amazon_order_id for _, missing in counted.missing] == ["111-1"]


def test_a_batch_costs_one_statement_and_recording_a_fixed_number() -> None:
    store = amazon.store()
    spent = []
    for number in (3, 60):
        orders = [listed(f"11{number}-{each}", store) for each in range(number)]
        with CaptureQueriesContext(connection) as counting:
            counted = count(store, *orders)
        with CaptureQueriesContext(connection) as recording:
            record(counted)
        saved = [query for query in recording.captured_queries if "SAVEPOINT" not in query["sql"]]
        spent.append((len(counting), len(saved)))
    assert spent[0] == spent[1]
    assert spent[0][0] == 2
    assert spent[0][1] <= 18


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_counted_in_little_memory() -> None:
    store = amazon.store()
    StoreSync.objects.update(synced_until=None)

    def rows() -> Iterator[ListedOrder]:
        for number in range(100_000):
            yield listed(f"111-{number // 1000:07d}-{number:07d}", store)

    tracemalloc.start()
    counted = Tally([store], YESTERDAY, YESTERDAY)
    for batch in report_counts.batches(rows()):
        report_counts.count(counted, batch, synced_until={})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert counted.days[store.pk, YESTERDAY].to_come == 100_000
    assert peak < 40 * 1024 * 1024


def test_days_without_orders_are_proved_too_from_the_connection_on() -> None:
    store = amazon.store(connected_at=NOW - 3 * DAY)
    record(count(store, first=(NOW - 9 * DAY).date()))
    assert [row.day for row in ProofDay.objects.order_by("day")] == [
        (NOW - days * DAY).date() for days in (3, 2, 1)
    ]


def test_an_older_list_does_not_undo_a_newer_one() -> None:
    store = amazon.store()
    record(count(store, listed(amazon.order(store).amazon_order_id, store)))
    record(count(store), listed_at=NOW - timedelta(hours=1))
    assert ProofDay.objects.get().amazon == 1
    record(count(store), listed_at=NOW + timedelta(hours=1))
    assert ProofDay.objects.get().amazon == 0


def test_found_again_the_next_night_is_one_row_and_is_asked_for_again() -> None:
    store = amazon.store()
    record(count(store, listed("111-1", store)))
    OrderRequest.objects.update(answered_at=NOW, answer="UNKNOWN")
    record(count(store, listed("111-1", store)), now=NOW + DAY, listed_at=NOW + DAY)
    assert MissingOrder.objects.get().found_at == NOW
    assert OrderRequest.objects.get().answered_at is None


def test_what_amazon_lists_no_longer_is_given_up_and_open_again_when_it_is_listed() -> None:
    store = amazon.store()
    record(count(store, listed("111-1", store)))
    record(count(store), now=NOW + DAY, listed_at=NOW + DAY, is_whole=False)
    assert MissingOrder.objects.get().given_up_at is None
    record(count(store), now=NOW + DAY, listed_at=NOW + DAY)
    row = MissingOrder.objects.get()
    assert (row.given_up_at, row.given_up_by) == (NOW + DAY, "")
    record(count(store, listed("111-1", store)), now=NOW + 2 * DAY, listed_at=NOW + 2 * DAY)
    assert MissingOrder.objects.get().given_up_at is None


def test_what_a_person_gave_up_stays_so() -> None:
    store = amazon.store()
    record(count(store, listed("111-1", store)))
    assert completeness.give_up(missing_id=MissingOrder.objects.get().pk, by="maria", now=NOW)
    OrderRequest.objects.all().delete()
    record(count(store, listed("111-1", store)), now=NOW + DAY, listed_at=NOW + DAY)
    assert MissingOrder.objects.get().given_up_by == "maria"
    assert not OrderRequest.objects.exists()
    assert ProofDay.objects.get().missing == 1


def test_healing_nothing_is_one_statement() -> None:
    amazon.missing_order(amazon.store())
    with CaptureQueriesContext(connection) as asked:
        assert completeness.heal(now=NOW) == 0
    assert len(asked) == 1


def test_healing_moves_orders_to_stored_by_their_state() -> None:
    store = amazon.store()
    record(count(store, *(listed(f"111-{number}", store) for number in (1, 2, 3))))
    blocked = amazon.order(store, state="BLOCKED", amazon_order_id="111-1")
    amazon.order(store, state="IMPORTED", amazon_order_id="111-2")
    assert completeness.heal(now=NOW) == 2
    proof = ProofDay.objects.get()
    assert (proof.amazon, proof.stored, proof.missing, proof.healed) == (3, 2, 1, 2)
    assert (proof.blocked, proof.imported, proof.waiting) == (1, 1, 0)
    assert events_of(blocked.amazon_order_id) == ["HEALED"]
    assert completeness.heal(now=NOW) == 0


def test_another_sellers_order_of_the_same_number_heals_nothing() -> None:
    store = amazon.store()
    amazon.missing_order(store, amazon_order_id="111-1")
    amazon.order(amazon.store(), amazon_order_id="111-1")
    assert completeness.heal(now=NOW) == 0


def test_a_list_that_found_it_stored_already_is_not_moved_twice() -> None:
    store = amazon.store()
    record(count(store, listed("111-1", store)))
    amazon.order(store, state="BLOCKED", amazon_order_id="111-1")
    record(count(store, listed("111-1", store)), listed_at=NOW + DAY)
    completeness.heal(now=NOW)
    proof = ProofDay.objects.get()
    assert (proof.amazon, proof.stored, proof.blocked, proof.missing, proof.healed) == (1, 1, 1, 0, 1)


def test_an_order_imported_in_the_same_second_was_not_here_before() -> None:
    store = amazon.store()
    missing = [(store, listed("111-4", store))]
    amazon.order(store, state="IMPORTED", amazon_order_id="111-4")
    assert completeness.reasons_of(missing, now=NOW) == {"111-4": "NOT_READ_YET"}


def test_reasons_are_gathered_from_what_is_known() -> None:
    store = amazon.store()
    changed_at = NOW - DAY
    amazon.order(amazon.store(), state="IMPORTED", amazon_order_id="111-9")
    Quarantine.objects.create(
        account=store.account,
        amazon_order_id="111-2",
        digest="d",
        sealed_payload=b"",
        reason="x",
        seen_at=NOW,
    )
    orders = [(store, listed(f"111-{number}", store)) for number in (2, 3, 9)]
    why = completeness.reasons_of(orders, now=NOW)
    assert why == {"111-2": "QUARANTINED", "111-3": "LEFT_OUT", "111-9": "WAS_HERE"}
    SyncRun.objects.create(
        account=store.account,
        started_at=changed_at,
        ended_at=changed_at + timedelta(minutes=1),
        synced_from=changed_at - timedelta(minutes=5),
        error="Amazon is down.",
    )
    assert completeness.reasons_of(orders, now=NOW)["111-3"] == "OUTAGE"
    StoreSync.objects.update(away_since=changed_at - DAY, back_at=NOW, was_inactive=True)
    assert completeness.reasons_of(orders, now=NOW)["111-3"] == "INACTIVE"
    StoreSync.objects.update(was_inactive=False)
    assert completeness.reasons_of(orders, now=NOW)["111-3"] == "ACCESS_LOST"
