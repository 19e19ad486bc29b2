"""Bulk actions: what may be started, over which orders, and what a filter keeps of itself."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from integration.models import BatchAction, ImportBatch
from integration.orders import order_list
from integration.orders.actions import BadRequest
from integration.orders.bulk import batches, selection, work
from integration.orders.bulk.selection import Bulk
from integration.orders.order_list import OrderFilter
from tests.factories import amazon, commerce, people

NOW = amazon.NOW
pytestmark = pytest.mark.django_db


def bulk(action: BatchAction = BatchAction.RETRY, **fields: Any) -> Bulk:
    return Bulk(action=action, **{"token": "a", "by": "maria", "now": NOW, **fields})


def test_a_filter_is_read_as_it_was_written() -> None:
    filters = OrderFilter(
        store_ids=(3,),
        statuses=("SHIPPED",),
        states=("BLOCKED",),
        blockers=("FAILED",),
        purchased_after=NOW,
        total_min=Decimal("10.50"),
        number="111",
        sku="SKU-1",
        is_prime=True,
    )
    assert order_list.stored.read_filter(order_list.stored.write(filters)) == filters
    assert order_list.stored.write(OrderFilter()) == {}


@pytest.mark.parametrize("filters", [OrderFilter(buyer="Ada"), OrderFilter(q="Ada")])
def test_a_search_that_may_name_a_person_is_never_written(filters: OrderFilter) -> None:
    with pytest.raises(order_list.stored.NamesAPerson):
        order_list.stored.write(filters)
    with pytest.raises(BadRequest, match="kept nowhere"):
        selection.start_fitting(filters=filters, viewer=people.admin(), bulk=bulk())


def test_all_that_fit_are_a_batch_for_each_of_the_viewers_stores() -> None:
    mine, also, other = amazon.store(), amazon.store(), amazon.store()
    for store in (mine, mine, also, other):
        amazon.order(store, state="BLOCKED")
    amazon.order(mine)
    batches = selection.start_fitting(
        filters=OrderFilter(states=("BLOCKED",)), viewer=people.merchant(mine, also), bulk=bulk()
    )
    assert [(batch.store_id, batch.expected) for batch in batches] == [(mine.pk, 2), (also.pk, 1)]
    assert batches[0].filters == {"states": ["BLOCKED"]}
    with pytest.raises(BadRequest, match="No order fits"):
        selection.start_fitting(filters=OrderFilter(), viewer=people.merchant(), bulk=bulk(token="b"))


def test_what_comes_in_after_the_filter_was_looked_at_was_not_meant() -> None:
    store = amazon.store()
    meant = amazon.order(store, state="BLOCKED")
    [batch] = selection.start_fitting(
        filters=OrderFilter(states=("BLOCKED",)), viewer=people.admin(), bulk=bulk()
    )
    amazon.order(store, state="BLOCKED", received_at=NOW + timedelta(seconds=1))
    assert work.collect(now=NOW)
    assert [row.amazon_order_id for row in batch.orders.all()] == [meant.amazon_order_id]
    batch.refresh_from_db()
    assert batch.collected_after is None
    assert batches.progress([batch])[batch.pk].total == 1


def test_a_sku_in_the_way_is_the_sellers_or_the_products() -> None:
    store = amazon.store()
    by_sku, by_product, other = (amazon.order(store, state="BLOCKED") for _ in range(3))
    amazon.blocker(by_sku, "PRODUCT_MISSING", "PAN")
    amazon.blocker(by_product, "OUT_OF_STOCK", "SKU-1", product=commerce.product("PAN"))
    amazon.blocker(other, "PRODUCT_MISSING", "POT")

    def found(**fields: Any) -> set[str]:
        page = order_list.page(viewer=people.admin(), filters=OrderFilter(**fields))
        return {row.amazon_order_id for row in page.rows}

    assert found(sku="PAN") == {by_sku.amazon_order_id, by_product.amazon_order_id}
    assert found(sku="PAN", blockers=("OUT_OF_STOCK",)) == {by_product.amazon_order_id}


def test_what_makes_no_sense_is_refused_in_words() -> None:
    store = amazon.store("Mugs")
    order = amazon.order(store)
    given: dict[str, Any] = {"order_ids": [order.pk], "viewer": people.admin()}
    with pytest.raises(BadRequest, match="Say why"):
        selection.start_ticked(**given, bulk=bulk(BatchAction.SKIP, reason=" "))
    with pytest.raises(BadRequest, match="in the future"):
        selection.start_ticked(**given, bulk=bulk(BatchAction.SKIP, reason="Later", until=NOW))
    with pytest.raises(BadRequest, match="At most 1,000"):
        selection.start_ticked(order_ids=range(1_001), viewer=people.admin(), bulk=bulk())
    store.is_active = False
    store.save()
    with pytest.raises(BadRequest, match="Mugs is inactive"):
        selection.start_ticked(**given, bulk=bulk(BatchAction.REFRESH))
    assert not ImportBatch.objects.exists()


def test_a_reason_is_kept_with_a_skip_only() -> None:
    order = amazon.order(amazon.store())
    for action, kept in ((BatchAction.SKIP, "Later"), (BatchAction.RETRY, "")):
        [batch] = selection.start_ticked(
            order_ids=[order.pk], viewer=people.admin(), bulk=bulk(action, token=action, reason=" Later ")
        )
        assert batch.skip_reason == kept
