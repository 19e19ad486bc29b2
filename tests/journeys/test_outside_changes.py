"""Changed in Seller Central while we held the order: what Amazon did, we did, a person has to do."""

import pytest
from django.utils import timezone

from integration import timeline
from integration.messages import open_messages
from integration.orders import actions
from sandbox.datasets import Json
from sandbox.lifecycle import request_cancellation
from tests.factories import commerce as catalog
from tests.factories import people
from tests.fixtures_shop import Shop, commerce_order_of, events_of, import_of, state_of, stock_of


def told(order_id: str, code: str) -> tuple[str, str, str]:
    """The three parts of the newest event of this code."""
    event = import_of(order_id).timeline.filter(code=code).last()
    assert event is not None
    return event.details["did"], event.details["done"], event.details["to_do"]


def open_codes() -> list[str]:
    return [each.code for each in open_messages.open_messages(viewer=people.admin(), now=timezone.now())]


def pay_back(document: Json) -> None:
    document["proceeds"]["grandTotal"]["amount"] = "12.00"


def test_shipped_at_amazon_while_blocked_partly_and_then_wholly(shop: Shop) -> None:
    order_id = shop.sell(("GONE", 3, "5.00"))
    shop.sync()
    shop.ship_at_amazon(order_id, 1, reference="A")
    shop.sync()
    did, done, to_do = told(order_id, "SHIPPED_AT_AMAZON")
    assert did == "1 of 3 items shipped at Amazon while it was blocked here."
    assert done.startswith("Nothing is recorded as shipped yet")
    assert to_do.startswith("Mend what blocks it")

    shop.ship_at_amazon(order_id, 2, reference="B")
    shop.sync()
    assert told(order_id, "SHIPPED_AT_AMAZON")[0].startswith(
        "All of it shipped at Amazon while it was blocked"
    )
    assert events_of(order_id).count("SHIPPED_AT_AMAZON") == 2

    # Mended: it is imported as shipped, and Amazon's word is no news any more.
    catalog.product("GONE")
    shop.judge()
    assert commerce_order_of(order_id).status == "COMPLETE"
    assert events_of(order_id).count("SHIPPED_AT_AMAZON") == 2


@pytest.mark.parametrize("how", ["skipped", "view only"])
def test_shipped_and_canceled_at_amazon_while_left_out(shop: Shop, how: str) -> None:
    if how == "view only":
        shop.settings(import_amazon_orders=False)
    shipped, canceled = shop.sell(("SKU-1", 1, "5.00")), shop.sell(("SKU-1", 2, "5.00"))
    if how == "skipped":
        catalog.product("OTHER")
        shipped, canceled = shop.sell(("GONE", 1, "5.00")), shop.sell(("GONE", 1, "5.00"))
    shop.sync()
    if how == "skipped":
        ids = [import_of(each).pk for each in (shipped, canceled)]
        actions.skip(order_ids=ids, reason="Not ours", until=None, by="maria", now=timezone.now())
        shop.judge()
    before = stock_of()

    shop.ship_at_amazon(shipped, 1)
    shop.cancel_at_amazon(canceled)
    shop.sync()

    state = "SKIPPED" if how == "skipped" else "VIEW_ONLY"
    assert (state_of(shipped), state_of(canceled)) == (state, state)
    assert told(shipped, "SHIPPED_AT_AMAZON")[0] == f"All of it shipped at Amazon while it was {how} here."
    assert told(shipped, "SHIPPED_AT_AMAZON")[2].startswith("If it left from stock on record")
    assert told(canceled, "CANCELED")[2] == ""
    assert stock_of() == before


def test_a_pending_order_that_is_canceled_gives_its_stock_back_and_says_so(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 3, "10.00"), status="PENDING")
    shop.sync()
    assert stock_of() == (10, 3)

    shop.cancel_at_amazon(order_id)
    shop.sync()

    assert stock_of() == (10, 0)
    assert told(order_id, "CANCELED") == (
        "Canceled at Amazon before it was imported.",
        "Its held stock was released.",
        "",
    )


def changed_words(order_id: str) -> list[str]:
    events = import_of(order_id).timeline.filter(code__in=("CHANGED", "STATUS_CHANGED"))
    return [timeline.words(event.code, event.details) for event in events]


def test_a_total_that_falls_after_shipping_asks_for_a_credit_memo_until_it_is_settled(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 2, "10.00"), status="SHIPPED")
    shop.sync()
    total = commerce_order_of(order_id).grand_total

    shop.edit(order_id, pay_back)
    shop.sync()

    did, done, to_do = told(order_id, "AMOUNTS_CHANGED")
    assert did.endswith("to 12.00 USD.")
    # Told once.
    assert not [each for each in changed_words(order_id) if "total" in each]
    assert "keeps its amounts" in done
    assert "credit memo" in to_do
    assert commerce_order_of(order_id).grand_total == total
    assert open_codes() == ["AMOUNTS_LOWERED"]
    # The same again is no news, and the message stays.
    shop.change(order_id, {"fulfillment": {"fulfillmentServiceLevel": "EXPEDITED"}})
    shop.sync()
    assert events_of(order_id).count("AMOUNTS_CHANGED") == 1
    assert open_codes() == ["AMOUNTS_LOWERED"]

    key = import_of(order_id).pk
    done_by_hand = actions.settle_amounts(order_ids=[key], by="maria", now=timezone.now())
    shop.judge()
    assert done_by_hand.done == (key,)
    assert open_codes() == []
    assert actions.settle_amounts(order_ids=[key], by="maria", now=timezone.now()).done == ()


@pytest.mark.parametrize("how", ["closed", "refunded", "restored"])
def test_the_message_about_lowered_amounts_closes_by_itself(shop: Shop, how: str) -> None:
    order_id = shop.sell(("SKU-1", 2, "10.00"), status="SHIPPED")
    shop.sync()
    before = shop.document(order_id)["proceeds"]["grandTotal"]["amount"]
    shop.edit(order_id, pay_back)
    shop.sync()
    assert open_codes() == ["AMOUNTS_LOWERED"]

    order = commerce_order_of(order_id)
    if how == "closed":
        order.status = "CLOSED"
        order.save()
    elif how == "refunded":
        order.lines.update(quantity_refunded=1)
    else:
        shop.edit(order_id, lambda document: document["proceeds"]["grandTotal"].update(amount=before))
        shop.sync()

    assert open_codes() == []


def test_a_buyer_who_asks_to_cancel_is_a_message_until_it_is_settled(shop: Shop) -> None:
    order_id = shop.sell()
    shop.sync()
    shop.edit(order_id, lambda document: request_cancellation(document, "Ordered by mistake"))
    shop.sync()
    assert told(order_id, "CANCEL_REQUESTED")[2].startswith("Do not ship it")
    assert open_codes() == ["CANCEL_REQUESTED"]

    shop.cancel_at_amazon(order_id)
    shop.sync()

    assert open_codes() == []
    assert told(order_id, "COMMERCE_CANCELED")[1].endswith("was canceled and its stock released.")


def test_partly_shipped_at_amazon_says_what_is_left_to_ship(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 5, "10.00"))
    shop.sync()
    shop.ship_at_amazon(order_id, 2)
    shop.sync()
    number = commerce_order_of(order_id).number
    assert told(order_id, "SHIPPED_AT_AMAZON") == (
        "2 units shipped at Amazon beyond what was shipped here.",
        f"Taken over as a shipment of Commerce order {number} and taken from stock.",
        "Ship only the remaining 3 units.",
    )
