"""One order id in two accounts: each account's word is its own, both go on, and a person is told."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from amazon_orders.models import AmazonOrder
from integration import stores
from integration.messages import open_messages
from integration.messages.open_messages import SystemMessage
from integration.models import Quarantine, StoreSync
from integration.stores import activation
from integration.sync import account_sync
from tests.factories import people
from tests.faults.conftest import TwoSellers, sync
from tests.fixtures_shop import SECOND_SELLER, SELLER, Shop, commerce_order_of, import_of, state_of

CASE = Path(__file__).parents[3] / "shared" / "cases" / "W1a_same_order_two_accounts.json"


def doubtful() -> list[SystemMessage]:
    """The messages about orders that two accounts list."""
    found = open_messages.open_messages(viewer=people.admin(), now=timezone.now())
    return [message for message in found if message.code == "ORDER_IN_TWO_ACCOUNTS"]


def copies(two: TwoSellers) -> str:
    """An order that both sellers have; the second's copy is newer, and another one."""
    shop = two.shop
    order_id = shop.sell(("SKU-1", 2, "10.00"))
    shop.sell(("SKU-1", 7, "99.00"), seller=SECOND_SELLER, order_id=order_id)
    return order_id


def test_both_accounts_go_on_and_neither_overwrites_the_other(two_sellers: TwoSellers) -> None:
    shop = two_sellers.shop
    shop.restock("SKU-1", 50)
    order_id = copies(two_sellers)
    own = shop.sell(seller=SECOND_SELLER)

    ran = sync()

    assert (ran.code, ran.errors) == (0, [])
    assert (ran.document["imported"], ran.document["ignored"], ran.document["malformed"]) == (2, 1, 0)
    assert {state_of(order_id), state_of(own)} == {"IMPORTED"}
    order = AmazonOrder.objects.get(amazon_order_id=order_id)
    assert (order.store, order.items.get().quantity_ordered) == (shop.store, 2)
    assert StoreSync.objects.filter(synced_until=None).count() == 0
    aside = Quarantine.objects.get()
    assert (aside.account_id, aside.amazon_order_id, aside.kind) == (
        two_sellers.other.account_id,
        order_id,
        "OTHER_ACCOUNT",
    )
    [message] = doubtful()
    assert order_id in message.text
    assert f"{SELLER} (Harbor US)" in message.text
    assert f"{SECOND_SELLER} (Pier US)" in message.text
    assert {store.name for store in message.stores} == {"Harbor US", "Pier US"}


def test_what_each_account_says_later_stays_its_own(two_sellers: TwoSellers) -> None:
    shop = two_sellers.shop
    shop.restock("SKU-1", 50)
    order_id = copies(two_sellers)
    sync()
    before = commerce_order_of(order_id).grand_total

    def canceled(document: dict[str, Any]) -> None:
        document["fulfillment"]["fulfillmentStatus"] = "CANCELLED"

    shop.amazon.world.edit_order(order_id, canceled, seller_id=SECOND_SELLER)
    shop.opened_at += timedelta(minutes=5)
    ran = sync()

    assert ran.code == 0
    assert AmazonOrder.objects.get(amazon_order_id=order_id).status == "UNSHIPPED"
    assert commerce_order_of(order_id).grand_total == before
    assert len(doubtful()) == 1


def test_it_is_over_when_the_second_account_no_longer_lists_it(
    two_sellers: TwoSellers, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = copies(two_sellers)
    sync()
    assert len(doubtful()) == 1
    world = two_sellers.shop.amazon.world
    world._unlist(SECOND_SELLER, order_id)
    del world._orders[SECOND_SELLER, order_id]
    Quarantine.objects.update(ask_again_at=timezone.now())

    assert sync().code == 0

    assert doubtful() == []
    assert Quarantine.objects.get().resolved_at is not None


def test_when_the_first_accounts_store_goes_the_order_is_the_others(two_sellers: TwoSellers) -> None:
    shop = two_sellers.shop
    shop.restock("SKU-1", 50)
    order_id = copies(two_sellers)
    sync()

    stores.delete(store_id=shop.store.pk, by="tests", now=timezone.now())
    assert doubtful() == []
    assert sync("--store", "Pier US").code == 0

    order = AmazonOrder.objects.get(amazon_order_id=order_id)
    assert (order.store, order.items.get().quantity_ordered) == (two_sellers.other, 7)
    assert Quarantine.objects.get().resolved_at is not None


def test_who_sees_one_of_the_stores_is_told_without_the_name_of_the_other(two_sellers: TwoSellers) -> None:
    order_id = copies(two_sellers)
    sync()
    for store in (two_sellers.shop.store, two_sellers.other):
        viewer = people.merchant(store)
        [message] = [
            each
            for each in open_messages.open_messages(viewer=viewer, now=timezone.now())
            if each.code == "ORDER_IN_TWO_ACCOUNTS"
        ]
        assert order_id in message.text
        assert [each.name for each in message.stores] == [store.name]
        other = {"Harbor US", "Pier US"} - {store.name}
        assert other.pop() not in message.text


def test_an_order_kept_under_a_store_that_is_off_stops_no_page(shop: Shop) -> None:
    """A multi-channel order goes to the first store of a pass: switched off, it is in no later pass."""
    canada = shop.connect("Harbor CA", "CA")
    order_id = shop.sell()

    def sold_elsewhere(document: dict[str, Any]) -> None:
        document["salesChannel"] = {"channelName": "NON_AMAZON"}

    shop.edit(order_id, sold_elsewhere)
    shop.sync()
    kept = AmazonOrder.objects.get(amazon_order_id=order_id).store
    assert kept in (shop.store, canada)
    activation.deactivate(store_id=kept.pk, by="tests", now=timezone.now())
    left = {"US": "CA", "CA": "US"}[kept.name[-2:]]
    marketplace = {"US": "ATVPDKIKX0DER", "CA": "A2EUQ1WTGCTBG2"}[left]
    shop.change(order_id, {"fulfillment": {"fulfillmentServiceLevel": "EXPEDITED"}})
    beside = shop.sell(edit=lambda document: document["salesChannel"].update(marketplaceId=marketplace))

    outcome = account_sync.sync_account(account_id=shop.store.account_id, now=timezone.now())

    assert outcome.problems == []
    order = AmazonOrder.objects.get(amazon_order_id=order_id)
    assert (order.service_level, order.store) == ("EXPEDITED", kept)
    assert import_of(order_id).reason == "MULTI_CHANNEL"
    assert AmazonOrder.objects.filter(amazon_order_id=beside).exists()


@pytest.mark.skipif(not CASE.exists(), reason="the cases of ../shared/cases are not here")
def test_the_case_that_was_reported(two_sellers: TwoSellers) -> None:
    case = json.loads(CASE.read_text(encoding="utf-8"))
    for seller, orders in ((SELLER, case["S1"]), (SECOND_SELLER, case["S2"])):
        for order in orders:
            two_sellers.shop.amazon.world.put_order(seller, order)

    assert sync().code == 0

    first, second = (order["orderId"] for order in case["S2"])
    assert AmazonOrder.objects.get(amazon_order_id=first).store == two_sellers.shop.store
    assert AmazonOrder.objects.get(amazon_order_id=second).store == two_sellers.other
    assert first in doubtful()[0].text
