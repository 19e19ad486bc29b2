"""Shipping: the parcel and what Amazon is to be told of it come together, or not at all."""

import pytest
from django.db import transaction

from commerce.models import Shipment
from commerce.shipping.ship import LineToShip, OrderToShip, ParcelToShip
from integration.models import ConfirmationState, ShipmentConfirmation
from integration.outbox import ship
from tests.integration.outbox.owed import NOW, imported, refusals, shipped

pytestmark = pytest.mark.django_db


def test_a_parcel_and_the_word_about_it_are_one() -> None:
    order = imported("SKU-1")
    shipment = shipped(order)
    owed = ShipmentConfirmation.objects.get()
    assert owed.shipment == shipment
    assert owed.state == ConfirmationState.OWED
    assert owed.due_at == NOW
    assert owed.amazon_order_id == order.channel_reference
    order.refresh_from_db()
    # Complete comes by Amazon's word, whatever the caller said.
    assert (order.status, order.fully_shipped_at) == ("PROCESSING", NOW)


def test_an_order_of_no_amazon_order_is_only_shipped() -> None:
    order = imported("SKU-1", channel="PHONE")
    shipped(order, tracking_number="", carrier_code="")
    assert not ShipmentConfirmation.objects.exists()
    order.refresh_from_db()
    assert order.status == "COMPLETE"


def test_what_amazon_wants_to_know_is_asked_for_before_the_parcel_leaves() -> None:
    order = imported("SKU-1")
    assert refusals(order, carrier_code="Other", carrier="") == ["CARRIER"]


def test_an_order_canceled_at_amazon_is_not_shipped() -> None:
    order = imported("SKU-1", status="CANCELLED")
    assert refusals(order) == ["CANCELED_AT_AMAZON"]


def test_a_correction_owes_the_new_word_under_the_same_reference() -> None:
    shipment = shipped(imported("SKU-1"))
    before = ShipmentConfirmation.objects.get()
    ShipmentConfirmation.objects.update(state=ConfirmationState.REFUSED, refusal="No.", due_at=None)
    ship.correct_shipment(
        shipment_id=shipment.pk, carrier_code="USPS", carrier="", tracking_number="9400", by="maria", now=NOW
    )
    owed = ShipmentConfirmation.objects.get()
    assert (owed.state, owed.refusal, owed.version) == ("OWED", "", 2)
    assert owed.package_reference == before.package_reference


def test_a_refused_parcel_can_be_sent_again_or_settled() -> None:
    shipment = shipped(imported("SKU-1"))
    ShipmentConfirmation.objects.update(state=ConfirmationState.REFUSED, refusal="No.", due_at=None)
    assert ship.settle_shipments(shipment_ids=[shipment.pk], by="maria", now=NOW) == 1
    assert ShipmentConfirmation.objects.get().settled_at == NOW
    with transaction.atomic():
        assert ship.send_confirmation_again(shipment_ids=[shipment.pk], now=NOW) == 1
    assert ShipmentConfirmation.objects.get().state == ConfirmationState.OWED


def test_lines_of_a_parcel_are_those_asked_for() -> None:
    order = imported("SKU-1", quantity=3)
    wish = ParcelToShip(
        lines=[LineToShip(sku="SKU-1", quantity=2)], carrier_code="UPS", tracking_number="1Z1"
    )
    ship.ship_orders(
        orders=[OrderToShip(order_id=order.pk, parcels=[wish], completes=False)], by="maria", now=NOW
    )
    assert Shipment.objects.get().lines.get().quantity == 2
