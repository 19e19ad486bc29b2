"""The main way: an order at Amazon becomes a Commerce order with reserved stock."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from amazon_orders.models import AmazonOrder
from commerce.models import Order, Reservation, StockItem
from tests.fixtures_shop import Shop, commerce_order_of, events_of, line_id, state_of, stock_of


def test_an_unshipped_order_becomes_a_commerce_order_with_reserved_stock(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 2, "10.00"))

    outcome = shop.sync()

    assert outcome.problems == []
    assert outcome.counts["imported"] == 1
    assert state_of(order_id) == "IMPORTED"
    order = commerce_order_of(order_id)
    assert order.status == "PROCESSING"
    assert order.items_total == Decimal("20.00")
    assert order.lines.get().quantity == 2
    assert Reservation.objects.get().quantity == 2
    assert StockItem.objects.get().reserved == 2
    assert events_of(order_id) == ["RECEIVED", "IMPORTED"]


def test_a_second_pass_changes_nothing(shop: Shop) -> None:
    order_id = shop.sell()
    shop.sync()

    outcome = shop.sync()

    assert outcome.counts["unchanged"] == 1
    assert outcome.counts["changed"] == 0
    assert StockItem.objects.get().reserved == 1
    assert events_of(order_id) == ["RECEIVED", "IMPORTED"]


def test_a_partly_shipped_order_first_seen_has_its_shipped_units_consumed_and_the_rest_reserved(
    shop: Shop,
) -> None:
    order_id = shop.sell(("SKU-1", 5, "10.00"))
    shop.ship_at_amazon(order_id, 2, reference="P7", tracking="1Z999")

    outcome = shop.sync()

    assert outcome.counts["imported"] == 1
    order = commerce_order_of(order_id)
    assert order.status == "PROCESSING"
    assert (order.lines.get().quantity, order.lines.get().quantity_shipped) == (5, 2)
    assert stock_of() == (8, 3)
    shipment = order.shipments.get()
    assert (shipment.channel_package_reference, shipment.carrier, shipment.tracking_number) == (
        "P7",
        "UPS",
        "1Z999",
    )
    assert shipment.lines.get().quantity == 2


def test_orders_of_hundreds_over_several_pages_all_come_in_once(shop: Shop) -> None:
    for _ in range(230):
        shop.sell(("SKU-1", 1, "10.00"))

    outcome = shop.sync()

    assert outcome.requests == 3
    assert outcome.counts["received"] == 230
    # Ten are on hand.
    assert outcome.counts["imported"] == 10
    assert outcome.counts["blocked"] == 220
    assert Order.objects.count() == 10
    assert stock_of() == (10, 10)


def test_an_order_bought_before_the_connection_is_counted_as_ignored_and_not_stored(shop: Shop) -> None:
    connected_at = shop.store.connected_at
    shop.sell(created=connected_at - timedelta(seconds=1))
    taken = shop.sell(created=connected_at + timedelta(seconds=1))

    outcome = shop.sync()

    assert outcome.counts["ignored"] == 1
    assert outcome.counts["received"] == 2
    assert [order.amazon_order_id for order in AmazonOrder.objects.all()] == [taken]


def test_an_order_of_a_marketplace_without_a_store_is_ignored_until_the_store_is_connected(
    shop: Shop,
) -> None:
    order_id = shop.sell(("SKU-1", 1, "10.00"), place="CA")
    assert shop.sync().counts["received"] == 0

    store = shop.connect("Harbor CA", "CA")
    outcome = shop.sync()

    assert outcome.counts["imported"] == 1
    assert AmazonOrder.objects.get(amazon_order_id=order_id).store == store
    assert commerce_order_of(order_id).currency == "CAD"


def test_a_store_that_joins_late_catches_up_without_a_second_look_at_the_others(shop: Shop) -> None:
    old = shop.sell(created=timezone.now() - timedelta(days=20), updated=timezone.now() - timedelta(days=20))
    canadian = shop.sell(
        place="CA", created=timezone.now() - timedelta(days=19), updated=timezone.now() - timedelta(days=19)
    )
    shop.sync()

    shop.connect("Harbor CA", "CA")
    outcome = shop.sync()

    assert outcome.requests == 2  # its own catch-up, then one for all
    assert outcome.counts["received"] == 1
    assert state_of(old) == state_of(canadian) == "IMPORTED"


def test_an_order_that_is_changed_without_consequences_stays_as_it_is(shop: Shop) -> None:
    order_id = shop.sell()
    shop.sync()
    number = commerce_order_of(order_id).number

    shop.change(order_id, {"fulfillment": {"fulfillmentServiceLevel": "EXPEDITED"}})
    outcome = shop.sync()

    assert outcome.counts["changed"] == 1
    assert outcome.counts["imported"] == 0
    assert AmazonOrder.objects.get().service_level == "EXPEDITED"
    assert commerce_order_of(order_id).number == number
    assert stock_of() == (10, 1)
    # Said, and no more than that.
    assert events_of(order_id) == ["RECEIVED", "IMPORTED", "CHANGED"]


def test_a_line_keeps_amazons_reference_and_title(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 1, "10.00"))
    shop.sync()

    line = commerce_order_of(order_id).lines.get()
    assert (line.line_reference, line.sku, line.name) == (line_id(order_id), "SKU-1", "Product SKU-1")
    assert line.unit_price == Decimal("10.00")
