"""The reports that sellers have asked for, from the queue to the document.

Amazon prepares a report some minutes after it was asked for, with what it knows then. `queue_seconds` and
`work_seconds` are how long that takes here; the world's agenda lets it happen.
"""

import itertools
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.clock import iso
from sandbox.datasets import Json

IN_QUEUE, IN_PROGRESS, DONE = "IN_QUEUE", "IN_PROGRESS", "DONE"
CANCELLED, FATAL = "CANCELLED", "FATAL"
STATUSES = (CANCELLED, DONE, FATAL, IN_PROGRESS, IN_QUEUE)


@dataclass
class Report:
    """One report. `will_fail`: it ends FATAL, whatever there is."""

    report_id: str
    seller_id: str
    report_type: str
    marketplace_ids: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    will_fail: bool = False
    status: str = IN_QUEUE
    processing_started_at: datetime | None = None
    processing_ended_at: datetime | None = None
    document_id: str | None = None

    def as_json(self) -> Json:
        """As getReport and getReports tell it."""
        times = {
            "processingStartTime": self.processing_started_at,
            "processingEndTime": self.processing_ended_at,
        }
        answer: Json = {
            "reportId": self.report_id,
            "reportType": self.report_type,
            "dataStartTime": iso(self.starts_at),
            "dataEndTime": iso(self.ends_at),
            "createdTime": iso(self.created_at),
            "processingStatus": self.status,
        }
        answer |= {name: iso(moment) for name, moment in times.items() if moment is not None}
        answer |= {"marketplaceIds": list(self.marketplace_ids)} if self.marketplace_ids else {}
        return answer | ({"reportDocumentId": self.document_id} if self.document_id else {})


@dataclass
class Reports:
    """All reports, by seller and number; documents lie ready as they are sent: compressed."""

    queue_seconds: float = 0.0
    work_seconds: float = 0.0
    charset: str = "utf-8"
    documents: dict[str, bytes] = field(default_factory=dict, repr=False)
    _reports: dict[tuple[str, str], Report] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(50_000_000_001)
        self._lock = threading.Lock()

    def new_id(self) -> str:
        """Amazon's numbers of reports are long."""
        with self._lock:
            return str(next(self._numbers))

    def add(self, report: Report) -> None:
        """Keep a report that was asked for."""
        with self._lock:
            self._reports[report.seller_id, report.report_id] = report

    def find(self, seller_id: str, report_id: str) -> Report | None:
        """A seller's own report."""
        return self._reports.get((seller_id, report_id))

    def of(self, seller_id: str) -> list[Report]:
        """A seller's reports, the newest first."""
        with self._lock:
            own = [report for report in self._reports.values() if report.seller_id == seller_id]
        return sorted(own, key=lambda report: (report.created_at, report.report_id), reverse=True)

    def of_document(self, seller_id: str, document_id: str) -> Report | None:
        """The report a document belongs to."""
        return next((one for one in self.of(seller_id) if one.document_id == document_id), None)

    def times(self, created_at: datetime) -> tuple[datetime, datetime]:
        """When work on a report begins and when it ends."""
        begins = created_at + timedelta(seconds=self.queue_seconds)
        return begins, begins + timedelta(seconds=self.work_seconds)
