"""Read-only mode: by hand for everybody, by itself for whoever works on another installation's database."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from amazon_orders.models import Account
from integration import tasks
from integration.installation import key_check, read_only
from integration.installation.read_only import Reason
from integration.models import AccountSync, Installation, OrderImport, OrderRequest, QuotaBucket, SyncRun
from integration.orders import actions
from integration.spapi import quota
from integration.spapi.client import SearchQuery, SellerClient
from integration.spapi.errors import ReadOnly
from integration.sync import account_sync, cursor, single_orders
from integration.sync.lease import Lease
from sealing import seal
from tests.factories import commerce
from tests.factories.amazon import NOW
from tests.faults.conftest import sync
from tests.fixtures_shop import Shop, import_of, state_of
from tests.integration.installation.workshop import COPY, copy, switch_on

# --- Whose database it is ---


@pytest.mark.django_db
def test_the_first_start_makes_a_database_ours_and_so_does_the_first_after_an_upgrade(
    settings: Settings,
) -> None:
    key_check.check_keys()
    assert Installation.objects.get().installation_id == settings.INSTALLATION_ID
    Installation.objects.update(installation_id="")
    assert not read_only.is_on()
    key_check.check_keys()
    assert Installation.objects.get().installation_id == settings.INSTALLATION_ID


@pytest.mark.django_db
def test_a_start_on_another_ones_database_is_read_only_and_writes_nothing_down(settings: Settings) -> None:
    key_check.check_keys()
    before = Installation.objects.values().get()
    settings.INSTALLATION_ID, settings.SPAPI_CLIENT_SECRET = COPY, "of-the-copy"

    key_check.require_fitting_keys()

    assert Installation.objects.values().get() == before
    mode = read_only.find_mode()
    assert mode is not None
    assert (mode.reason, mode.since, mode.by) == (Reason.ANOTHER_INSTALLATION, None, "")
    settings.INSTALLATION_ID = before["installation_id"]
    assert not read_only.is_on()


@pytest.mark.django_db
def test_a_start_that_finds_nothing_new_asks_once(settings: Settings) -> None:
    key_check.check_keys()
    for name in (settings.INSTALLATION_ID, COPY):
        settings.INSTALLATION_ID = name
        with CaptureQueriesContext(connection) as asked:
            key_check.check_keys()
        assert len(asked) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("is_copy", [False, True])
def test_switching_off_makes_the_database_ours(is_copy: bool, settings: Settings) -> None:
    if is_copy:
        copy(settings)
    switch_on()
    read_only.switch_off(by="kim", now=timezone.now())
    row = Installation.objects.get()
    assert not read_only.is_on()
    assert (row.installation_id, row.read_only_since, row.read_only_by) == (
        settings.INSTALLATION_ID,
        None,
        "",
    )


@pytest.mark.django_db
def test_switching_on_twice_keeps_who_was_first() -> None:
    switch_on()
    since = Installation.objects.get().read_only_since
    read_only.switch_on(by="lee", now=timezone.now() + timedelta(hours=1))
    mode = read_only.find_mode()
    assert mode is not None
    assert (mode.reason, mode.since, mode.by) == (Reason.BY_HAND, since, "kim")
    assert mode.text.startswith("Read-only mode was switched on by kim: ")


# --- The guard ---


@pytest.mark.parametrize("turn", ["by hand", "copied", "both"])
def test_no_call_leaves_whether_a_token_is_at_hand_or_not(turn: str, shop: Shop, settings: Settings) -> None:
    if turn != "by hand":
        copy(settings)
    if turn != "copied":
        switch_on()
    QuotaBucket.objects.all().delete()
    shop.amazon.log.clear()
    with SellerClient(shop.store.account) as client:
        calls: list[Callable[[], Any]] = [
            lambda: client.search_orders(SearchQuery(("ATVPDKIKX0DER",), last_updated_after=NOW)),
            lambda: client.get_order("111-0000000-0000001"),
            client.marketplace_participations,
        ]
        for call in calls:
            with pytest.raises(ReadOnly, match="the command read_only off"):
                call()
        assert client.requests == 0
    assert not shop.amazon.log
    assert not QuotaBucket.objects.exclude(tokens__gte=1).exists()


def test_an_access_token_of_before_is_of_no_use(shop: Shop) -> None:
    with SellerClient(shop.store.account) as client:
        client.get_order("111-0000000-0000001")
        left = QuotaBucket.objects.get(operation="getOrder").tokens
        shop.amazon.log.clear()
        switch_on()
        with pytest.raises(ReadOnly):
            client.get_order("111-0000000-0000001")
    # One that is only being tried spends no quota, and asks by itself.
    tried = Account(seller_id="A9", region="NA")
    tried.sealed_refresh_token = seal.seal(shop.token.encode(), associated_data=tried.associated_data)
    with SellerClient(tried) as client, pytest.raises(ReadOnly):
        client.marketplace_participations()
    assert not shop.amazon.log
    assert QuotaBucket.objects.get(operation="getOrder").tokens == left


def test_the_guard_costs_a_call_no_statement(shop: Shop) -> None:
    key_check.check_keys()
    quota.spend(account_id=shop.store.account_id, operation="getOrder", now=timezone.now())
    with CaptureQueriesContext(connection) as asked:
        quota.spend(account_id=shop.store.account_id, operation="getOrder", now=timezone.now())
    assert len(asked) == 1


def test_a_spent_bucket_is_still_told_as_such(shop: Shop) -> None:
    key_check.check_keys()
    shop.sync()
    QuotaBucket.objects.update(tokens=0, refilled_at=timezone.now())
    assert [problem.code for problem in shop.sync().problems] == ["QUOTA"]


# --- Passes, tasks ---


def test_a_pass_under_way_stops_before_its_next_page_and_goes_on_where_it_stopped(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.restock("SKU-1", 500)
    for _ in range(130):
        shop.sell()
    page_stored = cursor.record_page

    def then_switched_on(lease: Lease, *given: Any, **more: Any) -> None:
        page_stored(lease, *given, **more)
        switch_on()

    monkeypatch.setattr(cursor, "record_page", then_switched_on)
    shop.amazon.log.clear()
    outcome = account_sync.sync_account(account_id=shop.store.account_id, now=timezone.now())
    monkeypatch.undo()

    assert [problem.code for problem in outcome.problems] == ["READ_ONLY"]
    assert [entry.operation for entry in shop.amazon.log].count("searchOrders") == 1
    row = AccountSync.objects.get()
    assert (row.lease_owner, row.failures, row.last_error, row.is_troubled) == ("", 0, "", False)
    assert row.window is not None
    assert row.window["page_token"] is not None
    assert SyncRun.objects.latest("pk").error == outcome.problems[0].message
    # What is here is judged all the same.
    assert OrderImport.objects.filter(state="IMPORTED").count() == 100

    read_only.switch_off(by="kim", now=timezone.now())
    resumed = shop.sync()
    assert (resumed.counts["imported"], resumed.problems) == (30, [])


def test_single_orders_under_way_stop_before_the_next_one_and_are_asked_for_afterward(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [shop.sell() for _ in range(3)]
    shop.sync()
    actions.refresh(order_ids=[import_of(order_id).pk for order_id in orders], by="maria", now=timezone.now())
    ask = SellerClient.get_order

    def then_switched_on(client: SellerClient, *given: Any) -> Any:
        answer = ask(client, *given)
        switch_on()
        return answer

    monkeypatch.setattr(SellerClient, "get_order", then_switched_on)
    shop.amazon.log.clear()
    outcome = single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now())
    monkeypatch.undo()

    assert [problem.code for problem in outcome.problems] == ["READ_ONLY"]
    assert [entry.operation for entry in shop.amazon.log] == ["getOrder"]
    assert OrderRequest.objects.filter(answered_at=None).count() == 2
    assert not AccountSync.objects.get().is_troubled
    read_only.switch_off(by="kim", now=timezone.now())
    assert sync().code == 0
    assert not OrderRequest.objects.filter(answered_at=None).exists()


@pytest.mark.parametrize("turn", ["by hand", "copied"])
def test_a_worker_starts_nothing_and_what_people_wish_waits(
    turn: str, shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = shop.sell(("GONE-1", 1, "5.00"))
    shop.sync()
    if turn == "copied":
        copy(settings)
    else:
        switch_on()
    shop.amazon.log.clear()
    later = shop.sell()
    woken: list[object] = []
    monkeypatch.setattr(tasks, "_wake_another", woken.append)
    AccountSync.objects.update(next_poll_at=timezone.now())
    actions.refresh(order_ids=[import_of(order_id).pk], by="maria", now=timezone.now())
    fencing = AccountSync.objects.get().fencing

    tasks.sync_due_accounts()
    tasks.sync_troubled_accounts()
    tasks.refresh_waiting()
    tasks.refresh_troubled()
    tasks.sync_account(account_id=shop.store.account_id)
    tasks.refresh_account(account_id=shop.store.account_id)

    assert woken == []
    assert not shop.amazon.log
    assert AccountSync.objects.get().fencing == fencing
    assert OrderRequest.objects.filter(answered_at=None).count() == 1
    # Judging goes on: a product that is made now frees the order.
    commerce.product("GONE-1", stock={"main": 10})
    tasks.judge_due()
    assert state_of(order_id) == "IMPORTED"

    read_only.switch_off(by="kim", now=timezone.now())
    tasks.sync_account(account_id=shop.store.account_id)
    tasks.refresh_account(account_id=shop.store.account_id)
    assert state_of(later) == "IMPORTED"
    assert not OrderRequest.objects.filter(answered_at=None).exists()
