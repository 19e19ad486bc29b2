"""The real package, over real HTTP."""

import json
import ssl
from datetime import UTC, datetime, timedelta, timezone
from unittest.mock import patch

import httpx
import pytest
import structlog
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from amazon_orders.models import Account
from integration.models import QuotaBucket
from integration.spapi import package
from integration.spapi.client import SearchQuery, SellerClient, iso
from integration.spapi.errors import (
    PageTokenRefused,
    Rejected,
    RetryLater,
    SearchRefused,
    StoreMisconfigured,
)
from tests.integration.spapi.conftest import NOW, US
from tests.integration.spapi.scripted import HTML_503, NO_ORDERS, Scripted, ScriptedAmazon, answer, errors

SEARCH = SearchQuery(marketplace_ids=(US,), last_updated_after=NOW - timedelta(hours=1))
NEXT_PAGE = SearchQuery(
    marketplace_ids=(US,), last_updated_after=SEARCH.last_updated_after, page_token="page-2"
)


def client_of(account: Account, now: datetime = NOW) -> SellerClient:
    return SellerClient(account, clock=lambda: now)


def tokens_left(account: Account, operation: str = "searchOrders") -> float:
    return round(QuotaBucket.objects.get(account=account, operation=operation).tokens, 6)


def test_a_search_sends_what_amazon_documents_and_nothing_else(
    account: Account, amazon: ScriptedAmazon
) -> None:
    query = SearchQuery(
        marketplace_ids=(US, "A2EUQ1WTGCTBG2"),
        last_updated_after=datetime(2026, 11, 20, 4, 0, 0, 999_999, timezone(timedelta(hours=-1))),
        last_updated_before=NOW - timedelta(minutes=2),
        data_sets=("FULFILLMENT", "PROCEEDS"),
        page_token="a/b+c=",
    )
    with client_of(account) as client:
        client.search_orders(query)
    [seen] = amazon.seen
    assert (seen.method, seen.path) == ("GET", "/orders/2026-01-01/orders")
    assert seen.query == {
        "marketplaceIds": f"{US},A2EUQ1WTGCTBG2",
        "lastUpdatedAfter": "2026-11-20T05:00:00.999Z",
        "lastUpdatedBefore": "2026-11-20T11:58:00.000Z",
        "includedData": "FULFILLMENT,PROCEEDS",
        "maxResultsPerPage": "100",
        "paginationToken": "a/b+c=",
    }
    assert seen.headers["host"] == amazon.netloc
    assert seen.headers["x-amz-access-token"] == "Atza|1"


def test_a_search_never_asks_for_the_future(account: Account, amazon: ScriptedAmazon) -> None:
    with client_of(account) as client:
        client.search_orders(SearchQuery((US,), NOW + timedelta(hours=3)))
    assert amazon.seen[0].query["lastUpdatedAfter"] == "2026-11-20T12:00:00.000Z"


def test_a_search_without_marketplaces_is_a_bug(account: Account, amazon: ScriptedAmazon) -> None:
    with client_of(account) as client, pytest.raises(ValueError, match="names its marketplaces"):
        client.search_orders(SearchQuery((), NOW))
    assert amazon.seen == []


def test_a_moment_is_cut_not_rounded() -> None:
    assert iso(datetime(2026, 11, 20, 12, 0, 0, 999_999, tzinfo=UTC)) == "2026-11-20T12:00:00.999Z"


def test_a_page_holds_orders_the_next_token_and_the_bound_really_used(
    account: Account, amazon: ScriptedAmazon
) -> None:
    document = NO_ORDERS | {"orders": [{"orderId": "1"}, None], "pagination": {"nextToken": "page-2"}}
    amazon.api.append(answer(document))
    with client_of(account) as client:
        page = client.search_orders(SEARCH)
        last = client.search_orders(NEXT_PAGE)
    assert page.orders == [{"orderId": "1"}, None]
    assert (page.next_token, last.next_token) == ("page-2", None)
    assert page.last_updated_before == datetime(2026, 11, 20, 11, 58, tzinfo=UTC)
    assert page.asked_at == NOW
    assert client.requests == 2


@pytest.mark.parametrize("bound", [None, "soon", 7])
def test_a_page_whose_bound_cannot_be_read_has_none(
    account: Account, amazon: ScriptedAmazon, bound: object
) -> None:
    amazon.api.append(answer({"orders": [], "lastUpdatedBefore": bound}))
    with client_of(account) as client:
        assert client.search_orders(SEARCH).last_updated_before is None


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(HTML_503, id="an HTML 503"),
        pytest.param(answer({"message": "Internal Server Error"}, 500), id="a bare 500"),
        pytest.param(errors(500, "InternalFailure"), id="a 500 in Amazon's form"),
        pytest.param(Scripted(502, b""), id="an empty 502"),
        pytest.param(errors(504, "GatewayTimeout"), id="a 504"),
        pytest.param(Scripted(302, b"", {"location": "https://elsewhere.invalid/"}), id="a redirect"),
        pytest.param(Scripted(404, b"<html>nothing here</html>"), id="a 404 that is not Amazon's"),
        pytest.param(answer({}), id="200 without orders"),
        pytest.param(answer({"orders": None}), id="200 with null for orders"),
        pytest.param(answer({"payload": {"Orders": []}}), id="200 of another version"),
        pytest.param(answer([]), id="200 with a list"),
        pytest.param(answer("fine"), id="200 with a text"),
        pytest.param(answer({"orders": [], "errors": [{"code": "x"}]}), id="200 with errors"),
        pytest.param(Scripted(200, b""), id="an empty 200"),
        pytest.param(Scripted(200, b"<html>maintenance</html>"), id="a 200 page"),
        pytest.param(Scripted(200, b"\xff\xfe\x00broken"), id="a body that is no text"),
        pytest.param(Scripted(200, b'{"orders": [{"orde'), id="a cut body of the right length"),
        pytest.param(Scripted(200, b'{"orders": [', declared=4000), id="a cut body"),
        pytest.param(Scripted(is_dropped=True), id="a dropped connection"),
    ],
)
def test_what_is_no_answer_is_asked_again_later(
    account: Account, amazon: ScriptedAmazon, script: Scripted
) -> None:
    amazon.api.append(script)
    with client_of(account) as client:
        with pytest.raises(RetryLater) as caught:
            client.search_orders(SEARCH)
        assert client.requests == 1
    assert type(caught.value) is RetryLater
    assert caught.value.after == timedelta(seconds=60)
    assert not caught.value.is_quota
    assert len(amazon.seen) == 1


def test_an_answer_that_takes_too_long_is_asked_again_later(account: Account, amazon: ScriptedAmazon) -> None:
    amazon.api.append(Scripted(delay_seconds=2))
    with patch.object(package, "TIMEOUT_SECONDS", 0.2), client_of(account) as client:
        with pytest.raises(RetryLater, match="cannot be reached"):
            client.search_orders(SEARCH)


def test_an_address_where_nobody_listens_is_tried_again_later(
    account: Account, amazon: ScriptedAmazon, settings: Settings
) -> None:
    settings.SPAPI_ENDPOINT = "http://127.0.0.1:9"
    with client_of(account) as client, pytest.raises(RetryLater, match="cannot be reached"):
        client.search_orders(SEARCH)


@pytest.mark.parametrize("script", [errors(400, "InvalidInput"), Scripted(400, b"")])
def test_a_refused_page_token_has_an_exception_of_its_own(
    account: Account, amazon: ScriptedAmazon, script: Scripted
) -> None:
    amazon.api.append(script)
    with client_of(account) as client, pytest.raises(PageTokenRefused):
        client.search_orders(NEXT_PAGE)


@pytest.mark.parametrize(
    "script", [errors(400, "InvalidInput", "A\nB"), Scripted(400, b""), errors(413, "Large")]
)
def test_a_refused_search_is_never_refused_for_good(
    account: Account, amazon: ScriptedAmazon, script: Scripted
) -> None:
    amazon.api.append(script)
    with client_of(account) as client, pytest.raises(SearchRefused) as caught:
        client.search_orders(SEARCH)
    assert isinstance(caught.value, RetryLater)
    assert "\n" not in str(caught.value)


def test_an_order_is_asked_for_by_its_id(account: Account, amazon: ScriptedAmazon) -> None:
    amazon.api.append(answer({"order": {"orderId": "1/2"}}))
    with client_of(account) as client:
        found = client.get_order("1/2", ("BUYER", "PACKAGES"))
    assert (found.order, found.asked_at) == ({"orderId": "1/2"}, NOW)
    assert amazon.seen[0].path == "/orders/2026-01-01/orders/1%2F2"
    assert amazon.seen[0].query == {"includedData": "BUYER,PACKAGES"}
    assert tokens_left(account, "getOrder") == 29.0


def test_an_order_amazon_does_not_have_is_none(account: Account, amazon: ScriptedAmazon) -> None:
    amazon.api.append(errors(404, "NotFound"))
    with client_of(account) as client:
        assert client.get_order("1").order is None


@pytest.mark.parametrize("script", [Scripted(404, b"<html>"), answer({}), answer({"order": None})])
def test_no_order_is_believed_only_in_amazons_own_form(
    account: Account, amazon: ScriptedAmazon, script: Scripted
) -> None:
    amazon.api.append(script)
    with client_of(account) as client, pytest.raises(RetryLater):
        client.get_order("1")


def test_a_refused_order_id_is_rejected_for_good(account: Account, amazon: ScriptedAmazon) -> None:
    amazon.api.append(errors(400, "InvalidInput", "Invalid Input"))
    with client_of(account) as client, pytest.raises(Rejected) as caught:
        client.get_order("x")
    assert (caught.value.status, caught.value.code) == (400, "InvalidInput")
    assert str(caught.value) == "Amazon refuses getOrder (HTTP 400): Invalid Input"


def test_participations_are_read(account: Account, amazon: ScriptedAmazon) -> None:
    entry = {
        "marketplace": {"id": US},
        "storeName": "BestSellerStore",
        "participation": {"isParticipating": True, "hasSuspendedListings": False},
    }
    amazon.api.append(answer({"payload": [entry, {"storeName": "no marketplace"}]}))
    with client_of(account) as client:
        [one] = client.marketplace_participations()
    assert (one.marketplace_id, one.store_name) == (US, "BestSellerStore")
    assert (one.is_participating, one.has_suspended_listings) == (True, False)
    assert amazon.seen[0].query == {}


def test_an_account_that_is_not_stored_spends_no_quota(
    db: None, account: Account, amazon: ScriptedAmazon
) -> None:
    amazon.api.append(answer({"payload": []}))
    trial = Account(
        seller_id=account.seller_id, region="NA", sealed_refresh_token=account.sealed_refresh_token
    )
    with client_of(trial) as client:
        assert client.marketplace_participations() == []
    assert not QuotaBucket.objects.exists()


def test_a_refresh_token_that_cannot_be_opened_needs_a_person(account: Account) -> None:
    account.seller_id = "ANOTHER"
    with pytest.raises(StoreMisconfigured, match="FIELD_ENCRYPTION_KEYS"):
        client_of(account)


def test_missing_credentials_of_the_application_need_a_person(account: Account, settings: Settings) -> None:
    settings.SPAPI_CLIENT_ID = ""
    with pytest.raises(StoreMisconfigured, match="SPAPI_CLIENT_ID"):
        client_of(account)


def test_an_idle_poll_makes_no_tls_context_and_two_statements(
    account: Account, amazon: ScriptedAmazon
) -> None:
    amazon.api.extend([answer(NO_ORDERS, x_amzn_RateLimit_Limit="0.0056")] * 2)
    with client_of(account) as client:
        client.search_orders(SEARCH)
    made = []
    with (
        patch.object(ssl.SSLContext, "__new__", lambda cls, *a, **k: made.append(cls)),
        CaptureQueriesContext(
            connection,
        ) as statements,
        client_of(account) as client,
    ):
        client.search_orders(SEARCH)
    assert made == []
    assert len(statements) == 2
    assert len(amazon.lwa_seen) == 1


def test_logs_name_the_operation_and_the_request_and_hold_no_secret(
    account: Account, amazon: ScriptedAmazon
) -> None:
    amazon.api.append(answer(NO_ORDERS | {"orders": [{"buyer": "Alex Morgan"}]}, x_amzn_RequestId="req-1"))
    with structlog.testing.capture_logs() as logs, client_of(account) as client:
        client.search_orders(SEARCH)
    lwa, call = logs
    assert lwa["event"] == "lwa_request"
    assert (call["operation"], call["status"], call["request_id"]) == ("searchOrders", 200, "req-1")
    assert call["account"] == account.pk
    written = json.dumps(logs)
    assert not [secret for secret in ("Atza", "Atzr", "refresh-1", "Alex") if secret in written]


def test_both_connections_are_closed(account: Account, amazon: ScriptedAmazon) -> None:
    close_for_real = httpx.Client.close
    with (
        patch.object(httpx.Client, "close", autospec=True, side_effect=close_for_real) as close,
        client_of(account) as client,
    ):
        client.search_orders(SEARCH)
    assert close.call_count == 2
