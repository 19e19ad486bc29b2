"""Holds, reservations, releases and consumption of stock."""

import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce.models import Product, Reservation, StockItem
from commerce.stock import stock
from commerce.stock.stock import Demand, Shortage, Stock
from tests.commerce.shop import (
    CHANNEL,
    LATER,
    NOW,
    assert_stock_is_sound,
    draft,
    line,
    place,
    product,
    quantities,
    source,
    stock_item,
)

pytestmark = pytest.mark.django_db


def lock(*products: Product, references: tuple[str, ...] = ("A-1",)) -> Stock:
    return stock.lock(
        channel=CHANNEL, channel_references=references, product_ids=[each.pk for each in products]
    )


def hold(of: Product, quantity: int, reference: str = "A-1") -> list[Shortage]:
    working = lock(of, references=(reference,))
    short = working.hold(reference, [Demand(reference, "L1", of.pk, quantity)])
    working.save(NOW)
    return short


def test_a_hold_keeps_what_there_is_and_names_what_is_short() -> None:
    mug = product(on_hand=2)
    assert hold(mug, 3) == [Shortage("A-1", "L1", mug.pk, "MUG-1", needed=3, salable=2)]
    assert quantities(mug) == (2, 2)
    assert_stock_is_sound()


def test_a_hold_grows_and_shrinks_with_its_order() -> None:
    mug = product(on_hand=5)
    for quantity in (2, 5, 1):
        assert hold(mug, quantity) == []
        assert quantities(mug) == (5, quantity)
    assert_stock_is_sound()


def test_a_line_that_is_no_longer_there_holds_nothing() -> None:
    mug = product(on_hand=5)
    hold(mug, 2)
    working = lock(mug)
    working.hold("A-1", [])
    working.save(LATER)
    assert quantities(mug) == (5, 0)
    assert not Reservation.objects.exists()
    mug.refresh_from_db()
    assert mug.availability_changed_at == LATER


def test_a_line_that_is_matched_anew_moves_its_hold_to_the_other_product() -> None:
    mug, cup = product("MUG", on_hand=5), product("CUP", on_hand=5)
    hold(mug, 2)
    hold(cup, 2)
    assert (quantities(mug), quantities(cup)) == ((5, 0), (5, 2))
    assert Reservation.objects.get().stock_item.product_id == cup.pk
    assert_stock_is_sound()


def test_a_hold_on_a_product_that_is_no_longer_managed_is_released() -> None:
    mug = product(on_hand=5)
    hold(mug, 2)
    Product.objects.update(manage_stock=False)
    hold(mug, 2)
    assert quantities(mug) == (5, 0)


def test_a_reservation_that_fails_leaves_the_hold_as_it_was() -> None:
    mug = product(on_hand=5)
    hold(mug, 2)
    working = lock(mug)
    assert working.reserve("A-1", [Demand("A-1", "L1", mug.pk, 6)]) == [
        Shortage("A-1", "L1", mug.pk, "MUG-1", needed=6, salable=5)
    ]
    working.save(LATER)
    assert quantities(mug) == (5, 2)
    mug.refresh_from_db()
    assert mug.availability_changed_at < NOW


def test_part_of_a_line_is_released_from_the_least_preferred_source_first() -> None:
    mug = product(on_hand=None)
    stock_item(mug, on_hand=2, at=source("near", priority=1))
    stock_item(mug, on_hand=2, at=source("far", priority=2))
    hold(mug, 4)
    working = lock()
    assert working.release("A-1", "L1", 3) == 3
    assert working.release("A-1", "L9") == 0
    working.save(NOW)
    assert (quantities(mug, "near"), quantities(mug, "far")) == ((2, 1), (2, 0))
    assert_stock_is_sound()


def test_the_items_that_an_order_holds_units_of_are_locked_without_naming_the_product() -> None:
    mug = product(on_hand=5)
    hold(mug, 2)
    working = lock()
    assert working.release("A-1") == 2
    working.save(NOW)
    assert quantities(mug) == (5, 0)


def test_consuming_takes_the_lines_own_units_before_free_ones() -> None:
    mug = product(on_hand=5)
    hold(mug, 2)
    hold(mug, 2, reference="A-2")
    working = lock(mug)
    missing = working.consume(channel_reference="A-1", line_reference="L1", product_id=mug.pk, quantity=4)
    working.save(NOW)
    assert missing == Shortage("A-1", "L1", mug.pk, "MUG-1", needed=4, salable=3)
    assert quantities(mug) == (2, 2)
    assert Reservation.objects.get().channel_reference == "A-2"
    assert_stock_is_sound()


def test_consuming_a_product_that_is_not_managed_takes_nothing() -> None:
    mug = product(on_hand=5, manage_stock=False)
    working = lock(mug)
    assert (
        working.consume(channel_reference="A-1", line_reference="L1", product_id=mug.pk, quantity=4) is None
    )
    working.save(NOW)
    assert quantities(mug) == (5, 0)


def test_a_reservation_on_a_source_that_was_switched_off_stays() -> None:
    mug = product(on_hand=5)
    hold(mug, 2)
    source().__class__.objects.update(is_enabled=False)
    place(draft("A-1", line(mug, 2)))
    assert quantities(mug) == (5, 2)
    assert place(draft("A-2", line(mug, 1))).short["A-2"][0].salable == 0


def test_salable_counts_enabled_sources_of_managed_products_in_one_statement() -> None:
    mug, cup, free, none = product("MUG", on_hand=5), product("CUP"), product("FREE", manage_stock=False), 0
    stock_item(mug, on_hand=7, at=source("closed", is_enabled=False))
    stock_item(mug, on_hand=1, at=source("other"))
    hold(mug, 2)
    with CaptureQueriesContext(connection) as context:
        units = stock.salable([mug.pk, cup.pk, free.pk, none])
    assert units == {mug.pk: 4, cup.pk: 0, free.pk: None}
    assert len(context) == 1


def test_what_an_order_holds_is_told_by_line_and_product() -> None:
    mug = product(on_hand=None)
    stock_item(mug, on_hand=2, at=source("near"))
    stock_item(mug, on_hand=2, at=source("far"))
    hold(mug, 3)
    assert stock.held(channel=CHANNEL, channel_references=["A-1", "A-2"]) == {("A-1", "L1", mug.pk): 3}
    assert stock.held(channel="other", channel_references=["A-1"]) == {}


def test_nothing_is_written_where_nothing_changed() -> None:
    mug = product(on_hand=5)
    hold(mug, 2)
    working = lock(mug)
    working.hold("A-1", [Demand("A-1", "L1", mug.pk, 2)])
    with CaptureQueriesContext(connection) as context:
        working.save(NOW)
    assert len(context) == 0


@pytest.mark.postgres
def test_items_are_locked_by_one_statement_in_the_order_of_their_keys() -> None:
    mug, cup = product("MUG", on_hand=5), product("CUP", on_hand=5)
    hold(cup, 1)
    with transaction.atomic(), CaptureQueriesContext(connection) as context:
        lock(mug)
    statements = [query["sql"] for query in context.captured_queries]
    assert len(statements) == 3
    locking = [sql for sql in statements if "FOR UPDATE" in sql]
    assert len(locking) == 1
    assert re.match(r'SELECT "commerce_stockitem"\."id" AS "pk",', locking[0])
    assert locking[0].endswith('ORDER BY 1 ASC FOR UPDATE OF "commerce_stockitem"')


@pytest.mark.django_db(transaction=True)
def test_locking_outside_a_transaction_is_refused() -> None:
    with pytest.raises(stock.NoTransaction):
        stock.lock(channel=CHANNEL, channel_references=[], product_ids=[])


def test_a_hold_that_moved_away_while_we_waited_is_told() -> None:
    mug = product(on_hand=5)
    hold(mug, 1)
    working = stock._holds
    with pytest.raises(stock.StockMoved):
        working(CHANNEL, ["A-1"], {})
    assert StockItem.objects.get().reserved == 1
