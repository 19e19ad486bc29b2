"""The timeline tells what Amazon changed, what is out of the way and because of what, and who did it."""

import json

from django.utils import timezone

from integration import timeline
from integration.catalog import matches
from tests.factories import commerce as catalog
from tests.fixtures_shop import Shop, events_of, import_of, last_note_of


def notes(order_id: str, code: str) -> list[str]:
    events = import_of(order_id).timeline.filter(code=code)
    return [timeline.words(event.code, event.details) for event in events]


def actors(order_id: str, code: str) -> list[str]:
    return [event.actor for event in import_of(order_id).timeline.filter(code=code)]


def test_a_new_total_and_quantity_are_told(shop: Shop) -> None:
    order_id = shop.sell(("GONE", 1, "10.00"))
    shop.sync()

    def more(document: dict[str, object]) -> None:
        document["orderItems"][0]["quantityOrdered"] = 3  # type: ignore[index]
        document["proceeds"] = {"grandTotal": {"amount": "30.00", "currencyCode": "USD"}}

    shop.edit(order_id, more)
    shop.sync()

    [note] = notes(order_id, "CHANGED")
    assert note.startswith(
        "Amazon changed the total from 10.00 USD to 30.00 USD, the quantity of GONE from 1 to 3"
    )


def test_an_address_that_changed_is_named_and_not_told(shop: Shop) -> None:
    order_id = shop.sell(("GONE", 1, "10.00"))
    shop.sync()
    moved = {"recipient": {"deliveryAddress": {"addressLine1": "77 Untold Lane", "city": "Elsewhere"}}}
    shop.change(order_id, moved)
    shop.sync()

    assert notes(order_id, "CHANGED") == ["Amazon changed the delivery address."]
    told = json.dumps(list(import_of(order_id).timeline.values_list("details", flat=True)))
    assert "Untold" not in told
    assert "Elsewhere" not in told


def test_what_changes_with_the_status_is_told_beside_it(shop: Shop) -> None:
    order_id = shop.sell()
    shop.sync()
    shop.set_status(order_id, "SHIPPED")
    shop.sync()
    [note] = notes(order_id, "STATUS_CHANGED")
    assert note.startswith("Amazon changed the status from UNSHIPPED to SHIPPED, and ")
    assert "the shipped units of SKU-1 from 0 to 1" in note
    assert "CHANGED" not in events_of(order_id)


def test_what_is_out_of_the_way_is_told_with_its_cause(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 11, "10.00"))
    shop.sync()
    shop.restock("SKU-1", 20)
    shop.judge()
    assert events_of(order_id)[-2:] == ["UNBLOCKED", "IMPORTED"]
    text = 'Product "SKU-1" is out of stock: 11 needed, 10 available (the stock covers it now).'
    assert last_note_of(order_id, "UNBLOCKED") == text


def test_a_canceled_order_has_no_blockers_because_it_is_canceled(shop: Shop) -> None:
    order_id = shop.sell(("GONE", 1, "10.00"))
    shop.sync()
    shop.cancel_at_amazon(order_id)
    shop.sync()
    assert events_of(order_id)[-2:] == ["UNBLOCKED", "CANCELED"]
    assert "(the order was canceled at Amazon)" in last_note_of(order_id, "UNBLOCKED")


def test_goods_that_have_left_lack_no_stock(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 11, "10.00"))
    shop.sync()
    shop.set_status(order_id, "SHIPPED")
    shop.sync()
    assert "(the goods have left)" in last_note_of(order_id, "UNBLOCKED")


def test_a_match_and_its_end_are_told_with_who_did_it(shop: Shop) -> None:
    catalog.product("MUG", stock={"main": 0})
    order_id = shop.sell(("MUG-2PACK", 1, "10.00"))
    shop.sync()
    matches.match(
        store=shop.store, seller_sku="MUG-2PACK", sku="MUG", units=2, by="maria", now=timezone.now()
    )
    matches.unmatch(store=shop.store, seller_sku="MUG-2PACK", by="ivan", now=timezone.now())
    assert notes(order_id, "MATCHED") == ["MUG-2PACK was matched to MUG, 2 units to an item."]
    assert notes(order_id, "UNMATCHED") == ["The match of MUG-2PACK was taken away."]
    assert (actors(order_id, "MATCHED"), actors(order_id, "UNMATCHED")) == (["maria"], ["ivan"])


def test_a_setting_that_moves_orders_is_told_to_each_of_them(shop: Shop) -> None:
    blocked, imported = shop.sell(("GONE", 1, "10.00")), shop.sell()
    shop.sync()
    shop.settings(import_amazon_orders=False)
    shop.judge()
    assert notes(blocked, "SETTINGS_CHANGED") == [
        "The store's settings changed: Import Amazon Orders: Disabled."
    ]
    assert actors(blocked, "SETTINGS_CHANGED") == ["maria"]
    assert events_of(blocked)[-1] == "VIEW_ONLY"
    assert "SETTINGS_CHANGED" not in events_of(imported)
    # What no judgment looks at moves nothing.
    shop.settings(order_status="Amazon processing")
    assert len(notes(blocked, "SETTINGS_CHANGED")) == 1
