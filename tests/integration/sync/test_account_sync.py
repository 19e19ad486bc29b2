"""A pass meets everything that can go wrong at Amazon: nothing is lost, and the outcome says what it was."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from amazon_orders import normalize
from amazon_orders.models import AmazonOrder
from commerce.models import Order
from integration.models import AccountSync, OrderImport, Quarantine, QuotaBucket, StoreSync, SyncRun
from integration.order_import import judge
from integration.orders import actions
from integration.sync import fetch, lease, single_orders, windows
from sandbox.datasets import Json
from tests.fixtures_shop import SELLER, Shop, events_of, is_wanted_fresh, state_of


def problems(shop: Shop) -> list[str]:
    """The codes of a pass's problems; the quota of ours starts full."""
    QuotaBucket.objects.all().delete()
    return [problem.code for problem in shop.sync().problems]


def sell(shop: Shop, count: int) -> list[str]:
    return [shop.sell(("FREE", 1, "1.00")) for _ in range(count)]


def window_of(shop: Shop) -> dict[str, Any]:
    """The search under way."""
    window: dict[str, Any] | None = AccountSync.objects.get(account=shop.store.account).window
    assert window is not None
    return window


def searches(shop: Shop) -> list[Any]:
    return [entry for entry in shop.amazon.log if entry.operation == "searchOrders"]


TROUBLE = ("html503", "bare500", "error500", "no_orders", "empty", "cut", "drop")


def test_amazons_troubles_move_no_cursor_and_lose_no_order(shop: Shop) -> None:
    order_id = shop.sell()
    for kind in TROUBLE:
        shop.amazon.faults.queue(kind, operation="searchOrders")
        assert problems(shop) == ["AMAZON_UNAVAILABLE"], kind
        row = AccountSync.objects.get()
        assert (row.synced_until, row.lease_owner) == (None, ""), kind
        assert AmazonOrder.objects.count() == 0
    assert row.failures == len(TROUBLE)
    assert SyncRun.objects.count() == len(TROUBLE)

    assert problems(shop) == []
    assert state_of(order_id) == "IMPORTED"
    row = AccountSync.objects.get()
    assert (row.failures, row.last_error) == (0, "")


@pytest.mark.parametrize("kind", ["throttle", "throttle_bare"])
def test_throttled_it_waits_for_quota_and_counts_no_failure(shop: Shop, kind: str) -> None:
    order_id = shop.sell()
    shop.amazon.faults.queue(kind, operation="searchOrders")
    assert problems(shop) == ["QUOTA"]
    row = AccountSync.objects.get()
    assert row.failures == 0
    assert row.next_poll_at > timezone.now() + timedelta(minutes=2)
    assert problems(shop) == []
    assert state_of(order_id) == "IMPORTED"


def test_no_token_left_of_our_own_is_said_before_amazon_is_asked(shop: Shop) -> None:
    shop.sync()
    QuotaBucket.objects.update(tokens=0, refilled_at=timezone.now())
    asked = len(searches(shop))
    assert [problem.code for problem in shop.sync().problems] == ["QUOTA"]
    assert len(searches(shop)) == asked


def test_cut_off_between_pages_the_next_pass_goes_on_at_that_page(shop: Shop) -> None:
    sell(shop, 130)
    shop.amazon.faults.queue("drop", operation="searchOrders", after_calls=1)
    assert problems(shop) == ["AMAZON_UNAVAILABLE"]
    assert AmazonOrder.objects.count() == 100
    assert window_of(shop)["page_token"]

    outcome = shop.sync()

    assert outcome.counts["received"] >= 30
    assert outcome.counts["changed"] == 30
    assert AmazonOrder.objects.count() == 130
    assert AccountSync.objects.get().window is None


def test_a_refused_page_token_begins_the_window_again(shop: Shop) -> None:
    sell(shop, 130)
    shop.amazon.faults.queue("expired_page_token", operation="searchOrders")

    assert problems(shop) == []

    assert AmazonOrder.objects.count() == 130


def test_an_amazon_that_refuses_all_its_page_tokens_is_tried_later(shop: Shop) -> None:
    sell(shop, 130)
    shop.amazon.faults.queue("expired_page_token", operation="searchOrders", times=0)
    assert problems(shop) == ["AMAZON_UNAVAILABLE"]
    assert AccountSync.objects.get().synced_until is None
    shop.amazon.faults.clear()
    assert problems(shop) == []
    assert AmazonOrder.objects.count() == 130


def test_a_page_token_that_is_too_old_is_not_used(shop: Shop) -> None:
    sell(shop, 130)
    shop.amazon.faults.queue("drop", operation="searchOrders", after_calls=1)
    problems(shop)
    given_at = timezone.now() - windows.TOKEN_LIVES - timedelta(seconds=1)
    AccountSync.objects.update(window=window_of(shop) | {"token_given_at": given_at.isoformat()})

    outcome = shop.sync()

    assert (outcome.problems, outcome.requests) == ([], 2)
    assert AmazonOrder.objects.count() == 130


def test_one_401_or_403_is_a_new_token_and_one_more_try(shop: Shop) -> None:
    order_id = shop.sell()
    for kind in ("unauthorized401", "forbidden403"):
        shop.amazon.faults.queue(kind, operation="searchOrders")
        assert problems(shop) == []
    assert state_of(order_id) == "IMPORTED"


def test_a_refused_account_is_said_and_goes_on_by_itself_when_amazon_accepts_it(shop: Shop) -> None:
    order_id = shop.sell()
    shop.amazon.tokens.revoke(SELLER)
    for _ in range(2):
        outcome = shop.sync()
        assert [problem.code for problem in outcome.problems] == ["AUTHORIZATION_REFUSED"]
        assert outcome.problems[0].is_refusal
        assert outcome.problems[0].store == "Harbor US"
    row = AccountSync.objects.get()
    assert row.refused_at is not None
    assert row.synced_until is None

    shop.amazon.tokens.accept(shop.token, SELLER)
    assert problems(shop) == []
    assert AccountSync.objects.get().refused_at is None
    assert state_of(order_id) == "IMPORTED"


def test_the_one_store_that_lost_access_is_told_and_the_others_go_on(shop: Shop) -> None:
    shop.connect("Harbor CA", "CA")
    ours, theirs = shop.sell(), shop.sell(place="CA")
    shop.amazon.world.set_participation(SELLER, "CA", is_participating=False)

    outcome = shop.sync()

    assert [(problem.code, problem.store) for problem in outcome.problems] == [
        ("STORE_ACCESS_LOST", "Harbor CA")
    ]
    assert state_of(ours) == "IMPORTED"
    assert not AmazonOrder.objects.filter(amazon_order_id=theirs).exists()
    assert StoreSync.objects.filter(access_lost_at__isnull=False).count() == 1

    shop.amazon.world.set_participation(SELLER, "CA", is_participating=True)
    assert problems(shop) == []
    assert state_of(theirs) == "IMPORTED"


def test_a_malformed_order_among_good_ones_is_put_aside_and_healed(shop: Shop) -> None:
    good = [shop.sell() for _ in range(3)]

    def spoil(document: Json) -> None:
        document["orderItems"][0]["quantityOrdered"] = "two"

    bad = shop.sell(edit=spoil)

    outcome = shop.sync()

    assert (outcome.counts["malformed"], outcome.counts["imported"]) == (1, 3)
    assert {state_of(order_id) for order_id in good} == {"IMPORTED"}
    quarantined = Quarantine.objects.get()
    assert (quarantined.amazon_order_id, quarantined.reason) == (
        bad,
        "quantityOrdered is not a whole number",
    )
    assert bad.encode() not in bytes(quarantined.sealed_payload)
    # Seen again it is the same row.
    shop.sync()
    assert Quarantine.objects.count() == 1

    shop.edit(bad, lambda document: document["orderItems"][0].update(quantityOrdered=1))
    Quarantine.objects.update(ask_again_at=timezone.now())
    outcome = single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now())
    assert (outcome.requests, outcome.counts["imported"]) == (1, 1)
    assert state_of(bad) == "IMPORTED"
    quarantined.refresh_from_db()
    assert quarantined.resolved_at is not None
    assert quarantined.ask_again_at is None


@pytest.mark.parametrize("order", [None, 7, "x", {}, {"orderId": None}, [[]]])
def test_what_is_no_order_stops_no_page(shop: Shop, order: Any) -> None:
    good = shop.sell()
    shop.amazon.faults.queue("malformed_order", order=order)
    outcome = shop.sync()
    assert (outcome.problems, state_of(good)) == ([], "IMPORTED")


def test_an_order_that_amazon_repeats_on_two_pages_is_stored_once(shop: Shop) -> None:
    sell(shop, 130)
    shop.amazon.faults.queue("repeated_order", times=0)
    assert problems(shop) == []
    assert AmazonOrder.objects.count() == OrderImport.objects.count() == 130


def test_what_amazon_leaves_out_or_tells_old_is_put_right_by_the_next_pass(shop: Shop) -> None:
    orders = sell(shop, 5)
    shop.amazon.faults.queue("missing_order")
    shop.sync()
    assert AmazonOrder.objects.count() == 4
    shop.sync()
    assert AmazonOrder.objects.count() == 5

    shop.set_status(orders[0], "SHIPPED")
    shop.sync()
    shop.amazon.faults.queue("older_order")
    assert shop.sync().counts["changed"] == 0
    shop.amazon.faults.queue("same_time_other_content")
    assert shop.sync().counts["changed"] == 1
    assert [["PREMIUM"]] == [order.programs for order in AmazonOrder.objects.all() if order.programs]
    assert shop.sync().counts["changed"] == 1

    assert AmazonOrder.objects.get(amazon_order_id=orders[0]).status == "SHIPPED"
    assert [order.programs for order in AmazonOrder.objects.all()] == [[]] * 5


def test_an_order_that_the_database_refuses_stops_no_other(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the caps of `normalize` should keep out: a quantity no column takes."""
    good, bad = shop.sell(), shop.sell(("SKU-1", 7, "1.00"))
    monkeypatch.setattr(normalize, "_canceled", lambda item, *_, **given: 8 if given["ordered"] == 7 else 0)

    outcome = shop.sync()

    assert outcome.problems == []
    assert outcome.counts["malformed"] == 1
    assert state_of(good) == "IMPORTED"
    assert Quarantine.objects.get().amazon_order_id == bad


def test_a_busy_account_is_left_to_the_one_that_holds_it(shop: Shop) -> None:
    held = lease.claim(account_id=shop.store.account_id, now=timezone.now())
    assert [problem.code for problem in shop.sync().problems] == ["BUSY"]
    lease.release(held)
    assert shop.sync().problems == []


def test_a_worker_that_was_overtaken_stores_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.sell()
    real = fetch.page

    def overtaken(*given: Any) -> Any:
        page = real(*given)
        AccountSync.objects.update(fencing=99)
        return page

    monkeypatch.setattr(fetch, "page", overtaken)
    assert [problem.code for problem in shop.sync().problems] == ["BUSY"]
    assert AmazonOrder.objects.count() == OrderImport.objects.count() == 0
    assert AccountSync.objects.get().synced_until is None


def test_killed_between_the_page_and_its_judgment_nothing_is_lost(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = shop.sell()

    def killed(**_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(judge, "judge_orders", killed)
        with pytest.raises(KeyboardInterrupt):
            shop.sync()
    assert OrderImport.objects.get().judged_version == 0
    assert Order.objects.count() == 0

    assert shop.judge()["imported"] == 1
    assert events_of(order_id) == ["RECEIVED", "IMPORTED"]


def test_a_pass_with_something_in_it_leaves_a_run(shop: Shop) -> None:
    shop.sell()
    shop.sync()
    run = SyncRun.objects.get()
    assert (run.requests, run.counts["imported"], run.counts["received"], run.error) == (1, 1, 1, "")
    assert run.synced_from is None
    assert run.synced_until == AccountSync.objects.get().synced_until


def test_a_fresh_look_at_one_order_and_one_that_amazon_does_not_know(shop: Shop) -> None:
    known, gone = shop.sell(), shop.sell()
    shop.sync()
    shop.cancel_at_amazon(known)
    AmazonOrder.objects.filter(amazon_order_id=gone).update(amazon_order_id="111-0000000-9999999")
    everything = list(OrderImport.objects.values_list("pk", flat=True))
    actions.refresh(order_ids=everything, by="maria", now=timezone.now())

    outcome = single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now())

    assert outcome.requests == 2
    assert events_of(known)[-1] in {"COMMERCE_CANCELED", "REFRESHED"}
    assert {"COMMERCE_CANCELED", "REFRESHED"} <= set(events_of(known))
    assert events_of("111-0000000-9999999")[-1] == "UNKNOWN_AT_AMAZON"
    assert not is_wanted_fresh(known)
    assert single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now()).requests == 0
