"""Physical counts, also those that find less than is promised."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce.models import Source, StockItem
from commerce.orders import cancellations
from commerce.stock import counts as stock_counts
from commerce.stock.counts import Count, CountBelowReserved, Holder
from tests.commerce.shop import (
    LATER,
    assert_stock_is_sound,
    draft,
    line,
    place,
    product,
    quantities,
    statements,
)

pytestmark = pytest.mark.django_db


def count(sku: str = "MUG-1", at: str = "main", *, on_hand: int, accept_shortfall: bool = False) -> None:
    stock_counts.set_on_hand(
        sku=sku, source_code=at, on_hand=on_hand, now=LATER, accept_shortfall=accept_shortfall
    )


def test_a_count_makes_its_source_and_lets_waiting_orders_go_on() -> None:
    mug = product()
    count(at="north", on_hand=4)
    assert Source.objects.get().code == "north"
    assert quantities(mug, "north") == (4, 0)
    mug.refresh_from_db()
    assert mug.availability_changed_at == LATER


def test_a_count_that_finds_what_is_known_stamps_nothing() -> None:
    mug = product(on_hand=4)
    count(on_hand=4)
    mug.refresh_from_db()
    assert mug.availability_changed_at < LATER


def test_a_count_below_what_is_reserved_is_refused_with_the_holders() -> None:
    mug = product(on_hand=4)
    place(draft("A-1", line(mug, 3)))
    with pytest.raises(CountBelowReserved) as refused:
        count(on_hand=2)
    assert refused.value.refusal.holders == (Holder("A-1", "A-1", 3),)
    assert str(refused.value) == "2 on hand is below the 3 reserved: 3 for order A-1"
    assert quantities(mug) == (4, 3)


def test_a_count_below_what_is_reserved_can_be_accepted_as_a_shortfall_that_heals() -> None:
    mug = product(on_hand=4)
    order_id = place(draft("A-1", line(mug, 3))).placed["A-1"].id
    count(on_hand=1, accept_shortfall=True)
    assert StockItem.objects.get().shortfall == 2
    assert_stock_is_sound()
    count(on_hand=2, accept_shortfall=True)
    assert StockItem.objects.get().shortfall == 1
    with transaction.atomic():
        cancellations.cancel(order_ids=[order_id], now=LATER)
    assert StockItem.objects.get().shortfall == 0
    assert quantities(mug) == (2, 0)


def test_an_unknown_product_and_a_negative_count_are_refused() -> None:
    with pytest.raises(stock_counts.UnknownProduct, match="no product 'NONE'"):
        count("NONE", on_hand=1)
    product()
    with pytest.raises(ValueError, match="negative"):
        count(on_hand=-1)


def test_many_counts_take_the_same_statements_as_one() -> None:
    products = [product(f"SKU-{n}") for n in range(31)]

    def take(*counted: int) -> int:
        counts = [Count(products[n].pk, "main", n + 1) for n in counted]
        with CaptureQueriesContext(connection) as context:
            assert len(stock_counts.take(counts, now=LATER).changed) == len(counted)
        return len(statements(context))

    take(0)
    assert take(1) == take(*range(2, 31)) == 7
    assert quantities(products[30]) == (31, 0)
