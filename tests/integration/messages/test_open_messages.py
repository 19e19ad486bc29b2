"""System messages are derived from rows: they open and close by themselves, for the viewer's stores alone."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from amazon_orders.models import Store
from commerce.models import Order
from integration.access import Viewer
from integration.messages import open_messages
from integration.messages.open_messages import Code, SystemMessage
from integration.models import (
    AccountSync,
    MissingOrder,
    OrderImport,
    Quarantine,
    ReportJob,
    StoreSync,
)
from tests.factories import amazon, commerce, people

pytestmark = pytest.mark.django_db
NOW = amazon.NOW


def found(viewer: Viewer) -> list[SystemMessage]:
    return open_messages.open_messages(viewer=viewer, now=NOW)


def names(message: SystemMessage) -> list[str]:
    return [store.name for store in message.stores]


def block(store: Store) -> int:
    order = amazon.order(store, state="BLOCKED")
    amazon.blocker(order, "PRODUCT_MISSING", "SKU-1", opened_at=NOW - timedelta(hours=2))
    return order.pk


def test_one_banner_names_all_stores_with_blocked_orders_in_name_order() -> None:
    zeta, alpha, calm = amazon.store("Zeta"), amazon.store("Alpha"), amazon.store("Calm")
    block(zeta)
    block(alpha)
    amazon.order(calm)
    [message] = found(people.admin())
    assert message.text == (
        "Your Amazon store(s) has orders that cannot be imported into Commerce. "
        "See Recent Orders in the store dashboard(s): Alpha, Zeta"
    )
    assert (message.code, names(message), message.since) == (
        Code.ORDERS_BLOCKED,
        ["Alpha", "Zeta"],
        NOW - timedelta(hours=2),
    )


def test_the_banner_knows_only_the_viewers_stores_and_goes_with_its_cause() -> None:
    mine, other = amazon.store("Mine"), amazon.store("Other")
    blocked = block(mine)
    block(other)
    [banner] = open_messages.banners(viewer=people.merchant(mine))
    assert names(banner) == ["Mine"]
    OrderImport.objects.filter(pk=blocked).update(state="WAITING")
    assert open_messages.banners(viewer=people.merchant(mine)) == []
    assert open_messages.banners(viewer=people.merchant()) == []


def test_a_waiting_order_with_coming_blockers_opens_no_banner() -> None:
    amazon.blocker(amazon.order(amazon.store()), "PRODUCT_MISSING", "SKU-1")
    assert found(people.admin()) == []


def test_a_refused_authorization_is_told_once_per_account_with_its_stores() -> None:
    shop = amazon.store("US shop", marketplace="US")
    amazon.store("CA shop", of=shop.account, marketplace="CA")
    AccountSync.objects.filter(pk=shop.account_id).update(
        refused_at=NOW, synced_until=NOW - timedelta(days=1)
    )
    [message] = found(people.admin())
    assert (message.code, message.since, names(message)) == (
        Code.AUTHORIZATION_REFUSED,
        NOW,
        ["CA shop", "US shop"],
    )
    [own] = found(people.merchant(shop))
    assert names(own) == ["US shop"]
    assert "CA shop" not in own.text


def test_a_store_that_lost_its_marketplace_is_named() -> None:
    shop = amazon.store("Mugs")
    StoreSync.objects.filter(pk=shop.pk).update(access_lost_at=NOW)
    [message] = found(people.admin())
    assert (message.code, names(message), message.since) == (Code.STORE_ACCESS_LOST, ["Mugs"], NOW)
    Store.objects.update(is_active=False)
    assert found(people.admin()) == []


def test_unreadable_orders_are_counted_per_account() -> None:
    shop = amazon.store("Mugs")
    for number in range(2):
        Quarantine.objects.create(
            account=shop.account,
            digest=str(number),
            sealed_payload=b"",
            reason="no id",
            seen_at=NOW - timedelta(hours=number),
        )
    [message] = found(people.admin())
    assert message.code == Code.ORDER_QUARANTINED
    assert message.text.startswith("Amazon sent 2 orders of Mugs that cannot be read.")
    assert message.since == NOW - timedelta(hours=1)
    Quarantine.objects.update(resolved_at=NOW)
    assert found(people.admin()) == []


def test_an_order_that_amazon_canceled_after_it_shipped_is_told_until_it_is_closed() -> None:
    shop = amazon.store("Mugs")
    order = amazon.order(shop, state="IMPORTED", status="CANCELLED")
    commerce_order = order.order_import.commerce_order
    assert commerce_order is not None
    assert found(people.admin()) == []
    commerce.line(commerce_order, commerce.product("MUG"), quantity_shipped=1)
    [message] = found(people.admin())
    assert message.code == Code.CANCELED_AFTER_SHIPPING
    assert order.amazon_order_id in message.text
    assert found(people.merchant(amazon.store())) == []
    Order.objects.update(status="CLOSED")
    assert found(people.admin()) == []


def test_a_buyer_who_asks_to_cancel_is_told_while_the_order_can_still_be_held_back() -> None:
    shop = amazon.store("Mugs")
    asked = amazon.order(shop, state="IMPORTED", is_cancel_requested=True)
    amazon.order(shop, is_cancel_requested=True, status="SHIPPED")
    amazon.order(shop, is_cancel_requested=True, fulfilled_by="AMAZON")
    [message] = found(people.admin())
    assert (message.code, names(message)) == (Code.CANCEL_REQUESTED, ["Mugs"])
    assert f"not shipped: {asked.amazon_order_id}." in message.text
    assert found(people.merchant(amazon.store())) == []


def test_many_orders_are_counted_and_few_are_named() -> None:
    shop = amazon.store("Mugs")
    orders = [amazon.order(shop, is_cancel_requested=True) for _ in range(7)]
    [message] = found(people.admin())
    assert f"{orders[4].amazon_order_id} and 2 more." in message.text
    assert orders[5].amazon_order_id not in message.text


def test_a_sync_that_stands_still_is_told_for_active_stores() -> None:
    shop = amazon.store("Mugs")
    AccountSync.objects.update(synced_until=NOW - timedelta(minutes=31))
    [message] = found(people.admin())
    assert (message.code, names(message)) == (Code.SYNC_STALE, ["Mugs"])
    Store.objects.filter(pk=shop.pk).update(is_active=False)
    assert found(people.admin()) == []


@pytest.mark.parametrize("count", [1, 12])
def test_messages_cost_a_fixed_number_of_statements(count: int, settings: Settings) -> None:
    for _ in range(count):
        block(amazon.store())
    with CaptureQueriesContext(connection) as banner:
        open_messages.banners(viewer=people.admin())
    assert len(banner) == 1
    with CaptureQueriesContext(connection) as everything:
        found(people.admin())
    assert len(everything) == 8
    settings.NOTIFICATIONS_QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
    with CaptureQueriesContext(connection) as notified:
        found(people.admin())
    assert len(notified) == 12


def test_an_order_that_cannot_be_fetched_is_named_after_a_day() -> None:
    shop = amazon.store("Mugs")
    lost = amazon.missing_order(shop, found_at=NOW - timedelta(hours=23))
    assert found(people.admin()) == []
    MissingOrder.objects.update(found_at=NOW - timedelta(hours=25))
    [message] = found(people.admin())
    assert (message.code, names(message), message.severity) == (Code.ORDERS_MISSING, ["Mugs"], "CRITICAL")
    assert lost.amazon_order_id in message.text
    assert message.since == NOW - timedelta(hours=25)
    assert found(people.merchant(amazon.store())) == []
    MissingOrder.objects.update(given_up_at=NOW, given_up_by="maria")
    assert found(people.admin()) == []


def test_a_healed_order_is_no_message_and_many_are_named_shortly() -> None:
    shop = amazon.store("Mugs")
    amazon.missing_order(shop, found_at=NOW - timedelta(days=3), healed_at=NOW)
    assert found(people.admin()) == []
    for _ in range(7):
        amazon.missing_order(shop, found_at=NOW - timedelta(days=3))
    [message] = found(people.admin())
    assert "and 2 more" in message.text


def test_reports_that_amazon_refuses_are_told_with_what_to_do() -> None:
    shop = amazon.store("Mugs")
    job = ReportJob.objects.create(
        account=shop.account,
        kind="NIGHTLY",
        state="DONE",
        is_refused=True,
        data_from=NOW,
        data_until=NOW,
        wanted_at=NOW - timedelta(days=1),
        next_look_at=NOW,
        ended_at=NOW,
    )
    [message] = found(people.admin())
    assert (message.code, names(message)) == (Code.COMPLETENESS_UNPROVED, ["Mugs"])
    assert "Inventory and Order Tracking" in message.text
    ReportJob.objects.update(is_refused=False, state="FAILED", error="Amazon is down.")
    [message] = found(people.admin())
    assert "could not be proved: Amazon is down." in message.text
    job.pk, job.state, job.error, job.is_refused, job.wanted_at = None, "DONE", "", False, NOW
    job.save()
    assert found(people.admin()) == []
