"""Reports 2021-06-30: createReport, getReport, getReports, cancelReport, getReportDocument, and the document.

Only the two all-orders reports have content. The document lies at a signed-looking address of this very
server, as Amazon's lie in S3: whoever has the address needs no token, for five minutes.
"""

import base64
import gzip
import hashlib
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sandbox.calls import Call, Operation
from sandbox.clock import iso, parse_iso
from sandbox.datasets import Json
from sandbox.faults import Fault
from sandbox.flat_file import flat_file
from sandbox.quota import UsagePlan
from sandbox.reports import CANCELLED, DONE, FATAL, IN_PROGRESS, IN_QUEUE, STATUSES, Report
from sandbox.versions import OrderVersion
from sandbox.wire import Request, Response, SpApiError, json_response, unauthorized
from sandbox.world import TimeFamily, World

BY_ORDER_DATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
BY_LAST_UPDATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
FAMILIES: dict[str, TimeFamily] = {BY_ORDER_DATE: "created", BY_LAST_UPDATE: "lastUpdated"}
OTHER_TYPES = ("FEE_DISCOUNTS_REPORT", "GET_AFN_INVENTORY_DATA", "GET_MERCHANT_LISTINGS_ALL_DATA")
"""Types of Amazon's examples: they can be asked for and hold nothing."""
LONGEST = timedelta(days=30)
"""With a longer period Amazon says DONE, and the document holds a sentence, no table (models#2591)."""
TOO_LONG = "The requested date range is invalid: the report cannot cover more than 30 days."
ADDRESS_LIVES = timedelta(minutes=5)
DOCUMENT_PATH = re.compile(r"/_documents/(?P<document_id>[^/]+)")
FOREIGN_URL = "https://reports.example.com/stolen.txt"
_ROOT = "/reports/2021-06-30"


def create_report(call: Call) -> Response:
    body = call.request.json()
    if not isinstance(body, dict) or not _is_known(body.get("reportType")):
        raise _invalid("Invalid input")
    marketplaces = body.get("marketplaceIds")
    if not isinstance(marketplaces, list) or not 1 <= len(marketplaces) <= 25:
        raise _invalid("Invalid input")
    for marketplace_id in marketplaces:
        if not call.seller.participates(str(marketplace_id)):
            raise unauthorized(f"The seller does not participate in marketplace {marketplace_id}.")
    starts_at, ends_at = (_moment(body.get(name), call.now) for name in ("dataStartTime", "dataEndTime"))
    if starts_at > ends_at or starts_at > call.now:
        raise _invalid("Invalid input")
    report = _report(call, body, starts_at, ends_at)
    call.world.reports.add(report)
    begins, ends = call.world.reports.times(call.now)
    call.world.schedule(begins, lambda due: _begin(report, due))
    call.world.schedule(ends, lambda due: _finish(call.world, report, due))
    return json_response({"reportId": report.report_id}, 202)


def _report(call: Call, body: Json, starts_at: datetime, ends_at: datetime) -> Report:
    return Report(
        report_id=call.world.reports.new_id(),
        seller_id=call.seller.seller_id,
        report_type=body["reportType"],
        marketplace_ids=tuple(map(str, body["marketplaceIds"])),
        starts_at=starts_at,
        ends_at=min(ends_at, call.now),
        created_at=call.now,
        will_fail=_is(call.fault, "fatal_report"),
    )


def get_report(call: Call) -> Response:
    return json_response(_found(call).as_json())


def get_reports(call: Call) -> Response:
    statuses = _listed(call, "processingStatuses")
    if not set(statuses) <= set(STATUSES):
        raise _invalid("Invalid input in processing status")
    size, skipped = int(call.query.get("pageSize", "10")), 0
    types, marketplaces = _listed(call, "reportTypes"), _listed(call, "marketplaceIds")
    if "nextToken" in call.query:
        if len(call.query) > 1:
            raise _invalid("nextToken must come alone")
        skipped, size, types, statuses, marketplaces = _read_token(call.query["nextToken"])
    elif not types:
        raise _invalid("Either reportTypes or nextToken is required")
    found = [
        report
        for report in call.world.reports.of(call.seller.seller_id)
        if report.report_type in types
        and (not statuses or report.status in statuses)
        and (not marketplaces or set(marketplaces) & set(report.marketplace_ids))
    ]
    answer: dict[str, Any] = {"reports": [one.as_json() for one in found[skipped : skipped + size]]}
    if skipped + size < len(found):
        answer["nextToken"] = _token(skipped + size, size, types, statuses, marketplaces)
    return json_response(answer)


def cancel_report(call: Call) -> Response:
    report = _found(call)
    if report.status != IN_QUEUE:
        raise _invalid("Only reports in the queue can be cancelled")
    report.status, report.processing_ended_at = CANCELLED, call.now
    return Response(200)


def get_report_document(call: Call) -> Response:
    document_id = call.arguments["document_id"]
    if call.world.reports.of_document(call.seller.seller_id, document_id) is None:
        raise _invalid("Invalid input")
    url = FOREIGN_URL
    if not _is(call.fault, "foreign_document"):
        url = f"http://{call.request.headers.get('host', '')}{signed_address(document_id, call.now)}"
    return json_response({"reportDocumentId": document_id, "url": url, "compressionAlgorithm": "GZIP"})


def document(
    request: Request, document_id: str, world: World, now: datetime, fault: Fault | None
) -> Response:
    """What lies at the signed address; S3 refuses in XML, which nobody reads."""
    body = world.reports.documents.get(document_id)
    if body is None or not signed_rightly(request, document_id, now):
        return Response(403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml")
    if _is(fault, "redirected_document"):
        return Response(302, headers={"Location": FOREIGN_URL})
    if _is(fault, "broken_gzip"):
        body = body[:12] + bytes(255 - byte for byte in body[12:])
    elif _is(fault, "short_gzip"):
        body = body[: len(body) // 2]
    return Response(200, body, f"text/plain; charset={world.reports.charset}")


def _begin(report: Report, due: datetime) -> None:
    if report.status == IN_QUEUE:
        report.status, report.processing_started_at = IN_PROGRESS, due


def _finish(world: World, report: Report, due: datetime) -> None:
    """What Amazon knows now is in it; a report without any data is CANCELLED."""
    if report.status != IN_PROGRESS:
        return
    report.processing_ended_at = due
    orders = list(_orders(world, report))
    if report.will_fail:
        report.status = FATAL
    elif report.ends_at - report.starts_at > LONGEST:
        _write(world, report, TOO_LONG)
    # Amazon cancels a report that would be empty.
    elif not orders:
        report.status = CANCELLED
    else:
        _write(world, report, "".join(flat_file(orders)))


def _write(world: World, report: Report, text: str) -> None:
    report.document_id = f"amzn1.spdoc.1.4.na.{report.report_id}"
    encoded = text.encode(world.reports.charset, "replace")
    world.reports.documents[report.document_id] = gzip.compress(encoded, mtime=0)
    report.status = DONE


def _orders(world: World, report: Report) -> Iterator[OrderVersion]:
    """The orders of the seller's whole region: these reports ignore `marketplaceIds`.

    Reported again and again: models#2209, #534, #2513; docs#1404, #1961, #2953.
    """
    family = FAMILIES.get(report.report_type)
    if family is None:
        return
    seller = world.sellers[report.seller_id]
    with world.lock:
        yield from world.listing(seller, family, report.starts_at, report.ends_at, None)


def _found(call: Call) -> Report:
    report = call.world.reports.find(call.seller.seller_id, call.arguments["report_id"])
    if report is None:
        raise _invalid("Invalid input")
    return report


def signed_address(document_id: str, now: datetime) -> str:
    """Where a document lies for five minutes."""
    query = {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Date": iso(now), "X-Amz-Expires": "300"}
    return f"/_documents/{document_id}?" + urlencode(
        query | {"X-Amz-Signature": _signature(document_id, query)}
    )


def signed_rightly(request: Request, document_id: str, now: datetime) -> bool:
    """Whether the address is one that was given, and still lives."""
    query = request.query()
    is_alive = now <= _moment(query.get("X-Amz-Date"), now) + ADDRESS_LIVES
    return is_alive and query.get("X-Amz-Signature") == _signature(document_id, query)


def _signature(document_id: str, query: dict[str, str]) -> str:
    return hashlib.sha256(f"{document_id} {query.get('X-Amz-Date')}".encode()).hexdigest()


def _token(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json_response(parts).body).decode()


def _read_token(text: str) -> tuple[int, int, list[str], list[str], list[str]]:
    try:
        skipped, size, types, statuses, marketplaces = Request("", "", body=base64.b64decode(text)).json()
    except ValueError:
        raise _invalid("nextToken is not valid") from None
    return skipped, size, types, statuses, marketplaces


def _listed(call: Call, name: str) -> list[str]:
    return [one for one in call.query.get(name, "").split(",") if one]


def _moment(text: object, otherwise: datetime) -> datetime:
    if text is None:
        return otherwise
    try:
        return parse_iso(str(text))
    except ValueError:
        raise _invalid("Invalid input") from None


def _is_known(report_type: object) -> bool:
    return report_type in FAMILIES or report_type in OTHER_TYPES


def _is(fault: Fault | None, kind: str) -> bool:
    return fault is not None and fault.kind == kind


def _invalid(details: str) -> SpApiError:
    """Amazon's Reports API writes the status where others write a code."""
    return SpApiError(400, "400", "Invalid input", details)


def _operation(name: str, method: str, path: str, plan: UsagePlan, answer: Any) -> Operation:
    return Operation(name, method, re.compile(_ROOT + path), plan, answer)


OPERATIONS = (
    _operation("createReport", "POST", "/reports", UsagePlan(0.0167, 15), create_report),
    _operation("getReports", "GET", "/reports", UsagePlan(0.0222, 10), get_reports),
    _operation("getReport", "GET", r"/reports/(?P<report_id>[^/]+)", UsagePlan(2.0, 15), get_report),
    _operation(
        "cancelReport", "DELETE", r"/reports/(?P<report_id>[^/]+)", UsagePlan(0.0222, 10), cancel_report
    ),
    _operation(
        "getReportDocument",
        "GET",
        r"/documents/(?P<document_id>[^/]+)",
        UsagePlan(0.0167, 15),
        get_report_document,
    ),
)
