"""Orders that are only looked at: multi-channel, skipped, received while import is Disabled."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integration.orders import actions
from tests.factories import commerce as catalog
from tests.fixtures_shop import (
    Shop,
    blockers_of,
    events_of,
    has_commerce_order,
    import_of,
    last_note_of,
    state_of,
    stock_of,
)

MULTI_CHANNEL = {"salesChannel": {"channelName": "NON_AMAZON"}}


def test_a_multi_channel_order_is_view_only_for_ever(shop: Shop) -> None:
    known_shop = shop.sell(patch=MULTI_CHANNEL, fulfilled_by="AMAZON", status="SHIPPED")
    no_marketplace = shop.sell(
        ("UNKNOWN", 1, "5.00"),
        patch={"salesChannel": {"channelName": "NON_AMAZON", "marketplaceId": None}},
        fulfilled_by="AMAZON",
    )

    outcome = shop.sync()

    assert outcome.counts["view_only"] + outcome.counts["ignored"] == 2
    assert state_of(known_shop) == "VIEW_ONLY"
    assert import_of(known_shop).reason == "MULTI_CHANNEL"
    assert not has_commerce_order(known_shop)
    assert not has_commerce_order(no_marketplace)
    assert blockers_of(known_shop) == []
    refused = actions.request_import(order_ids=[import_of(known_shop).pk], by="maria", now=timezone.now())
    assert refused.done == ()


def test_a_skipped_order_is_left_alone_until_its_date(shop: Shop) -> None:
    order_id = shop.sell(("GONE", 1, "5.00"))
    shop.sync()
    now = timezone.now()
    until = now + timedelta(hours=5)

    actions.skip(
        order_ids=[import_of(order_id).pk], reason="Comes next week", until=until, by="maria", now=now
    )
    shop.judge()

    assert state_of(order_id) == "SKIPPED"
    assert import_of(order_id).recheck_at == until
    assert blockers_of(order_id) == []
    catalog.product("GONE", stock={"main": 1})
    assert shop.judge() == {}
    assert shop.judge(now=until - timedelta(seconds=1)) == {}

    assert shop.judge(now=until)["imported"] == 1
    assert state_of(order_id) == "IMPORTED"
    assert events_of(order_id) == ["RECEIVED", "BLOCKED", "SKIPPED", "SKIP_ENDED", "IMPORTED"]


def test_a_skip_without_an_end_is_ended_by_a_person(shop: Shop) -> None:
    order_id = shop.sell(("GONE", 1, "5.00"))
    shop.sync()
    ids = [import_of(order_id).pk]
    actions.skip(order_ids=ids, reason="Not ours", until=None, by="maria", now=timezone.now())
    shop.judge()
    assert state_of(order_id) == "SKIPPED"
    # A change at Amazon does not end it.
    shop.change(order_id, {"fulfillment": {"fulfillmentServiceLevel": "EXPEDITED"}})
    shop.sync()
    assert state_of(order_id) == "SKIPPED"

    actions.unskip(order_ids=ids, by="maria", now=timezone.now())
    shop.judge()

    assert state_of(order_id) == "BLOCKED"
    assert events_of(order_id) == ["RECEIVED", "BLOCKED", "SKIPPED", "CHANGED", "SKIP_ENDED", "BLOCKED"]
    assert import_of(order_id).skipped_at is None


def test_a_skip_lets_go_what_a_pending_order_held(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 4, "10.00"), status="PENDING")
    shop.sync()
    assert stock_of() == (10, 4)

    actions.skip(
        order_ids=[import_of(order_id).pk], reason="Fraud", until=None, by="maria", now=timezone.now()
    )
    shop.judge()

    assert stock_of() == (10, 0)
    assert events_of(order_id)[-1] == "STOCK_RELEASED"


def test_what_comes_in_while_import_is_disabled_stays_view_only_until_a_person_imports_it(
    shop: Shop,
) -> None:
    shop.settings(import_amazon_orders=False)
    orders = {
        "UNSHIPPED": shop.sell(),
        "PENDING": shop.sell(status="PENDING"),
        "BLOCKED": shop.sell(("GONE", 1, "5.00")),
        "SHIPPED": shop.sell(status="SHIPPED"),
        "CANCELLED": shop.sell(status="CANCELLED"),
    }

    outcome = shop.sync()

    assert outcome.counts["view_only"] == 5
    assert {state_of(order_id) for order_id in orders.values()} == {"VIEW_ONLY"}
    assert stock_of() == (10, 0)
    assert blockers_of(orders["BLOCKED"]) == []
    assert "disabled" in last_note_of(orders["UNSHIPPED"], "VIEW_ONLY")

    shop.settings(import_amazon_orders=True)
    shop.judge()
    shop.change(orders["UNSHIPPED"], {"fulfillment": {"fulfillmentServiceLevel": "EXPEDITED"}})
    shop.sync()
    assert {state_of(order_id) for order_id in orders.values()} == {"VIEW_ONLY"}

    wanted = [import_of(order_id).pk for order_id in orders.values()]
    done = actions.request_import(order_ids=wanted, by="maria", now=timezone.now())
    shop.judge()
    assert set(done.refused) == {import_of(orders["CANCELLED"]).pk}
    assert {name: state_of(order_id) for name, order_id in orders.items()} == {
        "UNSHIPPED": "IMPORTED",
        "PENDING": "WAITING",
        "BLOCKED": "BLOCKED",
        "SHIPPED": "IMPORTED",
        "CANCELLED": "VIEW_ONLY",
    }


def test_an_order_imported_by_a_person_is_imported_with_import_still_disabled(shop: Shop) -> None:
    shop.settings(import_amazon_orders=False)
    order_id, other = shop.sell(("GONE", 1, "5.00")), shop.sell()
    shop.sync()

    actions.request_import(order_ids=[import_of(order_id).pk], by="maria", now=timezone.now())
    shop.judge()
    assert state_of(order_id) == "BLOCKED"
    catalog.product("GONE", stock={"main": 1})
    shop.judge()

    assert state_of(order_id) == "IMPORTED"
    assert state_of(other) == "VIEW_ONLY"


@pytest.mark.parametrize("is_pending", [True, False])
def test_switching_import_off_makes_waiting_and_blocked_orders_view_only(
    shop: Shop, is_pending: bool
) -> None:
    imported = shop.sell()
    shop.sync()
    lines = (("SKU-1", 4, "10.00"),) if is_pending else (("GONE", 1, "5.00"),)
    order_id = shop.sell(*lines, status="PENDING" if is_pending else "UNSHIPPED")
    shop.sync()
    assert state_of(order_id) == ("WAITING" if is_pending else "BLOCKED")

    shop.settings(import_amazon_orders=False)
    shop.judge()

    assert state_of(order_id) == "VIEW_ONLY"
    assert blockers_of(order_id) == []
    assert stock_of() == (10, 1)
    assert state_of(imported) == "IMPORTED"
    shop.settings(import_amazon_orders=True)
    shop.judge()
    assert state_of(order_id) == "VIEW_ONLY"


def test_an_imported_order_is_followed_while_import_is_disabled(shop: Shop) -> None:
    order_id = shop.sell()
    shop.sync()
    shop.settings(import_amazon_orders=False)

    shop.cancel_at_amazon(order_id)
    shop.sync()

    assert state_of(order_id) == "IMPORTED"
    assert stock_of() == (10, 0)


def test_a_canceled_order_stays_canceled_when_import_is_switched_off(shop: Shop) -> None:
    order_id = shop.sell(status="CANCELLED")
    shop.sync()
    shop.settings(import_amazon_orders=False)

    shop.change(order_id, {"fulfillment": {"fulfillmentServiceLevel": "EXPEDITED"}})
    shop.sync()

    assert state_of(order_id) == "CANCELED"
