"""Orders that Amazon fulfills, and words that ask for nothing to be done."""

from amazon_orders.models import AmazonOrder
from tests.factories import commerce as catalog
from tests.fixtures_shop import (
    Shop,
    blockers_of,
    commerce_order_of,
    events_of,
    has_commerce_order,
    import_of,
    last_note_of,
    state_of,
    stock_of,
)


def test_before_it_is_shipped_it_waits_and_never_touches_stock(shop: Shop) -> None:
    catalog.product("EMPTY", stock={"main": 0})
    orders = {
        status: shop.sell(("SKU-1", 3, "10.00"), ("EMPTY", 1, "1.00"), fulfilled_by="AMAZON", status=status)
        for status in ("PENDING", "PENDING_AVAILABILITY", "UNSHIPPED", "PARTIALLY_SHIPPED")
    }

    outcome = shop.sync()

    assert outcome.counts["waiting"] == 4
    for order_id in orders.values():
        assert state_of(order_id) == "WAITING"
        assert not has_commerce_order(order_id)
        assert blockers_of(order_id) == []
    assert stock_of() == (10, 0)
    assert import_of(orders["UNSHIPPED"]).reason == "AMAZON_SHIPS"
    assert import_of(orders["PENDING"]).reason == "PAYMENT_PENDING"


def test_shipped_it_is_complete_and_never_touches_stock(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 30, "10.00"), fulfilled_by="AMAZON", patch={"recipient": None})
    shop.sync()

    shop.set_status(order_id, "SHIPPED")
    shop.sync()

    order = commerce_order_of(order_id)
    assert (state_of(order_id), order.status) == ("IMPORTED", "COMPLETE")
    line = order.lines.get()
    assert (line.quantity, line.quantity_shipped) == (30, 30)
    assert stock_of() == (10, 0)
    assert "STOCK_SHORTFALL" not in events_of(order_id)


def test_shipped_it_is_blocked_for_product_reasons_only(shop: Shop) -> None:
    catalog.product("OFF", is_enabled=False, stock={"main": 0})
    order_id = shop.sell(
        ("GONE", 1, "5.00"),
        ("OFF", 1, "5.00"),
        fulfilled_by="AMAZON",
        status="SHIPPED",
        patch={"recipient": None},
    )
    shop.sync()
    assert state_of(order_id) == "BLOCKED"
    assert blockers_of(order_id) == [("PRODUCT_DISABLED", "OFF"), ("PRODUCT_MISSING", "GONE")]

    catalog.product("GONE", stock={"main": 0})
    shop.enable("OFF")
    shop.judge()

    assert commerce_order_of(order_id).status == "COMPLETE"
    assert stock_of("GONE") == (0, 0)


def test_coming_product_blockers_are_said_while_it_waits(shop: Shop) -> None:
    order_id = shop.sell(("GONE", 1, "5.00"), fulfilled_by="AMAZON")

    shop.sync()

    assert state_of(order_id) == "WAITING"
    assert blockers_of(order_id) == [("PRODUCT_MISSING", "GONE")]


def test_it_is_followed_after_the_import_without_touching_stock(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 2, "10.00"), fulfilled_by="AMAZON", status="SHIPPED")
    shop.sync()

    shop.change(order_id, {"fulfillment": {"fulfillmentStatus": "CANCELLED"}})
    shop.sync()

    assert commerce_order_of(order_id).status == "COMPLETE"
    assert stock_of() == (10, 0)


def test_words_that_ask_for_nothing_wait_and_are_shown_as_amazon_says_them(shop: Shop) -> None:
    words = ("UNFULFILLABLE", "INVOICE_UNCONFIRMED", "Some Word Of Tomorrow")
    orders = {
        (word, by): shop.sell(("SKU-1", 1, "10.00"), fulfilled_by=by)
        for word in words
        for by in ("MERCHANT", "AMAZON")
    }
    for (word, _), order_id in orders.items():
        shop.change(order_id, {"fulfillment": {"fulfillmentStatus": word}})

    shop.sync()

    for (word, _), order_id in orders.items():
        assert state_of(order_id) == "WAITING"
        assert import_of(order_id).reason == "UNKNOWN_STATUS"
        assert AmazonOrder.objects.get(amazon_order_id=order_id).status == word
        assert not has_commerce_order(order_id)
    assert stock_of() == (10, 0)
    assert "nothing is to be done" in last_note_of(orders["UNFULFILLABLE", "MERCHANT"], "WAITING")


def test_a_hold_survives_a_word_we_do_not_know(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 4, "10.00"), status="PENDING")
    shop.sync()

    shop.change(order_id, {"fulfillment": {"fulfillmentStatus": "PAYMENT_UNDER_REVIEW"}})
    shop.sync()
    assert stock_of() == (10, 4)

    shop.pay(order_id, ("SKU-1", 4, "10.00"))
    shop.sync()
    assert state_of(order_id) == "IMPORTED"
    assert stock_of() == (10, 4)
