"""Workers that judge the same orders, and what arrives while one of them is at it."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from commerce import placement
from commerce.models import Order
from commerce.stock import counts
from commerce.stock.counts import CountBelowReserved
from integration.models import QuotaBucket, TimelineEvent
from integration.order_import import due, gather, place
from integration.order_import import judge as judging
from integration.orders import actions
from integration.sync import account_sync, single_orders
from sandbox import lifecycle
from tests.concurrency.threads import Threads, aside
from tests.factories import commerce as catalog
from tests.faults.invariants import assert_stock_is_sound
from tests.fixtures_shop import (
    Shop,
    blockers_of,
    commerce_order_of,
    events_of,
    has_commerce_order,
    import_of,
    state_of,
    stock_of,
)

pytestmark = pytest.mark.postgres


def test_workers_that_judge_the_same_due_orders_place_each_once(shop: Shop) -> None:
    ids = [shop.sell(("LATER", 1, "10.00")) for _ in range(60)]
    shop.sync()
    catalog.product("LATER", stock={"main": 45})
    assert len(due.find_due_orders(now=timezone.now())) == 60
    counts: list[Counter[str]] = []
    workers = Threads()
    for _ in range(4):
        workers.add(lambda: counts.append(judging.judge_due(now=timezone.now())))

    workers.run()

    assert sum(counts, Counter())["imported"] == 45 == Order.objects.count()
    assert Counter(state_of(order_id) for order_id in ids) == {"IMPORTED": 45, "BLOCKED": 15}
    assert TimelineEvent.objects.filter(code="IMPORTED").count() == 45
    assert stock_of("LATER") == (45, 45)
    assert_stock_is_sound()
    assert due.find_due_orders(now=timezone.now()) == []


def test_the_last_unit_wanted_by_two_orders_goes_to_the_one_that_ships_first(shop: Shop) -> None:
    late = shop.sell(("ONE", 1, "10.00"), patch=ship_by("2030-01-02T00:00:00Z"))
    soon = shop.sell(("ONE", 1, "10.00"), patch=ship_by("2030-01-01T00:00:00Z"))
    shop.sync()
    catalog.product("ONE", stock={"main": 1})

    shop.judge()

    assert (state_of(soon), state_of(late)) == ("IMPORTED", "BLOCKED")
    assert blockers_of(late) == [("OUT_OF_STOCK", "ONE")]


def ship_by(moment: str) -> dict[str, Any]:
    return {"fulfillment": {"shipByWindow": {"latestDateTime": moment}}}


def test_placing_and_counting_at_once_never_promise_what_is_not_there(shop: Shop) -> None:
    for turn in range(8):
        catalog.product(f"RACE-{turn}", stock={"main": 6})
        for _ in range(4):
            shop.sell((f"RACE-{turn}", 2, "10.00"))
    refused: list[str] = []

    def count() -> None:
        for turn in range(8):
            try:
                counts.set_on_hand(sku=f"RACE-{turn}", source_code="main", on_hand=3, now=timezone.now())
            except CountBelowReserved as below:
                refused.append(str(below))

    workers = Threads()
    workers.add(shop.sync)
    workers.add(count)
    workers.add(count)
    workers.run()
    judging.judge_due(now=timezone.now())

    for turn in range(8):
        # The count came first (3 on hand, one order of 2 fits), or was refused and three orders of 2 are in.
        assert stock_of(f"RACE-{turn}") in {(3, 2), (6, 6)}, refused
    assert_stock_is_sound()


def test_a_cancel_that_arrives_between_check_and_place_wins(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = shop.sell(("LATER", 1, "10.00"))
    shop.sync()
    catalog.product("LATER", stock={"main": 5})
    real = place.run

    def slow(**arguments: Any) -> Counter[str]:
        # Facts were gathered, the decision to place is made; now Amazon's news is stored.
        shop.cancel_at_amazon(order_id)
        news = aside(lambda: refresh(shop, order_id))
        news.join(20)
        return real(**arguments)

    with monkeypatch.context() as patched:
        patched.setattr(place, "run", slow)
        judging.judge_orders(order_ids=[import_of(order_id).pk], now=timezone.now())

    assert not has_commerce_order(order_id)
    assert stock_of("LATER") == (5, 0)
    shop.judge()
    assert state_of(order_id) == "CANCELED"


def refresh(shop: Shop, order_id: str) -> None:
    """A person asks for the order; what came is stored and not judged here."""
    actions.refresh(order_ids=[import_of(order_id).pk], by="maria", now=timezone.now())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(single_orders, "judge", SimpleNamespace(judge_orders=lambda **_: Counter()))
        single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now())


def test_a_cancel_that_arrives_while_an_order_is_being_placed_cancels_what_was_placed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = shop.sell(("LATER", 1, "10.00"))
    shop.sync()
    catalog.product("LATER", stock={"main": 5})
    real, others = placement.place, []

    def slow(**arguments: Any) -> Any:
        # The import is locked: the news has to wait for the end of this transaction.
        shop.cancel_at_amazon(order_id)
        others.append(aside(lambda: refresh(shop, order_id)))
        others[0].join(0.5)
        assert others[0].is_alive()
        return real(**arguments)

    with monkeypatch.context() as patched:
        patched.setattr(placement, "place", slow)
        judging.judge_orders(order_ids=[import_of(order_id).pk], now=timezone.now())
    others[0].join(20)
    assert commerce_order_of(order_id).status == "PROCESSING"

    shop.judge()

    assert state_of(order_id) == "IMPORTED"
    assert commerce_order_of(order_id).status == "CANCELED"
    assert stock_of("LATER") == (5, 0)
    assert events_of(order_id)[-1] == "COMMERCE_CANCELED"


def test_a_loser_of_the_race_is_judged_again_upon_new_facts(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = shop.sell()
    real = gather.gather
    done: list[int] = []

    def slow(order_ids: Any) -> Any:
        known = real(order_ids)
        if not done:
            done.append(1)
            actions.retry(order_ids=list(order_ids), by="maria", now=timezone.now())
        return known

    monkeypatch.setattr(gather, "gather", slow)
    account_sync.sync_account(account_id=shop.store.account_id, now=timezone.now())
    assert not has_commerce_order(order_id)
    shop.judge()
    assert state_of(order_id) == "IMPORTED"
    assert events_of(order_id) == ["RECEIVED", "RETRY_REQUESTED", "IMPORTED"]


def mixed_orders(shop: Shop, skus: list[str]) -> list[str]:
    """Thirty imported orders over the same products, and quota to ask for all of them again."""
    for sku in skus:
        catalog.product(sku, stock={"main": 40})
    ids = [shop.sell(*[(sku, 1, "10.00") for sku in (skus if n % 2 else skus[::-1])]) for n in range(30)]
    shop.sync()
    # One call makes the bucket.
    refresh(shop, ids[0])
    QuotaBucket.objects.filter(operation="getOrder").update(burst=10_000, tokens=10_000)
    return ids


def test_everything_at_once_ends_in_no_deadlock_and_in_sound_stock(shop: Shop) -> None:
    skus = [f"MIX-{number}" for number in range(6)]
    ids, turns = mixed_orders(shop, skus), 6

    def ask_for_all() -> None:
        keys = [import_of(order_id).pk for order_id in ids]
        actions.refresh(order_ids=keys, by="maria", now=timezone.now())
        assert (
            single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now()).problems == []
        )

    def amazon() -> None:
        for turn in range(turns):
            for order_id in ids[turn % 3 :: 2]:
                level = {"fulfillment": {"fulfillmentServiceLevel": f"LEVEL-{turn}"}}
                shop.amazon.world.change_order(order_id, level)
            ask_for_all()

    def cancel() -> None:
        for order_id in ids[::3]:
            shop.amazon.world.edit_order(order_id, lambda order: lifecycle.cancel(order, "BUYER", "Mistake"))
            ask_for_all()

    def judge() -> None:
        for _ in range(turns * 3):
            judging.judge_due(now=timezone.now())

    def retry() -> None:
        for turn in range(turns * 2):
            keys = [import_of(order_id).pk for order_id in ids[::-1][turn % 3 :: 3]]
            actions.retry(order_ids=keys, by="maria", now=timezone.now())

    def count() -> None:
        for turn in range(turns * 2):
            counts.set_on_hand(
                sku=skus[turn % 6],
                source_code="main",
                on_hand=35 + turn,
                now=timezone.now(),
                accept_shortfall=True,
            )

    workers = Threads()
    for work in (amazon, cancel, judge, judge, retry, count):
        workers.add(work)
    workers.run()

    ask_for_all()
    judging.judge_due(now=timezone.now())
    assert_stock_is_sound()
    assert due.find_due_orders(now=timezone.now()) == []
    assert {state_of(order_id) for order_id in ids} == {"IMPORTED"}
    canceled = {order_id for order_id in ids if commerce_order_of(order_id).status == "CANCELED"}
    assert canceled == set(ids[::3])
    assert Order.objects.count() == 30
