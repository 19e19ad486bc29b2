"""Daily sales while orders change and several workers count: no change is missed."""

import functools
import random
import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import transaction

from amazon_orders.models import AmazonOrder, Store
from integration import stores
from integration.models import SalesDay, StaleDay
from integration.stores import daily_sales
from integration.sync import sales_marks
from tests.concurrency.threads import Threads, aside
from tests.factories import amazon
from tests.integration.stores.sales_counts import counted_one_by_one, kept

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = amazon.NOW


def cancel(order: AmazonOrder, store: Store) -> None:
    """As a page of Amazon's does: the change and its mark in one transaction."""
    with transaction.atomic():
        AmazonOrder.objects.filter(pk=order.pk).update(status="CANCELLED")
        sales_marks.mark([store], [(store.pk, order.purchased_at)])


def cancel_every_other(orders: Sequence[AmazonOrder]) -> None:
    for order in orders[::2]:
        cancel(order, order.store)


def test_a_change_that_is_not_in_yet_is_counted_once_it_is() -> None:
    store = amazon.store()
    order = amazon.order(store)
    daily_sales.rebuild()
    changed, may_end = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            cancel(order, store)
            changed.set()
            assert may_end.wait(30)

    changing = aside(slowly)
    assert changed.wait(30)
    sales_marks.mark([store], [(store.pk, order.purchased_at)])
    assert daily_sales.count_stale() == 1
    assert SalesDay.objects.get().orders == 1
    may_end.set()
    changing.join(30)
    assert daily_sales.count_stale() == 1
    assert not SalesDay.objects.exists()


def test_many_change_orders_while_many_count() -> None:
    chance = random.Random(7)
    sellers = [amazon.store() for _ in range(3)]
    orders = [
        amazon.order(store, purchased_at=NOW - timedelta(days=chance.randint(0, 3)))
        for store in sellers
        for _ in range(12)
    ]
    daily_sales.rebuild()
    threads = Threads()
    for part in range(3):
        threads.add(functools.partial(cancel_every_other, orders[part::3]))
        threads.add(lambda: [daily_sales.count_stale() for _ in range(12)])
    threads.run()
    daily_sales.count_stale()
    assert not StaleDay.objects.exists()
    assert kept() == counted_one_by_one()


def test_a_store_is_deleted_while_its_days_are_counted() -> None:
    store = amazon.store()
    for days in range(5):
        amazon.order(store, purchased_at=NOW - timedelta(days=days))
    sales_marks.mark([store], [(store.pk, NOW - timedelta(days=days)) for days in range(5)])
    threads = Threads()
    threads.add(lambda: stores.delete(store_id=store.pk, by="maria", now=NOW))
    for _ in range(2):
        threads.add(lambda: [daily_sales.count_stale() for _ in range(8)])
    threads.run()
    assert not Store.objects.exists()
    assert not SalesDay.objects.exists()
