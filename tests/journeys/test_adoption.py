"""A store is deleted and connected again: its orders find the Commerce orders they had become."""

from django.utils import timezone

from amazon_orders.models import AmazonOrder
from commerce.models import Order
from integration import stores
from tests.fixtures_shop import Shop, commerce_order_of, events_of, import_of, state_of, stock_of


def delete_and_connect_again(shop: Shop) -> None:
    stores.delete(store_id=shop.store.pk, by="maria", now=timezone.now())
    assert AmazonOrder.objects.count() == 0
    shop.store = shop.connect()


def test_an_order_adopts_its_commerce_order_and_reserves_nothing_twice(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 4, "10.00"))
    shop.sync()
    before = commerce_order_of(order_id)

    delete_and_connect_again(shop)
    assert stock_of() == (10, 4)
    shop.sync()

    assert Order.objects.count() == 1
    assert state_of(order_id) == "IMPORTED"
    assert import_of(order_id).commerce_order == before
    assert stock_of() == (10, 4)
    assert events_of(order_id) == ["RECEIVED", "ADOPTED"]


def test_what_amazon_changed_meanwhile_is_carried_over(shop: Shop) -> None:
    shipped, canceled, partly = (shop.sell(("SKU-1", 2, "10.00")) for _ in range(3))
    shop.sync()
    assert stock_of() == (10, 6)

    stores.delete(store_id=shop.store.pk, by="maria", now=timezone.now())
    shop.set_status(shipped, "SHIPPED")
    shop.cancel_at_amazon(canceled)
    shop.ship_at_amazon(partly, 1)
    shop.store = shop.connect()
    shop.sync()

    assert commerce_order_of(shipped).status == "COMPLETE"
    assert commerce_order_of(canceled).status == "CANCELED"
    assert commerce_order_of(partly).lines.get().quantity_shipped == 1
    assert {state_of(order_id) for order_id in (shipped, canceled, partly)} == {"IMPORTED"}
    assert stock_of() == (7, 1)


def test_an_order_that_could_not_be_imported_today_is_adopted_all_the_same(shop: Shop) -> None:
    order_id, view_only = shop.sell(("SKU-1", 6, "10.00")), shop.sell()
    shop.sync()

    shop.enable("SKU-1", is_enabled=False)
    stores.delete(store_id=shop.store.pk, by="maria", now=timezone.now())
    shop.store = shop.connect()
    shop.settings(import_amazon_orders=False)
    shop.sync()

    assert state_of(order_id) == state_of(view_only) == "IMPORTED"
    assert Order.objects.count() == 2
