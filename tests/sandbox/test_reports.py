"""The Reports API of the sandbox: a report is asked for, prepared, named, fetched once its time has come."""

import gzip
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox.amazon import Amazon
from sandbox.datasets import Json
from sandbox.flat_file import COLUMNS
from sandbox.reports_api import BY_LAST_UPDATE, BY_ORDER_DATE
from sandbox.wire import Request, Response
from tests.sandbox.conftest import CA, MX, US, Caller, PutOrder, error, order_id, read

PATH = "/reports/2021-06-30/reports"
DOCUMENTS = "/reports/2021-06-30/documents"
DAY_BEFORE, NOON = "2026-11-19T00:00:00Z", "2026-11-20T12:00:00Z"


def ask(caller: Caller, report_type: str = BY_ORDER_DATE, *marketplaces: str, **changes: Any) -> str:
    body = {
        "reportType": report_type,
        "marketplaceIds": list(marketplaces or (US, CA)),
        "dataStartTime": DAY_BEFORE,
        "dataEndTime": NOON,
    }
    return str(read(caller.call("POST", PATH, body | changes), 202)["reportId"])


def look(caller: Caller, report_id: str) -> Json:
    found: Json = read(caller.call("GET", f"{PATH}/{report_id}"))
    return found


def fetch(caller: Caller, document_id: str) -> Response:
    """What lies at the address that Amazon gives: no token is sent along."""
    caller.headers["host"] = "sandbox"
    told = read(caller.call("GET", f"{DOCUMENTS}/{document_id}"))
    assert told["compressionAlgorithm"] == "GZIP"
    parts = urlsplit(told["url"])
    return caller.amazon.answer(Request("GET", parts.path, parts.query))


def lines(response: Response) -> list[dict[str, str]]:
    heading, *rows = gzip.decompress(response.body).decode().splitlines()
    assert tuple(heading.split("\t")) == COLUMNS
    return [dict(zip(COLUMNS, row.split("\t"), strict=True)) for row in rows]


def listed(caller: Caller, report_type: str = BY_ORDER_DATE, *marketplaces: str) -> list[dict[str, str]]:
    report = look(caller, ask(caller, report_type, *marketplaces))
    return lines(fetch(caller, report["reportDocumentId"]))


def test_a_report_has_a_row_for_each_item_in_amazons_columns(caller: Caller, put: PutOrder) -> None:
    put(1, lines=(("SKU-1", 2, "10.00"), (None, 1, "5.00")))
    put(2, place="CA", status="PENDING", fulfilled_by="AMAZON")
    rows = listed(caller)
    assert [row["amazon-order-id"] for row in rows] == [order_id(1), order_id(1), order_id(2)]
    assert rows[0]["purchase-date"] == "2026-11-20T11:00:00+00:00"
    assert [row["sales-channel"] for row in rows] == ["Amazon.com", "Amazon.com", "Amazon.ca"]
    assert [row["order-status"] for row in rows] == ["Unshipped", "Unshipped", "Pending"]
    assert [row["fulfillment-channel"] for row in rows] == ["Merchant", "Merchant", "Amazon"]
    assert [(row["sku"], row["quantity"]) for row in rows[:2]] == [("SKU-1", "2"), ("", "1")]


def test_orders_sold_elsewhere_have_a_channel_of_their_own(caller: Caller, put: PutOrder) -> None:
    put(1)
    caller.amazon.world.change_order(order_id(1), {"salesChannel": {"channelName": "NON_AMAZON"}})
    assert [row["sales-channel"] for row in listed(caller)] == ["Non-Amazon"]


def test_one_report_goes_by_purchase_the_other_by_update(caller: Caller, put: PutOrder) -> None:
    put(1, minutes_old=3 * 24 * 60, updated=caller.amazon.clock.now() - timedelta(hours=1))
    put(2, minutes_old=60, place="CA")
    assert {row["amazon-order-id"] for row in listed(caller)} == {order_id(2)}
    assert {row["amazon-order-id"] for row in listed(caller, BY_LAST_UPDATE)} == {order_id(1), order_id(2)}


def test_a_report_holds_the_whole_region_whatever_marketplaces_it_is_asked_for(
    caller: Caller, put: PutOrder
) -> None:
    put(1)
    put(2, place="CA")
    channels = {row["amazon-order-id"]: row["sales-channel"] for row in listed(caller, BY_ORDER_DATE, US)}
    assert channels == {order_id(1): "Amazon.com", order_id(2): "Amazon.ca"}


def test_a_report_takes_its_time_and_knows_what_amazon_knows_then(
    amazon: Amazon, caller: Caller, put: PutOrder
) -> None:
    amazon.world.reports.queue_seconds, amazon.world.reports.work_seconds = 60, 120
    report_id = ask(caller)
    assert look(caller, report_id)["processingStatus"] == "IN_QUEUE"
    amazon.clock.advance(60)
    assert look(caller, report_id)["processingStatus"] == "IN_PROGRESS"
    put(1, minutes_old=60)
    amazon.clock.advance(120)
    report = look(caller, report_id)
    assert report["processingStatus"] == "DONE"
    assert report["processingEndTime"] == "2026-11-20T12:03:00Z"
    assert len(lines(fetch(caller, report["reportDocumentId"]))) == 1


def test_a_report_without_data_is_cancelled(caller: Caller) -> None:
    report = look(caller, ask(caller))
    assert report["processingStatus"] == "CANCELLED"
    assert "reportDocumentId" not in report


def test_a_report_can_fail(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    put()
    amazon.faults.queue("fatal_report")
    assert look(caller, ask(caller))["processingStatus"] == "FATAL"


def test_a_report_of_more_than_thirty_days_is_done_and_holds_a_sentence(
    caller: Caller, put: PutOrder
) -> None:
    put()
    report = look(caller, ask(caller, dataStartTime="2026-10-01T00:00:00Z"))
    assert report["processingStatus"] == "DONE"
    text = gzip.decompress(fetch(caller, report["reportDocumentId"]).body).decode()
    assert ("more than 30 days" in text, "\t" in text) == (True, False)


def test_only_a_report_in_the_queue_can_be_cancelled(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    put()
    amazon.world.reports.queue_seconds = 60
    waiting = ask(caller)
    assert caller.call("DELETE", f"{PATH}/{waiting}").status == 200
    amazon.clock.advance(61)
    assert look(caller, waiting)["processingStatus"] == "CANCELLED"
    assert error(caller.call("DELETE", f"{PATH}/{waiting}"), 400)["message"] == "Invalid input"


def test_reports_are_listed_newest_first_and_page_by_page(amazon: Amazon, caller: Caller) -> None:
    asked = []
    for _ in range(3):
        asked.append(ask(caller))
        amazon.clock.advance(1)
    page = read(caller.call("GET", PATH, reportTypes=BY_ORDER_DATE, pageSize=2))
    assert [report["reportId"] for report in page["reports"]] == [asked[2], asked[1]]
    rest = read(caller.call("GET", PATH, nextToken=page["nextToken"]))
    assert [report["reportId"] for report in rest["reports"]] == [asked[0]]
    assert "nextToken" not in rest
    assert error(caller.call("GET", PATH), 400)["code"] == "400"
    assert (
        read(caller.call("GET", PATH, reportTypes=BY_ORDER_DATE, processingStatuses="DONE"))["reports"] == []
    )


def test_a_report_belongs_to_its_seller(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    put()
    report_id = ask(caller)
    document_id = look(caller, report_id)["reportDocumentId"]
    amazon.add_seller("A2SELLER", "Other", ("US",), "refresh-2")
    other = Caller(amazon, "A2SELLER")
    assert other.call("GET", f"{PATH}/{report_id}").status == 400
    assert other.call("GET", f"{DOCUMENTS}/{document_id}").status == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"reportType": "BAD"},
        {"marketplaceIds": []},
        {"dataStartTime": "yesterday"},
        {"dataStartTime": NOON, "dataEndTime": DAY_BEFORE},
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(caller: Caller, changes: Json) -> None:
    body = {"reportType": BY_ORDER_DATE, "marketplaceIds": [US], "dataStartTime": DAY_BEFORE}
    assert error(caller.call("POST", PATH, body | changes), 400)["message"] == "Invalid input"


def test_a_marketplace_the_seller_left_is_denied(caller: Caller) -> None:
    assert caller.call("POST", PATH, {"reportType": BY_ORDER_DATE, "marketplaceIds": [MX]}).status == 403


def test_the_address_dies_after_five_minutes_and_cannot_be_guessed(
    amazon: Amazon, caller: Caller, put: PutOrder
) -> None:
    put()
    document_id = look(caller, ask(caller))["reportDocumentId"]
    told = read(caller.call("GET", f"{DOCUMENTS}/{document_id}"))
    parts = urlsplit(told["url"])
    assert amazon.answer(Request("GET", parts.path, parts.query)).status == 200
    assert amazon.answer(Request("GET", parts.path, "X-Amz-Signature=x")).status == 403
    amazon.clock.advance(301)
    assert amazon.answer(Request("GET", parts.path, parts.query)).status == 403


def test_what_can_be_wrong_with_a_document(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    put()
    document_id = look(caller, ask(caller))["reportDocumentId"]
    whole = fetch(caller, document_id).body
    amazon.faults.queue("redirected_document")
    assert fetch(caller, document_id).status == 302
    amazon.faults.queue("broken_gzip")
    assert fetch(caller, document_id).body != whole
    amazon.faults.queue("short_gzip")
    assert len(fetch(caller, document_id).body) < len(whole)
    amazon.faults.queue("foreign_document")
    told = read(caller.call("GET", f"{DOCUMENTS}/{document_id}"))
    assert urlsplit(told["url"]).hostname == "reports.example.com"


def test_reports_have_amazons_quota(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    amazon.quota.mode = "real"
    for _ in range(15):
        ask(caller)
    refused = caller.call("POST", PATH, {"reportType": BY_ORDER_DATE, "marketplaceIds": [US]})
    assert error(refused, 429)["code"] == "QuotaExceeded"
    amazon.clock.advance(61)
    ask(caller)
