"""The application's own calls: grantless tokens, and answers believed only if they are answers."""

import json
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from amazon_orders.models import Account
from integration.spapi.application import ApplicationClient
from integration.spapi.client import SellerClient
from integration.spapi.errors import Rejected, RetryLater, SpApiFailure, StoreMisconfigured
from integration.spapi.notifications import Subscription
from tests.integration.spapi.scripted import HTML_503, Scripted, ScriptedAmazon, answer, errors

pytestmark = pytest.mark.django_db
ARN = "arn:aws:sqs:us-east-1:123456789012:orders"
DESTINATION = {"destinationId": "d-1", "name": "orders", "resource": {"sqs": {"arn": ARN}}}
SUBSCRIPTION = {"subscriptionId": "s-1", "destinationId": "d-1", "payloadVersion": "1.0"}


@pytest.fixture
def client(amazon: ScriptedAmazon) -> Iterator[ApplicationClient]:
    with ApplicationClient(region="EU") as client:
        yield client


def ensure(client: ApplicationClient) -> str:
    return client.ensure_destination(name="orders", arn=ARN)


def test_a_destination_is_made_with_a_token_of_the_application_and_amazons_own_body(
    amazon: ScriptedAmazon, client: ApplicationClient
) -> None:
    amazon.api.append(answer({"payload": DESTINATION}))
    assert ensure(client) == "d-1"
    [asked] = amazon.lwa_seen
    assert {name: values[0] for name, values in parse_qs(asked.body).items()} == {
        "grant_type": "client_credentials",
        "scope": "sellingpartnerapi::notifications",
        "client_id": "amzn1.application-oa2-client.tests",
        "client_secret": "tests",
    }
    [seen] = amazon.seen
    assert (seen.method, seen.path, seen.query) == ("POST", "/notifications/v1/destinations", {})
    assert json.loads(seen.body) == {"name": "orders", "resourceSpecification": {"sqs": {"arn": ARN}}}
    assert (seen.headers["x-amz-access-token"], seen.headers["host"]) == ("Atza|1", amazon.netloc)


def test_one_that_amazon_has_already_is_looked_up(amazon: ScriptedAmazon, client: ApplicationClient) -> None:
    other = {"destinationId": "d-0", "name": "x", "resource": {"eventBridge": {"name": "bus"}}}
    amazon.api += [errors(409, "Conflict"), answer({"payload": [other, DESTINATION]})]
    assert ensure(client) == "d-1"
    assert [seen.method for seen in amazon.seen] == ["POST", "GET"]
    assert len(amazon.lwa_seen) == 1


@pytest.mark.parametrize(
    ("answered", "failure"),
    [
        ([HTML_503], RetryLater),
        ([answer({"payload": {}})], RetryLater),
        ([answer({"payload": {"destinationId": 5}})], RetryLater),
        ([answer([])], RetryLater),
        ([errors(429, "QuotaExceeded")], RetryLater),
        ([Scripted(is_dropped=True)], RetryLater),
        ([errors(409, "Conflict"), answer({"payload": []})], RetryLater),
        ([errors(409, "Conflict"), answer({"payload": None})], RetryLater),
        ([errors(400, "InvalidInput", "The queue cannot be written to.")], Rejected),
        ([errors(403, "Unauthorized")], StoreMisconfigured),
    ],
)
def test_what_is_no_answer_is_not_believed(
    amazon: ScriptedAmazon,
    client: ApplicationClient,
    answered: list[Scripted],
    failure: type[SpApiFailure],
) -> None:
    amazon.api += answered
    with pytest.raises(failure):
        ensure(client)


def test_a_token_that_amazon_refuses_is_renewed_once(amazon: ScriptedAmazon) -> None:
    amazon.api += [answer({"payload": DESTINATION}), errors(403, "Unauthorized")]
    amazon.api += [answer({"payload": DESTINATION})]
    for _ in range(2):
        with ApplicationClient(region="NA") as client:
            assert ensure(client) == "d-1"
    assert [seen.headers["x-amz-access-token"] for seen in amazon.seen] == ["Atza|1", "Atza|1", "Atza|2"]


def test_an_application_without_the_role_is_told(amazon: ScriptedAmazon, client: ApplicationClient) -> None:
    amazon.lwa.append(answer({"error": "invalid_scope"}, 400))
    with pytest.raises(StoreMisconfigured, match="roles"):
        ensure(client)


def test_a_subscription_that_is_gone_already_is_deleted(
    amazon: ScriptedAmazon, client: ApplicationClient
) -> None:
    amazon.api += [answer({}), errors(404, "NotFound"), errors(400, "InvalidInput")]
    client.delete_subscription("s-1")
    client.delete_subscription("s-1")
    with pytest.raises(Rejected):
        client.delete_subscription("s-1")
    assert {(seen.method, seen.path) for seen in amazon.seen} == {
        ("DELETE", "/notifications/v1/subscriptions/ORDER_CHANGE/s-1")
    }


def test_a_seller_subscribes_with_his_own_token_and_amazons_own_body(
    amazon: ScriptedAmazon, account: Account
) -> None:
    amazon.api += [errors(404, "NotFound"), answer({"payload": SUBSCRIPTION})]
    with SellerClient(account) as client:
        assert client.subscription() is None
        assert client.subscribe(destination_id="d-1") == Subscription("s-1", "d-1")
    asked, made = amazon.seen
    assert (asked.method, made.method) == ("GET", "POST")
    assert asked.path == made.path == "/notifications/v1/subscriptions/ORDER_CHANGE"
    assert (asked.query, made.query) == ({}, {})
    assert sorted(json.loads(made.body)) == ["destinationId", "payloadVersion", "processingDirective"]
    assert parse_qs(amazon.lwa_seen[0].body)["grant_type"] == ["refresh_token"]


@pytest.mark.parametrize("document", [{}, {"payload": {"subscriptionId": "s-1"}}, {"payload": "s-1"}, []])
def test_a_subscription_that_is_none_is_not_believed(
    amazon: ScriptedAmazon, account: Account, document: object
) -> None:
    amazon.api.append(answer(document))
    with SellerClient(account) as client, pytest.raises(RetryLater):
        client.subscription()
