"""The Feeds API of the sandbox: a document is put, handed in, worked on, answered; orders change by it."""

import gzip
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from integration.outbox import feed_documents
from integration.outbox.feed_documents import ItemToRefund, OrderToCancel, OrderToRefund, Report
from sandbox.amazon import Amazon
from sandbox.datasets import Json
from sandbox.feed_processing import CANCEL, REFUND
from sandbox.lifecycle import ship_everything
from sandbox.wire import Request
from tests.sandbox.conftest import US, Caller, PutOrder, error, order_id, read

ROOT = "/feeds/2021-06-30"
XML = "text/xml; charset=UTF-8"


def put_document(caller: Caller, body: bytes, content_type: str = XML) -> str:
    caller.headers["host"] = "sandbox"
    told = read(caller.call("POST", f"{ROOT}/documents", {"contentType": XML}), 201)
    parts = urlsplit(told["url"])
    put = Request("PUT", parts.path, parts.query, {"content-type": content_type}, body)
    assert caller.amazon.answer(put).status == (200 if content_type == XML else 403)
    return str(told["feedDocumentId"])


def hand_in(caller: Caller, kind: str, body: bytes) -> str:
    wish = {"feedType": kind, "marketplaceIds": [US], "inputFeedDocumentId": put_document(caller, body)}
    return str(read(caller.call("POST", f"{ROOT}/feeds", wish), 202)["feedId"])


def look(caller: Caller, feed_id: str) -> Json:
    found: Json = read(caller.call("GET", f"{ROOT}/feeds/{feed_id}"))
    return found


def report(caller: Caller, feed_id: str) -> Report:
    told = read(caller.call("GET", f"{ROOT}/documents/{look(caller, feed_id)['resultFeedDocumentId']}"))
    parts = urlsplit(told["url"])
    body = gzip.decompress(caller.amazon.answer(Request("GET", parts.path, parts.query)).body)
    return feed_documents.read_report(body.decode())


def items_of(amazon: Amazon, number: int) -> list[str]:
    order = amazon.world.order(order_id(number))
    assert order is not None
    return [item["orderItemId"] for item in order.document()["orderItems"]]


def to_cancel(amazon: Amazon, number: int, message_id: int = 1, reason: str = "NoInventory") -> OrderToCancel:
    return OrderToCancel(message_id, order_id(number), items_of(amazon, number), reason)


def status(amazon: Amazon, number: int) -> str:
    order = amazon.world.order(order_id(number))
    assert order is not None
    return str(order.status)


def test_a_feed_cancels_what_is_unshipped_and_refuses_the_rest(
    caller: Caller, amazon: Amazon, put: PutOrder
) -> None:
    put(1, lines=(("A", 1, "10.00"), ("B", 2, "5.00")))
    put(2, status="SHIPPED")
    put(3)
    body = feed_documents.cancellations(
        "A1SELLER",
        [to_cancel(amazon, 1, 1), to_cancel(amazon, 2, 2), to_cancel(amazon, 3, 3, "BecauseISaySo")],
    )
    answer = report(caller, hand_in(caller, CANCEL, body))
    assert answer.processed == 3
    assert sorted(answer.refusals) == [2, 3]
    assert "SHIPPED" in answer.refusals[2].text
    assert [status(amazon, number) for number in (1, 2, 3)] == ["CANCELLED", "SHIPPED", "UNSHIPPED"]
    again = report(
        caller, hand_in(caller, CANCEL, feed_documents.cancellations("A1", [to_cancel(amazon, 1)]))
    )
    assert "CANCELLED" in again.refusals[1].text


def test_a_feed_pays_back_at_most_what_was_charged(caller: Caller, amazon: Amazon, put: PutOrder) -> None:
    put(1, lines=(("A", 1, "10.00"),))
    amazon.world.edit_order(order_id(1), lambda document: ship_everything(document, amazon.clock.now()))
    [item] = items_of(amazon, 1)

    def refund(amount: str) -> Report:
        wish = OrderToRefund(
            1, order_id(1), [ItemToRefund(item, {"Principal": amount})], "CustomerReturn", "USD", "7"
        )
        return report(caller, hand_in(caller, REFUND, feed_documents.adjustments("A1SELLER", [wish])))

    assert refund("4.00").refusals == {}
    assert "exceeds" in refund("400.00").refusals[1].text
    assert [one.amount for one in amazon.world.feeds.paid_back] == [Decimal("4.00")]


def test_what_has_not_shipped_is_not_paid_back(caller: Caller, amazon: Amazon, put: PutOrder) -> None:
    put(1)
    wish = OrderToRefund(
        1,
        order_id(1),
        [ItemToRefund(items_of(amazon, 1)[0], {"Principal": "1.00"})],
        "CustomerReturn",
        "USD",
        "7",
    )
    answer = report(caller, hand_in(caller, REFUND, feed_documents.adjustments("A1SELLER", [wish])))
    assert list(answer.refusals) == [1]


def test_a_broken_document_is_refused_as_a_whole(caller: Caller, put: PutOrder) -> None:
    answer = report(caller, hand_in(caller, CANCEL, b"<AmazonEnvelope>"))
    assert (answer.processed, list(answer.refusals)) == (0, [0])


def test_a_feed_takes_its_time(caller: Caller, amazon: Amazon, put: PutOrder) -> None:
    put(1)
    amazon.world.feeds.queue_seconds, amazon.world.feeds.work_seconds = 60, 60
    feed_id = hand_in(caller, CANCEL, feed_documents.cancellations("A1", [to_cancel(amazon, 1)]))
    seen = [look(caller, feed_id)["processingStatus"]]
    for _ in range(2):
        amazon.clock.advance(60)
        seen.append(look(caller, feed_id)["processingStatus"])
    assert seen == ["IN_QUEUE", "IN_PROGRESS", "DONE"]


@pytest.mark.parametrize(("fault", "ends"), [("fatal_feed", "FATAL"), ("cancelled_feed", "CANCELLED")])
def test_a_feed_may_come_to_nothing(
    caller: Caller, amazon: Amazon, put: PutOrder, fault: str, ends: str
) -> None:
    put(1)
    amazon.faults.queue(fault)
    feed_id = hand_in(caller, CANCEL, feed_documents.cancellations("A1", [to_cancel(amazon, 1)]))
    assert look(caller, feed_id)["processingStatus"] == ends
    assert status(amazon, 1) == "UNSHIPPED"


def test_a_document_is_handed_in_once_and_as_it_was_announced(caller: Caller, put: PutOrder) -> None:
    document_id = put_document(caller, b"<a/>")
    wish = {"feedType": CANCEL, "marketplaceIds": [US], "inputFeedDocumentId": document_id}
    read(caller.call("POST", f"{ROOT}/feeds", wish), 202)
    assert error(caller.call("POST", f"{ROOT}/feeds", wish), 400)["code"] == "400"
    never_put = put_document(caller, b"<a/>", content_type="text/plain")
    assert caller.call("POST", f"{ROOT}/feeds", wish | {"inputFeedDocumentId": never_put}).status == 400


def test_feeds_are_listed_by_type_and_time(caller: Caller, amazon: Amazon, put: PutOrder) -> None:
    put(1)
    first = hand_in(caller, CANCEL, b"<a/>")
    amazon.clock.advance(3600)
    second = hand_in(caller, CANCEL, b"<a/>")
    hand_in(caller, REFUND, b"<a/>")
    listed = read(caller.call("GET", f"{ROOT}/feeds", feedTypes=CANCEL))["feeds"]
    assert [feed["feedId"] for feed in listed] == [second, first]
    since = (amazon.clock.now() - timedelta(minutes=1)).isoformat()
    late = read(caller.call("GET", f"{ROOT}/feeds", feedTypes=CANCEL, createdSince=since))["feeds"]
    assert [feed["feedId"] for feed in late] == [second]


def test_an_address_lives_five_minutes(caller: Caller, amazon: Amazon) -> None:
    caller.headers["host"] = "sandbox"
    told = read(caller.call("POST", f"{ROOT}/documents", {"contentType": XML}), 201)
    parts = urlsplit(told["url"])
    amazon.clock.advance(301)
    put = Request("PUT", parts.path, parts.query, {"content-type": XML}, b"<a/>")
    assert amazon.answer(put).status == 403


def test_a_package_is_shown_some_time_after_it_was_confirmed(
    caller: Caller, amazon: Amazon, put: PutOrder
) -> None:
    put(1)
    amazon.world.package_seconds = 90
    detail = {
        "packageReferenceId": "1000001",
        "carrierCode": "UPS",
        "trackingNumber": "1Z1",
        "shipDate": "2026-11-20T11:30:00Z",
        "orderItems": [{"orderItemId": items_of(amazon, 1)[0], "quantity": 1}],
    }
    body = {"marketplaceId": US, "packageDetail": detail}
    assert caller.confirm(order_id(1), body).status == 204
    assert status(amazon, 1) == "UNSHIPPED"
    amazon.clock.advance(91)
    amazon.world.settle()
    assert status(amazon, 1) == "SHIPPED"
    put(2)
    amazon.faults.queue("refused_shipment")
    assert caller.confirm(order_id(2), body).status == 400
