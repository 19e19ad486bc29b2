"""Which orders are due for a judgment, and only those."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amazon_orders.models import AmazonOrder, Store
from commerce.models import Product
from integration.models import OrderImport
from integration.order_import import due
from tests.factories import amazon, commerce
from tests.factories.amazon import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return amazon.store()


def keys(*orders: AmazonOrder) -> list[int]:
    return [order.pk for order in orders]


def test_a_newer_version_and_a_date_that_has_come(store: Store) -> None:
    quiet, changed, dated, later = (amazon.order(store) for _ in range(4))
    OrderImport.objects.filter(pk=changed.pk).update(version=2)
    OrderImport.objects.filter(pk=dated.pk).update(recheck_at=NOW)
    OrderImport.objects.filter(pk=later.pk).update(recheck_at=NOW + timedelta(seconds=1))
    assert due.find_due_orders(now=NOW) == keys(changed, dated)
    assert due.find_due_orders(now=NOW + timedelta(seconds=1)) == keys(changed, dated, later)
    assert quiet.pk not in due.find_due_orders(now=NOW + timedelta(days=9))


def test_a_product_that_changed_since_it_was_judged(store: Store) -> None:
    product = commerce.product("SKU-1")
    stamp = product.availability_changed_at
    order, closed = (amazon.order(store, state="BLOCKED") for _ in range(2))
    amazon.blocker(order, "OUT_OF_STOCK", "SKU-1", product=product, product_stamp=stamp)
    amazon.blocker(closed, "OUT_OF_STOCK", "SKU-1", product=product, product_stamp=None, closed_at=NOW)
    assert due.find_due_orders(now=NOW) == []
    # Any other stamp counts, an older one too: it was not committed yet when the order was judged.
    for moved in (timedelta(seconds=1), timedelta(seconds=-1)):
        Product.objects.update(availability_changed_at=stamp + moved)
        assert due.find_due_orders(now=NOW) == keys(order)


def test_a_product_that_exists_now(store: Store) -> None:
    missing, other = amazon.order(store, skus=("NEW",)), amazon.order(store, skus=("GONE",))
    amazon.blocker(missing, "PRODUCT_MISSING", "NEW")
    amazon.blocker(other, "PRODUCT_MISSING", "GONE")
    assert due.find_due_orders(now=NOW) == []
    commerce.product("NEW")
    assert due.find_due_orders(now=NOW) == keys(missing)


def test_a_caller_walks_through_all_of_them_once_in_key_order(store: Store) -> None:
    orders = [amazon.order(store) for _ in range(7)]
    OrderImport.objects.update(version=2, recheck_at=NOW)
    found = due.find_due_orders(now=NOW, limit=3)
    assert found == keys(*orders[:3])
    assert due.find_due_orders(now=NOW, limit=3, after=found[-1]) == keys(*orders[3:6])
    assert due.find_due_orders(now=NOW, limit=3, after=orders[6].pk) == []


def test_the_tick_is_three_statements_whatever_waits(store: Store) -> None:
    for _ in range(5):
        amazon.order(store)
    OrderImport.objects.update(version=2)
    with CaptureQueriesContext(connection) as context:
        due.find_due_orders(now=NOW)
    assert len(context.captured_queries) == 3
