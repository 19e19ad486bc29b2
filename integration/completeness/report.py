"""Report: Amazon's own list of orders, out of the Reports API: ask for it, look after it, read it."""

from collections.abc import Iterator
from datetime import datetime
from enum import Enum, auto

from integration.completeness import listed_orders
from integration.completeness.listed_orders import ListedOrder
from integration.models import JobKind, ReportJob
from integration.spapi.answers import ReportStatus
from integration.spapi.client import SellerClient
from integration.spapi.errors import AccessDenied, Rejected

BY_ORDER_DATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
BY_LAST_UPDATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"


class Refused(Exception):
    """Amazon does not give this report to us; the text says why."""


class ReportLost(Exception):
    """The report failed, or Amazon knows it no longer: another one has to be asked for."""


class Stage(Enum):
    """How far Amazon is."""

    NOT_READY = auto()
    NO_DATA = auto()
    READY = auto()


def create(client: SellerClient, job: ReportJob, marketplace_ids: list[str]) -> str:
    """Ask for it; gives its number. Raises Refused, RetryLater."""
    kind = BY_LAST_UPDATE if job.kind == JobKind.CATCH_UP else BY_ORDER_DATE
    try:
        return client.create_report(kind, marketplace_ids, since=job.data_from, until=job.data_until)
    except (AccessDenied, Rejected) as refused:
        raise Refused(refused.text) from refused


def look(client: SellerClient, job: ReportJob) -> tuple[Stage, str]:
    """How far it is, and its document's number once it is ready. Raises ReportLost, RetryLater."""
    try:
        report = client.get_report(job.report_id)
    except Rejected as refused:
        raise ReportLost(refused.text) from refused
    if report.status == ReportStatus.DONE:
        return Stage.READY, report.document_id
    # Amazon cancels a report without rows, and some for reasons of its own: `work` looks whether it can
    # be true.
    if report.status == ReportStatus.CANCELLED:
        return Stage.NO_DATA, ""
    if report.status == ReportStatus.FATAL:
        raise ReportLost("Amazon could not write the report.")
    return Stage.NOT_READY, ""


def read_listed_orders(client: SellerClient, document_id: str) -> Iterator[ListedOrder]:
    """The orders on it, row by row. Raises ReportLost, RetryLater; also in the middle."""
    try:
        yield from listed_orders.read_report(client.read_document(document_id))
    except Rejected as refused:
        raise ReportLost(refused.text) from refused
    except listed_orders.NotAList as wrong:
        raise ReportLost(str(wrong)) from wrong


def period_ends(job: ReportJob) -> datetime:
    """The moment that the list speaks of."""
    return job.asked_at or job.wanted_at
