"""The commands connect_store and reauthorize_store, and how a command ends."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from amazon_orders.models import Store
from integration.management.outcome import AuthorizationRefused, NotNow, Refused
from integration.spapi import auth
from sandbox.amazon import Amazon
from sandbox.server import SandboxServer

pytestmark = pytest.mark.django_db

OPTIONS = [
    "--name",
    "Harbor US",
    "--seller-id",
    "A1SELLER",
    "--marketplace",
    "US",
    "--refresh-token-env",
    "TOKEN",
]


@pytest.fixture(autouse=True)
def amazon(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Amazon]:
    monkeypatch.setenv("TOKEN", "Atzr|refresh-1")
    amazon = Amazon(quota="off")
    amazon.add_seller("A1SELLER", "Harbor & Pine", ("US", "CA"), "Atzr|refresh-1")
    with SandboxServer(amazon) as server:
        settings.SPAPI_ENDPOINT, settings.SPAPI_LWA_URL = server.url, server.lwa_url
        auth.TOKENS.clear()
        yield amazon


def run(command: str, *options: str) -> str:
    out = StringIO()
    call_command(command, *options, stdout=out)
    return out.getvalue()


def stop(command: str, *options: str) -> tuple[CommandError, str]:
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command(command, *options, stdout=out)
    return caught.value, out.getvalue()


def test_a_store_is_connected_for_people_and_for_programs() -> None:
    assert run("connect_store", *OPTIONS) == "Store 'Harbor US' is connected (US).\n"
    options = ["--name", "Harbor CA", "--seller-id", "A1SELLER", "--marketplace", "CA"]
    last = run("connect_store", *options, "--refresh-token-env", "TOKEN", "--json").splitlines()[-1]
    store = Store.objects.get(name="Harbor CA")
    assert json.loads(last) == {
        "id": store.pk,
        "name": "Harbor CA",
        "marketplace": "CA",
        "seller_id": "A1SELLER",
    }


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-10-01", datetime(2026, 10, 1, tzinfo=UTC)),
        ("2026-10-01T08:30:00", datetime(2026, 10, 1, 8, 30, tzinfo=UTC)),
        ("2026-10-01T08:30:00Z", datetime(2026, 10, 1, 8, 30, tzinfo=UTC)),
        ("2026-10-01T08:30:00+02:00", datetime(2026, 10, 1, 6, 30, tzinfo=UTC)),
    ],
)
def test_the_connection_date_is_utc_unless_it_says_otherwise(text: str, moment: datetime) -> None:
    run("connect_store", *OPTIONS, "--connected-at", text)
    assert Store.objects.get().connected_at == moment


def test_a_date_that_is_none_is_wrong_usage() -> None:
    stopped, _ = stop("connect_store", *OPTIONS, "--connected-at", "yesterday")
    assert "ISO 8601" in str(stopped)
    assert not Store.objects.exists()


@pytest.mark.parametrize("value", ["", "  "])
def test_a_variable_without_a_token_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("TOKEN", value)
    stopped, _ = stop("connect_store", *OPTIONS)
    assert isinstance(stopped, Refused)
    assert str(stopped) == "The environment variable TOKEN is not set, or empty."


def test_a_refusal_is_exit_code_1() -> None:
    run("connect_store", *OPTIONS)
    stopped, _ = stop("connect_store", *OPTIONS)
    assert (type(stopped), stopped.returncode) == (Refused, 1)
    assert "'Harbor US'" in str(stopped)
    assert "reauthorize_store" in str(stopped)


def test_a_token_that_amazon_refuses_is_exit_code_77(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "Atzr|wrong")
    stopped, out = stop("connect_store", *OPTIONS, "--json")
    assert (type(stopped), stopped.returncode) == (AuthorizationRefused, 77)
    assert json.loads(out.splitlines()[-1]) == {"error": str(stopped)}
    assert "\n" not in str(stopped)


def test_an_amazon_that_is_down_is_exit_code_75(amazon: Amazon) -> None:
    amazon.faults.queue("html503")
    stopped, _ = stop("connect_store", *OPTIONS)
    assert (type(stopped), stopped.returncode) == (NotNow, 75)
    assert "--no-verify" in str(stopped)
    assert not Store.objects.exists()


def test_without_verification_amazon_is_not_asked(amazon: Amazon) -> None:
    run("connect_store", *OPTIONS, "--no-verify")
    assert not amazon.log


def test_a_store_is_authorized_again(amazon: Amazon) -> None:
    run("connect_store", *OPTIONS)
    assert run("reauthorize_store", "--name", "Harbor US", "--refresh-token-env", "TOKEN") == (
        "Store 'Harbor US' is authorized again.\n"
    )


def test_a_store_that_is_not_there_cannot_be_authorized() -> None:
    run("connect_store", *OPTIONS)
    stopped, _ = stop("reauthorize_store", "--name", "Nowhere", "--refresh-token-env", "TOKEN")
    assert str(stopped) == "There is no store 'Nowhere'; there is: 'Harbor US'."
