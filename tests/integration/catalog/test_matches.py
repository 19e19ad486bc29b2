"""A seller SKU stands for a product, in the whole account; its open orders become due."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amazon_orders.models import AmazonOrder
from integration.catalog import matches
from integration.models import OrderImport, ProductMatch
from tests.factories import amazon, commerce

pytestmark = pytest.mark.django_db


def version(order: AmazonOrder) -> int:
    return OrderImport.objects.get(pk=order.pk).version


def test_a_match_makes_the_open_orders_of_the_account_due() -> None:
    shop = amazon.store(marketplace="US")
    sister, stranger = amazon.store(of=shop.account, marketplace="CA"), amazon.store()
    blocked = amazon.order(shop, state="BLOCKED", skus=("X", "Y"))
    waiting = amazon.order(sister, skus=("X",))
    others = [
        amazon.order(shop, state="IMPORTED", skus=("X",)),
        amazon.order(shop, state="BLOCKED", skus=("Z",)),
        amazon.order(stranger, state="BLOCKED", skus=("X",)),
    ]
    commerce.product("MUG")
    made = matches.match(store=shop, seller_sku="X", sku="MUG", units=2, by="maria", now=amazon.NOW)
    assert made == matches.Matched(seller_sku="X", sku="MUG", units=2, orders_due=2)
    assert [version(order) for order in (blocked, waiting)] == [2, 2]
    assert [version(order) for order in others] == [1, 1, 1]
    kept = ProductMatch.objects.get()
    assert (kept.account_id, kept.units, kept.matched_by) == (shop.account_id, 2, "maria")


def test_a_line_without_a_sku_is_matched_by_its_asin() -> None:
    shop = amazon.store()
    order = amazon.order(shop, state="BLOCKED", skus=("",))
    with_sku = amazon.order(shop, state="BLOCKED", skus=("OTHER",))
    commerce.product("MUG")
    matches.match(store=shop, seller_sku="B000000001", sku="MUG", units=1, by="m", now=amazon.NOW)
    assert (version(order), version(with_sku)) == (2, 1)


def test_matching_again_moves_the_match_and_unmatching_removes_it() -> None:
    shop = amazon.store()
    order = amazon.order(shop, state="BLOCKED", skus=("X",))
    for sku in ("MUG", "CUP"):
        commerce.product(sku)
        matches.match(store=shop, seller_sku="X", sku=sku, units=1, by="m", now=amazon.NOW)
    assert ProductMatch.objects.get().product.sku == "CUP"
    assert matches.unmatch(store=shop, seller_sku="X", by="maria", now=amazon.NOW) == 1
    assert version(order) == 4
    with pytest.raises(matches.NoSuchMatch):
        matches.unmatch(store=shop, seller_sku="X", by="maria", now=amazon.NOW)


@pytest.mark.parametrize(
    ("seller_sku", "sku", "units", "field"),
    [
        ("", "MUG", 1, "seller_sku"),
        ("X", "NO", 1, "sku"),
        ("X", "MUG", 0, "units"),
        ("x" * 256, "MUG", 1, "seller_sku"),
    ],
)
def test_a_match_that_cannot_be_names_its_fault(seller_sku: str, sku: str, units: int, field: str) -> None:
    commerce.product("MUG")
    with pytest.raises(matches.BadMatch) as refused:
        matches.match(
            store=amazon.store(), seller_sku=seller_sku, sku=sku, units=units, by="m", now=amazon.NOW
        )
    assert refused.value.field == field


@pytest.mark.parametrize("count", [1, 20])
def test_a_match_costs_seven_statements_however_many_orders_wait(count: int) -> None:
    shop = amazon.store()
    for _ in range(count):
        amazon.order(shop, state="BLOCKED", skus=("X",))
    commerce.product("MUG")
    with CaptureQueriesContext(connection) as asked:
        matches.match(store=shop, seller_sku="X", sku="MUG", units=1, by="m", now=amazon.NOW)
    assert len([query for query in asked.captured_queries if "SAVEPOINT" not in query["sql"]]) == 7
