"""Parcels that do not go by confirmShipment, and what goes along with those that do."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from commerce.models import Shipment
from commerce.shipping.ship import LineToShip, OrderToShip, ParcelToShip
from integration.models import FeedJob, ParcelNotice, PickupNotice, PickupStatus, ShipmentConfirmation
from integration.outbox import pickups, ship
from sandbox import lifecycle
from sandbox.datasets import Json
from tests.fixtures_shop import Shop, commerce_order_of, events_of, line_id
from tests.journeys.workshop import asked, calls, confirm, feed, later, ship_here, sold

pytestmark = pytest.mark.django_db(transaction=True)
PLUS = {"programs": ["FBM_SHIP_PLUS"]}
PICK_UP = {"programs": ["IN_STORE_PICK_UP"]}


def owed() -> ShipmentConfirmation:
    return ShipmentConfirmation.objects.get()


def fed(shop: Shop) -> ElementTree.Element:
    """The document of the one feed that was handed in."""
    [document] = shop.amazon.world.feeds.documents.values()
    return ElementTree.fromstring(document.body or b"")


def test_a_parcel_without_a_number_goes_by_feed_and_is_read_back(shop: Shop) -> None:
    number = sold(shop, ("SKU-1", 2, "10.00"))
    ship_here(number, 1, tracking_number="", carrier_code="", carrier="us postal service", service="Letter")
    confirm(shop)
    feed(shop)
    assert (calls(shop), ParcelNotice.objects.get().state, owed().state) == (0, "DONE", "SENT")
    message = fed(shop).find(".//OrderFulfillment")
    assert message is not None
    assert [child.tag for child in message] == [
        *("AmazonOrderID", "MerchantFulfillmentID", "FulfillmentDate", "FulfillmentData", "Item")
    ]
    assert message.findtext("FulfillmentData/CarrierCode") == "USPS"
    assert message.findtext("FulfillmentData/ShippingMethod") == "Letter"
    assert message.find("FulfillmentData/ShipperTrackingNumber") is None
    assert message.findtext("Item/AmazonOrderItemCode") == line_id(number)
    assert message.findtext("Item/Quantity") == "1"
    later(shop)
    assert (owed().state, owed().package_reference) == ("CONFIRMED", "1")
    shop.sync()
    assert Shipment.objects.count() == 1


def test_a_feed_that_is_done_proves_nothing_where_amazon_shows_no_parcel(shop: Shop) -> None:
    number = sold(shop, ("SKU-1", 2, "10.00"))
    ship_here(number, 1, tracking_number="")
    feed(shop)

    def lose(document: Json) -> None:
        document["packages"] = []
        document["fulfillment"]["fulfillmentStatus"] = "UNSHIPPED"
        document["orderItems"][0]["fulfillment"] |= {"quantityFulfilled": 0, "quantityUnfulfilled": 2}

    shop.edit(number, lose)
    later(shop)
    assert owed().state == "SENT"
    later(shop, minutes=25 * 60)
    assert owed().state == "DIFFERS"


def test_an_older_parcel_with_the_same_contents_is_not_taken_for_ours(shop: Shop) -> None:
    number = sold(shop, ("SKU-1", 3, "10.00"))
    shop.ship_at_amazon(number, 1, tracking="")
    shop.sync()
    ship_here(number, 1, tracking_number="")
    feed(shop, times=1)
    later(shop)
    assert owed().state == "SENT"
    feed(shop)
    later(shop)
    assert (owed().state, owed().package_reference) == ("CONFIRMED", "2")


def test_a_feed_that_hangs_does_not_hide_a_parcel_that_amazon_shows(shop: Shop) -> None:
    number = sold(shop)
    ship_here(number, tracking_number="")
    shop.amazon.world.feeds.queue_seconds = 10**6
    feed(shop)
    assert (ParcelNotice.objects.get().state, owed().state) == ("SENT", "SENT")
    later(shop)
    assert owed().state == "SENT"
    shop.ship_at_amazon(number, 1, tracking="")
    later(shop)
    assert (owed().state, FeedJob.objects.get().state) == ("CONFIRMED", "SUBMITTED")


def test_a_refused_message_is_a_refusal_only_once_the_order_was_read(shop: Shop) -> None:
    number = sold(shop)
    ship_here(number, tracking_number="")
    shop.edit(number, lambda document: document.update(PLUS))
    feed(shop)
    assert owed().state == "SENT"
    later(shop)
    assert (owed().state, owed().refusal) == (
        "REFUSED",
        f"Order {number} is not confirmed by you.",
    )
    shop.edit(number, lambda document: document.update(programs=[]))
    assert ship.send_confirmation_again(shipment_ids=[owed().pk], now=timezone.now()) == 1
    feed(shop)
    later(shop)
    assert owed().state == "CONFIRMED"


def test_a_number_that_comes_later_edits_the_package_that_amazon_made(shop: Shop) -> None:
    number = sold(shop)
    shipment = ship_here(number, tracking_number="")
    feed(shop)
    later(shop)
    correct(shipment, "1Z777")
    assert (owed().way, owed().state) == ("CONFIRM", "OWED")
    confirm(shop)
    later(shop)
    [package] = shop.document(number)["packages"]
    assert (owed().state, package["packageReferenceId"], package["trackingNumber"]) == (
        "CONFIRMED",
        "1",
        "1Z777",
    )


def test_a_number_that_comes_before_the_feed_makes_it_needless(shop: Shop) -> None:
    number = sold(shop)
    shipment = ship_here(number, tracking_number="")
    correct(shipment, "1Z777")
    assert not ParcelNotice.objects.exists()
    confirm(shop)
    feed(shop)
    later(shop)
    assert (owed().state, asked(shop, "createFeed")) == ("CONFIRMED", 0)
    assert len(shop.document(number)["packages"]) == 1


def correct(shipment: Shipment, tracking_number: str) -> None:
    ship.correct_shipment(
        shipment_id=shipment.pk,
        carrier_code="UPS",
        carrier="",
        tracking_number=tracking_number,
        by="maria",
        now=timezone.now(),
    )


@pytest.mark.parametrize("is_told_at_once", [True, False])
def test_ship_plus_is_never_told_and_only_read_back(shop: Shop, is_told_at_once: bool) -> None:
    number = sold(shop, patch=PLUS)
    if is_told_at_once:
        shop.ship_at_amazon(number, 1, tracking="1Z 999")
    ship_here(number)
    confirm(shop)
    feed(shop)
    later(shop)
    assert (calls(shop), asked(shop, "createFeed")) == (0, 0)
    assert owed().state == ("CONFIRMED" if is_told_at_once else "SENT")
    later(shop, minutes=25 * 60)
    assert owed().state == ("CONFIRMED" if is_told_at_once else "DIFFERS")


def test_a_label_bought_at_amazon_is_only_read_back(shop: Shop) -> None:
    number = sold(shop)
    shop.ship_at_amazon(number, 1, tracking="1Z9", service="Buy Shipping")
    ship_here(number, tracking_number="", carrier_code="", has_channel_label=True)
    confirm(shop)
    later(shop)
    assert (calls(shop), owed().state) == (0, "CONFIRMED")


def test_a_label_that_amazon_shows_already_is_never_confirmed_by_us(shop: Shop) -> None:
    number = sold(shop, ("SKU-1", 3, "10.00"))
    label = lifecycle.parcel(
        "9", "UPS", "Buy Shipping", "1Z 5", timezone.now(), {line_id(number): 2}, timezone.now()
    )
    shop.edit(number, lambda document: document.update(packages=[label]))
    shop.sync()
    ship_here(number, 2, tracking_number="1z5")
    confirm(shop)
    later(shop)
    assert (calls(shop), owed().way, owed().state) == (0, "READ_BACK", "CONFIRMED")


def test_a_label_that_nobody_told_of_is_found_by_amazons_refusal(shop: Shop) -> None:
    number = sold(shop, ("SKU-1", 2, "10.00"))
    shop.ship_at_amazon(number, 1, tracking="1Z999", service="Buy Shipping")
    ship_here(number, 1)
    confirm(shop)
    assert (calls(shop), owed().state) == (1, "SENT")
    later(shop)
    assert owed().state == "CONFIRMED"


def test_goods_that_are_fetched_in_a_store_are_told_as_picked_up(shop: Shop) -> None:
    number = sold(shop, ("SKU-1", 2, "10.00"), patch=PICK_UP)
    ship_here(number, tracking_number="", carrier_code="")
    shop.amazon.faults.queue("lost_answer", operation="updateShipmentStatus")
    confirm(shop)
    later(shop, minutes=0)
    later(shop)
    assert owed().state == "CONFIRMED"
    assert shop.amazon.world.pickups == [(number, "PickedUp", {line_id(number): 2})]
    assert (calls(shop), shop.document(number)["fulfillment"]["fulfillmentStatus"]) == (0, "SHIPPED")
    shop.sync()
    assert commerce_order_of(number).status == "COMPLETE"


def test_a_part_that_was_fetched_is_not_counted_twice(shop: Shop) -> None:
    number = sold(shop, ("SKU-1", 3, "10.00"), patch=PICK_UP)
    ship_here(number, 1, tracking_number="", carrier_code="")
    shop.amazon.faults.queue("lost_answer", operation="updateShipmentStatus")
    confirm(shop)
    later(shop)
    confirm(shop)
    assert owed().state == "CONFIRMED"
    assert shop.amazon.world.pickups == [(number, "PickedUp", {line_id(number): 1})]


@pytest.mark.parametrize("status", list(PickupStatus))
def test_amazon_is_told_what_becomes_of_goods_in_a_store(shop: Shop, status: PickupStatus) -> None:
    number = sold(shop, patch=PICK_UP)
    order = commerce_order_of(number)
    pickups.owe(order_id=order.pk, status=status, by="maria", now=timezone.now())
    shop.amazon.faults.queue("drop", operation="updateShipmentStatus")
    confirm(shop)
    notice = PickupNotice.objects.get()
    assert notice.state == "OWED"
    assert notice.due_at is not None
    assert notice.due_at <= timezone.now() + timedelta(minutes=1)
    PickupNotice.objects.update(due_at=timezone.now())
    confirm(shop)
    assert PickupNotice.objects.get().state == "DONE"
    assert [(told[0], told[1]) for told in shop.amazon.world.pickups] == [(number, status)]
    assert {"PICKUP_OWED", "PICKUP_TOLD"} <= set(events_of(number))


def test_an_order_that_is_sent_is_not_fetched(shop: Shop) -> None:
    number = sold(shop)
    with pytest.raises(pickups.CannotTell) as refused:
        pickups.owe(
            order_id=commerce_order_of(number).pk,
            status=PickupStatus.READY,
            by="maria",
            now=timezone.now(),
        )
    assert [each.code for each in refused.value.refusals] == ["NO_PICKUP"]


def test_what_amazon_does_not_take_of_a_pickup_is_said(shop: Shop) -> None:
    number = sold(shop, patch=PICK_UP)
    order = commerce_order_of(number)
    pickups.owe(order_id=order.pk, status=PickupStatus.READY, by="maria", now=timezone.now())
    shop.edit(number, lambda document: document.update(programs=[]))
    confirm(shop)
    notice = PickupNotice.objects.get()
    assert notice.state == "REFUSED"
    assert "not picked up in a store" in notice.refusal
    assert pickups.settle(amazon_order_id=number, by="maria", now=timezone.now()) == 1


def test_codes_of_single_units_go_along(shop: Shop) -> None:
    number = sold(
        shop,
        ("SKU-1", 2, "10.00"),
        edit=lambda document: document["orderItems"][0].update(programs=["TRANSPARENCY"]),
    )
    order = commerce_order_of(number)
    wish = ParcelToShip(
        lines=[LineToShip(sku="SKU-1", quantity=2, unit_codes=["AZ:1", "AZ:2"])],
        carrier_code="UPS",
        tracking_number="1Z1",
    )
    ship.ship_orders(
        orders=[OrderToShip(order_id=order.pk, parcels=[wish], completes=True)],
        by="maria",
        now=timezone.now(),
    )
    confirm(shop)
    [told] = shop.amazon.world.confirmations
    assert told.body["packageDetail"]["orderItems"][0]["transparencyCodes"] == ["AZ:1", "AZ:2"]


@pytest.fixture
def tokyo(shop: Shop) -> Shop:
    """The shop, with its one store in Japan."""
    shop.amazon.add_seller("A2SELLER", "Harbor JP", ("JP",), "refresh-jp")
    shop.store = shop.connect("Harbor JP", "JP", seller_id="A2SELLER", refresh_token="refresh-jp")
    return shop


def test_money_that_the_carrier_collects_is_told_in_japan(tokyo: Shop) -> None:
    payment = {
        "paymentExecutions": [
            {"paymentMethod": "CashOnDelivery", "paymentAmount": {"amount": "700", "currencyCode": "JPY"}},
            {"paymentMethod": "GiftCard", "paymentAmount": {"amount": "399", "currencyCode": "JPY"}},
        ]
    }
    number = sold(tokyo, ("SKU-1", 1, "1099"), place="JP", seller="A2SELLER", patch={"payment": payment})
    mirrored = commerce_order_of(number).order_import.amazon_order
    assert mirrored.cash_on_delivery == 700
    ship_here(number, carrier_code="", carrier="ヤマト運輸")
    confirm(tokyo)
    [told] = tokyo.amazon.world.confirmations
    assert told.body["codCollectionMethod"] == "DirectPayment"
    assert told.body["packageDetail"]["carrierCode"] == "YAMATO"


def test_a_parcel_of_an_order_that_is_paid_says_nothing_of_money(tokyo: Shop) -> None:
    number = sold(tokyo, ("SKU-1", 1, "1099"), place="JP", seller="A2SELLER")
    ship_here(number, carrier_code="", carrier="佐川急便")
    confirm(tokyo)
    [told] = tokyo.amazon.world.confirmations
    assert "codCollectionMethod" not in told.body
    assert told.body["packageDetail"]["carrierCode"] == "SAGAWA"
