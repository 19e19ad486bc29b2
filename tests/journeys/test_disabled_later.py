"""A product that is disabled while orders wait: each of them is judged again, once."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commerce.models import Product
from integration.catalog import matches
from integration.models import OrderImport
from integration.order_import import disabled_products, due, judge, place
from sandbox.datasets import Json
from tests.concurrency.threads import aside
from tests.factories import commerce as catalog
from tests.fixtures_shop import Shop, blockers_of, events_of, import_of, state_of


@contextmanager
def nothing_is_judged() -> Iterator[None]:
    before = set(OrderImport.objects.values_list("pk", "judged_at"))
    yield
    assert set(OrderImport.objects.values_list("pk", "judged_at")) == before


def test_an_order_blocked_by_one_line_learns_that_the_product_of_another_is_disabled(shop: Shop) -> None:
    order_id = shop.sell(("GONE", 1, "5.00"), ("SKU-1", 1, "5.00"))
    shop.sync()
    assert blockers_of(order_id) == [("PRODUCT_MISSING", "GONE")]

    shop.enable("SKU-1", is_enabled=False)
    shop.judge()

    assert blockers_of(order_id) == [("PRODUCT_DISABLED", "SKU-1"), ("PRODUCT_MISSING", "GONE")]
    assert events_of(order_id).count("BLOCKED") == 2
    with nothing_is_judged():
        shop.judge()
    shop.enable("SKU-1")
    shop.judge()
    assert blockers_of(order_id) == [("PRODUCT_MISSING", "GONE")]


def test_one_product_may_be_short_and_disabled(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 11, "5.00"))
    shop.sync()
    shop.enable("SKU-1", is_enabled=False)
    shop.judge()
    assert blockers_of(order_id) == [("OUT_OF_STOCK", "SKU-1"), ("PRODUCT_DISABLED", "SKU-1")]


def test_an_order_that_waits_for_its_payment_learns_it_too(shop: Shop) -> None:
    pending = shop.sell(status="PENDING")
    by_amazon = shop.sell(fulfilled_by="AMAZON")
    shop.sync()
    shop.enable("SKU-1", is_enabled=False)
    shop.judge()
    for order_id in (pending, by_amazon):
        assert (state_of(order_id), blockers_of(order_id)) == ("WAITING", [("PRODUCT_DISABLED", "SKU-1")])


def test_what_a_match_stands_for_is_found_by_its_product(shop: Shop) -> None:
    catalog.product("MUG", stock={"main": 5})
    matches.match(store=shop.store, seller_sku="PACK", sku="MUG", units=2, by="maria", now=timezone.now())
    matches.match(
        store=shop.store, seller_sku="B000000009", sku="MUG", units=1, by="maria", now=timezone.now()
    )
    pack = shop.sell(("GONE", 1, "5.00"), ("PACK", 1, "5.00"))

    def no_sku(document: Json) -> None:
        product = document["orderItems"][1]["product"]
        product.pop("sellerSku")
        product["asin"] = "B000000009"

    nameless = shop.sell(("GONE", 1, "5.00"), ("SKU-1", 1, "5.00"), edit=no_sku)
    shop.sync()

    shop.enable("MUG", is_enabled=False)
    shop.judge()

    assert ("PRODUCT_DISABLED", "PACK") in blockers_of(pack)
    assert [code for code, _ in blockers_of(nameless)] == ["PRODUCT_DISABLED", "PRODUCT_MISSING"]


def test_who_does_not_wait_is_left_alone(shop: Shop) -> None:
    imported = shop.sell()
    other = shop.sell(("GONE", 1, "5.00"))
    shop.sync()
    shop.enable("SKU-1", is_enabled=False)
    with nothing_is_judged():
        shop.judge()
    assert (state_of(imported), blockers_of(imported)) == ("IMPORTED", [])
    assert blockers_of(other) == [("PRODUCT_MISSING", "GONE")]


def test_disabled_while_an_order_is_being_judged_makes_that_judgment_void_or_due_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = shop.sell(("SKU-1", 11, "5.00"))
    shop.sync()

    def disable() -> None:
        shop.enable("SKU-1", is_enabled=False)
        disabled_products.make_due()

    real = place.run

    def slow(**arguments: object) -> object:
        # The facts are gathered; nothing of this order is locked yet.
        aside(disable).join(20)
        return real(**arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(place, "run", slow)
        judge.judge_orders(order_ids=[import_of(order_id).pk], now=timezone.now())
    assert due.find_due_orders(now=timezone.now()) == [import_of(order_id).pk]
    shop.judge()
    assert ("PRODUCT_DISABLED", "SKU-1") in blockers_of(order_id)


def test_no_news_is_one_statement_and_much_news_no_more_than_little(shop: Shop) -> None:
    skus = [f"MANY-{number}" for number in range(20)]
    for sku in skus:
        catalog.product(sku)
        shop.sell(("GONE", 1, "5.00"), (sku, 1, "5.00"))
    shop.sync()

    def statements(*disabled: str) -> int:
        Product.objects.filter(sku__in=disabled).update(is_enabled=False, disabled_news_at=timezone.now())
        with CaptureQueriesContext(connection) as context:
            assert disabled_products.make_due() == len(disabled)
        own = ("BEGIN", "COMMIT")
        return len([each for each in context.captured_queries if not each["sql"].startswith(own)])

    assert statements() == 1
    assert statements("MANY-0") == statements(*skus[1:]) == 6
