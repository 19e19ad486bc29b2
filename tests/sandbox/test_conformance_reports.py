"""The sandbox's Reports API against Amazon's own model and its pairs of request and answer."""

from typing import Any

import pytest

from sandbox.clock import parse_iso
from sandbox.datasets import Json
from sandbox.reports import STATUSES, Report
from tests.sandbox.conformance import MODELS, amazon_at, as_query, assert_is, model, parameters
from tests.sandbox.conftest import SELLER, Caller
from tests.sandbox.conftest import read as read_answer

pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason="Amazon's models are not beside the project")
REPORTS = "reports-api-model/reports_2021-06-30.json"
ROOT = "/reports/2021-06-30"


def pairs(path: str, verb: str, status: int) -> list[Json]:
    """Amazon's static pairs of an operation; where the models are absent, one that is never read."""
    if not MODELS.is_dir():
        return [{}]
    answer = model(REPORTS)["paths"][ROOT + path][verb]["responses"][str(status)]
    found: list[Json] = answer["x-amzn-api-sandbox"]["static"]
    return found


def caller_at_that_time() -> Caller:
    return amazon_at("2024-03-12T14:00:00Z", [])


def keep(caller: Caller, told: Json, *, report_id: str | None = None, document_id: str | None = None) -> None:
    """A report as Amazon's example tells of it."""
    report = Report(
        report_id=told["reportId"],
        seller_id=SELLER,
        report_type=told["reportType"],
        marketplace_ids=(),
        starts_at=parse_iso(told["dataStartTime"]),
        ends_at=parse_iso(told["dataEndTime"]),
        created_at=parse_iso(told["createdTime"]),
        status=told["processingStatus"],
        processing_started_at=parse_iso(told["processingStartTime"]),
        processing_ended_at=parse_iso(told["processingEndTime"]),
        document_id=document_id,
    )
    # Amazon's example asks for one number and is told another.
    caller.amazon.world.reports._reports[SELLER, report_id or report.report_id] = report


def example() -> Json:
    [pair] = pairs("/reports/{reportId}", "get", 200)
    told: Json = pair["response"]
    return told


def asked_id(pair: Json, name: str = "reportId") -> str:
    return str(parameters(pair).get(name, "unknown"))


@pytest.mark.parametrize("pair", pairs("/reports", "post", 202))
def test_a_report_is_taken(pair: Json) -> None:
    answer = read_answer(caller_at_that_time().call("POST", f"{ROOT}/reports", parameters(pair)["body"]), 202)
    assert_is(answer, "CreateReportResponse", REPORTS)
    assert answer.keys() == pair["response"].keys()


@pytest.mark.parametrize("pair", pairs("/reports/{reportId}", "get", 200))
def test_a_report_is_told_alike(pair: Json) -> None:
    caller = caller_at_that_time()
    keep(caller, pair["response"], report_id=asked_id(pair))
    answer = read_answer(caller.call("GET", f"{ROOT}/reports/{asked_id(pair)}"))
    assert_is(answer, "Report", REPORTS)
    assert answer == pair["response"]


@pytest.mark.parametrize("pair", pairs("/reports", "get", 200))
def test_reports_are_listed_alike(pair: Json) -> None:
    caller = caller_at_that_time()
    [told] = pair["response"]["reports"]
    for number in range(10):
        keep(caller, told | {"createdTime": "2024-03-01T00:00:00Z"}, report_id=f"older-{number}")
    keep(caller, told)
    answer = read_answer(caller.call("GET", f"{ROOT}/reports", **as_query(parameters(pair))))
    assert_is(answer, "GetReportsResponse", REPORTS)
    assert answer["reports"][0] == told
    assert answer["nextToken"]


@pytest.mark.parametrize("pair", pairs("/reports/{reportId}", "delete", 200))
def test_a_report_in_the_queue_is_cancelled(pair: Json) -> None:
    caller = caller_at_that_time()
    keep(caller, example() | {"processingStatus": "IN_QUEUE"}, report_id=asked_id(pair))
    assert caller.call("DELETE", f"{ROOT}/reports/{asked_id(pair)}").status == 200


@pytest.mark.parametrize("pair", pairs("/documents/{reportDocumentId}", "get", 200))
def test_a_document_is_named_alike(pair: Json) -> None:
    caller = caller_at_that_time()
    document_id = asked_id(pair, "reportDocumentId")
    keep(caller, example(), document_id=document_id)
    answer = read_answer(caller.call("GET", f"{ROOT}/documents/{document_id}"))
    assert_is(answer, "ReportDocument", REPORTS)
    assert answer["reportDocumentId"] == pair["response"]["reportDocumentId"]


def refused() -> list[tuple[str, str, Json]]:
    operations = (
        ("post", "/reports"),
        ("get", "/reports"),
        ("get", "/reports/{reportId}"),
        ("delete", "/reports/{reportId}"),
        ("get", "/documents/{reportDocumentId}"),
    )
    return [(verb, path, pair) for verb, path in operations for pair in pairs(path, verb, 400)]


@pytest.mark.parametrize(("verb", "path", "pair"), refused())
def test_what_amazon_refuses_is_refused_alike(verb: str, path: str, pair: Json) -> None:
    caller = caller_at_that_time()
    address = path.format(reportId=asked_id(pair), reportDocumentId=asked_id(pair, "reportDocumentId"))
    values: Any = parameters(pair)
    query = as_query(values) if verb == "get" and path == "/reports" else {}
    answer = read_answer(caller.call(verb.upper(), ROOT + address, values.get("body"), **query), 400)
    assert_is(answer, "ErrorList", REPORTS)
    assert answer == pair["response"]


def test_we_know_the_models_statuses() -> None:
    from_model = model(REPORTS)["definitions"]["Report"]["properties"]["processingStatus"]["enum"]

    assert sorted(from_model) == sorted(STATUSES)
