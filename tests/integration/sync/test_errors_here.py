"""An error of ours: told once, in the account's row, and over with the next good pass."""

from typing import Any

import pytest
from django.utils import timezone

from amazon_orders.models import AmazonOrder
from integration.messages import open_messages
from integration.models import AccountSync, OrderRequest, Quarantine
from integration.sync import fetch, receive, refresh, single_orders
from tests.factories import people
from tests.fixtures_shop import Shop, state_of


def problems(shop: Shop) -> list[str]:
    """What a pass could not do."""
    return [problem.code for problem in shop.sync().problems]


def test_a_bug_lets_go_of_the_lease_and_is_told_until_a_pass_is_good(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(fetch, "page", broken)
        for _ in range(2):
            assert problems(shop) == ["BUG"]
    row = AccountSync.objects.get()
    assert (row.lease_owner, row.bug) == ("", "ZeroDivisionError in test_errors_here.broken")
    [message] = open_messages.open_messages(viewer=people.admin(), now=timezone.now())
    assert (message.code, message.since) == ("ERROR_HERE", row.bug_since)
    assert "Harbor US (ZeroDivisionError in test_errors_here.broken)" in message.text

    assert problems(shop) == []
    assert open_messages.open_messages(viewer=people.admin(), now=timezone.now()) == []


def test_a_bug_among_single_orders_is_told_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = shop.sell()
    shop.sync()
    now = timezone.now()
    OrderRequest.objects.create(
        account=shop.store.account, amazon_order_id=order_id, lane=1, why="PERSON", wanted_at=now, due_at=now
    )

    def broken(**_: Any) -> Any:
        raise KeyError("Wilhelmina Unlogged")

    monkeypatch.setattr(refresh, "note", broken)
    outcome = single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now())

    assert [problem.code for problem in outcome.problems] == ["BUG"]
    assert AccountSync.objects.get().bug == "KeyError in test_errors_here.broken"
    assert OrderRequest.objects.get().answered_at is None


def test_a_bug_in_one_order_is_told_with_its_number_and_stops_no_other(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong while a page is stored, not only what the database refuses."""
    bad, good = shop.sell(), shop.sell()
    real = receive._make_due

    def broken(changes: Any, **given: Any) -> None:
        if bad in [change.amazon_order_id for change in changes]:
            raise AttributeError("Wilhelmina Unlogged")
        real(changes, **given)

    with monkeypatch.context() as patched:
        patched.setattr(receive, "_make_due", broken)
        assert problems(shop) == []
    assert not AmazonOrder.objects.filter(amazon_order_id=bad).exists()
    assert state_of(good) == "IMPORTED"
    row = Quarantine.objects.get()
    assert (row.amazon_order_id, row.kind, row.reason) == (bad, "ERROR", "an error here (AttributeError)")
    [message] = open_messages.open_messages(viewer=people.admin(), now=timezone.now())
    assert message.code == "ERROR_HERE"
    assert message.text.startswith(f"An error here keeps orders of Harbor US from being stored: {bad}.")

    problems(shop)
    assert state_of(bad) == "IMPORTED"
    assert open_messages.open_messages(viewer=people.admin(), now=timezone.now()) == []
