"""Feeds 2021-06-30: createFeedDocument, the document's place, createFeed, getFeeds, getFeed, cancelFeed,
getFeedDocument.

The places look like signed ones of Amazon's S3 and lie at this very server: whoever has the address needs no
token, for five minutes.
"""

import gzip
import re
from collections.abc import Callable
from datetime import datetime

from sandbox import feed_processing
from sandbox.calls import Call, Operation
from sandbox.clock import parse_iso
from sandbox.faults import Fault
from sandbox.feeds import Feed
from sandbox.quota import UsagePlan
from sandbox.reports import CANCELLED, DONE, FATAL, IN_PROGRESS, IN_QUEUE, STATUSES
from sandbox.reports_api import signed_address, signed_rightly
from sandbox.wire import Request, Response, SpApiError, json_response, unauthorized
from sandbox.world import World

TYPES = (feed_processing.CANCEL, feed_processing.REFUND, "POST_PRODUCT_DATA", feed_processing.FULFILL)
FOREIGN_URL = "https://feeds.example.com/stolen.xml"
_ROOT = "/feeds/2021-06-30"


def create_feed_document(call: Call) -> Response:
    body = call.request.json()
    content_type = body.get("contentType") if isinstance(body, dict) else None
    if not isinstance(content_type, str) or not content_type:
        raise _invalid("Invalid input")
    document_id = call.world.feeds.new_document(call.seller.seller_id, content_type)
    url = _url(call, document_id)
    return json_response({"feedDocumentId": document_id, "url": url}, 201)


def put_document(request: Request, document_id: str, world: World, now: datetime) -> Response:
    """What is put at the signed place; S3 refuses in XML, which nobody reads."""
    place = world.feeds.documents.get(document_id)
    # S3 signs the content type along: another one breaks the signature.
    is_right = place is not None and request.headers.get("content-type") == place.content_type
    if place is None or not is_right or not signed_rightly(request, document_id, now):
        return Response(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", "application/xml")
    place.body = request.body
    return Response(200)


def create_feed(call: Call) -> Response:
    body = call.request.json()
    if not isinstance(body, dict) or body.get("feedType") not in TYPES:
        raise _invalid("Invalid input")
    marketplaces = body.get("marketplaceIds")
    if not isinstance(marketplaces, list) or not 1 <= len(marketplaces) <= 25:
        raise _invalid("Invalid input")
    for marketplace_id in marketplaces:
        if not call.seller.participates(str(marketplace_id)):
            raise unauthorized(f"The seller does not participate in marketplace {marketplace_id}.")
    place = call.world.feeds.documents.get(str(body.get("inputFeedDocumentId")))
    if place is None or place.seller_id != call.seller.seller_id or place.body is None or place.is_handed_in:
        raise _invalid("Invalid input")
    place.is_handed_in = True
    feed = Feed(
        feed_id=call.world.feeds.new_id(),
        seller_id=call.seller.seller_id,
        feed_type=body["feedType"],
        marketplace_ids=tuple(map(str, marketplaces)),
        document_id=body["inputFeedDocumentId"],
        created_at=call.now,
        ends_as=_ends_as(call.fault),
    )
    call.world.feeds.add(feed)
    begins, ends = call.world.feeds.times(call.now)
    call.world.schedule(begins, lambda due: _begin(feed, due))
    call.world.schedule(ends, lambda due: _finish(call.world, feed, due))
    return json_response({"feedId": feed.feed_id}, 202)


def get_feed(call: Call) -> Response:
    return json_response(_found(call).as_json())


def get_feeds(call: Call) -> Response:
    statuses, types = _listed(call, "processingStatuses"), _listed(call, "feedTypes")
    if not set(statuses) <= set(STATUSES):
        raise _invalid("Dates were not provided")
    if not types:
        raise _invalid("Invalid input")
    since = parse_iso(call.query["createdSince"]) if "createdSince" in call.query else None
    found = [
        feed
        for feed in call.world.feeds.of(call.seller.seller_id)
        if feed.feed_type in types
        and (not statuses or feed.status in statuses)
        and (since is None or feed.created_at >= since)
    ]
    size = int(call.query.get("pageSize", "10"))
    answer: dict[str, object] = {"feeds": [feed.as_json() for feed in found[:size]]}
    if len(found) > size:
        answer["nextToken"] = "VGhlcmUgaXMgbW9yZQ=="
    return json_response(answer)


def cancel_feed(call: Call) -> Response:
    feed = _found(call)
    if feed.status != IN_QUEUE:
        raise _invalid("Only feeds in the queue can be cancelled")
    feed.status, feed.processing_ended_at = CANCELLED, call.now
    return Response(200)


def get_feed_document(call: Call) -> Response:
    document_id = call.arguments["document_id"]
    own = {feed.result_id for feed in call.world.feeds.of(call.seller.seller_id)}
    if document_id not in own:
        raise _invalid("Invalid input")
    url = _url(call, document_id)
    return json_response({"feedDocumentId": document_id, "url": url, "compressionAlgorithm": "GZIP"})


def _url(call: Call, document_id: str) -> str:
    if call.fault is not None and call.fault.kind == "foreign_document":
        return FOREIGN_URL
    return f"http://{call.request.headers.get('host', '')}{signed_address(document_id, call.now)}"


def _ends_as(fault: Fault | None) -> str:
    if fault is None:
        return DONE
    return {"fatal_feed": FATAL, "cancelled_feed": CANCELLED}.get(fault.kind, DONE)


def _begin(feed: Feed, due: datetime) -> None:
    if feed.status != IN_QUEUE:
        return
    if feed.ends_as == CANCELLED:
        feed.status, feed.processing_ended_at = CANCELLED, due
    else:
        feed.status, feed.processing_started_at = IN_PROGRESS, due


def _finish(world: World, feed: Feed, due: datetime) -> None:
    if feed.status != IN_PROGRESS:
        return
    feed.processing_ended_at, feed.status = due, feed.ends_as
    if feed.ends_as != DONE:
        return
    body = world.feeds.documents[feed.document_id].body or b""
    report = feed_processing.process(world, feed, body, due)
    feed.result_id = f"amzn1.tortuga.4.na.{feed.feed_id}"
    world.reports.documents[feed.result_id] = gzip.compress(report, mtime=0)


def _found(call: Call) -> Feed:
    feed = call.world.feeds.find(call.seller.seller_id, call.arguments["feed_id"])
    if feed is None:
        raise _invalid("Invalid input")
    return feed


def _listed(call: Call, name: str) -> list[str]:
    return [one for one in call.query.get(name, "").split(",") if one]


def _invalid(details: str) -> SpApiError:
    """As with reports, Amazon writes the status where others write a code."""
    return SpApiError(400, "400", "Invalid input", details)


def _operation(
    name: str, method: str, path: str, plan: UsagePlan, answer: Callable[[Call], Response]
) -> Operation:
    return Operation(name, method, re.compile(_ROOT + path), plan, answer)


OPERATIONS = (
    _operation("createFeedDocument", "POST", "/documents", UsagePlan(0.5, 15), create_feed_document),
    _operation("createFeed", "POST", "/feeds", UsagePlan(0.0083, 15), create_feed),
    _operation("getFeeds", "GET", "/feeds", UsagePlan(0.0222, 10), get_feeds),
    _operation("getFeed", "GET", r"/feeds/(?P<feed_id>[^/]+)", UsagePlan(2.0, 15), get_feed),
    _operation("cancelFeed", "DELETE", r"/feeds/(?P<feed_id>[^/]+)", UsagePlan(2.0, 15), cancel_feed),
    _operation(
        "getFeedDocument",
        "GET",
        r"/documents/(?P<document_id>[^/]+)",
        UsagePlan(0.0222, 10),
        get_feed_document,
    ),
)
