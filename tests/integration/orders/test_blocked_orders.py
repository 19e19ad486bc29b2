"""Causes of blocked orders: counted, summed, ranked, paged, within the viewer's stores."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amazon_orders.models import AmazonOrder, AmazonOrderItem, Store
from commerce.models import Product
from integration.orders import blocked_orders
from integration.orders.blocked_orders import Cause
from tests.factories import amazon, commerce, people

NOW = amazon.NOW
pytestmark = pytest.mark.django_db


def missing(store: Store, *skus: str, **fields: Any) -> AmazonOrder:
    order = amazon.order(store, state="BLOCKED", skus=skus, **fields)
    for sku in skus:
        amazon.blocker(order, "PRODUCT_MISSING", sku, details={"has_sku": True, "asin": "B0"})
    return order


def sold_out(store: Store, product: Product, needed: int, **fields: Any) -> AmazonOrder:
    order = amazon.order(store, state="BLOCKED", skus=(product.sku,), **fields)
    details = {"sku": product.sku, "needed": needed, "salable": 1}
    amazon.blocker(order, "OUT_OF_STOCK", product.sku, product=product, details=details)
    return order


def causes(**asked: Any) -> tuple[Cause, ...]:
    return blocked_orders.page(**{"viewer": people.admin(), **asked}).causes


def test_the_cause_of_most_orders_comes_first_then_what_ships_first() -> None:
    store = amazon.store()
    missing(store, "RARE", latest_ship_at=NOW + timedelta(hours=5))
    missing(store, "SOON", latest_ship_at=NOW + timedelta(hours=1))
    missing(store, "NEVER", latest_ship_at=None)
    for hours in (9, 7):
        missing(store, "OFTEN", latest_ship_at=NOW + timedelta(hours=hours))
    found = causes()
    assert [(cause.sku, cause.orders) for cause in found] == [
        ("OFTEN", 2),
        ("SOON", 1),
        ("RARE", 1),
        ("NEVER", 1),
    ]
    assert found[0].first_ship_at == NOW + timedelta(hours=7)
    assert found[0].message == 'Product "OFTEN" is not in the catalog'


def test_an_order_with_two_such_lines_counts_once_and_its_money_too() -> None:
    store = amazon.store()
    order = missing(store, "TEA", total=Decimal("30.00"))
    second = amazon.item(order, "TEA", position=1, quantity_ordered=4, quantity_canceled=1)
    amazon.blocker(order, "PRODUCT_MISSING", "TEA", line_reference=second.order_item_id)
    missing(store, "TEA", total=Decimal("12.50"))
    [cause] = causes()
    assert (cause.orders, cause.totals, cause.units) == (2, (("USD", Decimal("42.50")),), 5)
    assert len(cause.shown) == 2


def test_money_stands_by_currency_and_stores_are_named() -> None:
    us, canada = amazon.store(), amazon.store(marketplace="CA")
    pan = commerce.product("PAN", stock={"main": 3})
    sold_out(us, pan, 4, total=Decimal(10))
    sold_out(canada, pan, 5, total=Decimal(20))
    [cause] = causes()
    assert dict(cause.totals) == {"USD": Decimal(10), "CAD": Decimal(20)}
    assert cause.store_ids == (us.pk, canada.pk)
    assert (cause.units, cause.missing_units) == (9, 6)
    assert cause.message == 'Product "PAN" is out of stock: 9 needed, 3 available'


def test_a_missing_sku_is_a_cause_in_each_account_because_a_match_is_made_there() -> None:
    first, second = amazon.store(), amazon.store()
    missing(first, "TEA")
    missing(amazon.store(of=first.account, marketplace="CA"), "TEA")
    missing(second, "TEA")
    assert [(cause.sku, cause.orders) for cause in causes()] == [("TEA", 2), ("TEA", 1)]


def test_what_amazon_says_of_a_missing_product_is_at_hand() -> None:
    order = missing(amazon.store(), "TEA")
    AmazonOrderItem.objects.filter(order=order).update(title="Green tea", unit_price=Decimal("9.90"))
    [cause] = causes()
    assert cause.line == blocked_orders.Line("Green tea", Decimal("9.90"), "USD")


def test_causes_about_no_product_are_one_each() -> None:
    store = amazon.store()
    for gaps in (["street"], ["city"]):
        order = amazon.order(store, state="BLOCKED")
        amazon.blocker(order, "ADDRESS_INCOMPLETE", details={"gaps": gaps})
    [cause] = causes()
    assert (cause.orders, cause.sku, cause.message) == (2, "", "The delivery address is incomplete")
    assert cause.units == 0


def test_only_blocked_orders_of_the_viewers_stores_count() -> None:
    mine, other = amazon.store(), amazon.store()
    missing(mine, "TEA")
    missing(other, "TEA")
    waiting = amazon.order(mine)
    amazon.blocker(waiting, "PRODUCT_MISSING", "SKU-1")
    closed = missing(mine, "POT")
    closed.order_import.blockers.update(closed_at=NOW)
    [cause] = causes(viewer=people.merchant(mine))
    assert (cause.sku, cause.orders) == ("TEA", 1)
    assert causes(viewer=people.merchant()) == ()
    assert causes(viewer=people.merchant(mine), store_id=other.pk) == ()


def test_a_page_costs_the_same_however_many_causes_and_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocked_orders, "PAGE_SIZE", 3)
    store = amazon.store()

    def cost(number: int = 1) -> tuple[int, blocked_orders.CausePage]:
        with CaptureQueriesContext(connection) as statements:
            page = blocked_orders.page(viewer=people.admin(), number=number)
        return len(statements), page

    missing(store, "A")
    sold_out(store, commerce.product("P0", stock={"main": 0}), 1)
    few, _ = cost()
    for number in range(1, 6):
        for _ in range(number):
            missing(store, f"SKU-{number}")
    for _ in range(4):
        sold_out(store, Product.objects.get(sku="P0"), 1)
    many, first = cost()
    assert (few, many) == (5, 5)
    assert (len(first.causes), first.has_next, first.causes[0].orders) == (3, True, 5)
    _, second = cost(2)
    assert not {cause.sku for cause in first.causes} & {cause.sku for cause in second.causes}
    _, beyond = cost(blocked_orders.LAST_PAGE)
    assert beyond == blocked_orders.CausePage((), has_next=False)
