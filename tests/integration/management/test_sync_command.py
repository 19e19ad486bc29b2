"""The command `sync`: what it prints, where, and how it ends."""

import io
import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from amazon_orders.models import AmazonOrder
from integration import stores
from integration.models import AccountSync, SyncRun
from integration.sync import account_sync, fetch, lease
from sandbox.faults import Fault
from tests.faults import processes
from tests.faults.conftest import TwoSellers, calls, fault, sync, two_sellers
from tests.fixtures_shop import SECOND_SELLER, SELLER, Shop, state_of

__all__ = ["two_sellers"]

KEYS = [
    "requests",
    "received",
    "changed",
    "unchanged",
    "ignored",
    "malformed",
    "imported",
    "blocked",
    "waiting",
    "view_only",
    "canceled",
    "confirmed",
    "errors",
]
DONE, REFUSED, WRONG_USAGE, NOT_NOW, NOT_AUTHORIZED = 0, 1, 2, 75, 77


def numbers(document: dict[str, Any]) -> dict[str, int]:
    """The counts that are not zero."""
    return {key: value for key, value in document.items() if value and key != "errors"}


def test_every_key_is_there_and_counts_this_pass_alone(shop: Shop) -> None:
    shop.sell()
    shop.sell(("GONE", 1, "5.00"))
    shop.sell(status="PENDING")
    shop.sell(status="CANCELLED")
    shop.sell(patch={"salesChannel": {"channelName": "NON_AMAZON"}})
    shop.sell(created=shop.store.connected_at - timedelta(days=1))

    first = sync()

    assert list(first.document) == KEYS
    assert numbers(first.document) == {
        "requests": 1,
        "received": 6,
        "changed": 5,
        "ignored": 1,
        "imported": 1,
        "blocked": 1,
        "waiting": 1,
        "view_only": 1,
        "canceled": 1,
    }
    second = sync()
    assert numbers(second.document) == {"requests": 1, "received": 6, "unchanged": 5, "ignored": 1}


def test_an_idle_pass_keeps_no_run_and_one_with_news_does(shop: Shop) -> None:
    sync()
    assert SyncRun.objects.count() == 0
    shop.sell()
    sync()
    run = SyncRun.objects.get()
    assert (run.requests, run.counts["imported"], run.error) == (1, 1, "")
    assert run.synced_until == AccountSync.objects.get().synced_until


def test_text_for_people_by_default(shop: Shop) -> None:
    shop.sell()
    out = io.StringIO()
    call_command("sync", stdout=out)
    assert out.getvalue().startswith("1 requests to Amazon: 1 received, 1 changed, 0 unchanged,")


def test_what_was_fixed_since_is_judged_too_even_when_amazon_is_down(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 11, "10.00"))
    assert sync().document["blocked"] == 1
    shop.restock("SKU-1", 20)
    fault(shop, "html503")
    ran = sync()
    assert (ran.code, ran.document["imported"]) == (NOT_NOW, 1)
    assert state_of(order_id) == "IMPORTED"


def test_a_store_that_is_not_there_or_inactive_is_refused_with_one_line(shop: Shop) -> None:
    for name, words in (("Nowhere", "There is no store"), ("Harbor US", "is inactive")):
        stores.deactivate(store_id=shop.store.pk, by="maria", now=timezone.now())
        out = io.StringIO()
        with pytest.raises(CommandError) as refused:
            call_command("sync", "--json", "--store", name, stdout=out)
        assert refused.value.returncode == REFUSED
        assert words in str(refused.value)
        assert words in json.loads(out.getvalue().splitlines()[-1])["error"]
    assert sync().code == DONE


def test_a_stores_pass_is_its_accounts(two_sellers: TwoSellers) -> None:
    shop = two_sellers.shop
    shop.connect("Harbor CA", "CA")
    mine, canadian, theirs = shop.sell(), shop.sell(place="CA"), shop.sell(seller=SECOND_SELLER)
    assert sync("--store", "Harbor CA").document["imported"] == 2
    known = set(AmazonOrder.objects.values_list("amazon_order_id", flat=True))
    assert known == {mine, canadian}
    assert theirs not in known


def test_a_refusal_beats_a_not_now_and_that_beats_success(two_sellers: TwoSellers) -> None:
    shop = two_sellers.shop
    fault(shop, "html503", seller_id=SECOND_SELLER)
    later = sync()
    assert (later.code, later.errors) == (NOT_NOW, [("AMAZON_UNAVAILABLE", "Pier US")])

    fault(shop, "html503", seller_id=SECOND_SELLER)
    fault(shop, "unauthorized401", seller_id=SELLER, times=2)
    refused = sync()
    assert refused.code == NOT_AUTHORIZED
    assert refused.errors == [("AUTHORIZATION_REFUSED", "Harbor US"), ("AMAZON_UNAVAILABLE", "Pier US")]
    assert refused.text.count("\n") == 0
    assert "Pier US" in refused.text

    assert (sync().code, sync().document["errors"]) == (DONE, [])


def test_a_held_account_is_not_now_and_the_other_is_done(two_sellers: TwoSellers) -> None:
    shop = two_sellers.shop
    theirs = shop.sell(seller=SECOND_SELLER)
    held = lease.claim(account_id=shop.store.account_id, now=timezone.now())

    ran = sync()

    assert (ran.code, ran.errors) == (NOT_NOW, [("BUSY", "Harbor US")])
    assert state_of(theirs) == "IMPORTED"
    assert [entry.seller_id for entry in shop.amazon.log if entry.operation == "searchOrders"] == [
        SECOND_SELLER
    ]
    lease.release(held)
    assert sync().code == DONE


def test_a_bug_lets_the_lease_go(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(account_sync, "_read_window", bug)
        ran = sync()
    assert (ran.code, ran.errors) == (REFUSED, [("BUG", "Harbor US")])
    assert list(ran.document) == KEYS
    assert "ZeroDivisionError in test_sync_command.bug" in ran.text
    assert AccountSync.objects.get().lease_owner == ""
    assert sync().code == DONE


@pytest.mark.postgres
def test_an_account_whose_pass_loses_the_database_stops_no_other(
    two_sellers: TwoSellers, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = two_sellers.shop.sell(seller=SECOND_SELLER)
    read = account_sync._read_window

    def hang_up(held: lease.Lease, *rest: Any) -> bool:
        if held.account_id == two_sellers.shop.store.account_id:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return read(held, *rest)

    monkeypatch.setattr(account_sync, "_read_window", hang_up)
    ran = sync()

    assert (ran.code, ran.errors) == (NOT_NOW, [("DATABASE_AWAY", "Harbor US")])
    assert state_of(order_id) == "IMPORTED"


def test_a_pass_that_was_taken_over_stores_nothing_and_says_so(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = shop.sell()
    real = fetch.page

    def slow(*arguments: Any) -> Any:
        page = real(*arguments)
        AccountSync.objects.update(fencing=99)
        return page

    with monkeypatch.context() as patched:
        patched.setattr(fetch, "page", slow)
        ran = sync()
    assert (ran.code, ran.errors) == (NOT_NOW, [("BUSY", "Harbor US")])
    assert ran.document["changed"] == 0
    assert AmazonOrder.objects.count() == 0
    AccountSync.objects.update(lease_owner="", lease_expires_at=None)
    sync()
    assert state_of(order_id) == "IMPORTED"


def test_a_pass_that_was_taken_over_while_amazon_failed_leaves_its_successor_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        fault(shop, "html503")
        sync()
    fault(shop, "html503", times=0)
    real = fetch.page

    def slow(*arguments: Any) -> Any:
        AccountSync.objects.update(fencing=99)
        return real(*arguments)

    monkeypatch.setattr(fetch, "page", slow)
    ran = sync()
    assert (ran.code, ran.errors) == (NOT_NOW, [("AMAZON_UNAVAILABLE", "Harbor US")])
    row = AccountSync.objects.get()
    assert (row.data_sets_level, row.failures) == (0, 3)


SECRETS = ("Wilhelmina", "Unlogged", "410 Terry", "Seattle", "98109", "marketplace.amazon", "Atza|", "+1 206")


@pytest.mark.postgres
def test_a_real_process_prints_json_last_logs_to_stderr_and_tells_nothing_personal(
    two_sellers: TwoSellers,
) -> None:
    shop = two_sellers.shop
    people: dict[str, Any] = {"buyer_name": "Wilhelmina Unlogged"}
    phone = {"recipient": {"deliveryAddress": {"phone": "+1 206 555 0100"}}}
    order_id = shop.sell(patch=phone, **people)
    bad = shop.sell(patch=phone, **people)
    shop.edit(bad, lambda document: document.update(orderItems="none"))
    shop.sell(("GONE", 1, "5.00"), patch=phone, **people)
    # The second seller is refused, and the whole says so.
    shop.amazon.faults.queue(Fault("unauthorized401", "searchOrders", seller_id=SECOND_SELLER, times=2))
    env = processes.environment(shop, LOG_LEVEL="DEBUG", LOG_FORMAT="json")

    ended = processes.run(env, "sync", "--json")

    assert ended.code == NOT_AUTHORIZED, ended.err
    assert len(ended.out.splitlines()) == 1
    assert list(ended.document) == KEYS
    assert (ended.document["imported"], ended.document["blocked"]) == (1, 1)
    assert state_of(order_id) == "IMPORTED"
    *logs, last = ended.err.splitlines()
    assert "reauthorize_store" in last
    events = [json.loads(line) for line in logs if line.startswith("{")]
    assert len(events) == len(logs)
    assert {"spapi_request", "lwa_request"} <= {event["event"] for event in events}
    written = ended.out + ended.err
    tokens = (shop.token, two_sellers.other_token, "refresh-")
    found = [secret for secret in (*SECRETS, *tokens) if secret in written]
    assert found == []


@pytest.mark.postgres
def test_a_real_process_that_has_to_wait_prints_json_last_too(shop: Shop) -> None:
    fault(shop, "html503")
    env = processes.environment(shop, LOG_LEVEL="INFO", LOG_FORMAT="console")

    ended = processes.run(env, "sync", "--json")

    assert ended.code == NOT_NOW
    assert [error["code"] for error in ended.document["errors"]] == ["AMAZON_UNAVAILABLE"]
    assert len(ended.out.splitlines()) == 1
    assert "<html" not in ended.err
    assert calls(shop, "searchOrders") == [503]


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("arguments", "changes", "code", "named"),
    [
        (["sync", "--nonsense"], {}, WRONG_USAGE, "--nonsense"),
        (["sync", "--store", "Nowhere"], {}, REFUSED, "Nowhere"),
        (["sync"], {"SPAPI_ENDPOINT": "amazon"}, REFUSED, "SPAPI_ENDPOINT"),
        (["sync"], {"DATABASE_URL": "postgres://"}, REFUSED, "DATABASE_URL"),
        (["sync"], {"FIELD_ENCRYPTION_KEYS": "nonsense"}, REFUSED, "FIELD_ENCRYPTION_KEYS"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    shop: Shop, arguments: list[str], changes: dict[str, str], code: int, named: str
) -> None:
    ended = processes.run(processes.environment(shop, **changes), *arguments)
    assert ended.code == code
    assert ended.out == ""
    lines = [line for line in ended.err.splitlines() if not line.startswith(("usage:", " "))]
    assert len(lines) == 1, ended.err
    assert named in lines[0]
    assert "Traceback" not in ended.err


def test_logs_of_a_pass_in_this_process_hold_no_person(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shop.sell(buyer_name="Wilhelmina Unlogged")
    fault(shop, "malformed_order")
    sync()
    assert "spapi_request" in caplog.text
    assert [secret for secret in (*SECRETS, shop.token) if secret in caplog.text] == []
