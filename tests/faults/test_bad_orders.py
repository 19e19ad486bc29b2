"""Orders that are not as they should be: each has a clear outcome, and stops no other."""

import contextlib
import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from amazon_orders import normalize
from amazon_orders.models import AmazonOrder, AmazonOrderItem
from commerce.models import Order
from integration.messages import open_messages
from integration.models import AccountSync, OrderImport, Quarantine
from integration.sync import account_sync, quarantine, receive
from sandbox.clock import iso
from sealing import seal
from tests.factories import people
from tests.faults.conftest import calls, fault, sync
from tests.fixtures_shop import (
    Shop,
    blockers_of,
    commerce_order_of,
    events_of,
    import_of,
    state_of,
    stock_of,
)


def opened(row: Quarantine) -> Any:
    """The payload that was put aside."""
    place = quarantine.associated_data(row.account_id, row.digest)
    return json.loads(seal.open_sealed(bytes(row.sealed_payload), associated_data=place))


def open_codes(shop: Shop) -> list[str]:
    return [
        message.code for message in open_messages.open_messages(viewer=people.admin(), now=timezone.now())
    ]


def test_a_malformed_order_among_a_hundred_is_put_aside_and_healed_when_amazon_sends_it_right(
    shop: Shop,
) -> None:
    shop.restock("SKU-1", 200)
    good = [shop.sell() for _ in range(99)]
    bad = shop.sell()
    shop.change(bad, {"createdTime": "yesterday"}, keep_time=True)

    first = sync()

    assert first.code == 0
    assert (first.document["received"], first.document["malformed"]) == (100, 1)
    assert first.document["imported"] == 99
    assert stock_of() == (200, 99)
    assert not AmazonOrder.objects.filter(amazon_order_id=bad).exists()
    row = Quarantine.objects.get()
    assert (row.amazon_order_id, row.resolved_at) == (bad, None)
    assert row.reason == "createdTime is not a time"
    assert opened(row)["createdTime"] == "yesterday"
    assert b"yesterday" not in bytes(row.sealed_payload)
    assert open_codes(shop) == ["ORDER_QUARANTINED"]

    shop.change(bad, {"createdTime": iso(timezone.now() - timedelta(hours=1))}, keep_time=True)
    Quarantine.objects.update(ask_again_at=timezone.now())
    second = sync()

    assert (second.code, second.document["imported"], second.document["malformed"]) == (0, 1, 0)
    assert state_of(bad) == "IMPORTED"
    assert {state_of(order_id) for order_id in good} == {"IMPORTED"}
    row.refresh_from_db()
    assert row.resolved_at is not None
    assert row.ask_again_at is None
    assert open_codes(shop) == []


@pytest.mark.parametrize(
    "order",
    [None, "text", 7, [], {}, {"orderId": None}, {"orderId": "111-\x00", "orderItems": 1}],
)
def test_what_is_no_order_at_all_is_put_aside(shop: Shop, order: Any) -> None:
    order_id = shop.sell()
    if order is not None:
        fault(shop, "malformed_order", order=order)
    else:
        fault(shop, "malformed_order")

    ran = sync()

    assert ran.code == 0
    assert state_of(order_id) == "IMPORTED"
    assert Quarantine.objects.count() == 1
    assert AccountSync.objects.get().window is None


def test_half_a_character_in_a_malformed_order_reaches_the_quarantine(shop: Shop) -> None:
    now = timezone.now()
    received = receive.run(
        account_id=shop.store.account_id,
        stores=[shop.store],
        payloads=[{"orderId": "111\ud800", "orderItems": 1}],
        data_sets=normalize.DATA_SETS,
        asked_at=now,
        now=now,
    )
    assert received.kept_aside == ["111?"]
    assert opened(Quarantine.objects.get())["orderId"] == "111\ud800"


def test_the_same_unreadable_payload_twice_is_one_row(shop: Shop) -> None:
    shop.sell()
    for _ in range(2):
        fault(shop, "malformed_order")
        shop.sync()
    assert Quarantine.objects.count() == 1


def test_an_order_that_amazon_no_longer_knows_leaves_quarantine(shop: Shop) -> None:
    shop.sell()
    fault(shop, "malformed_order")

    assert sync().code == 0
    assert calls(shop, "getOrder") == []
    Quarantine.objects.update(ask_again_at=timezone.now())
    assert sync().code == 0

    assert calls(shop, "getOrder") == [404]
    assert Quarantine.objects.get().resolved_at is not None
    # A search lists it once more, just as bad as before.
    fault(shop, "malformed_order")
    assert sync().code == 0
    Quarantine.objects.update(ask_again_at=timezone.now())
    fault(shop, "html503", "getOrder")
    assert sync().code == 75
    assert Quarantine.objects.get().resolved_at is None


def test_a_line_without_sku_is_blocked_until_it_is_matched_by_asin(shop: Shop) -> None:
    order_id = shop.sell((None, 1, "5.00"), ("SKU-1", 1, "10.00"))
    shop.sync()
    assert state_of(order_id) == "BLOCKED"
    assert [code for code, _ in blockers_of(order_id)] == ["PRODUCT_MISSING"]
    assert stock_of() == (10, 0)


def test_an_order_without_prices_is_blocked_until_amazon_sends_them(shop: Shop) -> None:
    def without_money(document: dict[str, Any]) -> None:
        del document["proceeds"]
        del document["orderItems"][0]["proceeds"]
        del document["orderItems"][0]["product"]["price"]

    order_id = shop.sell()
    whole = shop.document(order_id)
    shop.edit(order_id, without_money)
    shop.sync()
    assert blockers_of(order_id) == [("AMOUNTS_MISSING", "SKU-1")]

    shop.edit(
        order_id, lambda document: document.update(proceeds=whole["proceeds"], orderItems=whole["orderItems"])
    )
    shop.sync()

    assert state_of(order_id) == "IMPORTED"
    assert commerce_order_of(order_id).grand_total == Decimal("10.00")


def test_an_order_without_address_is_blocked_and_one_that_amazon_ships_is_not(shop: Shop) -> None:
    mine = shop.sell(patch={"recipient": None})
    empty = shop.sell(patch={"recipient": {"deliveryAddress": {"addressLine1": "", "city": " "}}})
    amazons = shop.sell(patch={"recipient": None}, fulfilled_by="AMAZON", status="SHIPPED")
    shop.sync()
    assert blockers_of(mine) == [("ADDRESS_INCOMPLETE", "")]
    assert blockers_of(empty) == [("ADDRESS_INCOMPLETE", "")]
    assert state_of(amazons) == "IMPORTED"


def test_an_unknown_status_word_waits_as_amazon_says_it_and_goes_on_with_a_known_one(shop: Shop) -> None:
    order_id = shop.sell(patch={"fulfillment": {"fulfillmentStatus": "INVOICE_UNCONFIRMED"}})
    shop.sync()
    assert state_of(order_id) == "WAITING"
    assert AmazonOrder.objects.get().status == "INVOICE_UNCONFIRMED"
    assert blockers_of(order_id) == []

    shop.change(order_id, {"fulfillment": {"fulfillmentStatus": "UNSHIPPED"}})
    shop.sync()

    assert state_of(order_id) == "IMPORTED"


def test_the_same_order_on_two_pages_is_one_order(shop: Shop) -> None:
    shop.restock("SKU-1", 200)
    orders = [shop.sell() for _ in range(130)]
    fault(shop, "repeated_order")

    ran = sync()

    assert ran.code == 0
    assert ran.document["received"] == 131
    assert (ran.document["changed"], ran.document["unchanged"], ran.document["imported"]) == (130, 1, 130)
    assert Order.objects.count() == AmazonOrder.objects.count() == len(orders)
    assert stock_of() == (200, 130)


def test_the_same_order_twice_on_one_page_is_one_order(shop: Shop) -> None:
    order_id = shop.sell()
    fault(shop, "malformed_order", order=shop.document(order_id))
    ran = sync()
    assert (ran.document["received"], ran.document["changed"], ran.document["unchanged"]) == (2, 1, 1)
    assert AmazonOrderItem.objects.count() == 1


def test_an_order_that_comes_back_older_is_dropped(shop: Shop) -> None:
    order_id = shop.sell()
    shop.sync()
    shop.cancel_at_amazon(order_id)
    shop.sync()
    assert AmazonOrder.objects.get().status == "CANCELLED"
    version = import_of(order_id).version

    fault(shop, "older_order")
    ran = sync()

    assert (ran.document["received"], ran.document["unchanged"]) == (1, 1)
    assert AmazonOrder.objects.get().status == "CANCELLED"
    assert import_of(order_id).version == version
    assert commerce_order_of(order_id).status == "CANCELED"


def test_other_content_with_the_same_time_is_taken(shop: Shop) -> None:
    order_id = shop.sell()
    shop.sync()
    stamp = AmazonOrder.objects.get().last_updated_at

    fault(shop, "same_time_other_content")
    ran = sync()

    assert ran.document["changed"] == 1
    order = AmazonOrder.objects.get()
    assert (order.programs, order.last_updated_at) == (["PREMIUM"], stamp)
    assert events_of(order_id) == ["RECEIVED", "IMPORTED"]


def test_a_bug_in_reading_one_order_puts_it_aside_and_tells_nobody_its_content(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = shop.sell(), shop.sell(buyer_name="Wilhelmina Unlogged")
    real = normalize.normalize

    def broken(payload: Any, **options: Any) -> Any:
        if payload["orderId"] == bad:
            raise KeyError(payload["buyer"]["buyerName"])
        return real(payload, **options)

    monkeypatch.setattr(normalize, "normalize", broken)
    ran = sync()
    assert ran.code == 0
    assert state_of(good) == "IMPORTED"
    row = Quarantine.objects.get()
    assert (row.amazon_order_id, row.reason) == (bad, "an error here (KeyError)")
    assert opened(row)["buyer"]["buyerName"] == "Wilhelmina Unlogged"
    assert "order.failed_here" in caplog.text
    assert "Wilhelmina" not in caplog.text

    monkeypatch.setattr(normalize, "normalize", real)
    Quarantine.objects.update(ask_again_at=timezone.now())
    assert sync().document["imported"] == 1
    assert state_of(bad) == "IMPORTED"
    assert Quarantine.objects.get().resolved_at is not None


@contextlib.contextmanager
def refused(price: str) -> Iterator[None]:
    """A database that takes no line with this price."""
    table = "ALTER TABLE amazon_orders_amazonorderitem"
    with connection.cursor() as cursor:
        cursor.execute(f"{table} ADD CONSTRAINT refuses CHECK (unit_price <> {price})")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"{table} DROP CONSTRAINT refuses")


@pytest.mark.postgres
def test_the_database_refuses_one_order_of_a_page_and_the_others_go_on(shop: Shop) -> None:
    orders = [shop.sell() for _ in range(5)]
    bad = shop.sell(("SKU-1", 1, "6.66"))
    with refused("6.66"):
        ran = sync()

    assert (ran.code, ran.document["imported"]) == (0, 5)
    assert {state_of(order_id) for order_id in orders} == {"IMPORTED"}
    row = Quarantine.objects.get()
    assert (row.amazon_order_id, row.resolved_at) == (bad, None)
    assert row.reason == "the database refuses it (IntegrityError)"
    assert opened(row)["orderId"] == bad
    assert AccountSync.objects.get().synced_until is not None
    assert OrderImport.objects.count() == 5

    Quarantine.objects.update(ask_again_at=timezone.now())
    assert sync().document["imported"] == 1
    assert state_of(bad) == "IMPORTED"
    assert Quarantine.objects.get().resolved_at is not None


@pytest.mark.postgres
def test_an_order_healed_on_a_page_where_another_is_refused_leaves_quarantine_too(shop: Shop) -> None:
    healed = shop.sell(edit=lambda document: document.update(createdTime="soon"))
    account_sync.sync_account(account_id=shop.store.account_id, now=timezone.now())
    assert Quarantine.objects.get().resolved_at is None

    shop.change(healed, {"createdTime": iso(timezone.now() - timedelta(hours=2))}, keep_time=True)
    shop.sell(("SKU-1", 1, "6.66"))
    with refused("6.66"):
        account_sync.sync_account(account_id=shop.store.account_id, now=timezone.now())

    assert state_of(healed) == "IMPORTED"
    assert Quarantine.objects.get(amazon_order_id=healed).resolved_at is not None


def test_an_order_amazon_lists_but_will_not_give_stays_in_quarantine(shop: Shop) -> None:
    shop.sell()
    fault(shop, "malformed_order", order={"orderId": "not a number of Amazon's"})

    assert sync().code == 0
    Quarantine.objects.update(ask_again_at=timezone.now())
    assert sync().code == 0

    assert calls(shop, "getOrder") == [400]
    row = Quarantine.objects.get()
    assert row.resolved_at is None
    assert row.ask_again_at is not None
    assert row.ask_again_at > timezone.now() + timedelta(hours=5)
