"""Parcels by feed, and store pick-ups, as the sandbox believes Amazon to behave."""

from xml.etree import ElementTree

import pytest

from sandbox.amazon import Amazon
from sandbox.datasets import Json
from sandbox.feed_refusals import Refused
from sandbox.fulfillment_feed import fulfill
from sandbox.wire import Response
from tests.sandbox.conftest import CA, US, Caller, PutOrder, error, order_id

ORDER = order_id(1)
ITEM = "00000000000101"


def document(amazon: Amazon) -> Json:
    order = amazon.world.order(ORDER)
    assert order is not None
    return order.document()


def tell(amazon: Amazon, inner: str) -> None:
    order = amazon.world.order(ORDER)
    assert order is not None
    message = ElementTree.fromstring(
        f"<OrderFulfillment><AmazonOrderID>{ORDER}</AmazonOrderID>{inner}</OrderFulfillment>"
    )
    fulfill(amazon.world, order, message, amazon.clock.now())


DATE = "<FulfillmentDate>2026-11-20T09:30:00Z</FulfillmentDate>"
USPS = "<FulfillmentData><CarrierCode>USPS</CarrierCode></FulfillmentData>"
ONE = f"<Item><AmazonOrderItemCode>{ITEM}</AmazonOrderItemCode><Quantity>1</Quantity></Item>"


def test_a_parcel_without_carrier_and_number_is_a_package_that_amazon_numbers(
    amazon: Amazon, put: PutOrder
) -> None:
    put(1, lines=(("A", 3, "10.00"),))
    tell(amazon, DATE + ONE)
    tell(amazon, f"<MerchantFulfillmentID>1000001</MerchantFulfillmentID>{DATE}{USPS}{ONE}")
    told = [
        (each["packageReferenceId"], each["carrier"], each.get("trackingNumber"))
        for each in document(amazon)["packages"]
    ]
    assert told == [("1", "", None), ("2", "USPS", None)]
    assert document(amazon)["fulfillment"]["fulfillmentStatus"] == "PARTIALLY_SHIPPED"


def test_without_items_all_that_is_left_has_gone(amazon: Amazon, put: PutOrder) -> None:
    put(1, lines=(("A", 3, "10.00"), ("B", 1, "1.00")))
    tell(amazon, DATE + USPS)
    assert document(amazon)["fulfillment"]["fulfillmentStatus"] == "SHIPPED"


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        (ONE + DATE, "5000"),
        (DATE + "<Carrier>UPS</Carrier>", "5000"),
        (DATE + "<FulfillmentData><CarrierCode>usps</CarrierCode></FulfillmentData>", "5000"),
        ("<FulfillmentDate>yesterday</FulfillmentDate>", "5000"),
        (DATE + ONE.replace(ITEM, "77"), "18026"),
        (DATE + ONE.replace(">1<", ">4<"), "20007"),
    ],
)
def test_what_the_schema_or_the_order_does_not_have_is_refused(
    amazon: Amazon, put: PutOrder, inner: str, code: str
) -> None:
    put(1, lines=(("A", 3, "10.00"),))
    with pytest.raises(Refused) as refused:
        tell(amazon, inner)
    assert refused.value.code == code
    assert "packages" not in document(amazon)


def pickup(caller: Caller, status: str, **body: object) -> Response:
    return caller.call(
        "POST",
        f"/orders/v0/orders/{ORDER}/shipment",
        {"marketplaceId": US, "shipmentStatus": status, **body},
    )


@pytest.fixture
def store_order(amazon: Amazon, put: PutOrder) -> None:
    put(1, lines=(("A", 2, "10.00"),))
    amazon.world.edit_order(
        ORDER, lambda document: document.update(programs=["IN_STORE_PICK_UP"]), amazon.clock.now()
    )


@pytest.mark.usefixtures("store_order")
def test_only_what_was_picked_up_has_gone(amazon: Amazon, caller: Caller) -> None:
    for status in ("ReadyForPickup", "RefusedPickup"):
        assert pickup(caller, status).status == 204
    assert document(amazon)["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    some = [{"orderItemId": ITEM, "quantity": 1}]
    for _ in range(2):
        pickup(caller, "PickedUp", orderItems=some)
    assert document(amazon)["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    assert "packages" not in document(amazon)


@pytest.mark.usefixtures("store_order")
def test_a_pickup_is_not_confirmed_as_a_shipment(caller: Caller) -> None:
    body = {
        "marketplaceId": US,
        "packageDetail": {
            "packageReferenceId": "1",
            "carrierCode": "UPS",
            "trackingNumber": "1Z1",
            "shipDate": "2026-11-20T09:30:00Z",
            "orderItems": [{"orderItemId": ITEM, "quantity": 1}],
        },
    }
    assert "pick-up" in error(caller.confirm(ORDER, body), 400)["message"]


def test_orders_that_are_sent_have_no_pickup(caller: Caller, put: PutOrder) -> None:
    put(1)
    answer = pickup(caller, "ReadyForPickup")
    assert error(answer, 400)["details"] == "The order is not picked up in a store"
    other = caller.call(
        "POST",
        f"/orders/v0/orders/{ORDER}/shipment",
        {"marketplaceId": CA, "shipmentStatus": "PickedUp"},
    )
    assert error(other, 400)["message"] == "Marketplace ID is not defined"
