"""A bug in one order: that order says FAILED with a reference, every other goes its way."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from django.utils import timezone

from amazon_orders import amounts
from commerce import placement
from commerce.models import Order
from commerce.orders import cancellations
from integration.decision import policy
from integration.models import AccountSync, Blocker
from integration.order_import import check, drafts, due, error_boundary, gather
from integration.order_import.judgment import Judgment
from tests.fixtures_shop import (
    Shop,
    blockers_of,
    commerce_order_of,
    events_of,
    import_of,
    state_of,
    stock_of,
)

NAME = "Wilhelmina Unlogged"


def fails_for(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, is_bad: Callable[..., bool]) -> None:
    """A function that has a bug for one order; the bug's text holds a name."""
    real = getattr(module, name)

    def broken(*arguments: Any, **named: Any) -> Any:
        if is_bad(*arguments, **named):
            raise KeyError(NAME)
        return real(*arguments, **named)

    monkeypatch.setattr(module, name, broken)


STEPS: dict[str, tuple[Any, str, Callable[[str], Callable[..., bool]]]] = {
    "facts": (amounts, "has_amount", lambda bad: lambda line: line.quantity == 7),
    "policy": (policy, "decide", lambda bad: lambda facts, now: facts.amazon_order_id == bad),
    "draft": (drafts, "draft", lambda bad: lambda known, *_, **__: known.order.amazon_order_id == bad),
    "place": (
        placement,
        "place",
        lambda bad: lambda channel, drafts, now: bad in [draft.channel_reference for draft in drafts],
    ),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_bug_in_one_order_becomes_its_blocker_and_wedges_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    good = [shop.sell() for _ in range(3)]
    bad = shop.sell(("SKU-1", 7, "10.00"), buyer_name=NAME)
    module, name, is_bad = STEPS[step]
    with monkeypatch.context() as patched:
        fails_for(patched, module, name, is_bad(bad))
        outcome = shop.sync()

    assert outcome.problems == []
    assert (outcome.counts["imported"], outcome.counts["blocked"]) == (3, 1)
    assert {state_of(order_id) for order_id in good} == {"IMPORTED"}
    assert AccountSync.objects.get().synced_until is not None
    assert blockers_of(bad) == [("FAILED", "")]
    details = Blocker.objects.get().details
    assert details["error"] == "KeyError"
    assert len(details["reference"]) == 8
    assert stock_of() == (10, 3)
    # Support finds the reference in the log, and nobody finds a name there.
    assert details["reference"] in caplog.text
    assert "test_error_boundary.py" in caplog.text
    assert NAME not in caplog.text

    # Not at once, but by itself.
    row = import_of(bad)
    assert row.recheck_at is not None
    assert timedelta(minutes=9) < row.recheck_at - timezone.now() < timedelta(minutes=11)
    assert due.find_due_orders(now=timezone.now()) == []
    assert shop.judge(now=row.recheck_at) == Counter(imported=1)
    assert blockers_of(bad) == []
    assert events_of(bad) == ["RECEIVED", "BLOCKED", "UNBLOCKED", "IMPORTED"]
    assert stock_of() == (10, 10)


def test_a_bug_while_an_imported_order_is_followed_leaves_it_imported_and_due(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders_ = [shop.sell() for _ in range(2)]
    shop.sync()
    bad = commerce_order_of(orders_[0]).pk
    for order_id in orders_:
        shop.cancel_at_amazon(order_id)
    with monkeypatch.context() as patched:
        fails_for(patched, cancellations, "cancel", lambda order_ids, now: bad in order_ids)
        shop.sync()

    assert [state_of(order_id) for order_id in orders_] == ["IMPORTED", "IMPORTED"]
    assert [commerce_order_of(order_id).status for order_id in orders_] == ["PROCESSING", "CANCELED"]
    recheck_at = import_of(orders_[0]).recheck_at
    assert recheck_at is not None
    shop.judge(now=recheck_at)
    assert commerce_order_of(orders_[0]).status == "CANCELED"
    assert stock_of() == (10, 0)


@pytest.mark.parametrize(("module", "name"), [(gather, "_address_gaps"), (policy, "decide")])
def test_a_bug_while_an_imported_order_is_checked_leaves_it_imported(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    order_id = shop.sell(("SKU-1", 7, "10.00"))
    shop.sync()
    shop.cancel_at_amazon(order_id)
    with monkeypatch.context() as patched:
        fails_for(patched, module, name, lambda *_, **__: True)
        outcome = shop.sync()
    assert outcome.counts["blocked"] == 0
    row = import_of(order_id)
    assert (row.state, blockers_of(order_id)) == ("IMPORTED", [])
    assert row.recheck_at is not None
    shop.judge(now=row.recheck_at)
    assert commerce_order_of(order_id).status == "CANCELED"


def test_an_order_the_database_refuses_to_place_fails_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = shop.sell(), shop.sell()
    real = placement.place

    def place(*, channel: str, drafts: Sequence[Any], now: Any) -> Any:
        placement = real(channel=channel, drafts=drafts, now=now)
        if bad in placement.placed:
            Order.objects.create(
                number=placement.placed[bad].number,
                commerce_store_id=drafts[0].commerce_store_id,
                purchased_at=now,
                created_at=now,
            )
        return placement

    monkeypatch.setattr(placement, "place", place)
    shop.sync()
    assert (state_of(good), state_of(bad)) == ("IMPORTED", "BLOCKED")
    assert Blocker.objects.get().details["error"] == "IntegrityError"
    assert Order.objects.count() == 1
    assert stock_of() == (10, 1)


def judgments_of(*orders_: str) -> list[Judgment]:
    return check.run(order_ids=[import_of(order_id).pk for order_id in orders_], now=timezone.now())


def test_a_database_that_is_away_is_no_fault_of_the_order(shop: Shop) -> None:
    order_id = shop.sell()
    shop.sync()

    def away(judgments: Sequence[Judgment]) -> Counter[str]:
        raise OperationalError("the server closed the connection")

    with pytest.raises(OperationalError):
        error_boundary.run(away, judgments_of(order_id), now=timezone.now())
    assert blockers_of(order_id) == []


def test_nothing_to_do_is_nothing_done() -> None:
    def never(judgments: Sequence[Judgment]) -> Counter[str]:
        raise AssertionError

    assert error_boundary.run(never, [], now=timezone.now()) == Counter()


def test_counts_of_orders_done_one_by_one_are_added_up(shop: Shop) -> None:
    ids = [shop.sell(("GONE", 1, "5.00")) for _ in range(3)]
    shop.sync()
    seen: list[int] = []

    def only_alone(judgments: Sequence[Judgment]) -> Counter[str]:
        seen.append(len(judgments))
        if len(judgments) > 1:
            raise IntegrityError
        return Counter(imported=1)

    counts = error_boundary.run(only_alone, judgments_of(*ids), now=timezone.now())
    assert (counts, seen) == (Counter(imported=3), [3, 1, 1, 1])


def test_the_way_to_a_bug_names_places_and_not_what_it_said() -> None:
    try:
        raise ValueError(NAME)
    except ValueError as bug:
        way = error_boundary.way_to(bug)
    assert way.startswith("test_error_boundary.py:")
    assert NAME not in way


def test_facts_that_cannot_be_gathered_are_bare(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = shop.sell(), shop.sell(("SKU-1", 7, "10.00"))
    shop.sync()
    fails_for(monkeypatch, amounts, "has_amount", lambda line: line.quantity == 7)
    known = gather.gather([import_of(good).pk, import_of(bad).pk])
    assert [(len(each.facts.lines), type(each.bug)) for each in known] == [(1, type(None)), (0, KeyError)]
