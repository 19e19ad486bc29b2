"""Answers that are none, and pages that break off: the cursor stays, nothing is lost, nothing doubled."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from amazon_orders import normalize
from amazon_orders.models import AmazonOrder
from commerce.models import Order
from integration.messages import open_messages
from integration.models import AccountSync, Lane, OrderRequest, QuotaBucket, SyncRun, TimelineEvent
from integration.orders import details as order_details
from integration.sync import single_orders
from tests.factories import people
from tests.faults.conftest import calls, fault, sync
from tests.fixtures_shop import Shop, blockers_of, events_of, import_of, state_of, stock_of

NOT_NOW = 75


def cursor() -> Any:
    return AccountSync.objects.values_list("synced_until", "window", "lease_owner", "refused_at").get()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("throttle", "QUOTA"),
        ("throttle_bare", "QUOTA"),
        ("html503", "AMAZON_UNAVAILABLE"),
        ("bare500", "AMAZON_UNAVAILABLE"),
        ("error500", "AMAZON_UNAVAILABLE"),
        ("no_orders", "AMAZON_UNAVAILABLE"),
        ("empty", "AMAZON_UNAVAILABLE"),
        ("cut", "AMAZON_UNAVAILABLE"),
        ("drop", "AMAZON_UNAVAILABLE"),
        ("lost_answer", "AMAZON_UNAVAILABLE"),
    ],
)
def test_what_is_no_answer_leaves_the_cursor_and_the_next_sync_goes_on(
    shop: Shop, kind: str, code: str
) -> None:
    order_id = shop.sell()
    fault(shop, kind)

    first = sync()

    assert first.code == NOT_NOW
    assert first.errors == [(code, "Harbor US")]
    assert (first.document["requests"], first.document["received"]) == (1, 0)
    assert "\n" not in first.text
    assert cursor() == (None, None, "", None)
    assert AmazonOrder.objects.count() == 0
    assert SyncRun.objects.get().error

    # A token comes back with time; the foreground sync waits for no other back-off.
    QuotaBucket.objects.update(tokens=1)
    second = sync()

    assert (second.code, second.document["imported"], second.document["errors"]) == (0, 1, [])
    assert state_of(order_id) == "IMPORTED"
    sync_row = AccountSync.objects.get()
    assert (sync_row.failures, sync_row.last_error) == (0, "")
    assert sync_row.synced_until is not None


def test_a_throttled_account_spends_nothing_until_its_quota_is_back(shop: Shop) -> None:
    shop.sell()
    fault(shop, "throttle")
    sync()

    ran = sync()

    assert (ran.code, ran.errors) == (NOT_NOW, [("QUOTA", "Harbor US")])
    assert ran.document["requests"] == 0
    assert calls(shop, "searchOrders") == [429]


@pytest.mark.parametrize("kind", ["html503", "drop", "error500"])
def test_a_sign_in_that_is_down_costs_no_quota_and_no_cursor(shop: Shop, kind: str) -> None:
    shop.sell()
    shop.amazon.tokens.expire_access_tokens("A1SELLER")
    fault(shop, kind, "token")

    first = sync()

    # The old access token is refused, a new one is not to be had: it says nothing about the authorization.
    assert (first.code, first.errors) == (NOT_NOW, [("AMAZON_UNAVAILABLE", "Harbor US")])
    assert cursor() == (None, None, "", None)
    assert (sync().code, Order.objects.count()) == (0, 1)


@pytest.mark.parametrize("kind", ["drop", "cut", "html503", "no_orders"])
def test_a_page_that_breaks_off_is_asked_for_again_and_only_that(shop: Shop, kind: str) -> None:
    shop.restock("SKU-1", 500)
    for _ in range(230):
        shop.sell()
    fault(shop, kind, after_calls=1)

    first = sync()

    assert (first.code, first.document["received"], first.document["imported"]) == (NOT_NOW, 100, 100)
    synced_until, window, lease_owner, _ = cursor()
    assert (synced_until, lease_owner) == (None, "")
    assert window["pages"] == 1
    assert window["page_token"]

    shop.amazon.log.clear()
    QuotaBucket.objects.update(tokens=20)
    second = sync()

    assert (second.code, second.document["changed"], second.document["imported"]) == (0, 130, 130)
    searches = [entry.query for entry in shop.amazon.log if entry.operation == "searchOrders"]
    assert searches[0]["paginationToken"] == window["page_token"]
    assert Order.objects.count() == AmazonOrder.objects.count() == 230
    assert stock_of() == (500, 230)
    assert TimelineEvent.objects.filter(code="RECEIVED").count() == 230


def test_an_expired_page_token_restarts_the_window_and_nothing_is_lost_or_doubled(shop: Shop) -> None:
    shop.restock("SKU-1", 500)
    for _ in range(130):
        shop.sell()
    fault(shop, "expired_page_token")

    ran = sync()

    assert (ran.code, ran.document["requests"]) == (0, 4)
    assert (ran.document["received"], ran.document["changed"], ran.document["unchanged"]) == (230, 130, 100)
    assert ran.document["imported"] == Order.objects.count() == 130
    assert stock_of() == (500, 130)


def test_page_tokens_that_are_always_refused_end_the_pass_and_lose_nothing(shop: Shop) -> None:
    shop.restock("SKU-1", 500)
    for _ in range(130):
        shop.sell()
    fault(shop, "expired_page_token", times=0)

    ran = sync()

    assert (ran.code, ran.document["requests"]) == (NOT_NOW, 8)
    assert cursor()[0] is None
    shop.amazon.faults.clear()
    assert sync().code == 0
    assert Order.objects.count() == 130


def test_a_page_token_that_is_too_old_is_not_even_tried(shop: Shop) -> None:
    shop.restock("SKU-1", 500)
    for _ in range(130):
        shop.sell()
    fault(shop, "drop", after_calls=1)
    sync()
    row = AccountSync.objects.get()
    assert row.window is not None
    row.window["token_given_at"] = (timezone.now() - timedelta(hours=24)).isoformat()
    row.save()
    shop.amazon.log.clear()

    ran = sync()

    assert ran.code == 0
    assert "paginationToken" not in shop.amazon.log[0].query
    assert Order.objects.count() == 130


def rich(shop: Shop) -> str:
    """An order with something in every data set."""

    def edit(document: dict[str, Any]) -> None:
        item = document["orderItems"][0]
        item["promotion"] = {"breakdowns": [{"promotionId": "SUMMER"}]}
        item["tax"] = {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "AMAZON"}]}
        item["cancellation"] = {"cancellationRequest": {"requester": "BUYER", "cancelReason": "Too late"}}
        document["programs"] = ["PRIME"]

    order_id = shop.sell(("SKU-1", 3, "10.00"))
    shop.ship_at_amazon(order_id, 1)
    shop.edit(order_id, edit)
    return order_id


def picture(order_id: str) -> dict[str, Any]:
    """All that pages show of an order, but for its times and its timeline."""
    details = order_details.find_order(viewer=people.admin(), amazon_order_id=order_id)
    shown = asdict(details)
    for key in ("row", "timeline", "last_updated_at", "received_at", "imported_at"):
        del shown[key]
    return shown | {"buyer_name": details.row.buyer_name, "total": details.row.total}


def cancel_requested() -> bool:
    return AmazonOrder.objects.values_list("is_cancel_requested", flat=True).get()


def test_a_fallback_to_fewer_data_sets_blanks_nothing(shop: Shop) -> None:
    order_id = rich(shop)
    shop.sync()
    before = picture(order_id)
    assert cancel_requested()
    assert before["packages"]
    assert before["address"]["amazon"]

    # Amazon fails on one data set for half a day: the third failure in a row asks for fewer.
    fault(shop, "bare500", times=0, needs_dataset="PROMOTION")
    codes = [sync().code for _ in range(4)]

    assert codes == [NOT_NOW, NOT_NOW, NOT_NOW, 0]
    assert "PROMOTION" not in shop.amazon.log[-1].query["includedData"]
    assert picture(order_id) == before

    shop.amazon.faults.clear()
    assert sync().code == 0
    assert "PROMOTION" in shop.amazon.log[-1].query["includedData"]
    assert picture(order_id) == before
    assert cancel_requested()
    assert events_of(order_id).count("CANCEL_REQUESTED") == 1


def test_news_that_come_with_fewer_data_sets_are_taken(shop: Shop) -> None:
    order_id = rich(shop)
    shop.sync()
    before = picture(order_id)
    fault(shop, "bare500", times=0, needs_dataset="PROMOTION")
    for _ in range(3):
        sync()
    shop.change(order_id, {"fulfillment": {"fulfillmentServiceLevel": "EXPEDITED"}})

    assert sync().code == 0

    after = picture(order_id)
    assert after == before | {"service_level": "EXPEDITED"}
    assert cancel_requested()


def test_an_order_that_first_came_with_fewer_data_sets_waits_and_the_next_pass_completes_it(
    shop: Shop,
) -> None:
    order_id = shop.sell()
    fault(shop, "bare500", operation=None, times=0, needs_dataset="RECIPIENT")
    codes = [sync().code for _ in range(5)]
    assert codes == [NOT_NOW, NOT_NOW, NOT_NOW, 0, 0]
    # Never blocked for what was not asked for.
    assert (state_of(order_id), import_of(order_id).reason) == ("WAITING", "NOT_ALL_TOLD")
    assert blockers_of(order_id) == []
    assert AmazonOrder.objects.get().untold == [
        each for each in normalize.DATA_SETS if each not in normalize.FEWEST_DATA_SETS
    ]
    # No usual search brings it again.
    shop.opened_at += timedelta(minutes=20)
    AccountSync.objects.update(synced_until=timezone.now() - timedelta(minutes=3))

    shop.amazon.faults.clear()
    ran = sync()

    assert (ran.code, ran.document["imported"]) == (0, 1)
    assert state_of(order_id) == "IMPORTED"
    assert AmazonOrder.objects.get().untold == []


def test_a_single_order_is_asked_for_with_fewer_data_sets_only_where_the_search_is_too(shop: Shop) -> None:
    order_id = shop.sell()
    shop.sync()
    AccountSync.objects.update(data_sets_level=2)
    OrderRequest.objects.create(
        account=shop.store.account,
        amazon_order_id=order_id,
        lane=Lane.PERSON,
        why="PERSON",
        wanted_at=timezone.now(),
        due_at=timezone.now(),
    )
    fault(shop, "bare500", operation="getOrder", times=0, needs_dataset="RECIPIENT")
    single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now())
    assert calls(shop, "getOrder") == [500, 200]
    # Told whole before, it is whole still; and it is asked for again.
    assert (state_of(order_id), AmazonOrder.objects.get().untold) == ("IMPORTED", [])
    request = OrderRequest.objects.get()
    assert (request.why, request.answered_at) == ("INCOMPLETE", None)
    assert request.due_at > timezone.now() + timedelta(minutes=14)


def test_in_a_storm_everything_is_asked_for_as_a_whole(shop: Shop) -> None:
    """Amazon fails by chance: nothing is told in part, whichever call it fails."""
    order_ids = [shop.sell() for _ in range(3)]
    for calls_before in range(6):
        fault(shop, "html503", after_calls=calls_before % 2, times=3)
        sync()
        shop.amazon.faults.clear()
        assert not AmazonOrder.objects.exclude(untold=[]).exists()
    sync()
    assert {state_of(order_id) for order_id in order_ids} == {"IMPORTED"}


def test_a_403_for_a_data_set_is_a_pass_with_fewer_not_a_refused_account(shop: Shop) -> None:
    order_id = shop.sell()
    fault(shop, "forbidden403", times=0, needs_dataset="RECIPIENT")

    ran = sync()

    assert (ran.code, ran.errors) == (0, [])
    assert (state_of(order_id), import_of(order_id).reason) == ("WAITING", "NOT_ALL_TOLD")
    assert AccountSync.objects.get().refused_at is None
    # For over an hour: a role is missing, and a person is told.
    AmazonOrder.objects.update(received_at=timezone.now() - timedelta(hours=2))
    [message] = open_messages.open_messages(viewer=people.admin(), now=timezone.now())
    assert message.code == "ORDERS_HALF_TOLD"
    assert order_id in message.text

    shop.amazon.faults.clear()
    sync()
    assert state_of(order_id) == "IMPORTED"
    assert open_messages.open_messages(viewer=people.admin(), now=timezone.now()) == []


def test_fewer_data_sets_go_on_over_pages_whatever_amazon_makes_of_the_page_token(shop: Shop) -> None:
    shop.restock("SKU-1", 500)
    for _ in range(130):
        shop.sell()
    # The first page is answered whole, the second is not.
    fault(shop, "bare500", times=0, needs_dataset="RECIPIENT", after_calls=1)
    codes = [sync().code for _ in range(4)]
    assert codes[-1] == 0
    assert AmazonOrder.objects.count() == 130

    shop.amazon.faults.clear()
    sync()
    assert Order.objects.count() == 130


def test_a_search_that_is_refused_for_its_data_sets_asks_for_fewer_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.sell()
    # Not a word of Amazon's: it answers 400.
    monkeypatch.setattr(
        "integration.sync.cursor.DATA_SET_LEVELS", (("NONSENSE",), ("FULFILLMENT", "PROCEEDS"))
    )
    ran = sync()
    assert ran.code == 0
    assert calls(shop, "searchOrders") == [400, 200]
