"""The sandbox's Feeds API against Amazon's own model and its pairs of request and answer."""

from typing import Any

import pytest

from sandbox.clock import parse_iso
from sandbox.datasets import Json
from sandbox.feeds import Document, Feed
from sandbox.reports import STATUSES
from tests.sandbox.conformance import MODELS, amazon_at, as_query, assert_is, model, parameters
from tests.sandbox.conftest import SELLER, Caller
from tests.sandbox.conftest import read as read_answer

pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason="Amazon's models are not beside the project")
FEEDS = "feeds-api-model/feeds_2021-06-30.json"
ROOT = "/feeds/2021-06-30"


def pairs(path: str, verb: str, status: int) -> list[Json]:
    """Amazon's static pairs of an operation; where the models are absent, one that is never read."""
    if not MODELS.is_dir():
        return [{}]
    answer = model(FEEDS)["paths"][ROOT + path][verb]["responses"][str(status)]
    found: list[Json] = answer["x-amzn-api-sandbox"]["static"]
    return found


def caller_at_that_time() -> Caller:
    caller = amazon_at("2024-03-12T14:00:00Z", [])
    caller.headers["host"] = "sandbox"
    return caller


def keep(caller: Caller, told: Json, *, feed_id: str | None = None, result_id: str | None = None) -> None:
    """A feed as Amazon's example tells of it."""
    feed = Feed(
        feed_id=told["feedId"],
        seller_id=SELLER,
        feed_type=told["feedType"],
        marketplace_ids=(),
        document_id="",
        created_at=parse_iso(told["createdTime"]),
        status=told["processingStatus"],
        processing_started_at=parse_iso(told["processingStartTime"]),
        processing_ended_at=parse_iso(told["processingEndTime"]),
        result_id=result_id,
    )
    # Amazon's example asks for one number and is told another.
    caller.amazon.world.feeds._feeds[SELLER, feed_id or feed.feed_id] = feed


def asked_id(pair: Json, name: str = "feedId") -> str:
    return str(parameters(pair).get(name, "unknown"))


def example() -> Json:
    [pair] = pairs("/feeds/{feedId}", "get", 200)
    told: Json = pair["response"]
    return told


@pytest.mark.parametrize("pair", pairs("/documents", "post", 201))
def test_a_place_for_a_document_is_named_alike(pair: Json) -> None:
    body = parameters(pair)["body"]
    answer = read_answer(caller_at_that_time().call("POST", f"{ROOT}/documents", body), 201)
    assert_is(answer, "CreateFeedDocumentResponse", FEEDS)
    assert answer.keys() == pair["response"].keys()


@pytest.mark.parametrize("pair", pairs("/feeds", "post", 202))
def test_a_feed_is_taken(pair: Json) -> None:
    caller, body = caller_at_that_time(), parameters(pair)["body"]
    caller.amazon.world.add_seller(SELLER, "Harbor", [*body["marketplaceIds"]])
    caller.amazon.world.feeds.documents[body["inputFeedDocumentId"]] = Document(SELLER, "text/xml", b"<a/>")
    answer = read_answer(caller.call("POST", f"{ROOT}/feeds", body), 202)
    assert_is(answer, "CreateFeedResponse", FEEDS)
    assert answer.keys() == pair["response"].keys()


@pytest.mark.parametrize("pair", pairs("/feeds/{feedId}", "get", 200))
def test_a_feed_is_told_alike(pair: Json) -> None:
    caller = caller_at_that_time()
    keep(caller, pair["response"], feed_id=asked_id(pair))
    answer = read_answer(caller.call("GET", f"{ROOT}/feeds/{asked_id(pair)}"))
    assert_is(answer, "Feed", FEEDS)
    assert answer == pair["response"]


@pytest.mark.parametrize("pair", pairs("/feeds", "get", 200))
def test_feeds_are_listed_alike(pair: Json) -> None:
    caller = caller_at_that_time()
    [told] = pair["response"]["feeds"]
    for number in range(10):
        keep(caller, told | {"createdTime": "2024-03-01T00:00:00Z"}, feed_id=f"older-{number}")
    keep(caller, told)
    answer = read_answer(caller.call("GET", f"{ROOT}/feeds", **as_query(parameters(pair))))
    assert_is(answer, "GetFeedsResponse", FEEDS)
    assert answer["feeds"][0] == told
    assert answer["nextToken"]


@pytest.mark.parametrize("pair", pairs("/feeds/{feedId}", "delete", 200))
def test_a_feed_in_the_queue_is_cancelled(pair: Json) -> None:
    caller = caller_at_that_time()
    keep(caller, example() | {"processingStatus": "IN_QUEUE"}, feed_id=asked_id(pair))
    assert caller.call("DELETE", f"{ROOT}/feeds/{asked_id(pair)}").status == 200


@pytest.mark.parametrize("pair", pairs("/documents/{feedDocumentId}", "get", 200))
def test_a_result_is_named_alike(pair: Json) -> None:
    caller = caller_at_that_time()
    document_id = asked_id(pair, "feedDocumentId")
    keep(caller, example(), result_id=document_id)
    answer = read_answer(caller.call("GET", f"{ROOT}/documents/{document_id}"))
    assert_is(answer, "FeedDocument", FEEDS)
    assert answer["feedDocumentId"] == pair["response"]["feedDocumentId"]


def refused() -> list[tuple[str, str, Json]]:
    operations = (
        ("post", "/documents"),
        ("get", "/documents/{feedDocumentId}"),
        ("post", "/feeds"),
        ("get", "/feeds"),
        ("get", "/feeds/{feedId}"),
        ("delete", "/feeds/{feedId}"),
    )
    return [(verb, path, pair) for verb, path in operations for pair in pairs(path, verb, 400)]


@pytest.mark.parametrize(("verb", "path", "pair"), refused())
def test_what_amazon_refuses_is_refused_alike(verb: str, path: str, pair: Json) -> None:
    caller = caller_at_that_time()
    address = path.format(feedId=asked_id(pair), feedDocumentId=asked_id(pair, "feedDocumentId"))
    values: Any = parameters(pair)
    query = as_query(values) if verb == "get" and path == "/feeds" else {}
    answer = read_answer(caller.call(verb.upper(), ROOT + address, values.get("body"), **query), 400)
    assert_is(answer, "ErrorList", FEEDS)
    assert answer == pair["response"]


def test_we_know_the_models_statuses() -> None:
    from_model = model(FEEDS)["definitions"]["Feed"]["properties"]["processingStatus"]["enum"]
    assert sorted(from_model) == sorted(STATUSES)
