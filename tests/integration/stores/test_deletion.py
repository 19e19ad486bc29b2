"""Deleting a store: what goes, what stays."""

from typing import Any
from unittest.mock import patch

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from amazon_orders.models import Account, AmazonOrder, Store
from commerce.models import Order, Product, Reservation, StockItem
from commerce.stock import stock
from integration import stores
from integration.models import AccountSync, ImportState, OrderImport
from integration.models.imports import CHANNEL
from integration.stores import deletion
from integration.sync import lease
from tests.factories import amazon, commerce
from tests.factories.amazon import NOW

pytestmark = pytest.mark.django_db


def hold(order: AmazonOrder, product: Product, quantity: int, order_line: Any = None) -> Reservation:
    """A reservation, and the units it takes out of what is salable."""
    item = StockItem.objects.get(product=product)
    StockItem.objects.filter(pk=item.pk).update(reserved=item.reserved + quantity)
    return Reservation.objects.create(
        stock_item=item,
        source_id=item.source_id,
        channel=CHANNEL,
        channel_reference=order.amazon_order_id,
        line_reference="1",
        quantity=quantity,
        order_line=order_line,
    )


def full_order(store: Store, **fields: Any) -> AmazonOrder:
    """An order with a row in every table that hangs on one."""
    order = amazon.order(store, personal={"buyer_name": "Alex Morgan"}, **fields)
    amazon.package(order)
    amazon.event(order, "RECEIVED", status="UNSHIPPED")
    amazon.blocker(order, "PRODUCT_MISSING", "SKU-1")
    return order


def delete(store: Store) -> int:
    return stores.delete(store_id=store.pk, by="maria", now=NOW)


def mirror_rows() -> dict[str, int]:
    """How many rows there are in every table of the mirror and the bridge that may hang on a store."""
    models = [
        *apps.get_app_config("amazon_orders").get_models(),
        *apps.get_app_config("integration").get_models(),
    ]
    counted = {model.__name__: model._default_manager.count() for model in models}
    # The audit log outlives what it tells of.
    return {name: rows for name, rows in counted.items() if rows and not name.startswith("AuditEntry")}


def test_the_last_store_goes_with_its_account_and_everything_on_it() -> None:
    store = amazon.store()
    for _ in range(3):
        full_order(store)
    assert delete(store) == 3
    assert mirror_rows() == {}


def test_another_store_of_the_account_keeps_everything() -> None:
    store, other = amazon.store(), None
    other = amazon.store(of=store.account, marketplace="CA")
    full_order(store)
    kept = full_order(other)
    assert delete(store) == 1
    assert list(AmazonOrder.objects.all()) == [kept]
    assert (kept.items.count(), kept.packages.count(), kept.name_words.count()) == (1, 1, 2)
    assert Account.objects.get() == other.account
    assert AccountSync.objects.filter(account=other.account).exists()


def test_commerce_orders_and_their_reservations_stay() -> None:
    store, product = amazon.store(), commerce.product("SKU-1", stock={"main": 10})
    order = amazon.order(store, state=ImportState.IMPORTED)
    line = commerce.line(Order.objects.get(), product, quantity=2)
    hold(order, product, 2, order_line=line)
    delete(store)
    assert Order.objects.get().channel_reference == order.amazon_order_id
    assert Reservation.objects.get().quantity == 2
    assert StockItem.objects.get().reserved == 2


def test_what_waiting_orders_held_is_free_again() -> None:
    store, product = amazon.store(), commerce.product("SKU-1", stock={"main": 10})
    hold(amazon.order(store), product, 3)
    elsewhere = hold(amazon.order(amazon.store()), product, 4)
    delete(store)
    assert list(Reservation.objects.all()) == [elsewhere]
    assert StockItem.objects.get().reserved == 4
    with transaction.atomic():
        locked = stock.lock(channel=CHANNEL, channel_references=[], product_ids=[product.pk])
    assert [item.salable for item in locked.items[product.pk]] == [6]


def test_the_summary_says_beforehand_what_will_happen() -> None:
    store, product = amazon.store("Harbor US"), commerce.product("SKU-1", stock={"main": 10})
    hold(amazon.order(store), product, 3)
    imported = amazon.order(store, state=ImportState.IMPORTED)
    hold(imported, product, 2, order_line=commerce.line(Order.objects.get(), product, quantity=2))
    store.account.matches.create(seller_sku="X", product=product, matched_at=NOW)
    assert stores.deletion_summary(store.pk) == stores.DeletionSummary(
        store_name="Harbor US",
        orders=2,
        commerce_orders_kept=1,
        holds_released=3,
        is_last_store_of_account=True,
        matches=1,
    )
    amazon.store(of=store.account, marketplace="CA")
    summary = stores.deletion_summary(store.pk)
    assert (summary.is_last_store_of_account, summary.matches) == (False, 0)


def test_a_page_under_way_is_no_longer_stored() -> None:
    store = amazon.store()
    amazon.store(of=store.account, marketplace="CA")
    held = lease.claim(account_id=store.account_id, now=NOW)
    delete(store)
    with pytest.raises(lease.LeaseLost):
        lease.renew(held, now=NOW)


def test_a_deletion_that_was_cut_off_goes_on() -> None:
    store = amazon.store()
    for _ in range(5):
        full_order(store)
    with (
        patch.object(deletion, "BATCH", 2),
        patch.object(deletion, "_delete_store", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        delete(store)
    store.refresh_from_db()
    assert not store.is_active
    assert delete(store) == 0
    assert not Store.objects.exists()


def test_an_order_that_came_in_meanwhile_goes_too() -> None:
    store = amazon.store()
    late = iter([True, False])

    def come_in(store_id: int, now: object) -> int:
        if next(late, False):
            amazon.order(store)
            return 0
        return real(store_id, NOW)

    real = deletion._delete_batch
    with patch.object(deletion, "_delete_batch", come_in):
        assert delete(store) == 1
    assert not Store.objects.exists()


def test_a_store_that_is_not_there_is_said_to_be_so() -> None:
    for ask in (lambda: stores.deletion_summary(0), lambda: stores.delete(store_id=0, by="", now=NOW)):
        with pytest.raises(Store.DoesNotExist):
            ask()


def test_the_statements_of_a_deletion_do_not_grow_with_the_orders() -> None:
    product = commerce.product("SKU-1", stock={"main": 100})

    def statements(orders: int) -> int:
        store = amazon.store()
        for _ in range(orders):
            hold(full_order(store), product, 1)
        with CaptureQueriesContext(connection) as captured:
            delete(store)
        return len([query for query in captured if "SAVEPOINT" not in query["sql"]])

    assert statements(2) == statements(20)


def test_every_table_that_hangs_on_an_order_is_known_to_the_deletion() -> None:
    def dependents(model: type[Any]) -> set[type[Any]]:
        return {relation.related_model for relation in model._meta.related_objects}

    assert dependents(AmazonOrder) == {*deletion.OF_ORDER, OrderImport}
    assert dependents(OrderImport) == set(deletion.OF_IMPORT)
