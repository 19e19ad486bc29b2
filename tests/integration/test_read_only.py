"""Read-only mode: by hand for everybody, by itself for whoever works on another installation's database."""

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from amazon_orders.models import Account
from integration import (
    cursor,
    interventions,
    messages,
    passes,
    read_only,
    search_rotation,
    startup,
    stores,
    tasks,
)
from integration.lease import Lease
from integration.messages import Code, Severity
from integration.models import AccountSync, Installation, OrderImport, OrderRequest, QuotaBucket, SyncRun
from integration.read_only import Reason
from integration.spapi import auth, quota
from integration.spapi.client import SearchQuery, SellerClient
from integration.spapi.errors import ReadOnly
from sealing import seal
from tests.factories import amazon, commerce, people
from tests.factories.amazon import NOW
from tests.faults.conftest import sync
from tests.fixtures_shop import Shop, import_of, state_of

COPY = "a-copy"


def command(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def switch_on() -> None:
    read_only.switch_on(by="kim", now=timezone.now())


def copy(settings: Settings) -> None:
    """From now on we are another installation than the one whose database this is."""
    startup.check_keys()
    settings.INSTALLATION_ID = COPY
    auth.TOKENS.clear()


# --- Whose database it is ---


@pytest.mark.django_db
def test_the_first_start_makes_a_database_ours_and_so_does_the_first_after_an_upgrade(
    settings: Settings,
) -> None:
    startup.check_keys()
    assert Installation.objects.get().installation_id == settings.INSTALLATION_ID
    Installation.objects.update(installation_id="")
    assert not read_only.is_on()
    startup.check_keys()
    assert Installation.objects.get().installation_id == settings.INSTALLATION_ID


@pytest.mark.django_db
def test_a_start_on_another_ones_database_is_read_only_and_writes_nothing_down(settings: Settings) -> None:
    startup.check_keys()
    before = Installation.objects.values().get()
    settings.INSTALLATION_ID, settings.SPAPI_CLIENT_SECRET = COPY, "of-the-copy"

    startup.require_fitting_keys()

    assert Installation.objects.values().get() == before
    mode = read_only.find()
    assert mode is not None
    assert (mode.reason, mode.since, mode.by) == (Reason.ANOTHER_INSTALLATION, None, "")
    settings.INSTALLATION_ID = before["installation_id"]
    assert not read_only.is_on()


@pytest.mark.django_db
def test_a_start_that_finds_nothing_new_asks_once(settings: Settings) -> None:
    startup.check_keys()
    for name in (settings.INSTALLATION_ID, COPY):
        settings.INSTALLATION_ID = name
        with CaptureQueriesContext(connection) as asked:
            startup.check_keys()
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
    mode = read_only.find()
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
    tried.sealed_refresh_token = seal.seal(shop.token.encode(), place=tried.place)
    with SellerClient(tried) as client, pytest.raises(ReadOnly):
        client.marketplace_participations()
    assert not shop.amazon.log
    assert QuotaBucket.objects.get(operation="getOrder").tokens == left


def test_the_guard_costs_a_call_no_statement(shop: Shop) -> None:
    startup.check_keys()
    quota.spend(account_id=shop.store.account_id, operation="getOrder", now=timezone.now())
    with CaptureQueriesContext(connection) as asked:
        quota.spend(account_id=shop.store.account_id, operation="getOrder", now=timezone.now())
    assert len(asked) == 1


def test_a_spent_bucket_is_still_told_as_such(shop: Shop) -> None:
    startup.check_keys()
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
    outcome = passes.sync_account(account_id=shop.store.account_id, now=timezone.now())
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


def test_single_orders_under_way_stop_before_the_next_one_and_are_asked_for_afterwards(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [shop.sell() for _ in range(3)]
    shop.sync()
    interventions.refresh(
        order_ids=[import_of(order_id).pk for order_id in orders], by="maria", now=timezone.now()
    )
    ask = SellerClient.get_order

    def then_switched_on(client: SellerClient, *given: Any) -> Any:
        answer = ask(client, *given)
        switch_on()
        return answer

    monkeypatch.setattr(SellerClient, "get_order", then_switched_on)
    shop.amazon.log.clear()
    outcome = passes.refresh_account(account_id=shop.store.account_id, now=timezone.now())
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
    interventions.refresh(order_ids=[import_of(order_id).pk], by="maria", now=timezone.now())
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


# --- Commands ---


@pytest.mark.parametrize(
    "arguments",
    [
        ("sync", "--json"),
        ("reconcile", "--store", "Harbor US", "--from", "2026-11-01", "--to", "2026-11-02", "--json"),
        ("connect_store", "--name", "CA", "--seller-id", "A1SELLER", "--marketplace", "CA")
        + ("--refresh-token-env", "TOKEN", "--json"),
        ("reauthorize_store", "--name", "Harbor US", "--refresh-token-env", "TOKEN", "--json"),
    ],
    ids=lambda arguments: arguments[0],
)
@pytest.mark.parametrize("turn", ["by hand", "copied"])
def test_commands_that_ask_amazon_refuse_with_one_line_that_says_how_it_ends(
    turn: str, arguments: tuple[str, ...], shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", shop.token)
    if turn == "copied":
        copy(settings)
    else:
        switch_on()
    shop.amazon.log.clear()
    out = io.StringIO()

    with pytest.raises(CommandError) as refused:
        call_command(*arguments, stdout=out)

    assert refused.value.returncode == 1
    assert "the command read_only off" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert json.loads(out.getvalue().splitlines()[-1]) == {"error": str(refused.value)}
    assert not shop.amazon.log


def test_without_verification_a_token_is_taken_in_read_only_mode_too(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_on()
    monkeypatch.setenv("TOKEN", "another")
    shop.amazon.log.clear()
    command("reauthorize_store", "--name", "Harbor US", "--refresh-token-env", "TOKEN", "--no-verify")
    assert not shop.amazon.log
    with pytest.raises(stores.NotInReadOnlyMode):
        stores.reauthorize(store=shop.store, refresh_token="x", by="kim", now=timezone.now())


def test_the_command_tells_and_switches(shop: Shop, settings: Settings) -> None:
    assert "off: this installation speaks to Amazon for Harbor US." in command("read_only")
    assert "Read-only mode was switched on: nothing is said to Amazon" in command("read_only", "on")
    on = json.loads(command("read_only", "--json"))
    assert (on["read_only"], on["reason"], on["stores"]) == (True, "BY_HAND", ["Harbor US"])
    assert sync_refused()
    off = json.loads(command("read_only", "off", "--json"))
    assert off == {
        "read_only": False,
        "reason": None,
        "since": None,
        "by": "",
        "installation_id": settings.INSTALLATION_ID,
        "stores": ["Harbor US"],
    }
    assert sync().code == 0


def sync_refused() -> bool:
    """Whether `sync` refuses."""
    with pytest.raises(CommandError) as refused:
        call_command("sync")
    return bool(refused.value.returncode == 1)


# --- Messages ---


@pytest.mark.django_db
@pytest.mark.parametrize("turn", ["by hand", "copied"])
def test_everybody_is_told_and_a_sync_that_stands_still_is_no_fault_then(
    turn: str, settings: Settings
) -> None:
    store = amazon.store("Mugs")
    amazon.store("Other")
    AccountSync.objects.update(synced_until=NOW - timedelta(days=1))
    if turn == "copied":
        copy(settings)
    else:
        switch_on()
    for viewer in (people.admin(), people.merchant(store), people.operator()):
        [message] = messages.open_messages(viewer=viewer, now=NOW)
        assert message.code == Code.READ_ONLY
        assert message.severity == (Severity.CRITICAL if turn == "copied" else Severity.WARNING)
        assert (message.since is None) is (turn == "copied")
        assert messages.banners(viewer=viewer) == [message]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("days", "severity"), [(334, None), (335, "WARNING"), (358, "CRITICAL"), (366, "CRITICAL")]
)
def test_a_consent_that_ends_is_told_to_whoever_has_the_store(days: int, severity: str | None) -> None:
    shop = amazon.store("US shop", marketplace="US")
    amazon.store("CA shop", of=shop.account, marketplace="CA")
    amazon.store("Fresh")
    Account.objects.filter(pk=shop.account_id).update(authorized_at=NOW - timedelta(days=days))

    for viewer, named in (
        (people.admin(), ["CA shop", "US shop"]),
        (people.merchant(shop), ["US shop"]),
    ):
        found = messages.open_messages(viewer=viewer, now=NOW)
        assert [(message.code, message.severity) for message in found] == (
            [("AUTHORIZATION_ENDS", severity)] if severity else []
        )
        assert all([store.name for store in message.stores] == named for message in found)
    assert messages.open_messages(viewer=people.merchant(), now=NOW) == []


@pytest.mark.django_db
def test_a_consent_is_not_told_for_inactive_stores_nor_beside_its_refusal() -> None:
    shop = amazon.store("Mugs")
    Account.objects.update(authorized_at=NOW - timedelta(days=400))
    AccountSync.objects.update(refused_at=NOW)
    assert [message.code for message in messages.open_messages(viewer=people.admin(), now=NOW)] == [
        "AUTHORIZATION_REFUSED"
    ]
    AccountSync.objects.update(refused_at=None)
    type(shop).objects.update(is_active=False)
    assert messages.open_messages(viewer=people.admin(), now=NOW) == []


def test_authorizing_again_ends_the_message_and_the_refusal(shop: Shop) -> None:
    now = timezone.now()
    Account.objects.update(authorized_at=now - timedelta(days=380))
    AccountSync.objects.update(synced_until=now - timedelta(minutes=10))
    viewer = people.admin()
    assert [each.code for each in messages.open_messages(viewer=viewer, now=now)] == ["AUTHORIZATION_ENDS"]
    shop.amazon.tokens.revoke("A1SELLER")
    auth.TOKENS.clear()
    assert sync().code == 77
    [refused] = messages.open_messages(viewer=viewer, now=now)
    assert refused.code == "AUTHORIZATION_REFUSED"
    assert "the command reauthorize_store" in refused.text
    shop.amazon.tokens.accept("new", "A1SELLER")

    stores.reauthorize(store=shop.store, refresh_token="new", by="maria", now=timezone.now())

    assert messages.open_messages(viewer=viewer, now=timezone.now()) == []
    assert sync().code == 0


# --- The client secret ---


@pytest.mark.django_db
def test_only_admins_hear_of_the_client_secret_and_a_new_one_begins_anew(settings: Settings) -> None:
    startup.check_keys()
    since = NOW - timedelta(days=151)
    Installation.objects.update(client_secret_since=since)

    [message] = messages.open_messages(viewer=people.admin(), now=NOW)
    assert (message.code, message.severity) == (Code.CLIENT_SECRET_ENDS, Severity.WARNING)
    assert "Refresh tokens stay valid" in message.text
    assert messages.open_messages(viewer=people.merchant(), now=NOW) == []
    [urgent] = messages.open_messages(viewer=people.admin(), now=since + timedelta(days=173))
    assert urgent.severity == Severity.CRITICAL

    startup.check_keys()
    assert Installation.objects.get().client_secret_since == since
    settings.SPAPI_CLIENT_SECRET = ""
    startup.check_keys()
    assert Installation.objects.get().client_secret_since == since
    settings.SPAPI_CLIENT_SECRET = "rotated"
    startup.check_keys()
    row = Installation.objects.get()
    assert row.client_secret_since is not None
    assert row.client_secret_since > timezone.now() - timedelta(minutes=1)
    assert "rotated" not in row.client_secret_digest


@pytest.mark.django_db
def test_the_day_a_person_names_counts(settings: Settings) -> None:
    startup.check_keys()
    Installation.objects.update(client_secret_since=NOW)
    assert messages.open_messages(viewer=people.admin(), now=NOW) == []
    settings.SPAPI_CLIENT_SECRET_SINCE = (NOW - timedelta(days=200)).date()
    [message] = messages.open_messages(viewer=people.admin(), now=NOW)
    assert message.severity == Severity.CRITICAL
    assert " ended on " in message.text


@pytest.mark.django_db
def test_a_new_search_key_does_not_make_the_client_secret_young_again(settings: Settings) -> None:
    startup.check_keys()
    before = Installation.objects.get()
    settings.SEARCH_HASH_KEY = "another"
    search_rotation.rotate()
    startup.check_keys()
    after = Installation.objects.get()
    assert after.client_secret_since == before.client_secret_since
    assert after.client_secret_digest != before.client_secret_digest
