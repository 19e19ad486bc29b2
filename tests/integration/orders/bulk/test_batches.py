"""Imports of chosen orders: what may be started, once, and how far they are."""

from datetime import timedelta
from typing import Any

import pytest

from amazon_orders.models import AmazonOrder, Store
from integration.models import BatchAction, BatchOrder, ImportBatch, OrderImport
from integration.orders.actions import BadRequest
from integration.orders.bulk import batches as import_batches
from integration.orders.bulk import selection
from integration.orders.bulk.selection import Bulk
from tests.factories import amazon, people

NOW = amazon.NOW
FIRST, SECOND = "111-0000001-0000001", "111-0000001-0000002"


@pytest.mark.parametrize(
    "text",
    [
        f"{FIRST}\n{SECOND}",
        f"{FIRST},{SECOND}",
        f'  "{FIRST}"; \t({SECOND})  \r\n\r\n',
        f"{FIRST} {SECOND} {FIRST}",
        f"{FIRST}|{SECOND}".replace("-", "\u2011"),
        f"{FIRST}\u00a0{SECOND}",
        "11100000010000001\n11100000010000002",
    ],
)
def test_numbers_are_found_in_any_separators_each_once(text: str) -> None:
    assert import_batches.read_numbers(text) == import_batches.Numbers((FIRST, SECOND), ())


def test_what_is_no_number_is_named_with_its_line() -> None:
    read = import_batches.read_numbers(f"Order\n{FIRST}, 111-1-1\n\n{'9' * 60}")
    assert read.found == (FIRST,)
    assert read.wrong == ((1, "Order"), (2, "111-1-1"), (4, "9" * 40))
    # Digits of other scripts are digits to some programs.
    assert import_batches.read_numbers("١١١-0000001-0000001").found == ()


def bulk(action: BatchAction = BatchAction.IMPORT, **fields: Any) -> Bulk:
    return Bulk(action=action, **{"token": "a", "by": "maria", "now": NOW, **fields})


def by_number(store: Store, *numbers: str, token: str = "a") -> ImportBatch:
    return import_batches.start_by_number(store=store, numbers=numbers, token=token, by="maria", now=NOW)


@pytest.mark.django_db
def test_a_form_that_is_sent_twice_starts_one_batch() -> None:
    store = amazon.store()
    assert by_number(store, FIRST, SECOND).pk == by_number(store, FIRST, SECOND).pk
    assert by_number(store, FIRST, token="b").pk != by_number(store, FIRST).pk
    assert BatchOrder.objects.count() == 3
    # Another store's forms are its own.
    assert by_number(amazon.store(), FIRST).pk != by_number(store, FIRST).pk


@pytest.mark.django_db
def test_all_since_is_started_once_although_it_has_nothing_left_the_second_time() -> None:
    store = amazon.store()
    order = view_only(store)

    def start() -> ImportBatch:
        return import_batches.start_since(
            store=store, since=NOW - timedelta(days=1), token="a", by="maria", now=NOW
        )

    first = start()
    assert first.expected == 1
    order.order_import.is_import_requested = True
    order.order_import.save()
    assert start().pk == first.pk


def view_only(store: Store) -> AmazonOrder:
    order: AmazonOrder = amazon.order(store, state="VIEW_ONLY")
    order.order_import.reason = "IMPORT_DISABLED"
    order.order_import.save()
    return order


@pytest.mark.django_db
def test_what_was_received_while_import_was_off_is_still_wanted_and_of_this_store() -> None:
    store = amazon.store()
    wanted, early, canceled = view_only(store), view_only(store), view_only(store)
    asked, multi_channel, _ = view_only(store), view_only(store), view_only(amazon.store())
    AmazonOrder.objects.filter(pk=early.pk).update(received_at=NOW - timedelta(days=2))
    AmazonOrder.objects.filter(pk=canceled.pk).update(status="CANCELLED")
    OrderImport.objects.filter(pk=asked.pk).update(is_import_requested=True)
    OrderImport.objects.filter(pk=multi_channel.pk).update(reason="MULTI_CHANNEL")
    amazon.order(store)
    found = import_batches.received_while_off(store_id=store.pk, since=NOW - timedelta(days=1))
    assert [each.pk for each in found] == [wanted.pk]
    assert import_batches.received_while_off(store_id=store.pk).count() == 2


@pytest.mark.django_db
def test_what_makes_no_sense_is_refused_in_words() -> None:
    store = amazon.store("Mugs")
    with pytest.raises(BadRequest, match="at least one"):
        by_number(store)
    with pytest.raises(BadRequest, match="At most 1,000 orders at a time; these are 1,001"):
        by_number(store, *(f"111-0000001-{number:07d}" for number in range(1_001)))
    with pytest.raises(BadRequest, match="characters"):
        by_number(store, FIRST, token="")
    for since, words in ((NOW + timedelta(seconds=1), "past"), (NOW, "No view-only order")):
        with pytest.raises(BadRequest, match=words):
            import_batches.start_since(store=store, since=since, token="a", by="maria", now=NOW)
    with pytest.raises(BadRequest, match="Tick"):
        selection.start_ticked(order_ids=[], viewer=people.admin(), bulk=bulk())
    store.is_active = False
    with pytest.raises(BadRequest, match="Mugs is inactive"):
        by_number(store, FIRST)
    assert not ImportBatch.objects.exists()


@pytest.mark.django_db
def test_chosen_orders_of_several_stores_are_a_batch_each_and_others_stores_are_left_out() -> None:
    mine, also, other = amazon.store(), amazon.store(), amazon.store()
    orders = [amazon.order(store, state="VIEW_ONLY") for store in (mine, also, other)]
    batches = selection.start_ticked(
        order_ids=[order.pk for order in orders], viewer=people.merchant(mine, also), bulk=bulk()
    )
    assert [batch.store_id for batch in batches] == [mine.pk, also.pk]
    assert BatchOrder.objects.count() == 2
    assert import_batches.recent(viewer=people.merchant(other)) == []
    assert {batch.pk for batch in import_batches.recent(viewer=people.merchant(mine))} == {batches[0].pk}


@pytest.mark.django_db
def test_progress_is_counted_from_the_rows() -> None:
    store = amazon.store()
    batch = by_number(store, FIRST, SECOND, "111-0000001-0000003")
    other = by_number(store, FIRST, token="b")
    BatchOrder.objects.filter(batch=batch, amazon_order_id=FIRST).update(outcome="IMPORTED")
    found = import_batches.progress([batch, other])
    assert (found[batch.pk].total, found[batch.pk].done) == (3, 1)
    assert found[batch.pk].by_outcome == {"IMPORTED": 1}
    assert found[other.pk].done == 0
    BatchOrder.objects.filter(batch=batch).update(outcome="UNKNOWN")
    assert import_batches.progress([batch])[batch.pk] == import_batches.Progress(
        total=3, done=3, by_outcome={"UNKNOWN": 3}
    )
