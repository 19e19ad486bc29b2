from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.amazon import Amazon
from sandbox.tokens_api import ClientCredentials
from sandbox.wire import Request, Response
from tests.sandbox.conftest import SEARCH, SELLER, Caller, error, read


def ask_token(amazon: Amazon, **form: str) -> Response:
    form = {"grant_type": "refresh_token", "client_id": "c", "client_secret": "s", **form}
    return amazon.answer(Request("POST", "/auth/o2/token", body=urlencode(form).encode()))


def search_with(amazon: Amazon, access_token: str) -> Response:
    query = "lastUpdatedAfter=2026-01-01T00:00:00Z"
    return amazon.answer(Request("GET", SEARCH, query, {"x-amz-access-token": access_token}))


def access_token(amazon: Amazon) -> str:
    return str(read(ask_token(amazon, refresh_token="refresh-1"))["access_token"])


def test_a_refresh_token_buys_an_hour(amazon: Amazon) -> None:
    answer = read(ask_token(amazon, refresh_token="refresh-1"))
    assert answer.pop("access_token").startswith("Atza|")
    assert answer == {"token_type": "bearer", "expires_in": 3600, "refresh_token": "refresh-1"}


def test_an_unknown_refresh_token_is_an_invalid_grant(amazon: Amazon) -> None:
    assert read(ask_token(amazon, refresh_token="no"), 400) == {
        "error": "invalid_grant",
        "error_description": "The request has an invalid grant parameter : refresh_token",
    }


def test_an_access_token_opens_the_orders_until_it_expires(amazon: Amazon) -> None:
    token = access_token(amazon)
    amazon.clock.advance(3599)
    assert search_with(amazon, token).status == 200
    amazon.clock.advance(1)
    assert error(search_with(amazon, token), 403)["code"] == "Unauthorized"


def test_without_a_known_access_token_there_is_no_access(amazon: Amazon) -> None:
    assert error(search_with(amazon, "Atza|made-up"), 403)["code"] == "Unauthorized"
    assert error(amazon.answer(Request("GET", SEARCH)), 403)["code"] == "Unauthorized"


def test_revoking_ends_both_kinds_of_token(amazon: Amazon) -> None:
    token = access_token(amazon)
    amazon.tokens.revoke(SELLER)
    assert search_with(amazon, token).status == 403
    assert read(ask_token(amazon, refresh_token="refresh-1"), 400)["error"] == "invalid_grant"


def test_expired_access_tokens_can_be_renewed(amazon: Amazon) -> None:
    token = access_token(amazon)
    amazon.tokens.expire_access_tokens(SELLER)
    assert search_with(amazon, token).status == 403
    assert search_with(amazon, access_token(amazon)).status == 200


def test_a_new_consent_brings_a_new_refresh_token(amazon: Amazon) -> None:
    amazon.tokens.revoke(SELLER)
    amazon.tokens.accept("refresh-new", SELLER)
    assert read(ask_token(amazon, refresh_token="refresh-new"))["refresh_token"] == "refresh-new"


def test_any_client_is_good_unless_one_is_configured(amazon: Amazon) -> None:
    amazon.client = ClientCredentials("right", "secret")
    refusal = read(ask_token(amazon, refresh_token="refresh-1"), 401)
    assert refusal == {"error": "invalid_client", "error_description": "Client authentication failed"}
    right: dict[str, Any] = {"client_id": "right", "client_secret": "secret"}
    assert ask_token(amazon, refresh_token="refresh-1", **right).status == 200


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "invalid_scope"),
    ],
)
def test_other_grants_are_refused(amazon: Amazon, form: dict[str, str], name: str) -> None:
    assert read(ask_token(amazon, **form), 400)["error"] == name


def test_a_grantless_token_opens_no_orders(amazon: Amazon) -> None:
    scope = "sellingpartnerapi::notifications"
    answer = read(ask_token(amazon, grant_type="client_credentials", scope=scope))
    assert "refresh_token" not in answer
    assert search_with(amazon, answer["access_token"]).status == 403


def test_every_answer_carries_a_request_id_of_its_own(amazon: Amazon, caller: Caller) -> None:
    answers = [caller.search(), caller.search(), caller.order("x"), ask_token(amazon, refresh_token="no")]
    assert len({answer.headers["x-amzn-RequestId"] for answer in answers}) == 4
