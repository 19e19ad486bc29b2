"""SHIPPED: first seen so, or shipped in Seller Central while we held the order."""

from decimal import Decimal

from django.utils import timezone

from commerce.models import Product, Shipment
from integration.catalog import matches
from sandbox.datasets import Json
from tests.factories import commerce as catalog
from tests.fixtures_shop import (
    Shop,
    blockers_of,
    commerce_order_of,
    events_of,
    last_note_of,
    state_of,
    stock_of,
)


def test_an_order_first_seen_shipped_is_complete_with_amazons_packages_as_shipments(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 3, "10.00"))
    shop.ship_at_amazon(order_id, 1, reference="A", tracking="1ZA")
    shop.ship_at_amazon(order_id, 2, reference="B", tracking="1ZB", carrier="DHL", service="Express")

    shop.sync()

    order = commerce_order_of(order_id)
    assert (state_of(order_id), order.status) == ("IMPORTED", "COMPLETE")
    assert order.completed_at is not None
    assert order.lines.get().quantity_shipped == 3
    parcels = order.shipments.order_by("tracking_number")
    assert [(each.carrier, each.service, each.tracking_number) for each in parcels] == [
        ("UPS", "Ground", "1ZA"),
        ("DHL", "Express", "1ZB"),
    ]
    assert [each.lines.get().quantity for each in parcels] == [1, 2]
    assert stock_of() == (7, 0)


def test_stock_is_consumed_never_below_zero_and_the_shortfall_is_said(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 12, "10.00"), status="SHIPPED")

    shop.sync()

    assert commerce_order_of(order_id).status == "COMPLETE"
    assert stock_of() == (0, 0)
    assert events_of(order_id) == ["RECEIVED", "IMPORTED", "STOCK_SHORTFALL"]
    assert last_note_of(order_id, "STOCK_SHORTFALL") == "SKU-1: 12 shipped, 10 on record"


def test_goods_that_have_left_lack_neither_stock_nor_address_nor_price(shop: Shop) -> None:
    catalog.product("EMPTY", stock={"main": 0})

    def without_prices(document: Json) -> None:
        document.pop("proceeds")
        for item in document["orderItems"]:
            item.pop("proceeds")
            item["product"].pop("price")

    order_id = shop.sell(
        ("EMPTY", 2, "5.00"), status="SHIPPED", patch={"recipient": None}, edit=without_prices
    )

    shop.sync()

    order = commerce_order_of(order_id)
    assert state_of(order_id) == "IMPORTED"
    assert (order.status, order.currency, order.grand_total, order.items_total) == (
        "COMPLETE",
        "USD",
        None,
        None,
    )
    assert stock_of("EMPTY") == (0, 0)


def test_a_shipped_order_is_blocked_for_product_reasons_and_complete_once_they_are_gone(shop: Shop) -> None:
    catalog.product("OFF", is_enabled=False, stock={"main": 5})
    order_id = shop.sell(("GONE", 1, "5.00"), ("OFF", 1, "5.00"), status="SHIPPED")
    shop.sync()
    assert state_of(order_id) == "BLOCKED"
    assert blockers_of(order_id) == [("PRODUCT_DISABLED", "OFF"), ("PRODUCT_MISSING", "GONE")]

    catalog.product("GONE")
    shop.enable("OFF")
    shop.judge()

    assert commerce_order_of(order_id).status == "COMPLETE"
    assert stock_of("OFF") == (4, 0)


def test_what_amazon_shipped_beyond_us_is_taken_over_until_all_is_out(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 5, "10.00"))
    shop.sync()
    assert stock_of() == (10, 5)

    shop.ship_at_amazon(order_id, 2, reference="A", tracking="1ZA")
    shop.sync()

    order = commerce_order_of(order_id)
    assert (order.status, order.lines.get().quantity_shipped) == ("PROCESSING", 2)
    assert stock_of() == (8, 3)
    assert events_of(order_id)[-1] == "SHIPPED_AT_AMAZON"

    shop.ship_at_amazon(order_id, 3, reference="B", tracking="1ZB")
    shop.sync()

    order.refresh_from_db()
    assert (order.status, order.lines.get().quantity_shipped) == ("COMPLETE", 5)
    assert stock_of() == (5, 0)
    assert sorted(order.shipments.values_list("tracking_number", "lines__quantity")) == [
        ("1ZA", 2),
        ("1ZB", 3),
    ]
    assert events_of(order_id)[-2:] == ["SHIPPED_AT_AMAZON", "COMPLETED"]
    assert state_of(order_id) == "IMPORTED"

    shop.change(order_id, {"fulfillment": {"fulfillmentServiceLevel": "EXPEDITED"}})
    shop.sync()
    assert Shipment.objects.count() == 2
    assert stock_of() == (5, 0)


def test_shipped_at_amazon_without_any_package_is_taken_over_as_one_shipment(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 2, "10.00"))
    shop.sync()

    shop.change(order_id, {"fulfillment": {"fulfillmentStatus": "SHIPPED"}})
    shop.sync()

    order = commerce_order_of(order_id)
    assert order.status == "COMPLETE"
    assert order.shipments.get().lines.get().quantity == 2
    assert stock_of() == (8, 0)


def test_units_of_a_pack_are_shipped_as_products(shop: Shop) -> None:
    matches.match(store=shop.store, seller_sku="PACK-2", sku="SKU-1", units=2, by="maria", now=timezone.now())
    order_id = shop.sell(("PACK-2", 3, "20.00"))
    shop.sync()
    line = commerce_order_of(order_id).lines.get()
    assert (line.sku, line.quantity, line.units_per_item) == ("SKU-1", 6, 2)
    assert (line.unit_price, line.row_total) == (Decimal("10.00"), Decimal("60.00"))
    assert stock_of() == (10, 6)

    shop.ship_at_amazon(order_id, 1)
    shop.sync()

    line.refresh_from_db()
    assert line.quantity_shipped == 2
    assert Shipment.objects.get().lines.get().quantity == 2
    assert stock_of() == (8, 4)


def test_more_shipped_than_reserved_takes_no_other_orders_units(shop: Shop) -> None:
    """Stock management was off when the order was placed: it holds nothing."""
    product = Product.objects.get(sku="SKU-1")
    Product.objects.filter(pk=product.pk).update(manage_stock=False)
    order_id = shop.sell(("SKU-1", 4, "10.00"))
    shop.sync()
    Product.objects.filter(pk=product.pk).update(manage_stock=True)
    other = shop.sell(("SKU-1", 8, "10.00"))
    shop.sync()
    assert stock_of() == (10, 8)

    shop.set_status(order_id, "SHIPPED")
    shop.sync()

    assert stock_of() == (8, 8)
    assert commerce_order_of(other).status == "PROCESSING"
    assert last_note_of(order_id, "STOCK_SHORTFALL") == "SKU-1: 4 shipped, 2 on record"


def test_pending_to_shipped_without_a_step_between_is_complete_and_holds_nothing(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 2, "10.00"), status="PENDING")
    shop.sync()
    assert stock_of() == (10, 2)

    shop.pay(order_id, ("SKU-1", 2, "10.00"))
    shop.set_status(order_id, "SHIPPED")
    shop.sync()

    assert commerce_order_of(order_id).status == "COMPLETE"
    assert stock_of() == (8, 0)
