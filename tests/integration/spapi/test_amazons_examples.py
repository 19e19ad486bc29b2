"""The example answers of Amazon's own models, read by what reads them here: the sandbox is not in between."""

from collections.abc import Mapping
from typing import Any

import pytest

from integration.spapi import answers, feeds, notifications
from integration.spapi.package import Answer
from tests.integration.spapi.conftest import NOW
from tests.sandbox import amazon_models
from tests.sandbox.amazon_models import ABSENT, AMAZONS

pytestmark = pytest.mark.skipif(not AMAZONS.is_dir(), reason=ABSENT)


def shown(operation: str, path: str) -> list[Mapping[str, Any]]:
    """Amazon's example answers of an operation that went well."""
    [found] = [
        each for each in amazon_models.operations() if each.name == operation and each.path.startswith(path)
    ]
    pairs = [
        pair
        for status, response in found.responses.items()
        if status.startswith("2")
        for pair in response["x-amzn-api-sandbox"]["static"]
    ]
    return [pair["response"] for pair in pairs]


def answer(document: Mapping[str, Any]) -> Answer:
    return Answer(status=200, request_id="", rate=None, document=document)


def test_search_pages() -> None:
    pages = shown("searchOrders", "/orders/2026-01-01")
    read = [answers.search_page(answer(page), asked_at=NOW) for page in pages]
    assert [len(page.orders) for page in read] == [len(page["orders"]) for page in pages]
    assert [page.next_token for page in read] == [
        page.get("pagination", {}).get("nextToken") or None for page in pages
    ]
    assert len(read) == 3


def test_orders() -> None:
    documents = shown("getOrder", "/orders/2026-01-01")
    read = [
        answers.order_answer(answer(document), document["order"]["orderId"], asked_at=NOW).order
        for document in documents
    ]
    assert read == [document["order"] for document in documents]
    assert len(read) == 3


def test_participations() -> None:
    [document] = shown("getMarketplaceParticipations", "/sellers")
    [read] = answers.participations(answer(document))
    assert read == answers.Participation("ATVPDKIKX0DER", "BestSellerStore", True, False)


def test_reports() -> None:
    [made] = shown("createReport", "/reports")
    [told] = shown("getReport", "/reports")
    [document] = shown("getReportDocument", "/reports")
    assert answers.report_id(answer(made)) == "ID323"
    assert answers.report_answer(answer(told)).status == told["processingStatus"]
    assert answers.document_address(answer(document)).url == document["url"]


def test_feeds() -> None:
    [told] = shown("getFeed", "/feeds")
    [listed] = shown("getFeeds", "/feeds")
    read = [feeds._feed(each) for each in (told, *listed["feeds"])]
    assert {each.status for each in read} <= set(feeds.FeedStatus)
    assert all(each.feed_id and each.created_at for each in read)
    [document] = shown("getFeedDocument", "/feeds")
    assert answers.text_of(answer(document), "getFeedDocument", "url") == document["url"]


def test_destinations_and_subscriptions() -> None:
    [made] = shown("createDestination", "/notifications")
    [listed] = shown("getDestinations", "/notifications")
    [subscribed] = shown("createSubscription", "/notifications")
    [told] = shown("getSubscription", "/notifications")
    one = notifications.destination("createDestination", answer(made))
    [same_queue] = notifications.destinations("getDestinations", answer(listed))
    assert one.arn == same_queue.arn == "arn:aws:sqs:us-east-2:444455556666:queue1"
    found = [notifications.subscription("getSubscription", answer(each)) for each in (subscribed, told)]
    assert {each.subscription_id for each in found} == {
        each["payload"]["subscriptionId"] for each in (subscribed, told)
    }


def refusals() -> list[tuple[str, Any]]:
    """Every refusal that some model shows; one that is never read where they are absent."""
    found = []
    for each in amazon_models.operations():
        pairs = each.responses.get("400", {}).get("x-amzn-api-sandbox", {}).get("static", [])
        found += [(each.name, pair["response"]) for pair in pairs if "errors" in pair["response"]]
    return found or [("", None)]


@pytest.mark.parametrize(("operation", "document"), refusals())
def test_a_refusal_of_amazons_is_one_here_with_its_code(operation: str, document: Any) -> None:
    refusal = answers.failure(operation, Answer(400, "", None, document))
    assert refusal is not None
    assert (refusal.status, refusal.code) == (400, document["errors"][0]["code"])
