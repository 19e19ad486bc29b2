"""The lists of Amazon orders: scope, filters, sorts, pages, notes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amazon_orders.models import AmazonOrder
from integration.access import NotPermitted
from integration.orders import order_list
from integration.orders.order_list import OrderFilter, OrderRow
from paging.keyset import Page
from tests.factories import amazon, people

pytestmark = pytest.mark.django_db


def ids(page: Page[OrderRow]) -> list[str]:
    return [row.amazon_order_id for row in page.rows]


def found(**filters: object) -> list[str]:
    return ids(order_list.page(viewer=people.admin(), filters=OrderFilter(**filters)))  # type: ignore[arg-type]


def walk(ordering: str, size: int) -> tuple[list[str], list[str]]:
    """The whole list by following next, and then by following previous from its end."""
    pages, cursor = [], ""
    while True:
        page = order_list.page(
            viewer=people.admin(), filters=OrderFilter(), ordering=ordering, cursor=cursor, size=size
        )
        pages.append(page)
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    back = [pages[-1]]
    while back[0].previous_cursor:
        page = order_list.page(
            viewer=people.admin(),
            filters=OrderFilter(),
            ordering=ordering,
            cursor=back[0].previous_cursor,
            size=size,
        )
        back.insert(0, page)
    return [i for page in pages for i in ids(page)], [i for page in back for i in ids(page)]


def mixed_orders() -> list[AmazonOrder]:
    shop = amazon.store()
    totals = [None, Decimal("5.00"), Decimal("1.10"), None, Decimal("5.00"), Decimal("900.0001"), None]
    statuses = ["SHIPPED", "UNSHIPPED", "PENDING", "UNSHIPPED", "UNSHIPPED", "PENDING", "CANCELLED"]
    return [
        amazon.order(
            shop,
            total=total,
            status=status,
            purchased_at=amazon.NOW - timedelta(hours=number % 3),
            latest_ship_at=None if number % 2 else amazon.NOW + timedelta(hours=number),
        )
        for number, (total, status) in enumerate(zip(totals, statuses, strict=True))
    ]


def expected(orders: list[AmazonOrder], ordering: str) -> list[str]:
    column, descending = ordering.lstrip("-"), ordering.startswith("-")
    known = [order for order in orders if getattr(order, column) is not None]
    unknown = [order for order in orders if getattr(order, column) is None]
    known.sort(key=lambda order: (getattr(order, column), order.pk), reverse=descending)
    unknown.sort(key=lambda order: order.pk, reverse=descending)
    return [order.amazon_order_id for order in known + unknown]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("ordering", list(order_list.ORDERINGS))
def test_every_sort_gives_the_whole_list_once_forwards_and_backwards(ordering: str, size: int) -> None:
    orders = mixed_orders()
    forwards, backwards = walk(ordering, size)
    assert forwards == expected(orders, ordering)
    assert backwards == forwards


def test_an_order_that_arrives_while_a_person_pages_moves_no_other_order() -> None:
    orders = mixed_orders()
    first = order_list.page(viewer=people.admin(), filters=OrderFilter(), size=3)
    amazon.order(orders[0].store, purchased_at=amazon.NOW + timedelta(hours=1))
    assert first.next_cursor is not None
    second = order_list.page(viewer=people.admin(), filters=OrderFilter(), cursor=first.next_cursor, size=50)
    assert ids(first) + ids(second) == expected(orders, "-purchased_at")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!",
        "eyJvIjoidG90YWwifQ",
        "bnVsbA",
        # {"o": "-purchased_at", "v": null, "i": 1, "b": 0} and its like: no value, no zone, no such id.
        "eyJvIjogIi1wdXJjaGFzZWRfYXQiLCAidiI6IG51bGwsICJpIjogMSwgImIiOiAwfQ",
        "eyJvIjogIi1wdXJjaGFzZWRfYXQiLCAidiI6ICIyMDI2LTAxLTAxVDAwOjAwOjAwIiwgImkiOiAxLCAiYiI6IDB9",
        "eyJvIjogIi1wdXJjaGFzZWRfYXQiLCAidiI6ICIyMDI2LTAxLTAxVDAwOjAwOjAwWiIsICJpIjogLTEsICJiIjogMH0",
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(order_list.BadCursor):
        order_list.page(viewer=people.admin(), filters=OrderFilter(), cursor=cursor)


def test_a_cursor_of_another_ordering_is_refused() -> None:
    mixed_orders()
    page = order_list.page(viewer=people.admin(), filters=OrderFilter(), ordering="total", size=2)
    assert page.next_cursor is not None
    with pytest.raises(order_list.BadCursor):
        order_list.page(
            viewer=people.admin(), filters=OrderFilter(), ordering="-total", cursor=page.next_cursor
        )


def test_an_unknown_ordering_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(order_list.BadOrdering, match="purchased_at, -purchased_at, amazon_order_id"):
        order_list.page(viewer=people.admin(), filters=OrderFilter(), ordering="buyer_name")


def test_a_merchant_sees_the_orders_of_their_stores_alone() -> None:
    mine, other = amazon.store(), amazon.store()
    order = amazon.order(mine)
    amazon.order(other)
    page = order_list.page(viewer=people.merchant(mine), filters=OrderFilter())
    assert ids(page) == [order.amazon_order_id]
    asked_for_other = OrderFilter(store_ids=(other.pk,))
    assert order_list.page(viewer=people.merchant(mine), filters=asked_for_other).rows == ()
    assert order_list.count(viewer=people.merchant(mine), filters=OrderFilter()).value == 1
    assert order_list.page(viewer=people.merchant(), filters=OrderFilter()).rows == ()


def test_each_filter_lets_through_what_it_names() -> None:
    shop, other = amazon.store(), amazon.store()
    plain = amazon.order(shop)
    shipped = amazon.order(shop, status="SHIPPED", fulfilled_by="AMAZON", is_prime=True, state="IMPORTED")
    dear = amazon.order(other, total=Decimal("100.00"), is_business=True, state="BLOCKED", skus=("A/B #1",))
    amazon.blocker(dear, "PRODUCT_MISSING", "A/B #1")
    amazon.blocker(plain, "OUT_OF_STOCK", "SKU-1", closed_at=amazon.NOW)
    old = amazon.order(shop, purchased_at=amazon.NOW - timedelta(days=9), total=None)
    every = {order.amazon_order_id for order in (plain, shipped, dear, old)}
    assert set(found()) == every
    assert found(store_ids=(other.pk,)) == [dear.amazon_order_id]
    assert found(statuses=("SHIPPED", "NO SUCH WORD")) == [shipped.amazon_order_id]
    assert set(found(states=("IMPORTED", "BLOCKED"))) == {shipped.amazon_order_id, dear.amazon_order_id}
    assert found(blockers=("PRODUCT_MISSING", "OUT_OF_STOCK")) == [dear.amazon_order_id]
    assert found(fulfillment="AMAZON") == [shipped.amazon_order_id]
    assert found(is_prime=True) == [shipped.amazon_order_id]
    assert set(found(is_prime=False)) == every - {shipped.amazon_order_id}
    assert found(is_business=True) == [dear.amazon_order_id]
    assert found(total_min=Decimal("24.99")) == [dear.amazon_order_id]
    assert set(found(total_max=Decimal("24.98"))) == {plain.amazon_order_id, shipped.amazon_order_id}
    assert found(purchased_before=amazon.NOW - timedelta(days=1)) == [old.amazon_order_id]
    assert set(found(purchased_after=amazon.NOW - timedelta(days=1))) == every - {old.amazon_order_id}


def test_an_exact_number_wins_over_the_beginning_of_others() -> None:
    shop = amazon.store()
    exact = amazon.order(shop, amazon_order_id="113-1234567-1234567")
    amazon.order(shop, amazon_order_id="113-1234567-12345678")
    assert found(number="113-1234567-1234567") == [exact.amazon_order_id]
    assert set(found(number="113-12345")) == {"113-1234567-1234567", "113-1234567-12345678"}
    assert found(number="113-9") == []


def test_a_commerce_number_finds_the_amazon_order() -> None:
    order = amazon.order(amazon.store(), state="IMPORTED")
    number = order.order_import.commerce_order.number  # type: ignore[union-attr]
    assert found(number=number) == [order.amazon_order_id]
    assert found(q=number) == [order.amazon_order_id]


def test_a_search_by_buyer_wants_every_word_whatever_its_case_and_accents() -> None:
    shop = amazon.store()
    jose = amazon.order(shop, personal={"buyer_name": "José Núñez"})
    amazon.order(shop, personal={"buyer_name": "Jose Other"})
    assert found(buyer="NUNEZ jose") == [jose.amazon_order_id]
    assert len(found(buyer="jose")) == 2
    assert found(buyer="jose nobody") == []
    assert found(buyer="!!!") == []


def test_who_sees_no_personal_data_cannot_search_by_buyer_either() -> None:
    shop = amazon.store()
    amazon.order(shop, personal={"buyer_name": "Jane Invented"})
    with pytest.raises(NotPermitted):
        order_list.page(viewer=people.operator(shop), filters=OrderFilter(buyer="jane"))
    assert order_list.page(viewer=people.operator(shop), filters=OrderFilter(q="jane")).rows == ()


def test_the_free_search_tries_number_then_sku_then_buyer() -> None:
    shop = amazon.store()
    by_sku = amazon.order(shop, skus=("MUG blue",), personal={"buyer_name": "Jane Invented"})
    assert found(q=by_sku.amazon_order_id) == [by_sku.amazon_order_id]
    assert found(q=" MUG blue ") == [by_sku.amazon_order_id]
    assert found(q="invented") == [by_sku.amazon_order_id]
    assert found(q=by_sku.amazon_order_id[:9]) == [by_sku.amazon_order_id]
    assert found(q="nothing at all") == []


def test_a_row_shows_the_blockers_in_force_as_its_note_and_else_the_newest_event() -> None:
    shop = amazon.store("Mugs US")
    blocked = amazon.order(shop, state="BLOCKED", skus=("SKU-9", "SKU-8"))
    amazon.event(blocked, "RECEIVED", status="UNSHIPPED")
    amazon.blocker(blocked, "PRODUCT_DISABLED", "SKU-8", details={"sku": "SKU-8"})
    amazon.blocker(blocked, "PRODUCT_MISSING", "SKU-9", details={"has_sku": True})
    amazon.blocker(blocked, "OUT_OF_STOCK", "SKU-9", closed_at=amazon.NOW)
    waiting = amazon.order(shop, purchased_at=amazon.NOW - timedelta(days=2))
    amazon.event(waiting, "RECEIVED", status="PENDING")
    amazon.event(waiting, "STATUS_CHANGED", before="PENDING", after="UNSHIPPED")
    silent = amazon.order(shop, purchased_at=amazon.NOW - timedelta(days=3))
    rows = order_list.page(viewer=people.admin(), filters=OrderFilter()).rows
    assert [(row.amazon_order_id, row.note) for row in rows] == [
        (blocked.amazon_order_id, 'Product "SKU-9" is not in the catalog; Product "SKU-8" is disabled'),
        (waiting.amazon_order_id, "Amazon changed the status from PENDING to UNSHIPPED."),
        (silent.amazon_order_id, ""),
    ]
    assert [(reason.code, reason.seller_sku, reason.order_item_id) for reason in rows[0].blockers] == [
        ("PRODUCT_MISSING", "SKU-9", blocked.items.get(seller_sku="SKU-9").order_item_id),
        ("PRODUCT_DISABLED", "SKU-8", blocked.items.get(seller_sku="SKU-8").order_item_id),
    ]


def test_a_row_holds_everything_a_list_shows() -> None:
    shop = amazon.store("Mugs UK", marketplace="UK")
    order = amazon.order(shop, state="IMPORTED", personal={"buyer_name": "Jane Invented"}, is_prime=True)
    [row] = order_list.page(viewer=people.merchant(shop), filters=OrderFilter()).rows
    commerce = order.order_import.commerce_order
    assert commerce is not None
    assert (row.id, row.store_id, row.store_name) == (order.pk, shop.pk, "Mugs UK")
    assert (row.status, row.fulfillment, row.state) == ("UNSHIPPED", "MERCHANT", "IMPORTED")
    assert (row.commerce_order_id, row.commerce_number) == (commerce.pk, commerce.number)
    assert (row.total, row.currency, row.buyer_name) == (Decimal("24.98"), "GBP", "Jane Invented")
    assert (row.purchased_at, row.latest_ship_at) == (order.purchased_at, order.latest_ship_at)
    assert (row.is_prime, row.is_business, row.is_cancel_requested) == (True, False, False)
    assert row.seller_central_url == (
        f"https://sellercentral.amazon.co.uk/orders-v3/order/{order.amazon_order_id}"
    )


def test_an_operator_sees_no_buyer() -> None:
    shop = amazon.store()
    amazon.order(shop, personal={"buyer_name": "Jane Invented"})
    [row] = order_list.page(viewer=people.operator(shop), filters=OrderFilter()).rows
    assert row.buyer_name is None


def many(count: int) -> None:
    shop = amazon.store()
    for number in range(count):
        order = amazon.order(
            shop,
            state=("BLOCKED", "IMPORTED", "WAITING")[number % 3],
            personal={"buyer_name": "Jane Invented"},
        )
        amazon.event(order, "RECEIVED", status="UNSHIPPED")
        if number % 3 == 0:
            amazon.blocker(order, "PRODUCT_MISSING", "SKU-1")


@pytest.mark.parametrize("count", [2, 55])
def test_a_page_costs_the_same_few_statements_however_many_orders_it_shows(count: int) -> None:
    many(count)
    with CaptureQueriesContext(
        connection,
    ) as plain:
        order_list.page(viewer=people.admin(), filters=OrderFilter())
    assert len(plain) == 4
    with CaptureQueriesContext(connection) as searched:
        order_list.page(
            viewer=people.admin(),
            filters=OrderFilter(q="SKU-1", blockers=("PRODUCT_MISSING",)),
            ordering="-total",
        )
        order_list.count(viewer=people.admin(), filters=OrderFilter())
    assert len(searched) <= 8


def test_a_count_stops_at_its_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_list, "COUNTED_AT_MOST", 2)
    shop = amazon.store()
    amazon.order(shop), amazon.order(shop)
    assert str(order_list.count(viewer=people.admin(), filters=OrderFilter())) == "2"
    amazon.order(shop)
    assert str(order_list.count(viewer=people.admin(), filters=OrderFilter())) == "2+"
