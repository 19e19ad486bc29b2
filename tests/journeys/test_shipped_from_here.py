"""Shipped in Commerce: Amazon has the last word on whether the order is complete."""

from django.db import transaction
from django.utils import timezone

from commerce.models import Shipment
from commerce.shipping import ship
from commerce.shipping.ship import LineToShip, OrderToShip, ParcelToShip
from commerce.stock import source_priorities
from tests.factories import commerce as catalog
from tests.faults.invariants import assert_stock_is_sound
from tests.fixtures_shop import Shop, commerce_order_of, events_of, stock_of


def test_it_stays_in_processing_until_amazon_says_shipped_and_is_one_shipment(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 2, "20.00"))
    shop.sync()
    order = commerce_order_of(order_id)
    assert (order.payment_method, order.payment_reference) == ("Amazon", order_id)
    on_hand = stock_of("SKU-1")[0]
    parcel = ParcelToShip(lines=[LineToShip(sku="SKU-1", quantity=2)], tracking_number="1Z9")
    with transaction.atomic():
        wish = OrderToShip(order_id=order.pk, parcels=[parcel], completes=False)
        ship.ship(orders=[wish], now=timezone.now(), by="maria")
    shop.sync()
    assert commerce_order_of(order_id).status == "PROCESSING"

    shop.set_status(order_id, "SHIPPED")
    shop.sync()

    assert commerce_order_of(order_id).status == "COMPLETE"
    assert events_of(order_id)[-1] == "COMPLETED"
    assert Shipment.objects.get().is_ours
    assert stock_of("SKU-1") == (on_hand - 2, 0)
    assert_stock_is_sound()


def test_pending_stock_is_held_where_the_shop_asks_first(shop: Shop) -> None:
    catalog.product("WIDE", stock={"main": 5, "second": 5})
    store = shop.store.import_settings.commerce_store_id
    source_priorities.set_order(commerce_store_id=store, source_codes=["second"])
    order_id = shop.sell(("WIDE", 2, "20.00"), status="PENDING")
    shop.sync()
    assert (stock_of("WIDE", "second"), stock_of("WIDE", "main")) == ((5, 2), (5, 0))
    shop.set_status(order_id, "UNSHIPPED")
    shop.sync()
    assert (stock_of("WIDE", "second"), stock_of("WIDE", "main")) == ((5, 2), (5, 0))
