"""Names and addresses go a month after delivery, in both apps, and never come back; order and money stay."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from amazon_orders.models import AmazonOrder, BuyerNameWord, PersonalData
from commerce.models import Customer, Order, OrderPersonalData
from commerce.orders import customers
from commerce.orders.customers import Contact
from integration import stores
from integration.models import (
    AddressCorrection,
    CommunicationError,
    Heartbeat,
    MissingOrder,
    ProofDay,
    SyncRun,
)
from integration.orders import actions
from integration.privacy import purge
from integration.privacy.purge import Purged, PurgedRecords
from tests.factories import amazon, records
from tests.factories.amazon import NOW
from tests.fixtures_shop import Shop, commerce_order_of

LONG_AGO = timedelta(days=31)


def delivered(order_id: str, *, ago: timedelta, status: str = "SHIPPED") -> None:
    """Amazon promised the delivery for then."""
    AmazonOrder.objects.filter(amazon_order_id=order_id).update(
        latest_deliver_at=timezone.now() - ago, status=status
    )


def test_delivered_orders_lose_their_names_and_keep_their_money(shop: Shop) -> None:
    old, young, unshipped = shop.sell(), shop.sell(), shop.sell()
    shop.sync()
    delivered(old, ago=LONG_AGO)
    delivered(young, ago=timedelta(days=29))
    delivered(unshipped, ago=LONG_AGO, status="UNSHIPPED")

    purged = purge.purge_personal_data(now=timezone.now())

    assert purged == Purged(amazon_orders=1, commerce_orders=1, customers=0, payloads=0)
    kept = PersonalData.objects.values_list("order__amazon_order_id", flat=True)
    assert sorted(kept) == sorted([young, unshipped])
    assert not BuyerNameWord.objects.filter(order__amazon_order_id=old).exists()
    assert not OrderPersonalData.objects.filter(order__channel_reference=old).exists()
    assert commerce_order_of(old).grand_total is not None
    assert purge.purge_personal_data(now=timezone.now()) == Purged(0, 0, 0, 0)


def test_purged_data_is_never_stored_again(shop: Shop) -> None:
    order_id = shop.sell()
    shop.sync()
    delivered(order_id, ago=LONG_AGO)
    purge.purge_personal_data(now=timezone.now())

    shop.change(order_id, {"programs": ["PRIME"]})
    shop.sync()

    assert AmazonOrder.objects.get(amazon_order_id=order_id).is_prime is True
    assert not PersonalData.objects.exists()
    assert not BuyerNameWord.objects.exists()


def test_what_has_no_row_in_the_mirror_any_more_goes_too(shop: Shop) -> None:
    shop.settings(customer_creation="create")
    order_id = shop.sell()
    shop.sync()
    order = commerce_order_of(order_id)
    stores.delete(store_id=shop.store.pk, by="tests", now=timezone.now())
    Order.objects.filter(pk=order.pk).update(completed_at=timezone.now() - LONG_AGO)
    Customer.objects.update(created_at=timezone.now() - LONG_AGO)

    purged = purge.purge_personal_data(now=timezone.now())

    assert purged == Purged(amazon_orders=0, commerce_orders=1, customers=1, payloads=0)
    assert customers.contact(Customer.objects.get()) == Contact(name="", email="")


def test_a_corrected_address_goes_where_amazon_told_none(shop: Shop) -> None:
    order_id = shop.sell(edit=lambda document: document.pop("recipient"))
    shop.sync()
    key = AmazonOrder.objects.get(amazon_order_id=order_id).pk
    address = {"name": "A B", "line1": "1 Road", "city": "Town", "country": "US"}
    actions.correct_address(order_id=key, address=address, by="tests", now=timezone.now())
    delivered(order_id, ago=LONG_AGO)

    purge.purge_personal_data(now=timezone.now())

    assert not AddressCorrection.objects.exists()


@pytest.mark.django_db
def test_the_command_says_how_much_it_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("purge_personal_data", "--json")
    document = json.loads(capsys.readouterr().out)
    assert document == {"amazon_orders": 0, "commerce_orders": 0, "customers": 0, "payloads": 0}


@pytest.mark.django_db
def test_proofs_go_when_they_are_older_than_they_are_kept_but_not_while_an_order_is_missing(
    settings: Settings,
) -> None:
    settings.PROOFS_KEPT_DAYS = 100
    store = amazon.store()
    days = [(NOW - timedelta(days=ago)).date() for ago in (99, 101, 102, 103)]
    for day in days:
        amazon.proof_day(store, day=day)
    settled = {"healed_at": NOW}, {"given_up_at": NOW}
    gone = [amazon.missing_order(store, day=days[1], **fields) for fields in settled]
    kept = [amazon.missing_order(store, day=days[2]), amazon.missing_order(store, day=days[0], healed_at=NOW)]

    assert purge.purge_records(now=NOW).proofs == 2

    assert set(ProofDay.objects.values_list("day", flat=True)) == {days[0], days[2]}
    assert set(MissingOrder.objects.all()) == set(kept)
    assert len(gone) == 2


@pytest.mark.django_db
def test_records_go_when_they_are_older_than_they_are_kept(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.COMMUNICATION_ERRORS_KEPT_DAYS, settings.SYNC_RUNS_KEPT_DAYS = 5, 7
    monkeypatch.setattr(purge, "BATCH", 2)
    account = amazon.account()
    for days in (1, 4, 6, 6, 6, 8, 8, 8):
        at = NOW - timedelta(days=days)
        records.failure(account, first_at=at)
        records.run(account, started_at=at, ended_at=at)
        Heartbeat.objects.create(worker=f"w{Heartbeat.objects.count()}", seen_at=at)

    gone = purge.purge_records(now=NOW)

    assert gone == PurgedRecords(communication_errors=6, sync_runs=3)
    assert (CommunicationError.objects.count(), SyncRun.objects.count()) == (2, 5)
    assert Heartbeat.objects.count() == 1
    assert purge.purge_records(now=NOW) == PurgedRecords(0, 0)
