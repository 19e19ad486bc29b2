"""The doors: what is written here and what is owed to Amazon come together, or not at all."""

from typing import Any

import pytest
from django.db import transaction

from commerce.models import CreditMemo, Order, Shipment
from commerce.refunds import Refund
from commerce.shipping import CannotShip, LineToShip, OrderToShip, ParcelToShip
from integration.models import Adjustment, Cancellation, ConfirmationState, ShipmentConfirmation, WishState
from integration.outbox import cancel, carriers, package_references, refund, ship, state
from tests.factories import amazon
from tests.integration.outbox.owed import NOW, imported, parcel

pytestmark = pytest.mark.django_db


def shipped(order: Order, **details: Any) -> Shipment:
    ship.ship(
        orders=[OrderToShip(order_id=order.pk, parcels=[parcel(order, **details)], completes=True)],
        by="maria",
        now=NOW,
    )
    return Shipment.objects.get(order=order)


def refusals(order: Order, **details: Any) -> list[str]:
    with pytest.raises(CannotShip) as refused:
        shipped(order, **details)
    assert not Shipment.objects.exists()
    assert not ShipmentConfirmation.objects.exists()
    return [each.code for each in refused.value.refusals]


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
    assert refusals(order, tracking_number=" ") == ["TRACKING_NUMBER"]
    assert refusals(order, carrier_code="Other", carrier="") == ["CARRIER"]


def test_an_order_canceled_at_amazon_is_not_shipped() -> None:
    order = imported("SKU-1", status="CANCELLED")
    assert refusals(order) == ["CANCELED_AT_AMAZON"]


@pytest.mark.parametrize(
    ("code", "name", "found"),
    [
        ("UPS", "", ("UPS", "UPS")),
        ("", "fedex", ("FedEx", "FedEx")),
        ("", "Pigeon Post", ("Other", "Pigeon Post")),
        ("Other", "UPS", ("Other", "UPS")),
        ("PIGEON", "", ("Other", "PIGEON")),
    ],
)
def test_a_carrier_is_told_by_amazons_code_or_by_name(code: str, name: str, found: tuple[str, str]) -> None:
    carrier = carriers.find(code=code, name=name)
    assert carrier is not None
    assert (carrier.code, carrier.name) == found


def test_a_reference_is_never_one_that_amazon_uses() -> None:
    first = package_references.choose(7, taken=())
    assert package_references.choose(7, taken={first}) != first
    assert int(first) > 0


def test_a_correction_owes_the_new_word_under_the_same_reference() -> None:
    shipment = shipped(imported("SKU-1"))
    before = ShipmentConfirmation.objects.get()
    ShipmentConfirmation.objects.update(state=ConfirmationState.REFUSED, refusal="No.", due_at=None)
    ship.correct(
        shipment_id=shipment.pk, carrier_code="USPS", carrier="", tracking_number="9400", by="maria", now=NOW
    )
    owed = ShipmentConfirmation.objects.get()
    assert (owed.state, owed.refusal, owed.version) == ("OWED", "", 2)
    assert owed.package_reference == before.package_reference


def test_a_cancel_is_owed_and_holds_the_commerce_order() -> None:
    order = imported("SKU-1")
    asked = cancel.cancel(commerce_order_ids=[order.pk], reason="NoInventory", by="maria", now=NOW)
    assert asked.at_amazon == (order.channel_reference,)
    order.refresh_from_db()
    assert order.status == "ON_HOLD"
    assert state.of_orders([order.pk])[order.pk].is_canceling
    assert sorted(refusals(order)) == ["CANCEL_ASKED", "STATUS"]


def test_a_cancel_needs_an_order_that_is_unshipped() -> None:
    for status in ("PENDING", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED"):
        order = imported("SKU-1", status=status)
        with pytest.raises(cancel.CannotCancel) as refused:
            cancel.cancel(commerce_order_ids=[order.pk], reason="NoInventory", by="maria", now=NOW)
        assert [each.code for each in refused.value.refusals] == ["NOT_UNSHIPPED"]


def test_a_cancel_after_shipping_here_is_refused() -> None:
    order = imported("SKU-1")
    shipped(order)
    with pytest.raises(cancel.CannotCancel) as refused:
        cancel.cancel(commerce_order_ids=[order.pk], reason="NoInventory", by="maria", now=NOW)
    assert [each.code for each in refused.value.refusals] == ["STATUS"]


def test_an_order_without_a_commerce_order_is_canceled_at_amazon_too() -> None:
    order = amazon.order(amazon.store(), status="UNSHIPPED")
    cancel.cancel_at_amazon(amazon_order_ids=[order.pk], reason="BuyerCanceled", by="maria", now=NOW)
    row = Cancellation.objects.get()
    assert (row.amazon_order_id, row.state, row.has_held) == (order.amazon_order_id, "OWED", False)
    assert row.item_ids
    with pytest.raises(cancel.CannotCancel):
        cancel.cancel_at_amazon(amazon_order_ids=[order.pk], reason="BuyerCanceled", by="maria", now=NOW)
    assert Cancellation.objects.count() == 1


def test_an_order_of_no_channel_is_canceled_at_once() -> None:
    order = imported("SKU-1", channel="PHONE")
    asked = cancel.cancel(commerce_order_ids=[order.pk], reason="no longer wanted", by="maria", now=NOW)
    assert asked.canceled == (order.pk,)


def test_a_refund_owes_its_components() -> None:
    order = imported("SKU-1")
    given = refund.refund(
        refunds=[Refund(order_id=order.pk, reason="DAMAGED", is_full=True)],
        reason="CustomerReturn",
        by="maria",
        now=NOW,
    )
    owed = Adjustment.objects.get()
    assert owed.credit_memo == given[order.pk]
    assert owed.state == WishState.OWED
    assert owed.items == [
        {"order_item_id": order.lines.get().line_reference, "components": {"Principal": "24.98"}}
    ]


def test_a_refund_for_no_reason_of_amazons_is_none() -> None:
    order = imported("SKU-1")
    with pytest.raises(refund.CannotRefund):
        refund.refund(
            refunds=[Refund(order_id=order.pk, reason="DAMAGED", is_full=True)],
            reason="BecauseISaySo",
            by="maria",
            now=NOW,
        )
    assert not CreditMemo.objects.exists()


def test_a_refused_parcel_can_be_sent_again_or_settled() -> None:
    shipment = shipped(imported("SKU-1"))
    ShipmentConfirmation.objects.update(state=ConfirmationState.REFUSED, refusal="No.", due_at=None)
    order_id = shipment.order_id
    assert state.of_orders([order_id])[order_id].needs_a_person
    assert ship.settle(shipment_ids=[shipment.pk], by="maria", now=NOW) == 1
    assert not state.of_orders([order_id])[order_id].needs_a_person
    with transaction.atomic():
        assert ship.send_again(shipment_ids=[shipment.pk], now=NOW) == 1
    assert ShipmentConfirmation.objects.get().state == ConfirmationState.OWED


def test_lines_of_a_parcel_are_those_asked_for() -> None:
    order = imported("SKU-1", quantity=3)
    wish = ParcelToShip(
        lines=[LineToShip(sku="SKU-1", quantity=2)], carrier_code="UPS", tracking_number="1Z1"
    )
    ship.ship(orders=[OrderToShip(order_id=order.pk, parcels=[wish], completes=False)], by="maria", now=NOW)
    assert Shipment.objects.get().lines.get().quantity == 2
