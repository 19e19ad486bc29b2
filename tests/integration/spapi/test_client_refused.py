"""The client when Amazon throttles or refuses: quota, access tokens, one more try with a new one."""

from datetime import datetime, timedelta

import pytest

from amazon_orders.models import Account
from integration.models import QuotaBucket
from integration.spapi.client import SearchQuery, SellerClient
from integration.spapi.errors import (
    AccessDenied,
    RetryLater,
    StoreMisconfigured,
)
from tests.integration.spapi.conftest import NOW, US
from tests.integration.spapi.scripted import NO_ORDERS, Scripted, ScriptedAmazon, answer, errors

SEARCH = SearchQuery(marketplace_ids=(US,), last_updated_after=NOW - timedelta(hours=1))
NEXT_PAGE = SearchQuery(
    marketplace_ids=(US,), last_updated_after=SEARCH.last_updated_after, page_token="page-2"
)


def client_of(account: Account, now: datetime = NOW) -> SellerClient:
    return SellerClient(account, clock=lambda: now)


def tokens_left(account: Account, operation: str = "searchOrders") -> float:
    return round(QuotaBucket.objects.get(account=account, operation=operation).tokens, 6)


@pytest.mark.parametrize(
    "script",
    [answer({"message": "Too Many Requests"}, 429), errors(429, "QuotaExceeded"), Scripted(429, b"<html>")],
)
def test_an_unforeseen_429_empties_the_bucket(
    account: Account, amazon: ScriptedAmazon, script: Scripted
) -> None:
    amazon.api.append(script)
    with client_of(account) as client, pytest.raises(RetryLater) as caught:
        client.search_orders(SEARCH)
    assert caught.value.is_quota
    assert caught.value.after == timedelta(milliseconds=178_572)
    assert tokens_left(account) == 0.0


def test_the_rate_that_a_429_names_tells_when_the_next_token_comes(
    account: Account, amazon: ScriptedAmazon
) -> None:
    amazon.api.append(Scripted(429, errors(429, "QuotaExceeded").body, {"x-amzn-RateLimit-Limit": "100"}))
    with client_of(account) as client, pytest.raises(RetryLater) as caught:
        client.search_orders(SEARCH)
    assert caught.value.after == timedelta(milliseconds=10)


def test_without_a_token_nothing_is_sent(account: Account, amazon: ScriptedAmazon) -> None:
    QuotaBucket.objects.create(
        account=account, operation="searchOrders", tokens=0.5, rate=0.0056, burst=20, refilled_at=NOW
    )
    with client_of(account) as client, pytest.raises(RetryLater) as caught:
        client.search_orders(SEARCH)
    assert caught.value.is_quota
    assert (client.requests, amazon.seen) == (0, [])


def test_the_rate_in_the_header_is_learned(account: Account, amazon: ScriptedAmazon) -> None:
    amazon.api.append(answer(NO_ORDERS, x_amzn_RateLimit_Limit="0.02"))
    with client_of(account) as client:
        client.search_orders(SEARCH)
    bucket = QuotaBucket.objects.get(account=account)
    assert (bucket.rate, bucket.burst, bucket.tokens) == (0.02, 20.0, 19.0)


@pytest.mark.parametrize("rate", ["", "many", "nan", "inf", "-1", "0", "1e-300"])
def test_a_senseless_rate_is_not_learned(account: Account, amazon: ScriptedAmazon, rate: str) -> None:
    amazon.api.append(answer(NO_ORDERS, x_amzn_RateLimit_Limit=rate))
    with client_of(account) as client:
        client.search_orders(SEARCH)
    assert QuotaBucket.objects.get(account=account).rate == 0.0056


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_access_token_is_renewed_once_and_the_call_repeated(
    account: Account, amazon: ScriptedAmazon, status: int
) -> None:
    amazon.api.append(answer({"message": "Unauthorized"}, status))
    with client_of(account) as client:
        assert client.search_orders(SEARCH).orders == []
        assert client.requests == 2
    assert [seen.headers["x-amz-access-token"] for seen in amazon.seen] == ["Atza|1", "Atza|2"]
    assert tokens_left(account) == 18.0


def test_a_search_refused_with_a_new_token_too_is_access_denied(
    account: Account, amazon: ScriptedAmazon
) -> None:
    amazon.api.extend([errors(403, "Unauthorized", "Access denied.")] * 2)
    with client_of(account) as client, pytest.raises(AccessDenied, match="reauthorize_store") as caught:
        client.search_orders(SEARCH)
    assert caught.value.status == 403
    assert len(amazon.lwa_seen) == 2


def test_a_second_401_needs_a_person(account: Account, amazon: ScriptedAmazon) -> None:
    amazon.api.extend([Scripted(401, b"")] * 2)
    with client_of(account) as client, pytest.raises(StoreMisconfigured) as caught:
        client.search_orders(SEARCH)
    assert not isinstance(caught.value, AccessDenied)


def test_the_refusal_of_a_new_token_stands_where_no_quota_is_left_for_a_second_try(
    account: Account, amazon: ScriptedAmazon
) -> None:
    QuotaBucket.objects.create(
        account=account, operation="searchOrders", tokens=1, rate=0.0056, burst=20, refilled_at=NOW
    )
    amazon.api.append(errors(403, "Unauthorized"))
    with client_of(account) as client, pytest.raises(AccessDenied):
        client.search_orders(SEARCH)
    assert len(amazon.seen) == 1


def test_an_old_token_refused_without_quota_for_a_second_try_waits_for_it(
    account: Account, amazon: ScriptedAmazon
) -> None:
    with client_of(account) as client:
        client.search_orders(SEARCH)
    QuotaBucket.objects.update(tokens=1.0)
    amazon.api.append(errors(403, "Unauthorized"))
    with client_of(account) as client, pytest.raises(RetryLater) as caught:
        client.search_orders(SEARCH)
    assert caught.value.is_quota
