"""Reads: keyset pages in both directions, and everything of an order in four statements."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.catalog import product_queries
from commerce.catalog.product_queries import ProductFilter
from commerce.models import Order
from commerce.orders import customers, order_queries, personal_data
from commerce.orders.customers import Contact, Person
from commerce.orders.drafts import ParcelDraft
from commerce.orders.order_queries import OrderFilter
from tests.commerce.shop import CHANNEL, NOW, draft, line, main_store, place, product, source, stock_item

pytestmark = pytest.mark.django_db

PERSONAL: dict[str, Any] = {"buyer_name": "Ann", "address": {"city": "Bonn"}, "gift_messages": {"L1": "Hi"}}


def orders(count: int) -> None:
    mug = product(on_hand=1000)
    # Two by two purchased at the same moment: the id decides between them.
    place(*[draft(f"A-{n}", line(mug), purchased_at=NOW - timedelta(hours=n // 2)) for n in range(count)])


def numbers(page: Any) -> list[str]:
    return [order.number for order in page.rows]


def test_pages_go_on_and_back_without_gap_or_repeat() -> None:
    orders(7)
    everything = ["A-1", "A-0", "A-3", "A-2", "A-5", "A-4", "A-6"]
    first = order_queries.order_page(filters=OrderFilter(), size=3)
    second = order_queries.order_page(filters=OrderFilter(), size=3, cursor=first.next_cursor or "")
    third = order_queries.order_page(filters=OrderFilter(), size=3, cursor=second.next_cursor or "")
    assert [numbers(first), numbers(second), numbers(third)] == [
        everything[:3],
        everything[3:6],
        everything[6:],
    ]
    assert (first.previous_cursor, third.next_cursor) == (None, None)
    back = order_queries.order_page(filters=OrderFilter(), size=3, cursor=third.previous_cursor or "")
    assert numbers(back) == everything[3:6]
    assert (
        numbers(order_queries.order_page(filters=OrderFilter(), size=3, cursor=back.previous_cursor or ""))
        == everything[:3]
    )


def test_orders_are_filtered_and_kept_to_the_callers_scope() -> None:
    orders(3)
    mine = Order.objects.exclude(number="A-0").values("pk")
    for filters, expected in [
        (OrderFilter(order_ids=mine), ["A-1", "A-2"]),
        (OrderFilter(order_ids=mine, number="A-0"), []),
        (OrderFilter(order_ids=[]), []),
        (OrderFilter(statuses=["PROCESSING"], channel=CHANNEL, channel_reference="A-2"), ["A-2"]),
        (OrderFilter(statuses=["COMPLETE"]), []),
        (OrderFilter(purchased_from=NOW, commerce_store_id=main_store().pk), ["A-1", "A-0"]),
        (OrderFilter(purchased_before=NOW), ["A-2"]),
    ]:
        assert numbers(order_queries.order_page(filters=filters)) == expected


def test_an_order_is_read_in_full_in_four_statements() -> None:
    mug, cup = product("MUG", on_hand=5), product("CUP", on_hand=5)
    person = Person(main_store().pk, "ann@example.com", "Ann")
    customer_id = next(iter(customers.find_or_create(people=[person], now=NOW).values()))
    place(
        draft(
            "A-1",
            line(mug, 3, shipped=2),
            line(cup, 1, reference="L2"),
            parcels=(ParcelDraft(channel_package_reference="P1", lines=(("L1", 2),)),),
            sealed_personal=personal_data.seal_for(
                channel=CHANNEL, channel_reference="A-1", personal=PERSONAL
            ),
            customer_id=customer_id,
        )
    )
    with CaptureQueriesContext(connection) as context:
        found = order_queries.order_in_full(number="A-1", with_personal=True)
        assert found is not None
        units = [
            (part.order_line.sku, part.quantity) for parcel in found.shipments for part in parcel.lines.all()
        ]
    assert len(context) == 4
    assert [each.sku for each in found.lines] == ["MUG", "CUP"]
    assert units == [("MUG", 2)]
    assert (found.personal, found.customer) == (PERSONAL, Contact("Ann", "ann@example.com"))


def test_names_and_addresses_are_left_sealed_where_nobody_asks_and_gone_once_purged() -> None:
    sealed = personal_data.seal_for(channel=CHANNEL, channel_reference="A-1", personal=PERSONAL)
    order_id = place(draft("A-1", line(product(on_hand=1)), sealed_personal=sealed)).placed["A-1"].id
    [found] = order_queries.orders_in_full(order_ids=[order_id], with_personal=False)
    assert (found.personal, found.customer) == ({}, None)
    assert personal_data.purge(order_ids=[order_id]) == 1
    [found] = order_queries.orders_in_full(order_ids=[order_id, 0], with_personal=True)
    assert (found.personal, found.order.number) == ({}, "A-1")


def test_an_order_outside_the_scope_or_without_a_number_is_not_found() -> None:
    orders(1)
    nothing = Order.objects.none().values("pk")
    assert order_queries.order_in_full(number="A-0", with_personal=False, order_ids=nothing) is None
    assert order_queries.order_in_full(number="", with_personal=False) is None


def test_products_are_found_by_sku_and_name_and_filtered() -> None:
    product("MUG-1", on_hand=1)
    product("MUG-2", is_enabled=False)
    product("CUP", manage_stock=False)

    def skus(**filters: Any) -> list[str]:
        page = product_queries.product_page(filters=ProductFilter(**filters))
        return [each.sku for each in page.rows]

    assert skus() == ["CUP", "MUG-1", "MUG-2"]
    assert skus(text="mug") == ["MUG-1", "MUG-2"]
    assert skus(text="of cu") == ["CUP"]
    assert skus(is_enabled=False) == ["MUG-2"]
    assert skus(is_stock_managed=False) == ["CUP"]
    assert skus(is_out_of_stock=True) == ["MUG-2"]
    assert skus(is_out_of_stock=False) == ["CUP", "MUG-1"]


def test_product_pages_go_on_and_back() -> None:
    for n in range(5):
        product(f"P{n}")
    first = product_queries.product_page(filters=ProductFilter(), size=2)
    second = product_queries.product_page(filters=ProductFilter(), size=2, cursor=first.next_cursor or "")
    assert [each.sku for each in second.rows] == ["P2", "P3"]
    back = product_queries.product_page(filters=ProductFilter(), size=2, cursor=second.previous_cursor or "")
    assert ([each.sku for each in back.rows], back.previous_cursor, back.next_cursor) == (
        ["P0", "P1"],
        None,
        first.next_cursor,
    )


def test_a_product_shows_its_stock_at_each_source() -> None:
    mug = product(on_hand=None)
    stock_item(mug, on_hand=2, at=source("near", priority=1))
    stock_item(mug, on_hand=9, at=source("closed", priority=2, is_enabled=False))
    place(draft("A-1", line(mug, 1)))
    with CaptureQueriesContext(connection) as context:
        found = product_queries.product_in_full(sku="MUG-1")
    assert found is not None
    assert len(context) == 2
    assert [(at.source, at.on_hand, at.reserved, at.salable) for at in found.stock] == [
        ("near", 2, 1, 1),
        ("closed", 9, 0, 0),
    ]
    assert found.salable == 1
    assert product_queries.product_in_full(sku="NONE") is None
    free = product("FREE", manage_stock=False)
    assert product_queries.with_stock([free])[0].salable is None
