"""Told in time: read-only mode, consents and client secrets that end, and how each message goes."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from amazon_orders.models import Account
from integration import stores
from integration.installation import key_check
from integration.messages import open_messages
from integration.messages.open_messages import Code, Severity
from integration.models import AccountSync, Installation
from integration.privacy import search_rotation
from integration.spapi import auth
from tests.factories import amazon, people
from tests.factories.amazon import NOW
from tests.faults.conftest import sync
from tests.fixtures_shop import Shop
from tests.integration.installation.workshop import copy, switch_on


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
        [message] = open_messages.open_messages(viewer=viewer, now=NOW)
        assert message.code == Code.READ_ONLY
        assert message.severity == (Severity.CRITICAL if turn == "copied" else Severity.WARNING)
        assert (message.since is None) is (turn == "copied")
        assert open_messages.banners(viewer=viewer) == [message]


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
        found = open_messages.open_messages(viewer=viewer, now=NOW)
        assert [(message.code, message.severity) for message in found] == (
            [("AUTHORIZATION_ENDS", severity)] if severity else []
        )
        assert all([store.name for store in message.stores] == named for message in found)
    assert open_messages.open_messages(viewer=people.merchant(), now=NOW) == []


@pytest.mark.django_db
def test_a_consent_is_not_told_for_inactive_stores_nor_beside_its_refusal() -> None:
    shop = amazon.store("Mugs")
    Account.objects.update(authorized_at=NOW - timedelta(days=400))
    AccountSync.objects.update(refused_at=NOW)
    assert [message.code for message in open_messages.open_messages(viewer=people.admin(), now=NOW)] == [
        "AUTHORIZATION_REFUSED"
    ]
    AccountSync.objects.update(refused_at=None)
    type(shop).objects.update(is_active=False)
    assert open_messages.open_messages(viewer=people.admin(), now=NOW) == []


def test_authorizing_again_ends_the_message_and_the_refusal(shop: Shop) -> None:
    now = timezone.now()
    Account.objects.update(authorized_at=now - timedelta(days=380))
    AccountSync.objects.update(synced_until=now - timedelta(minutes=10))
    viewer = people.admin()
    assert [each.code for each in open_messages.open_messages(viewer=viewer, now=now)] == [
        "AUTHORIZATION_ENDS"
    ]
    shop.amazon.tokens.revoke("A1SELLER")
    auth.TOKENS.clear()
    assert sync().code == 77
    [refused] = open_messages.open_messages(viewer=viewer, now=now)
    assert refused.code == "AUTHORIZATION_REFUSED"
    assert "the command reauthorize_store" in refused.text
    shop.amazon.tokens.accept("new", "A1SELLER")

    stores.reauthorize(store=shop.store, refresh_token="new", by="maria", now=timezone.now())

    assert open_messages.open_messages(viewer=viewer, now=timezone.now()) == []
    assert sync().code == 0


# --- The client secret ---


@pytest.mark.django_db
def test_only_admins_hear_of_the_client_secret_and_a_new_one_begins_anew(settings: Settings) -> None:
    key_check.check_keys()
    since = NOW - timedelta(days=151)
    Installation.objects.update(client_secret_since=since)

    [message] = open_messages.open_messages(viewer=people.admin(), now=NOW)
    assert (message.code, message.severity) == (Code.CLIENT_SECRET_ENDS, Severity.WARNING)
    assert "Refresh tokens stay valid" in message.text
    assert open_messages.open_messages(viewer=people.merchant(), now=NOW) == []
    [urgent] = open_messages.open_messages(viewer=people.admin(), now=since + timedelta(days=173))
    assert urgent.severity == Severity.CRITICAL

    key_check.check_keys()
    assert Installation.objects.get().client_secret_since == since
    settings.SPAPI_CLIENT_SECRET = ""
    key_check.check_keys()
    assert Installation.objects.get().client_secret_since == since
    settings.SPAPI_CLIENT_SECRET = "rotated"
    key_check.check_keys()
    row = Installation.objects.get()
    assert row.client_secret_since is not None
    assert row.client_secret_since > timezone.now() - timedelta(minutes=1)
    assert "rotated" not in row.client_secret_digest


@pytest.mark.django_db
def test_the_day_a_person_names_counts(settings: Settings) -> None:
    key_check.check_keys()
    Installation.objects.update(client_secret_since=NOW)
    assert open_messages.open_messages(viewer=people.admin(), now=NOW) == []
    settings.SPAPI_CLIENT_SECRET_SINCE = (NOW - timedelta(days=200)).date()
    [message] = open_messages.open_messages(viewer=people.admin(), now=NOW)
    assert message.severity == Severity.CRITICAL
    assert " ended on " in message.text


@pytest.mark.django_db
def test_a_new_search_key_does_not_make_the_client_secret_young_again(settings: Settings) -> None:
    key_check.check_keys()
    before = Installation.objects.get()
    settings.SEARCH_HASH_KEY = "another"
    search_rotation.rotate()
    key_check.check_keys()
    after = Installation.objects.get()
    assert after.client_secret_since == before.client_secret_since
    assert after.client_secret_digest != before.client_secret_digest
