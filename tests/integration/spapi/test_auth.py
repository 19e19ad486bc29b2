"""Access tokens, over real HTTP against a server in LWA's place."""

import threading
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs

import pytest
from pytest_django import Settings

from integration.spapi import auth, guard, package
from integration.spapi.errors import RetryLater, StoreMisconfigured
from tests.integration.spapi.scripted import HTML_503, Scripted, ScriptedAmazon, answer


@pytest.fixture(autouse=True)
def free_to_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read-only mode has tests of its own; these need no database, and so may use any number of threads."""
    monkeypatch.setattr(guard, "require_speaking", lambda: None)


def token(refresh_token: str = "Atzr|1") -> str:
    opened = package.open_package(region="NA", refresh_token=refresh_token)
    try:
        return str(opened.login.get_auth().access_token)
    finally:
        opened.close()


def test_a_token_is_asked_for_as_lwa_wants_it_and_kept(amazon: ScriptedAmazon) -> None:
    assert [token(), token()] == ["Atza|1", "Atza|1"]
    [seen] = amazon.lwa_seen
    assert seen.method == "POST"
    assert {name: values[0] for name, values in parse_qs(seen.body).items()} == {
        "grant_type": "refresh_token",
        "refresh_token": "Atzr|1",
        "client_id": "amzn1.application-oa2-client.tests",
        "client_secret": "tests",
    }


def test_more_sellers_than_the_package_remembers_ask_once_each(amazon: ScriptedAmazon) -> None:
    sellers = [f"Atzr|{number}" for number in range(25)]
    first = [token(seller) for seller in sellers]
    assert [token(seller) for seller in sellers] == first
    assert len(amazon.lwa_seen) == 25


def test_threads_that_want_the_same_token_make_one_request(amazon: ScriptedAmazon) -> None:
    amazon.lwa.append(Scripted(200, b'{"access_token": "slow", "expires_in": 3600}', delay_seconds=0.2))
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(token())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["slow"] * 8
    assert len(amazon.lwa_seen) == 1


def test_a_slow_sign_in_of_one_seller_holds_up_no_other(amazon: ScriptedAmazon) -> None:
    amazon.lwa.append(Scripted(200, b'{"access_token": "slow", "expires_in": 3600}', delay_seconds=1.0))
    slow = threading.Thread(target=token, args=("Atzr|slow",))
    slow.start()
    while not amazon.lwa_seen:
        pass
    assert token("Atzr|quick") == "Atza|2"
    assert slow.is_alive()
    slow.join()


@pytest.mark.parametrize(("lifetime", "kept"), [(3600, 3299.0), (100, 89.0), ("soon", 3299.0), (0, 3299.0)])
def test_a_token_is_given_up_a_little_before_it_ends(
    amazon: ScriptedAmazon, lifetime: object, kept: float
) -> None:
    amazon.lwa.append(answer({"access_token": "first", "expires_in": lifetime}))
    with patch("integration.spapi.auth.time.monotonic", lambda: 1000.0):
        token()
    with patch("integration.spapi.auth.time.monotonic", lambda: 1000.0 + kept):
        assert token() == "first"
    with patch("integration.spapi.auth.time.monotonic", lambda: 1000.0 + kept + 2):
        assert token() == "Atza|2"


def test_a_forgotten_token_is_asked_for_anew(amazon: ScriptedAmazon) -> None:
    token()
    auth.forget("Atzr|1")
    assert token() == "Atza|2"


def test_another_client_secret_never_meets_an_old_token(amazon: ScriptedAmazon, settings: Settings) -> None:
    token()
    settings.SPAPI_CLIENT_ID = "another"
    assert token() == "Atza|2"


def test_the_tokens_kept_are_bounded() -> None:
    tokens = auth.AccessTokens(at_most=3)
    first = tokens.entry("0")
    for key in ("1", "2", "0", "3"):
        tokens.entry(key)
    assert len(tokens) == 3
    assert tokens.entry("0") is first


@pytest.mark.parametrize(
    ("status", "error", "advice"),
    [
        (400, "invalid_grant", "reauthorize_store"),
        (400, "unauthorized_client", "SPAPI_CLIENT_ID"),
        (401, "invalid_client", "SPAPI_CLIENT_SECRET"),
    ],
)
def test_a_refused_authorization_says_what_to_do(
    amazon: ScriptedAmazon, status: int, error: str, advice: str
) -> None:
    amazon.lwa.append(answer({"error": error, "error_description": "Atzr|1 is bad"}, status))
    with pytest.raises(StoreMisconfigured, match=advice) as caught:
        token()
    assert caught.value.status == status
    assert "Atzr" not in str(caught.value)


@pytest.mark.parametrize(
    "script",
    [
        HTML_503,
        answer({"error": "server_error"}, 500),
        answer({"error": "invalid_grant"}, 503),
        answer({"error": "invalid_client"}, 429),
        answer({"error": "slow_down"}, 400),
        answer({"message": "Forbidden"}, 403),
        answer(["invalid_grant"], 400),
        Scripted(200, b"<html>sign in</html>"),
        Scripted(200, b""),
        answer({}),
        answer({"access_token": ""}),
        Scripted(200, b'{"access_token"', declared=500),
        Scripted(is_dropped=True),
    ],
)
def test_any_other_failure_of_the_sign_in_is_tried_again_later(
    amazon: ScriptedAmazon, script: Scripted
) -> None:
    amazon.lwa.append(script)
    with pytest.raises(RetryLater) as caught:
        token()
    assert caught.value.after == timedelta(seconds=60)
    assert token() == "Atza|2"


def test_the_sign_in_may_take_as_long_as_a_call(amazon: ScriptedAmazon) -> None:
    opened: Any = package.open_package(region="NA", refresh_token="Atzr|1")
    assert opened.login._transport._client.timeout.read == 30.0
    opened.close()


def test_without_an_address_of_our_own_it_is_amazons(settings: Settings) -> None:
    settings.SPAPI_LWA_URL = ""
    login: Any = package.open_package(region="EU", refresh_token="Atzr|1").login
    assert login.scheme + login.host + login.path == "https://api.amazon.com/auth/o2/token"
    login.close()
