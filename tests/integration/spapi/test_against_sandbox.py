"""The client against the sandbox: what a sync walks through, with the sandbox's own rules in force."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from amazon_orders.models import Account
from integration.spapi import auth
from integration.spapi.client import SearchQuery, SellerClient
from integration.spapi.errors import AccessDenied, PageTokenRefused, RetryLater, StoreMisconfigured
from sandbox.amazon import Amazon
from sandbox.clock import Clock
from sandbox.samples import sample_orders
from sandbox.server import SandboxServer
from tests.integration.spapi.conftest import NOW, US

CANADA, MEXICO = "A2EUQ1WTGCTBG2", "A1AM78C64UM0Y8"
SEARCH = SearchQuery((US, CANADA), NOW - timedelta(days=1), data_sets=("FULFILLMENT", "PROCEEDS"))


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[Amazon]:
    amazon = Amazon(clock=Clock(NOW), quota="real")
    amazon.add_seller("A1SELLER", "Harbor & Pine", ("US", "CA"), "Atzr|refresh-1")
    for order in sample_orders(250, created=NOW - timedelta(hours=5)):
        amazon.world.put_order("A1SELLER", order)
    with SandboxServer(amazon) as server:
        settings.SPAPI_ENDPOINT, settings.SPAPI_LWA_URL = server.url, server.lwa_url
        auth.TOKENS.clear()
        yield amazon


@pytest.fixture
def client(account: Account, sandbox: Amazon) -> Iterator[SellerClient]:
    with SellerClient(account, clock=sandbox.clock.now) as client:
        yield client


def test_pages_follow_each_other_to_the_end(client: SellerClient) -> None:
    found, query = [], SEARCH
    while True:
        page = client.search_orders(query)
        found += [order["orderId"] for order in page.orders]
        if page.next_token is None:
            break
        query = SearchQuery((US, CANADA), SEARCH.last_updated_after, None, SEARCH.data_sets, page.next_token)
    assert (len(found), len(set(found)), client.requests) == (250, 250, 3)
    assert page.last_updated_before == datetime(2026, 11, 20, 11, 58, tzinfo=UTC)


def test_our_bucket_is_empty_before_amazons(client: SellerClient, sandbox: Amazon) -> None:
    for _ in range(20):
        client.search_orders(SEARCH)
    with pytest.raises(RetryLater):
        client.search_orders(SEARCH)
    assert {one.status for one in sandbox.log} == {200}
    sandbox.clock.advance(178.572)
    client.search_orders(SEARCH)


def test_a_token_of_another_search_is_refused(client: SellerClient) -> None:
    page = client.search_orders(SEARCH)
    with pytest.raises(PageTokenRefused):
        client.search_orders(
            SearchQuery((US,), SEARCH.last_updated_after, None, SEARCH.data_sets, page.next_token)
        )


def test_a_marketplace_the_seller_left_denies_the_search_and_participations_name_it(
    client: SellerClient, sandbox: Amazon
) -> None:
    sandbox.world.sellers["A1SELLER"].participations[CANADA] = False
    with pytest.raises(AccessDenied):
        client.search_orders(SEARCH)
    found = client.marketplace_participations()
    assert {one.marketplace_id: one.is_participating for one in found} == {US: True, CANADA: False}


def test_an_expired_access_token_is_renewed(client: SellerClient, sandbox: Amazon) -> None:
    client.marketplace_participations()
    sandbox.clock.advance(7_200)
    assert client.search_orders(SEARCH).orders


def test_a_revoked_consent_needs_a_person(client: SellerClient, sandbox: Amazon) -> None:
    client.search_orders(SEARCH)
    sandbox.tokens.revoke("A1SELLER")
    with pytest.raises(StoreMisconfigured, match="reauthorize_store"):
        client.search_orders(SEARCH)


def test_one_order_is_read_and_an_unknown_one_is_none(client: SellerClient) -> None:
    known = client.search_orders(SEARCH).orders[0]["orderId"]
    assert client.get_order(known, ("FULFILLMENT",)).order["orderId"] == known
    assert client.get_order("999-9999999-9999999").order is None
