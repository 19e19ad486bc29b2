"""What leaves here is told to Amazon once, in time, and what it made of that is read back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from commerce.models import Order, Shipment
from integration.catalog import matches
from integration.models import QuotaBucket, ShipmentConfirmation
from integration.outbox import confirm as step
from integration.outbox import read_back, ship
from tests.fixtures_shop import Shop, events_of, line_id, stock_of
from tests.journeys.workshop import calls, confirm, later, ship_here, sold

pytestmark = pytest.mark.django_db(transaction=True)


def owed() -> ShipmentConfirmation:
    return ShipmentConfirmation.objects.get()


def order(number: str) -> Order:
    return Order.objects.get(channel_reference=number)


def test_a_parcel_is_told_read_back_and_completes_the_order(shop: Shop) -> None:
    number = sold(shop, ("SKU-1", 2, "10.00"))
    ship_here(number)
    assert order(number).status == "PROCESSING"
    outcome = confirm(shop)
    assert (outcome.counts["confirmed"], owed().state) == (1, "SENT")
    [told] = shop.amazon.world.confirmations
    assert told.body["packageDetail"]["packageReferenceId"] == owed().package_reference
    assert told.body["marketplaceId"] == shop.store.marketplace_id
    assert told.body["packageDetail"]["orderItems"] == [{"orderItemId": line_id(number), "quantity": 2}]
    later(shop)
    assert owed().state == "CONFIRMED"
    assert shop.document(number)["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    shop.sync()
    assert order(number).status == "COMPLETE"
    # The parcel that comes back is ours: no second one, no stock taken twice.
    assert Shipment.objects.count() == 1
    assert stock_of() == (8, 0)
    assert {"SHIPPED_HERE", "SHIPMENT_CONFIRMED", "COMPLETED"} <= set(events_of(number))


def test_nothing_is_told_twice(shop: Shop) -> None:
    number = sold(shop)
    ship_here(number)
    for _ in range(3):
        confirm(shop)
    later(shop)
    confirm(shop)
    assert calls(shop) == 1


def test_two_parcels_are_two_packages(shop: Shop) -> None:
    number = sold(shop, ("SKU-1", 3, "10.00"))
    ship_here(number, 1, tracking_number="1Z1")
    ship_here(number, 2, tracking_number="1Z2", carrier_code="Other", carrier="Pigeon Post")
    confirm(shop)
    later(shop)
    assert {row.state for row in ShipmentConfirmation.objects.all()} == {"CONFIRMED"}
    packages = shop.document(number)["packages"]
    assert [package["carrier"] for package in packages] == ["UPS", "Pigeon Post"]
    assert [package["packageItems"][0]["quantity"] for package in packages] == [1, 2]
    assert Shipment.objects.count() == 2


@pytest.mark.parametrize("fault", ["lost_answer", "cut"])
def test_a_lost_answer_is_read_back_before_anything_is_told_again(shop: Shop, fault: str) -> None:
    number = sold(shop)
    ship_here(number)
    shop.amazon.faults.queue(fault, operation="confirmShipment")
    outcome = confirm(shop)
    if fault == "lost_answer":
        assert [problem.code for problem in outcome.problems] == ["AMAZON_UNAVAILABLE"]
    assert owed().state == "SENT"
    later(shop)
    assert owed().state == "CONFIRMED"
    assert calls(shop) == 1


@pytest.mark.parametrize("fault", ["drop", "html503", "bare500", "error500", "empty"])
def test_a_call_that_never_arrived_is_made_again_once_amazon_was_looked_at(shop: Shop, fault: str) -> None:
    number = sold(shop)
    ship_here(number)
    shop.amazon.faults.queue(fault, operation="confirmShipment")
    confirm(shop)
    assert owed().state == "SENT"
    confirm(shop)
    assert calls(shop) == 1
    # Not after the first look: Amazon shows a parcel some time after it was told.
    later(shop, minutes=0)
    assert owed().state == "SENT"
    ShipmentConfirmation.objects.update(sent_at=timezone.now() - timedelta(minutes=3))
    later(shop)
    assert owed().state == "OWED"
    ShipmentConfirmation.objects.update(due_at=timezone.now())
    confirm(shop)
    later(shop)
    assert (owed().state, calls(shop)) == ("CONFIRMED", 2)
    assert len(shop.document(number)["packages"]) == 1


@pytest.mark.parametrize("fault", ["throttle", "throttle_bare"])
def test_a_throttled_call_waits_and_was_none(shop: Shop, fault: str) -> None:
    number = sold(shop)
    ship_here(number)
    shop.amazon.faults.queue(fault, operation="confirmShipment")
    outcome = confirm(shop)
    assert [problem.code for problem in outcome.problems] == ["QUOTA"]
    assert (owed().state, owed().attempts) == ("OWED", 0)
    ShipmentConfirmation.objects.update(due_at=timezone.now())
    QuotaBucket.objects.all().delete()
    confirm(shop)
    assert owed().state == "SENT"


def test_a_worker_that_died_after_its_call_left_a_row_that_is_read_back(shop: Shop) -> None:
    number = sold(shop)
    ship_here(number)
    sending = step.take_next(account_id=shop.store.account_id, now=timezone.now())
    assert sending is not None
    # It dies between call and record: in one case Amazon has it, in the other not.
    later(shop)
    assert (calls(shop), owed().state) == (0, "OWED")
    ShipmentConfirmation.objects.update(due_at=timezone.now())
    reference = owed().package_reference
    confirm(shop)
    later(shop)
    assert (owed().state, owed().package_reference) == ("CONFIRMED", reference)


def test_a_lost_answer_is_told_again_within_two_minutes_though_amazon_is_never_read(shop: Shop) -> None:
    number = sold(shop)
    ship_here(number)
    shop.amazon.faults.queue("drop", operation="confirmShipment")
    confirm(shop)
    sent_at = owed().sent_at
    assert sent_at is not None
    moment = timezone.now()
    while owed().state == "SENT":
        moment = owed().due_at or moment
        read_back.run(now=moment)
    assert moment - sent_at <= timedelta(minutes=1, seconds=10)
    due_at = owed().due_at
    assert due_at is not None
    assert due_at <= sent_at + timedelta(minutes=2)
    reference = owed().package_reference
    ShipmentConfirmation.objects.update(due_at=timezone.now())
    confirm(shop)
    [told] = shop.amazon.world.confirmations
    assert told.body["packageDetail"]["packageReferenceId"] == reference


def test_told_twice_after_a_lost_answer_is_one_package(shop: Shop) -> None:
    number = sold(shop, ("SKU-1", 3, "10.00"))
    ship_here(number, 2)
    shop.amazon.faults.queue("lost_answer", operation="confirmShipment")
    confirm(shop)
    ShipmentConfirmation.objects.update(
        due_at=timezone.now(), sent_at=timezone.now() - timedelta(minutes=1, seconds=1)
    )
    read_back.run(now=timezone.now())
    ShipmentConfirmation.objects.update(due_at=timezone.now())
    confirm(shop)
    later(shop)
    assert (owed().state, calls(shop)) == ("CONFIRMED", 2)
    [package] = shop.document(number)["packages"]
    assert package["packageItems"][0]["quantity"] == 2


def test_a_refusal_as_already_fulfilled_is_no_success(shop: Shop) -> None:
    """Its word stands behind what is stored of it; another parcel has taken the last unit."""
    number = sold(shop, ("SKU-1", 1, "10.00"))
    ship_here(number, tracking_number="1Z1")
    shop.ship_at_amazon(number, 1, tracking="1ZOTHER")
    confirm(shop)
    assert owed().state == "SENT"
    assert "PackageToUpdateNotFound" not in owed().refusal
    later(shop)
    assert owed().state == "REFUSED"
    assert "order already fulfilled" in owed().refusal


def test_a_refused_parcel_waits_for_a_person_and_is_told_again_when_corrected(shop: Shop) -> None:
    number = sold(shop)
    shipment = ship_here(number)
    shop.edit(number, lambda document: document["salesChannel"].update(marketplaceId="A2EUQ1WTGCTBG2"))
    confirm(shop)
    row = owed()
    assert row.state == "REFUSED"
    assert "marketplace" in row.refusal
    assert "SHIPMENT_REFUSED" in events_of(number)
    confirm(shop)
    assert calls(shop) == 1
    shop.edit(
        number, lambda document: document["salesChannel"].update(marketplaceId=shop.store.marketplace_id)
    )
    ship.correct_shipment(
        shipment_id=shipment.pk,
        carrier_code="USPS",
        carrier="",
        tracking_number="9400",
        by="maria",
        now=timezone.now(),
    )
    confirm(shop)
    later(shop)
    assert owed().state == "CONFIRMED"
    assert shop.document(number)["packages"][0]["carrier"] == "USPS"


def test_a_correction_that_never_arrived_is_told_again(shop: Shop) -> None:
    number = sold(shop)
    shipment = ship_here(number)
    confirm(shop)
    later(shop)
    ship.correct_shipment(
        shipment_id=shipment.pk,
        carrier_code="UPS",
        carrier="",
        tracking_number="1ZNEW",
        by="maria",
        now=timezone.now(),
    )
    shop.amazon.faults.queue("error500", operation="confirmShipment")
    confirm(shop)
    ShipmentConfirmation.objects.update(sent_at=timezone.now() - timedelta(minutes=3))
    later(shop)
    # Amazon shows the older number: that is no difference for a person to settle, it is our own silence.
    assert (owed().state, owed().differences) == ("OWED", [])
    ShipmentConfirmation.objects.update(due_at=timezone.now())
    confirm(shop)
    later(shop)
    assert (owed().state, calls(shop)) == ("CONFIRMED", 3)
    assert [package["trackingNumber"] for package in shop.document(number)["packages"]] == ["1ZNEW"]


def test_a_correction_edits_the_same_package(shop: Shop) -> None:
    number = sold(shop)
    shipment = ship_here(number)
    confirm(shop)
    later(shop)
    ship.correct_shipment(
        shipment_id=shipment.pk,
        carrier_code="UPS",
        carrier="",
        tracking_number="1Z777",
        by="maria",
        now=timezone.now(),
    )
    confirm(shop)
    later(shop)
    assert owed().state == "CONFIRMED"
    assert [package["trackingNumber"] for package in shop.document(number)["packages"]] == ["1Z777"]


def test_what_amazon_shows_otherwise_is_said(shop: Shop) -> None:
    number = sold(shop)
    ship_here(number)
    confirm(shop)
    shop.edit(number, lambda document: document["packages"][0].update(trackingNumber="1ZOTHER"))
    later(shop)
    assert owed().state == "SENT"
    later(shop, minutes=11)
    assert owed().state == "DIFFERS"
    assert owed().differences[0]["what"] == "tracking number"
    shop.edit(number, lambda document: document["packages"][0].update(trackingNumber="1Z999"))
    later(shop)
    assert owed().state == "CONFIRMED"


def test_what_was_shipped_at_amazon_meanwhile_is_never_made_a_second_parcel(shop: Shop) -> None:
    number = sold(shop, ("SKU-1", 1, "10.00"))
    ship_here(number, tracking_number="1Z1")
    shop.ship_at_amazon(number, 1, tracking="1Z1")
    confirm(shop)
    # "Already fulfilled": what Amazon shows is what we shipped.
    later(shop)
    assert owed().state == "CONFIRMED"
    assert len(shop.document(number)["packages"]) == 1
    shop.sync()
    assert Shipment.objects.count() == 1
    assert order(number).status == "COMPLETE"


def test_another_parcel_at_amazon_instead_of_ours_is_a_persons_to_settle(shop: Shop) -> None:
    number = sold(shop, ("SKU-1", 1, "10.00"))
    ship_here(number, tracking_number="1Z1")
    shop.ship_at_amazon(number, 1, tracking="1ZOTHER")
    confirm(shop)
    later(shop)
    assert owed().state == "REFUSED"
    assert len(shop.document(number)["packages"]) == 1


def test_shipments_made_at_amazon_are_taken_over_and_owed_to_nobody(shop: Shop) -> None:
    number = sold(shop)
    shop.ship_at_amazon(number, 1)
    shop.sync()
    assert order(number).status == "COMPLETE"
    assert not ShipmentConfirmation.objects.exists()
    assert confirm(shop).requests == 0


def test_packs_are_told_in_amazons_items(shop: Shop) -> None:
    matches.match(store=shop.store, seller_sku="PACK", sku="SKU-1", units=3, by="maria", now=timezone.now())
    number = sold(shop, ("PACK", 2, "10.00"))
    ship_here(number, 3)
    confirm(shop)
    [told] = shop.amazon.world.confirmations
    assert told.body["packageDetail"]["orderItems"][0]["quantity"] == 1
    assert order(number).lines.get().quantity_shipped == 3
