"""PENDING: the payment is not settled, the stock is held (or not), and nothing is reserved twice."""

from typing import Any

from commerce.models import Reservation, StockItem
from integration.messages import open_messages
from sandbox.lifecycle import set_status
from tests.factories import commerce as catalog
from tests.factories import people
from tests.fixtures_shop import (
    Shop,
    blockers_of,
    commerce_order_of,
    events_of,
    has_commerce_order,
    import_of,
    last_note_of,
    line_id,
    state_of,
    stock_of,
)


def test_pending_holds_stock_which_becomes_the_lines_when_the_order_is_placed(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 4, "10.00"), status="PENDING")
    shop.sync()
    assert (state_of(order_id), import_of(order_id).reason) == ("WAITING", "PAYMENT_PENDING")
    assert not has_commerce_order(order_id)
    assert stock_of() == (10, 4)
    held = Reservation.objects.get()
    assert (held.channel, held.channel_reference, held.line_reference, held.order_line) == (
        "AMAZON",
        order_id,
        line_id(order_id),
        None,
    )
    assert events_of(order_id) == ["RECEIVED", "STOCK_HELD", "WAITING"]

    shop.pay(order_id, ("SKU-1", 4, "10.00"))
    shop.sync()

    assert state_of(order_id) == "IMPORTED"
    assert stock_of() == (10, 4)
    assert Reservation.objects.get().order_line == commerce_order_of(order_id).lines.get()
    assert events_of(order_id)[-2:] == ["STATUS_CHANGED", "IMPORTED"]


def test_the_last_units_are_not_reserved_twice(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 10, "10.00"), status="PENDING")
    shop.sync()
    assert stock_of() == (10, 10)
    late = shop.sell(("SKU-1", 1, "10.00"))
    shop.sync()
    assert blockers_of(late) == [("OUT_OF_STOCK", "SKU-1")]

    shop.pay(order_id, ("SKU-1", 10, "10.00"))
    shop.sync()

    assert state_of(order_id) == "IMPORTED"
    assert stock_of() == (10, 10)
    assert state_of(late) == "BLOCKED"


def test_units_that_another_order_of_the_same_page_had_first_are_held_when_they_come_back(shop: Shop) -> None:
    first = shop.sell(("SKU-1", 6, "10.00"), status="PENDING")
    second = shop.sell(("SKU-1", 6, "10.00"), status="PENDING")
    shop.sync()
    assert stock_of() == (10, 10)
    [short] = [order_id for order_id in (first, second) if blockers_of(order_id)]
    assert blockers_of(short) == [("OUT_OF_STOCK", "SKU-1")]

    shop.cancel_at_amazon(first if short == second else second)
    shop.sync()

    assert stock_of() == (10, 6)
    assert blockers_of(short) == []


def test_what_cannot_be_covered_is_said_and_covered_when_it_comes(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 12, "10.00"), status="PENDING")
    shop.sync()

    assert state_of(order_id) == "WAITING"
    assert stock_of() == (10, 10)
    assert blockers_of(order_id) == [("OUT_OF_STOCK", "SKU-1")]
    assert last_note_of(order_id, "STOCK_NOT_COVERED") == "SKU-1: 12 needed, 10 held"
    # It waits: it is no blocked order, and nobody is alarmed.
    assert open_messages.banners(viewer=people.admin()) == []

    shop.restock("SKU-1", 15)
    shop.judge()

    assert stock_of() == (15, 12)
    assert blockers_of(order_id) == []
    assert shop.judge() == {}


def test_coming_blockers_are_known_while_the_payment_is_pending(shop: Shop) -> None:
    catalog.product("OFF", is_enabled=False, stock={"main": 5})
    order_id = shop.sell(("GONE", 1, "5.00"), ("OFF", 2, "5.00"), ("SKU-1", 1, "5.00"), status="PENDING")
    shop.sync()

    assert state_of(order_id) == "WAITING"
    # Addresses and amounts are withheld, not missing.
    assert blockers_of(order_id) == [("PRODUCT_DISABLED", "OFF"), ("PRODUCT_MISSING", "GONE")]
    assert (stock_of("SKU-1"), stock_of("OFF")) == ((10, 1), (5, 2))


def test_a_pending_order_that_turns_out_blocked_keeps_its_hold(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 3, "10.00"), status="PENDING")
    shop.sync()

    shop.pay(order_id, ("SKU-1", 3, "10.00"))
    shop.change(order_id, {"recipient": None})
    shop.sync()

    assert blockers_of(order_id) == [("ADDRESS_INCOMPLETE", "")]
    assert stock_of() == (10, 3)


def test_nothing_is_held_where_the_store_does_not_want_it(shop: Shop) -> None:
    shop.settings(reserve_pending=False)
    order_id = shop.sell(("SKU-1", 4, "10.00"), status="PENDING")
    shop.sync()
    assert stock_of() == (10, 0)
    assert events_of(order_id) == ["RECEIVED", "WAITING"]

    shop.settings(reserve_pending=True)
    shop.judge()
    assert stock_of() == (10, 4)

    shop.settings(reserve_pending=False)
    shop.judge()
    assert stock_of() == (10, 0)
    assert events_of(order_id)[-1] == "STOCK_RELEASED"

    shop.pay(order_id, ("SKU-1", 4, "10.00"))
    shop.sync()
    assert state_of(order_id) == "IMPORTED"
    assert stock_of() == (10, 4)


def test_a_preorder_waits_like_a_pending_order(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 1, "10.00"), status="PENDING_AVAILABILITY")
    shop.sync()
    assert (state_of(order_id), stock_of()) == ("WAITING", (10, 1))

    shop.edit(order_id, lambda document: set_status(document, "PENDING", shop.opened_at))
    shop.sync()

    assert (state_of(order_id), stock_of()) == ("WAITING", (10, 1))
    assert events_of(order_id) == ["RECEIVED", "STOCK_HELD", "WAITING", "STATUS_CHANGED"]


def test_a_pending_order_whose_quantity_shrinks_holds_less(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 4, "10.00"), ("SKU-1", 2, "10.00"), status="PENDING")
    shop.sync()
    assert stock_of() == (10, 6)

    def shrink(document: dict[str, list[dict[str, object]]]) -> None:
        document["orderItems"][0]["quantityOrdered"] = 1
        document["orderItems"].pop()

    shop.edit(order_id, shrink)
    shop.sync()

    assert stock_of() == (10, 1)


def test_a_blocked_order_keeps_no_units_that_amazon_canceled_since(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 3, "10.00"), status="PENDING")
    shop.sync()
    shop.enable("SKU-1", is_enabled=False)
    shop.pay(order_id, ("SKU-1", 3, "10.00"))
    shop.sync()
    assert (state_of(order_id), StockItem.objects.get().reserved) == ("BLOCKED", 3)

    def one_less(document: dict[str, Any]) -> None:
        line = document["orderItems"][0]
        line["fulfillment"]["quantityUnfulfilled"] = 2
        line["cancellation"] = {"cancellationExecution": {"cancelledBy": "BUYER"}}

    shop.edit(order_id, one_less)
    shop.sync()

    assert (state_of(order_id), StockItem.objects.get().reserved) == ("BLOCKED", 2)
    shop.enable("SKU-1")
    shop.judge()
    assert (state_of(order_id), StockItem.objects.get().reserved) == ("IMPORTED", 2)
