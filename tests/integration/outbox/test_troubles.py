"""What Amazon refused becomes a message about its orders, and closes by itself or by a person."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.models import Order, Shipment
from commerce.refunds.refund import Refund
from commerce.shipping.ship import OrderToShip
from integration.messages import open_messages
from integration.models import Adjustment, Cancellation, ShipmentConfirmation
from integration.outbox import cancel, refund, ship
from integration.stores import late_shipments
from integration.stores.late_shipments import Clocks
from tests.factories import amazon, people
from tests.integration.outbox.owed import NOW, imported, parcel

pytestmark = pytest.mark.django_db


def codes() -> dict[str, str]:
    return {each.code: each.severity for each in open_messages.open_messages(viewer=people.admin(), now=NOW)}


def shipped(order: Order) -> Shipment:
    wish = OrderToShip(order_id=order.pk, parcels=[parcel(order)], completes=False)
    ship.ship_orders(orders=[wish], by="maria", now=NOW)
    return Shipment.objects.get(order=order)


@pytest.mark.parametrize("state", ["REFUSED", "DIFFERS"])
def test_a_parcel_that_amazon_does_not_take_is_a_message_until_it_is_settled(state: str) -> None:
    shipment = shipped(imported("SKU-1"))
    assert f"SHIPMENT_{state}" not in codes()
    ShipmentConfirmation.objects.update(state=state, refusal="No.", answered_at=NOW)
    assert f"SHIPMENT_{state}" in codes()
    ship.settle_shipments(shipment_ids=[shipment.pk], by="maria", now=NOW)
    assert f"SHIPMENT_{state}" not in codes()


def test_a_refused_cancel_closes_when_the_order_is_canceled_after_all() -> None:
    order = imported("SKU-1")
    cancel.cancel_orders(commerce_order_ids=[order.pk], reason="NoInventory", by="maria", now=NOW)
    Cancellation.objects.update(state="REFUSED", refusal="No.", answered_at=NOW)
    assert "CANCEL_REFUSED" in codes()
    mirrored = order.order_import.amazon_order
    mirrored.status = "CANCELLED"
    mirrored.save()
    assert "CANCEL_REFUSED" not in codes()


def test_a_refused_refund_is_a_message_until_it_is_settled() -> None:
    order = imported("SKU-1")
    given = refund.refund_orders(
        refunds=[Refund(order_id=order.pk, reason="DAMAGED", is_full=True)],
        reason="CustomerReturn",
        by="maria",
        now=NOW,
    )
    Adjustment.objects.update(state="REFUSED", refusal="No.", answered_at=NOW)
    assert "REFUND_REFUSED" in codes()
    refund.settle_refunds(credit_memo_ids=[given[order.pk].pk], by="maria", now=NOW)
    assert "REFUND_REFUSED" not in codes()


@pytest.mark.parametrize(
    ("ship_by", "found"),
    [
        (timedelta(hours=25), {}),
        (timedelta(hours=23), {"SHIP_BY_NEAR": "WARNING"}),
        (timedelta(days=-1), {"SHIP_BY_NEAR": "WARNING"}),
        # NOW is a Friday: five business days ago is the Friday before.
        (timedelta(days=-7, minutes=-1), {"AUTO_CANCEL_NEAR": "CRITICAL"}),
    ],
)
def test_what_must_leave_soon_is_said_and_what_amazon_is_about_to_cancel_louder(
    ship_by: timedelta, found: dict[str, str]
) -> None:
    order = imported("SKU-1")
    mirrored = order.order_import.amazon_order
    mirrored.latest_ship_at = NOW + ship_by
    mirrored.save()
    assert codes() == found
    shipped(order)
    assert codes() == {}


def test_amazon_cancels_seven_business_days_past_the_date() -> None:
    # From a Friday over two week-ends.
    canceled_at = NOW + timedelta(days=11)
    assert late_shipments.business_days_before(canceled_at, late_shipments.CANCELED_AFTER_DAYS) == NOW


def test_rates_are_counted_as_amazon_counts_them() -> None:
    store = amazon.store()
    for days_late in (-1, 1):
        late = imported(f"SKU-{days_late + 5}", of=store)
        shipped(late)
        mirrored = late.order_import.amazon_order
        mirrored.status = "SHIPPED"
        mirrored.latest_ship_at = NOW - timedelta(days=days_late)
        mirrored.save()
    ShipmentConfirmation.objects.update(state="CONFIRMED", sent_at=NOW, answered_at=NOW)
    for reason in ("NoInventory", "BuyerCanceled"):
        canceled = imported("SKU-9", of=store)
        cancel.cancel_orders(commerce_order_ids=[canceled.pk], reason=reason, by="maria", now=NOW)
    Cancellation.objects.update(state="DONE", answered_at=NOW)
    rates = late_shipments.rates([store.pk], now=NOW)[store.pk]
    assert (rates.shipped, rates.late, rates.late_rate) == (2, 1, 0.5)
    assert (rates.shipped_short, rates.late_short, rates.late_rate_short) == (2, 1, 0.5)
    # Our word "buyer canceled" exempts nothing.
    assert (rates.orders, rates.canceled, rates.cancel_rate) == (4, 2, 0.5)


def test_late_shipments_are_counted_over_ten_and_over_thirty_days() -> None:
    store = amazon.store()
    for days, days_late in ((2, -1), (11, 1), (31, 1)):
        order = imported(f"SKU-{days}", of=store)
        parcel = shipped(order)
        confirmed_at = NOW - timedelta(days=days)
        ShipmentConfirmation.objects.filter(shipment=parcel).update(answered_at=confirmed_at)
        mirrored = order.order_import.amazon_order
        mirrored.status, mirrored.latest_ship_at = "SHIPPED", confirmed_at - timedelta(days=days_late)
        mirrored.save()
    rates = late_shipments.rates([store.pk], now=NOW)[store.pk]
    assert (rates.shipped_short, rates.late_short) == (1, 0)
    assert (rates.shipped, rates.late) == (2, 1)


@pytest.mark.parametrize(
    ("by", "changes", "counted"),
    [
        ("MERCHANT", {}, 1),
        ("BUYER", {}, 0),
        # Never paid, or no ship-by date: nobody's failure as far as is known.
        ("AMAZON", {"latest_ship_at": NOW + timedelta(days=2)}, 0),
        ("AMAZON", {"latest_ship_at": None}, 0),
        # Amazon's auto-cancel of what was not shipped in time.
        ("AMAZON", {"latest_ship_at": NOW - timedelta(days=9)}, 1),
        # An item of an order that went on.
        ("MERCHANT", {"status": "SHIPPED"}, 1),
        ("MERCHANT", {"is_cancel_requested": True}, 0),
        ("AMAZON", {"is_cancel_requested": True, "latest_ship_at": NOW - timedelta(days=9)}, 0),
        ("MERCHANT", {"last_updated_at": NOW - timedelta(days=8)}, 0),
        ("MERCHANT", {"fulfilled_by": "AMAZON"}, 0),
    ],
)
def test_what_was_canceled_in_seller_central_counts_as_amazon_says(
    by: str, changes: dict[str, Any], counted: int
) -> None:
    store = amazon.store()
    fields = {"status": "CANCELLED", "last_updated_at": NOW, **changes}
    order = amazon.order(store, skus=("SKU-1", "SKU-2"), **fields)
    order.items.update(details={"canceled_by": by})
    assert late_shipments.rates([store.pk], now=NOW)[store.pk].canceled == counted


def test_what_was_canceled_from_here_counts_once_and_not_where_the_buyer_asked() -> None:
    store = amazon.store()
    for reason, is_asked in (("NoInventory", False), ("BuyerCanceled", True)):
        order = imported("SKU-9", of=store)
        cancel.cancel_orders(commerce_order_ids=[order.pk], reason=reason, by="maria", now=NOW)
        mirrored = order.order_import.amazon_order
        mirrored.items.update(details={"canceled_by": "MERCHANT"})
        mirrored.status, mirrored.last_updated_at = "CANCELLED", NOW
        mirrored.is_cancel_requested = is_asked
        mirrored.save()
    Cancellation.objects.update(state="DONE", answered_at=NOW)
    assert late_shipments.rates([store.pk], now=NOW)[store.pk].canceled == 1


def test_clocks_count_what_is_late_and_what_is_due_today() -> None:
    store, other = amazon.store(), amazon.store(marketplace="DE")
    for hours in (-1, 1, 48):
        mirrored = imported("SKU-1", of=store).order_import.amazon_order
        mirrored.latest_ship_at = NOW + timedelta(hours=hours)
        mirrored.save()
    assert late_shipments.clocks([store, other], now=NOW) == {store.pk: Clocks(1, 1), other.pk: Clocks()}
