"""What names a person is sealed in both apps, found by a keyed hash, and never erased by silence."""

from typing import Any

from django.apps import apps
from django.db import connection

from amazon_orders import receive
from amazon_orders.models import AmazonOrder, BuyerNameWord, PersonalData
from commerce.models import OrderPersonalData
from commerce.orders import personal_data
from integration.models import TimelineEvent
from sealing import seal, search_hash
from tests.fixtures_shop import Shop, commerce_order_of, line_id, state_of

# Invented people and places that occur nowhere else.
NAME = "Zinaida Quetzalcoatl"
STREET = "77 Nonesuch Alley"
GIFT = "Happy birthday dear Xochitl"
EMAIL = "k7q@marketplace.amazon.com"
ADDRESS = {
    "name": "Zinaida Q.",
    "addressLine1": STREET,
    "city": "Farville",
    "countryCode": "US",
    "phone": "+1 555 0147",
}


def gift(document: dict[str, Any]) -> None:
    item = document["orderItems"][0]
    item["fulfillment"]["packing"] = {"giftOption": {"giftMessage": GIFT, "giftWrapLevel": "Classic"}}


def sell(shop: Shop, **fields: Any) -> str:
    patch = {
        "buyer": {"buyerName": NAME, "buyerEmail": EMAIL},
        "recipient": {"deliveryAddress": ADDRESS | {"addressLine2": None, "stateOrRegion": None}},
    }
    return shop.sell(patch=patch, edit=gift, **fields)


def told(order_id: str) -> dict[str, Any]:
    """What the mirror keeps of the people of an order, opened."""
    sealed = PersonalData.objects.get(order__amazon_order_id=order_id).sealed
    opened: dict[str, Any] = seal.open_json(
        sealed, associated_data=receive.personal_associated_data(order_id)
    )
    return opened


def everything_in_the_database() -> str:
    """All rows of all tables, as text."""
    found: list[str] = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')  # noqa: S608 - our own names
            found.extend(
                str([bytes(cell) if isinstance(cell, memoryview) else cell for cell in row])
                for row in cursor.fetchall()
            )
    return "\n".join(found)


def test_it_is_sealed_in_both_apps_and_stands_nowhere_in_plain_text(shop: Shop) -> None:
    order_id = sell(shop)
    blocked = shop.sell(("GONE", 1, "5.00"), patch={"buyer": {"buyerName": NAME}}, edit=gift)
    shop.sync()

    assert told(order_id) == {
        "buyer_name": NAME,
        "buyer_email": EMAIL,
        "address": {
            "name": "Zinaida Q.",
            "line1": STREET,
            "city": "Farville",
            "postal_code": "98109",
            "country": "US",
            "phone": "+1 555 0147",
            "type": "RESIDENTIAL",
        },
        "gift_messages": {line_id(order_id): GIFT},
    }
    order = commerce_order_of(order_id)
    opened = personal_data.open_of(
        channel="AMAZON",
        channel_reference=order_id,
        sealed=OrderPersonalData.objects.get(order=order).sealed,
    )
    assert opened == told(order_id)
    assert state_of(blocked) == "BLOCKED"
    plain = everything_in_the_database()
    assert order_id in plain
    for text in (NAME, "Zinaida", STREET, GIFT, EMAIL, "555 0147", "Farville"):
        assert text not in plain


def test_a_name_is_found_by_its_words(shop: Shop) -> None:
    order_id = sell(shop)
    shop.sell()
    shop.sync()

    (word,) = search_hash.hash_words("QUETZALCÓATL")
    found = BuyerNameWord.objects.filter(word_hash=word)
    assert [row.order.amazon_order_id for row in found] == [order_id]


def test_absent_personal_data_never_erases(shop: Shop) -> None:
    order_id = sell(shop)
    shop.sync()
    before = told(order_id)

    shop.change(order_id, {"buyer": None, "recipient": None})
    shop.sync()
    assert told(order_id) == before
    assert AmazonOrder.objects.get().address_gaps == ""

    # Later Amazon tells the city alone.
    shop.change(order_id, {"recipient": {"deliveryAddress": {"city": "Farville", "countryCode": "US"}}})
    shop.sync()
    assert told(order_id) == before
    assert AmazonOrder.objects.get().address_gaps == ""


def test_a_new_address_takes_the_place_of_the_old_one(shop: Shop) -> None:
    order_id = shop.sell(patch={"recipient": {"deliveryAddress": ADDRESS | {"addressLine2": "Apt 4"}}})
    shop.sync()

    moved = ADDRESS | {"addressLine1": "5 Other Road", "addressLine2": None, "phone": None}
    shop.change(order_id, {"recipient": {"deliveryAddress": moved}})
    shop.sync()

    address = told(order_id)["address"]
    assert address["line1"] == "5 Other Road"
    assert "line2" not in address


def test_purged_data_is_never_stored_again(shop: Shop) -> None:
    order_id = sell(shop)
    shop.sync()
    PersonalData.objects.all().delete()
    BuyerNameWord.objects.all().delete()
    AmazonOrder.objects.update(personal_data_purged_at=shop.opened_at)

    shop.change(order_id, {"fulfillment": {"fulfillmentServiceLevel": "EXPEDITED"}})
    shop.sync()

    assert AmazonOrder.objects.get().service_level == "EXPEDITED"
    assert PersonalData.objects.count() == 0
    assert BuyerNameWord.objects.count() == 0


def test_what_amazon_withholds_stays_empty_and_blocks_no_order_of_its_own(shop: Shop) -> None:
    order_id = shop.sell(fulfilled_by="AMAZON", status="SHIPPED", patch={"buyer": None, "recipient": None})
    shop.sync()

    assert state_of(order_id) == "IMPORTED"
    assert PersonalData.objects.count() == 0
    assert OrderPersonalData.objects.count() == 0
    assert TimelineEvent.objects.filter(code="IMPORTED").count() == 1
