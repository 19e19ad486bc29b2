"""Whatever is held, reserved, consumed, released and counted, in any order: the books stay sound."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from commerce.catalog import products as catalog
from commerce.models import Product, StockItem
from commerce.stock import counts as stock_counts
from commerce.stock import stock
from commerce.stock.stock import Demand
from tests.commerce.shop import CHANNEL, NOW, assert_stock_is_sound, product, source, stock_item

references = st.sampled_from(["A-1", "A-2", "A-3"])
lines = st.sampled_from(["L1", "L2"])
which = st.integers(0, 1)
units = st.integers(0, 6)
demands = st.lists(st.tuples(lines, which, st.integers(1, 6)), max_size=2, unique_by=lambda demand: demand[0])
steps = st.one_of(
    st.tuples(st.just("hold"), references, demands),
    st.tuples(st.just("reserve"), references, demands),
    st.tuples(st.just("consume"), references, lines, which, st.integers(1, 6)),
    st.tuples(st.just("release"), references, st.none() | lines, st.none() | units),
    st.tuples(st.just("count"), which, st.sampled_from(["near", "far"]), units, st.booleans()),
    st.tuples(st.just("manage"), which, st.booleans()),
)


def walk(products: list[Product], step: tuple[Any, ...]) -> None:
    verb, *rest = step
    if verb == "count":
        chosen, at, on_hand, accept = rest
        counts = [stock_counts.Count(products[chosen].pk, at, on_hand)]
        stock_counts.take(counts, now=NOW, accept_shortfall=accept)
        return
    if verb == "manage":
        chosen, is_managed = rest
        catalog.change(sku=products[chosen].sku, manage_stock=is_managed, now=NOW)
        return
    reference = rest[0]
    working = stock.lock(
        channel=CHANNEL, channel_references=[reference], product_ids=[each.pk for each in products]
    )
    before = {item.pk: (item.on_hand, item.reserved) for item in StockItem.objects.all()}
    if verb in ("hold", "reserve"):
        wanted = [
            Demand(reference, line, products[chosen].pk, quantity) for line, chosen, quantity in rest[1]
        ]
        short = (working.hold if verb == "hold" else working.reserve)(reference, wanted)
        assert all(0 <= shortage.salable < shortage.needed for shortage in short)
    elif verb == "consume":
        _, line, chosen, quantity = rest
        working.consume(
            channel_reference=reference,
            line_reference=line,
            product_id=products[chosen].pk,
            quantity=quantity,
        )
    else:
        working.release(reference, rest[1], rest[2])
    working.save(NOW)
    if verb == "reserve" and short:
        assert before == {item.pk: (item.on_hand, item.reserved) for item in StockItem.objects.all()}


@pytest.mark.slow
class TestAnyWalk(TestCase):
    """Each example runs in a transaction of its own, which is what this class is for."""

    @settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(steps, max_size=14))
    def test_the_books_stay_sound(self, walked: list[tuple[Any, ...]]) -> None:
        products = [product("MUG"), product("CUP")]
        near, far = source("near", priority=1), source("far", priority=2)
        for each in products:
            stock_item(each, on_hand=5, at=near)
            stock_item(each, on_hand=3, at=far)
        for step in walked:
            walk(products, step)
            assert_stock_is_sound()
