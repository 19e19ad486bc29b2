"""Connecting stores, authorizing them again, switching them off and on; Amazon's part is the sandbox's."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from pytest_django import Settings

from amazon_orders.models import Account, Store
from commerce.models import CommerceStore
from integration import stores
from integration.models import AccountSync, StoreSettings, StoreSync
from integration.spapi import auth
from sandbox.amazon import Amazon
from sandbox.clock import Clock
from sandbox.server import SandboxServer
from sealing import seal
from tests.factories.amazon import NOW

pytestmark = pytest.mark.django_db

SELLER = "A1SELLER"


@pytest.fixture(autouse=True)
def amazon(settings: Settings) -> Iterator[Amazon]:
    amazon = Amazon(clock=Clock(NOW), quota="off")
    amazon.add_seller(SELLER, "Harbor & Pine", ("US", "CA"), "Atzr|refresh-1")
    amazon.tokens.accept("Atzr|refresh-2", SELLER)
    with SandboxServer(amazon) as server:
        settings.SPAPI_ENDPOINT, settings.SPAPI_LWA_URL = server.url, server.lwa_url
        auth.TOKENS.clear()
        yield amazon


def connect(**changes: Any) -> Store:
    return stores.connect(
        **{
            "name": "Harbor US",
            "seller_id": SELLER,
            "marketplace_code": "US",
            "refresh_token": "Atzr|refresh-1",
            "connected_at": NOW - timedelta(days=30),
            "commerce_store_name": None,
            "by": "maria",
            "now": NOW,
            **changes,
        }
    )


def stored_token(account: Account) -> str:
    account.refresh_from_db()
    return seal.open_sealed(account.sealed_refresh_token, associated_data=account.associated_data).decode()


def test_a_connected_store_has_everything_it_needs_to_be_synced(amazon: Amazon) -> None:
    store = connect(name="  Harbor   US ")
    assert (store.name, store.marketplace_id, store.is_active) == ("Harbor US", "ATVPDKIKX0DER", True)
    assert store.connected_at == NOW - timedelta(days=30)
    assert (store.account.seller_id, store.account.region) == (SELLER, "NA")
    assert stored_token(store.account) == "Atzr|refresh-1"
    assert b"refresh-1" not in bytes(store.account.sealed_refresh_token)
    assert AccountSync.objects.get(account=store.account).next_poll_at == NOW
    assert StoreSync.objects.get(store=store).synced_until is None
    settings = StoreSettings.objects.get(store=store)
    assert settings.import_amazon_orders
    assert settings.commerce_store == CommerceStore.objects.order_by("pk").first()
    assert [one.operation for one in amazon.log] == ["token", "getMarketplaceParticipations"]


def test_a_second_marketplace_joins_the_account(amazon: Amazon) -> None:
    first = connect()
    AccountSync.objects.update(synced_until=NOW, next_poll_at=NOW + timedelta(hours=1))
    second = connect(name="Harbor CA", marketplace_code="ca")
    assert second.account == first.account
    sync = AccountSync.objects.get()
    assert (sync.synced_until, sync.next_poll_at) == (NOW, NOW)
    assert StoreSync.objects.get(store=second).synced_until is None


def test_the_same_seller_in_another_region_is_another_account(amazon: Amazon) -> None:
    amazon.world.sellers[SELLER].participations["A1PA6795UKMFR9"] = True
    connect()
    connect(name="Harbor DE", marketplace_code="DE")
    assert sorted(Account.objects.values_list("region", flat=True)) == ["EU", "NA"]


def test_the_same_seller_and_marketplace_twice_is_refused_with_the_stores_name() -> None:
    connect()
    with pytest.raises(stores.AlreadyConnected, match="'Harbor US'.*reauthorize_store"):
        connect(name="Another name")


def test_a_name_is_taken_once() -> None:
    connect()
    with pytest.raises(stores.NameTaken, match="'Harbor US'"):
        connect(marketplace_code="CA")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": " "}, stores.NotGiven),
        ({"name": "x" * 101}, stores.NotGiven),
        ({"name": "Harbor\x00US"}, stores.NotGiven),
        ({"seller_id": ""}, stores.NotGiven),
        ({"seller_id": "A" * 65}, stores.NotGiven),
        ({"refresh_token": " "}, stores.NotGiven),
        ({"refresh_token": "two words"}, stores.NotGiven),
        ({"marketplace_code": "XX"}, stores.UnknownMarketplace),
        ({"connected_at": NOW + timedelta(seconds=1)}, stores.ConnectedInTheFuture),
        ({"commerce_store_name": "Nowhere"}, stores.UnknownCommerceStore),
    ],
)
def test_what_cannot_be_is_refused_before_amazon_is_asked(
    amazon: Amazon, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        connect(**changes)
    assert not Account.objects.exists()
    assert not amazon.log


def test_an_unknown_commerce_store_is_refused_with_the_names_there_are() -> None:
    CommerceStore.objects.create(name="Outlet")
    with pytest.raises(stores.UnknownCommerceStore, match="'Main Store', 'Outlet'"):
        connect(commerce_store_name="Nowhere")


def test_a_named_commerce_store_is_taken() -> None:
    CommerceStore.objects.create(name="Outlet")
    store = connect(commerce_store_name="Outlet")
    assert StoreSettings.objects.get(store=store).commerce_store.name == "Outlet"


def test_a_token_that_amazon_refuses_leaves_no_row(amazon: Amazon) -> None:
    with pytest.raises(stores.AuthorizationRefused):
        connect(refresh_token="Atzr|wrong")
    assert not Account.objects.exists()


def test_a_seller_who_is_not_in_the_marketplace_is_refused() -> None:
    with pytest.raises(stores.DoesNotTakePart, match="MX"):
        connect(marketplace_code="MX")
    assert not Account.objects.exists()


@pytest.mark.parametrize("fault", ["html503", "throttle", "empty", "drop"])
def test_an_amazon_that_is_down_is_no_refusal_of_the_token(amazon: Amazon, fault: str) -> None:
    amazon.faults.queue(fault, operation="getMarketplaceParticipations")
    with pytest.raises(stores.AmazonUnavailable, match="Try again later"):
        connect()
    assert not Account.objects.exists()


def test_without_verification_amazon_is_not_asked(amazon: Amazon) -> None:
    connect(refresh_token="Atzr|not-yet", verify=False)
    assert not amazon.log


def test_a_stored_token_that_amazon_accepts_stays() -> None:
    account = connect().account
    connect(name="Harbor CA", marketplace_code="CA", refresh_token="Atzr|refresh-2")
    assert stored_token(account) == "Atzr|refresh-1"


def test_a_stored_token_that_amazon_refuses_is_replaced_by_the_new_one() -> None:
    account = connect(refresh_token="Atzr|wrong", verify=False).account
    AccountSync.objects.update(refused_at=NOW, refusal="Refused.", failures=3)
    connect(name="Harbor CA", marketplace_code="CA", refresh_token="Atzr|refresh-2")
    assert stored_token(account) == "Atzr|refresh-2"
    assert AccountSync.objects.get().refused_at is None


def test_a_token_that_was_not_tried_replaces_nothing() -> None:
    account = connect().account
    connect(name="Harbor CA", marketplace_code="CA", refresh_token="Atzr|wrong", verify=False)
    assert stored_token(account) == "Atzr|refresh-1"


def test_a_new_token_lets_the_account_go_on_where_it_stopped(amazon: Amazon) -> None:
    store = connect()
    AccountSync.objects.update(
        synced_until=NOW - timedelta(hours=5),
        refused_at=NOW,
        refusal="Refused.",
        failures=9,
        last_error="Refused.",
        next_poll_at=NOW + timedelta(hours=1),
    )
    StoreSync.objects.update(access_lost_at=NOW)
    stores.reauthorize(store=store, refresh_token=" Atzr|refresh-2\n", by="maria", now=NOW)
    sync = AccountSync.objects.get()
    assert (sync.refused_at, sync.refusal, sync.failures, sync.last_error) == (None, "", 0, "")
    assert (sync.next_poll_at, sync.synced_until) == (NOW, NOW - timedelta(hours=5))
    assert StoreSync.objects.get().access_lost_at is None
    assert stored_token(store.account) == "Atzr|refresh-2"
    assert store.account.authorized_at == NOW


@pytest.mark.parametrize(
    ("token", "refusal"),
    [
        ("Atzr|wrong", stores.AuthorizationRefused),
        ("Atzr|other", stores.DoesNotTakePart),
        ("", stores.NotGiven),
    ],
)
def test_a_bad_new_token_changes_nothing(amazon: Amazon, token: str, refusal: type[Exception]) -> None:
    amazon.add_seller("OTHER", "Other", ("MX",), "Atzr|other")
    store = connect()
    with pytest.raises(refusal):
        stores.reauthorize(store=store, refresh_token=token, by="", now=NOW)
    assert stored_token(store.account) == "Atzr|refresh-1"


def test_a_store_switched_off_and_on_keeps_its_place_in_the_sync() -> None:
    store = connect()
    StoreSync.objects.update(synced_until=NOW - timedelta(days=2))
    stores.deactivate(store_id=store.pk, by="maria", now=NOW)
    assert list(Store.objects.values_list("is_active", flat=True)) == [False]
    later = NOW + timedelta(days=1)
    stores.activate(store_id=store.pk, by="maria", now=later)
    assert list(Store.objects.values_list("is_active", flat=True)) == [True]
    assert StoreSync.objects.get().synced_until == NOW - timedelta(days=2)
    assert AccountSync.objects.get().next_poll_at == later


def test_switching_a_store_that_is_not_there_says_so() -> None:
    for switch in (stores.activate, stores.deactivate):
        with pytest.raises(Store.DoesNotExist):
            switch(store_id=0, by="", now=NOW)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_people_who_connect_the_same_store_at_once_make_one(amazon: Amazon) -> None:
    CommerceStore.objects.get_or_create(name="Main Store")
    start, outcomes = threading.Barrier(2), []

    def person() -> None:
        start.wait()
        try:
            outcomes.append(connect(verify=False).name)
        except stores.StoreRefused as refused:
            outcomes.append(type(refused).__name__)
        finally:
            connections.close_all()

    people = [threading.Thread(target=person) for _ in range(2)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert sorted(outcomes) == ["AlreadyConnected", "Harbor US"]
    assert (Account.objects.count(), Store.objects.count()) == (1, 1)
