"""Amazon refuses: the token, the account, or one marketplace. Whoever it does not concern goes on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_orders.models import Store
from integration import stores
from integration.messages import open_messages as messages
from integration.models import AccountSync, QuotaBucket, StoreSync
from integration.orders import actions
from integration.scheduler import account_picker
from tests.factories import people
from tests.faults.conftest import TwoSellers, calls, fault, sync
from tests.fixtures_shop import (
    SECOND_SELLER,
    SELLER,
    Shop,
    events_of,
    import_of,
    is_wanted_fresh,
    last_note_of,
    state_of,
    stock_of,
)

REFUSED = 77
NOT_NOW = 75


def open_messages() -> list[tuple[str, list[str]]]:
    """(code, stores) of the system messages."""
    found = messages.open_messages(viewer=people.admin(), now=timezone.now())
    return [(message.code, [store.name for store in message.stores]) for message in found]


@pytest.mark.parametrize("kind", ["unauthorized401", "forbidden403"])
def test_one_refusal_is_answered_with_a_new_token_and_one_more_try(shop: Shop, kind: str) -> None:
    shop.sell()
    shop.amazon.log.clear()
    fault(shop, kind)

    ran = sync()

    assert (ran.code, ran.document["imported"], ran.document["requests"]) == (0, 1, 2)
    assert [entry.operation for entry in shop.amazon.log] == ["searchOrders", "token", "searchOrders"]
    assert open_messages() == []


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("unauthorized401", ["searchOrders"] * 2),
        # With the least of data sets as well: a role that is missing closes some of them, not the account.
        ("forbidden403", ["searchOrders"] * 2 + ["getMarketplaceParticipations"] + ["searchOrders"] * 2),
    ],
)
def test_an_account_that_stays_refused_is_told_and_the_others_go_on_and_so_does_it_when_amazon_accepts(
    two_sellers: TwoSellers, kind: str, asked: list[str]
) -> None:
    shop = two_sellers.shop
    mine, theirs = shop.sell(), shop.sell(seller=SECOND_SELLER)
    fault(shop, kind, times=0, seller_id=SELLER)

    first = sync()

    assert (first.code, first.document["imported"]) == (REFUSED, 1)
    assert first.errors == [("AUTHORIZATION_REFUSED", "Harbor US")]
    assert "reauthorize_store" in first.document["errors"][0]["message"]
    assert [e.operation for e in shop.amazon.log if e.seller_id == SELLER and e.operation != "token"] == asked
    assert state_of(theirs) == "IMPORTED"
    assert open_messages() == [("AUTHORIZATION_REFUSED", ["Harbor US"])]
    row = AccountSync.objects.get(account=shop.store.account)
    assert (row.synced_until, row.lease_owner) == (None, "")
    assert row.next_poll_at > timezone.now() + timedelta(minutes=14)
    assert account_picker.take(account_id=shop.store.account_id, now=timezone.now()) is None
    since = row.refused_at

    # Still refused: it is tried at once, and the message stays the same one.
    assert sync().code == REFUSED
    assert AccountSync.objects.get(account=shop.store.account).refused_at == since

    shop.amazon.faults.clear()
    third = sync()

    assert (third.code, third.document["imported"], third.document["errors"]) == (0, 1, [])
    assert state_of(mine) == "IMPORTED"
    assert open_messages() == []


def test_a_refused_refresh_token_stops_that_account_and_reauthorizing_resumes_it_where_it_stopped(
    two_sellers: TwoSellers,
) -> None:
    shop = two_sellers.shop
    shop.restock("SKU-1", 500)
    mine = [shop.sell() for _ in range(130)]
    theirs = shop.sell(seller=SECOND_SELLER)
    fault(shop, "drop", after_calls=1, seller_id=SELLER)
    assert sync("--store", "Harbor US").code == NOT_NOW
    window = AccountSync.objects.get(account=shop.store.account).window
    assert window is not None
    shop.amazon.tokens.revoke(SELLER)

    refused = sync()

    assert (refused.code, refused.errors) == (REFUSED, [("AUTHORIZATION_REFUSED", "Harbor US")])
    assert state_of(theirs) == "IMPORTED"
    assert open_messages() == [("AUTHORIZATION_REFUSED", ["Harbor US"])]
    assert AccountSync.objects.get(account=shop.store.account).window == window
    assert calls(shop, "token")[-2:].count(400) == 1

    shop.amazon.tokens.accept("a-new-token", SELLER)
    with pytest.raises(stores.AuthorizationRefused):
        stores.reauthorize(store=shop.store, refresh_token="wrong", by="maria", now=timezone.now())
    stores.reauthorize(store=shop.store, refresh_token="a-new-token", by="maria", now=timezone.now())
    assert open_messages() == []
    assert AccountSync.objects.get(account=shop.store.account).next_poll_at <= timezone.now()
    shop.amazon.log.clear()

    resumed = sync()

    assert resumed.code == 0
    first_search = next(e for e in shop.amazon.log if e.operation == "searchOrders" and e.seller_id == SELLER)
    assert first_search.query["paginationToken"] == window["page_token"]
    assert (resumed.document["imported"], resumed.document["changed"]) == (30, 30)
    assert {state_of(order_id) for order_id in mine} == {"IMPORTED"}
    assert stock_of() == (500, 131)


def test_a_store_that_lost_access_is_told_the_others_go_on_and_it_comes_back_by_itself(shop: Shop) -> None:
    canada = shop.connect("Harbor CA", "CA")
    mexico = shop.connect("Harbor MX", "MX")
    early = shop.sell(place="CA")
    assert sync().code == 0
    shop.amazon.world.set_participation(SELLER, "CA", False)
    american, mexican = shop.sell(), shop.sell(place="MX")
    canadian = shop.sell(place="CA")

    first = sync()

    assert (first.code, first.errors) == (REFUSED, [("STORE_ACCESS_LOST", "Harbor CA")])
    assert (state_of(american), state_of(mexican), state_of(early)) == ("IMPORTED",) * 3
    assert open_messages() == [("STORE_ACCESS_LOST", ["Harbor CA"])]
    assert StoreSync.objects.get(store=canada).access_lost_at is not None
    assert AccountSync.objects.get().refused_at is None
    assert AccountSync.objects.get().failures == 0

    # The others go on, one question for access a pass.
    later = shop.sell()
    shop.amazon.log.clear()
    assert sync().errors == [("STORE_ACCESS_LOST", "Harbor CA")]
    assert state_of(later) == "IMPORTED"
    assert [entry.operation for entry in shop.amazon.log] == ["getMarketplaceParticipations", "searchOrders"]

    shop.amazon.world.set_participation(SELLER, "CA", True)
    third = sync()

    assert (third.code, third.document["errors"]) == (0, [])
    assert state_of(canadian) == "IMPORTED"
    assert open_messages() == []
    cursors = set(StoreSync.objects.values_list("synced_until", flat=True))
    assert cursors == {AccountSync.objects.get().synced_until}
    assert Store.objects.filter(pk=mexico.pk, is_active=True).exists()


@pytest.mark.parametrize("kind", ["html503", "drop", "throttle", "forbidden403"])
def test_whether_a_lost_store_is_back_may_stay_unanswered_without_stopping_the_others(
    shop: Shop, kind: str
) -> None:
    shop.connect("Harbor CA", "CA")
    shop.amazon.world.set_participation(SELLER, "CA", False)
    assert sync().code == REFUSED
    order_id = shop.sell()
    fault(shop, kind, "getMarketplaceParticipations", times=2)

    ran = sync()

    assert state_of(order_id) == "IMPORTED"
    assert ran.errors == [("STORE_ACCESS_LOST", "Harbor CA")]


def test_the_spent_quota_of_that_question_does_not_stop_the_others(shop: Shop) -> None:
    shop.connect("Harbor CA", "CA")
    shop.amazon.world.set_participation(SELLER, "CA", False)
    sync()
    order_id = shop.sell()
    QuotaBucket.objects.filter(operation="getMarketplaceParticipations").update(tokens=0)

    ran = sync()

    assert (state_of(order_id), ran.errors) == ("IMPORTED", [("STORE_ACCESS_LOST", "Harbor CA")])


def test_all_stores_lost_is_told_for_each(shop: Shop) -> None:
    shop.connect("Harbor CA", "CA")
    for place in ("US", "CA"):
        shop.amazon.world.set_participation(SELLER, place, False)

    ran = sync()

    assert ran.code == REFUSED
    assert ran.errors == [("STORE_ACCESS_LOST", "Harbor US"), ("STORE_ACCESS_LOST", "Harbor CA")]
    assert AccountSync.objects.get().synced_until is None
    shop.amazon.world.set_participation(SELLER, "US", True)
    order_id = shop.sell()
    assert sync().errors == [("STORE_ACCESS_LOST", "Harbor CA")]
    assert state_of(order_id) == "IMPORTED"


def test_an_order_of_a_lost_store_does_not_stop_the_refreshing_of_others(shop: Shop) -> None:
    shop.connect("Harbor CA", "CA")
    canadian, american = shop.sell(place="CA"), shop.sell()
    sync()
    shop.amazon.world.set_participation(SELLER, "CA", False)
    for order_id in (canadian, american):
        ids = [import_of(order_id).pk]
        actions.refresh(order_ids=ids, by="maria", now=timezone.now())

    ran = sync()

    assert ran.errors == [("STORE_ACCESS_LOST", "Harbor CA")]
    assert "REFRESHED" in events_of(american)
    assert is_wanted_fresh(canadian)
    shop.amazon.world.set_participation(SELLER, "CA", True)
    assert sync().code == 0
    assert not is_wanted_fresh(canadian)
    assert "REFRESHED" in events_of(canadian)
    assert last_note_of(canadian, "REFRESHED") == ""


def test_what_was_refreshed_before_a_refusal_is_kept(shop: Shop) -> None:
    first, second = shop.sell(), shop.sell()
    sync()
    for order_id in (first, second):
        actions.refresh(order_ids=[import_of(order_id).pk], by="maria", now=timezone.now())
        shop.change(order_id, {"fulfillment": {"fulfillmentServiceLevel": "EXPEDITED"}})
    fault(shop, "drop", "searchOrders")
    fault(shop, "unauthorized401", "getOrder", after_calls=1, times=2)

    ran = sync()

    assert ran.code == REFUSED
    assert "REFRESHED" in events_of(first)
    assert not is_wanted_fresh(first)
    assert is_wanted_fresh(second)
