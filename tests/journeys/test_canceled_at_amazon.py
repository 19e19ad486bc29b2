"""CANCELLED in every variant, single units and lines, and what a buyer merely asks for."""

from datetime import timedelta

from django.utils import timezone

from amazon_orders.models import AmazonOrder
from commerce.models import OrderLine
from integration.messages import open_messages
from sandbox.datasets import Json
from sandbox.lifecycle import request_cancellation
from tests.factories import commerce as catalog
from tests.factories import people
from tests.fixtures_shop import (
    Shop,
    blockers_of,
    commerce_order_of,
    events_of,
    has_commerce_order,
    state_of,
    stock_of,
)


def message_codes() -> list[str]:
    found = open_messages.open_messages(viewer=people.admin(), now=timezone.now())
    return [message.code for message in found]


def test_an_order_canceled_before_it_was_imported_never_becomes_a_commerce_order(shop: Shop) -> None:
    first_seen = shop.sell(status="CANCELLED")
    pending = shop.sell(("SKU-1", 3, "10.00"), status="PENDING")
    blocked = shop.sell(("GONE", 1, "5.00"))
    shop.sync()
    assert stock_of() == (10, 3)
    assert blockers_of(blocked) == [("PRODUCT_MISSING", "GONE")]

    shop.cancel_at_amazon(pending)
    shop.cancel_at_amazon(blocked)
    outcome = shop.sync()

    assert outcome.counts["canceled"] == 2
    for order_id in (first_seen, pending, blocked):
        assert state_of(order_id) == "CANCELED"
        assert not has_commerce_order(order_id)
        assert blockers_of(order_id) == []
    assert stock_of() == (10, 0)
    assert events_of(pending)[-3:] == ["STATUS_CHANGED", "STOCK_RELEASED", "CANCELED"]
    assert message_codes() == []


def test_v0s_spelling_of_canceled_is_understood(shop: Shop) -> None:
    order_id = shop.sell(status="CANCELED")

    shop.sync()

    assert state_of(order_id) == "CANCELED"


def test_an_unshipped_commerce_order_is_canceled_and_its_stock_released(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 4, "10.00"))
    shop.sync()

    shop.cancel_at_amazon(order_id)
    shop.sync()

    order = commerce_order_of(order_id)
    assert order.status == "CANCELED"
    assert order.canceled_at is not None
    assert OrderLine.objects.get(order=order).quantity_canceled == 4
    assert state_of(order_id) == "IMPORTED"
    assert stock_of() == (10, 0)
    assert events_of(order_id)[-1] == "COMMERCE_CANCELED"
    # Once more with the same news.
    shop.change(order_id, {"fulfillment": {"fulfillmentServiceLevel": "EXPEDITED"}})
    shop.sync()
    assert events_of(order_id).count("COMMERCE_CANCELED") == 1
    assert message_codes() == []


def test_a_shipped_commerce_order_is_left_alone_and_a_person_is_told(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 3, "10.00"))
    shop.ship_at_amazon(order_id, 1)
    shop.sync()
    assert stock_of() == (9, 2)

    # Amazon's whole order is canceled although something has left.
    shop.change(order_id, {"fulfillment": {"fulfillmentStatus": "CANCELLED"}})
    shop.sync()

    assert commerce_order_of(order_id).status == "PROCESSING"
    assert state_of(order_id) == "IMPORTED"
    assert stock_of() == (9, 2)
    assert events_of(order_id)[-1] == "CANCELED_AFTER_SHIPPING"
    assert message_codes() == ["CANCELED_AFTER_SHIPPING"]
    # Said once, however often the order changes.
    shop.change(order_id, {"fulfillment": {"fulfillmentServiceLevel": "EXPEDITED"}})
    shop.sync()
    assert events_of(order_id).count("CANCELED_AFTER_SHIPPING") == 1


def test_a_complete_commerce_order_is_left_alone_when_amazon_cancels(shop: Shop) -> None:
    order_id = shop.sell(status="SHIPPED")
    shop.sync()

    shop.change(order_id, {"fulfillment": {"fulfillmentStatus": "CANCELLED"}})
    shop.sync()

    assert commerce_order_of(order_id).status == "COMPLETE"
    assert message_codes() == ["CANCELED_AFTER_SHIPPING"]


def test_single_units_and_lines_are_canceled_and_released(shop: Shop) -> None:
    catalog.product("SKU-2", stock={"main": 10})
    order_id = shop.sell(("SKU-1", 5, "10.00"), ("SKU-2", 2, "7.00"))
    shop.sync()
    assert (stock_of("SKU-1"), stock_of("SKU-2")) == ((10, 5), (10, 2))

    def cancel_some(document: Json) -> None:
        first, second = document["orderItems"]
        first["fulfillment"]["quantityUnfulfilled"] = 3
        second["fulfillment"]["quantityUnfulfilled"] = 0
        second["cancellation"] = {"cancellationExecution": {"cancelledBy": "MERCHANT"}}

    shop.edit(order_id, cancel_some)
    shop.sync()

    order = commerce_order_of(order_id)
    assert [line.quantity_canceled for line in order.lines.all()] == [2, 2]
    assert order.status == "PROCESSING"
    assert (stock_of("SKU-1"), stock_of("SKU-2")) == ((10, 3), (10, 0))
    assert events_of(order_id)[-1] == "UNITS_CANCELED"
    shop.change(order_id, {"fulfillment": {"fulfillmentServiceLevel": "EXPEDITED"}})
    shop.sync()
    assert events_of(order_id).count("UNITS_CANCELED") == 1


def test_a_line_canceled_before_the_import_is_left_out(shop: Shop) -> None:
    def cancel_second(document: Json) -> None:
        second = document["orderItems"][1]
        second["fulfillment"]["quantityUnfulfilled"] = 0
        second["cancellation"] = {"cancellationExecution": {"cancelledBy": "BUYER"}}

    order_id = shop.sell(("SKU-1", 1, "10.00"), ("GONE", 1, "7.00"), edit=cancel_second)

    shop.sync()

    assert state_of(order_id) == "IMPORTED"
    assert [line.sku for line in commerce_order_of(order_id).lines.all()] == ["SKU-1"]


def test_canceling_the_rest_of_a_partly_shipped_order_completes_it(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 3, "10.00"))
    shop.ship_at_amazon(order_id, 1)
    shop.sync()

    shop.cancel_at_amazon(order_id)  # a part has left: Amazon says SHIPPED
    shop.sync()

    order = commerce_order_of(order_id)
    line = order.lines.get()
    assert order.status == "COMPLETE"
    assert (line.quantity, line.quantity_shipped, line.quantity_canceled) == (3, 1, 2)
    assert stock_of() == (9, 0)
    assert events_of(order_id)[-2:] == ["UNITS_CANCELED", "COMPLETED"]


def test_canceling_every_line_cancels_the_commerce_order_and_says_so(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 2, "10.00"))
    shop.sync()

    def cancel_line(document: Json) -> None:
        document["orderItems"][0]["fulfillment"]["quantityUnfulfilled"] = 0
        document["orderItems"][0]["cancellation"] = {"cancellationExecution": {"cancelledBy": "AMAZON"}}

    shop.edit(order_id, cancel_line)
    shop.sync()

    assert commerce_order_of(order_id).status == "CANCELED"
    assert stock_of() == (10, 0)
    assert events_of(order_id)[-2:] == ["UNITS_CANCELED", "COMMERCE_CANCELED"]


def test_a_line_that_amazon_drops_is_units_canceled(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 2, "10.00"), ("SKU-1", 1, "10.00"))
    shop.sync()

    shop.edit(order_id, lambda document: document["orderItems"].pop())
    shop.sync()

    assert [line.quantity_canceled for line in commerce_order_of(order_id).lines.all()] == [0, 1]
    assert stock_of() == (10, 2)


def test_a_buyers_wish_to_cancel_is_said_and_changes_nothing(shop: Shop) -> None:
    order_id = shop.sell()
    shop.sync()

    shop.edit(order_id, lambda document: request_cancellation(document, "Ordered by mistake"))
    shop.sync()
    shop.change(order_id, {"fulfillment": {"fulfillmentServiceLevel": "EXPEDITED"}})
    shop.sync()

    order = AmazonOrder.objects.get()
    assert order.is_cancel_requested
    assert order.items.get().details["cancel_reason"] == "Ordered by mistake"
    assert commerce_order_of(order_id).status == "PROCESSING"
    assert events_of(order_id) == ["RECEIVED", "IMPORTED", "CANCEL_REQUESTED", "CHANGED"]


def test_an_older_word_of_amazon_does_not_undo_a_cancellation(shop: Shop) -> None:
    order_id = shop.sell()
    shop.sync()
    shop.cancel_at_amazon(order_id)
    shop.sync()
    updated = AmazonOrder.objects.get().last_updated_at

    older = (updated - timedelta(seconds=1)).isoformat()
    shop.edit(
        order_id,
        lambda document: document.update(
            lastUpdatedTime=older, fulfillment={"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"}
        ),
        keep_time=True,
    )
    outcome = shop.sync()

    assert outcome.counts["unchanged"] == 1
    assert AmazonOrder.objects.get().status == "CANCELLED"
    assert commerce_order_of(order_id).status == "CANCELED"
