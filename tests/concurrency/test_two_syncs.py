"""Two real `manage.py sync` at once: one account, or two that want the same goods."""

import signal
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_orders.models import AmazonOrder
from commerce.models import Order
from integration.models import AccountSync, OrderImport
from tests.factories import commerce as catalog
from tests.faults import processes
from tests.faults.conftest import TwoSellers, fault, sync, two_sellers
from tests.faults.invariants import (
    assert_every_order_is_here_once,
    assert_stock_is_sound,
    assert_sync_is_at_rest,
)
from tests.fixtures_shop import SECOND_SELLER, Shop, blockers_of, state_of, stock_of

__all__ = ["two_sellers"]
pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def test_two_syncs_of_one_account_double_nothing(shop: Shop) -> None:
    shop.restock("SKU-1", 1000)
    for _ in range(250):
        shop.sell()
    fault(shop, "slow", times=0, seconds=0.1)
    env = processes.environment(shop)

    ended = processes.run_at_once(*[(env, ("sync", "--json"))] * 3)

    codes = Counter(each.code for each in ended)
    assert codes[0] >= 1
    assert set(codes) <= {0, 75}, [each.err for each in ended]
    for each in ended:
        assert [error["code"] for error in each.document["errors"]] == (["BUSY"] if each.code else [])
    assert sum(each.document["imported"] for each in ended) == 250
    assert_every_order_is_here_once(shop)
    assert_stock_is_sound()
    assert_sync_is_at_rest()


@pytest.fixture
def many_orders(shop: Shop) -> Shop:
    shop.restock("SKU-1", 1000)
    for _ in range(150):
        shop.sell()
    return shop


def test_a_sync_that_slept_past_its_lease_stores_nothing_any_more(many_orders: Shop) -> None:
    shop = many_orders
    fault(shop, "slow", seconds=1)
    with processes.started(processes.environment(shop), "sync", "--json") as sleeper:
        while not any(entry.operation == "searchOrders" for entry in shop.amazon.log):
            time.sleep(0.01)
        sleeper.send_signal(signal.SIGSTOP)
        AccountSync.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
        assert sync().code == 0
        cursor = AccountSync.objects.get().synced_until
        time.sleep(1.0)
        sleeper.send_signal(signal.SIGCONT)
        ended = processes.end(sleeper)

    assert ended.code == 75, ended.err
    assert [error["code"] for error in ended.document["errors"]] == ["BUSY"]
    assert (ended.document["changed"], ended.document["imported"]) == (0, 0)
    assert AccountSync.objects.get().synced_until == cursor
    assert_every_order_is_here_once(shop)
    assert_stock_is_sound()
    assert_sync_is_at_rest()


def test_the_last_units_wanted_by_two_processes_go_to_one_order_each(two_sellers: TwoSellers) -> None:
    shop = two_sellers.shop
    skus = [f"LAST-{number}" for number in range(30)]
    for sku in skus:
        catalog.product(sku, stock={"main": 1})
    wanted = {sku: [shop.sell((sku, 1, "10.00"))] for sku in skus}
    # The other account's page walks through the same goods from the other end, two at a time.
    for first, second in zip(skus[::-2], skus[-2::-2], strict=True):
        order_id = shop.sell((first, 1, "10.00"), (second, 1, "10.00"), seller=SECOND_SELLER)
        wanted[first].append(order_id)
        wanted[second].append(order_id)
    env = processes.environment(shop)

    ended = processes.run_at_once(
        (env, ("sync", "--json", "--store", "Harbor US")), (env, ("sync", "--json", "--store", "Pier US"))
    )

    assert [each.code for each in ended] == [0, 0], [each.err for each in ended]
    assert "Traceback" not in "".join(each.err for each in ended)
    for sku, rivals in wanted.items():
        assert stock_of(sku)[1] <= 1
        assert sum(state_of(order_id) == "IMPORTED" for order_id in rivals) <= 1
        losers = [order_id for order_id in rivals if state_of(order_id) != "IMPORTED"]
        for order_id in losers:
            assert {code for code, _ in blockers_of(order_id)} == {"OUT_OF_STOCK"}
    assert sum(each.document["imported"] for each in ended) == Order.objects.count()
    assert Counter(OrderImport.objects.values_list("state", flat=True))["IMPORTED"] == Order.objects.count()
    assert AmazonOrder.objects.count() == 45
    assert_stock_is_sound()
    # More comes in: every loser that waited for it goes on, once.
    for sku in skus:
        shop.restock(sku, 2)
    assert sync().code == 0
    assert set(OrderImport.objects.values_list("state", flat=True)) == {"IMPORTED"}
    assert Order.objects.count() == 45
    assert_stock_is_sound()
