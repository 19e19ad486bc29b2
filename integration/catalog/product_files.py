"""Product files from the browser: started by a person, written down in the audit log, served by the tick."""

from datetime import datetime

from django.db import transaction

from commerce.catalog import uploads
from commerce.models import LineOutcome, ProductImport
from integration.people import audit
from integration.people.audit import AuditAction
from integration.transactions import repeat_when_beaten

# So many in a turn: a large file keeps no worker from everything else.
BATCHES = 10


def start(found: ProductImport, *, by: str, now: datetime) -> bool:
    """Have a file taken over; False where it was started before."""
    done = uploads.progress([found.pk])[found.pk]
    bad = done.by_outcome.get(LineOutcome.BAD, 0)
    # Started and written down together: a file that is taken over has a person who wanted it.
    with transaction.atomic():
        if not uploads.start(import_id=found.pk, by=by, now=now):
            return False
        audit.record_event(
            what=AuditAction.IMPORTED_FILE,
            by=by,
            now=now,
            subject=found.file_name,
            details={"kind": "products", "count": done.total - bad, "failed": bad},
        )
    return True


def serve(*, now: datetime) -> int:
    """Take over the next lines of the files that were started; gives how many."""
    served = 0
    for _ in range(BATCHES):
        lines = repeat_when_beaten(lambda: uploads.serve_batch(now=now))
        if not lines:
            break
        served += lines
    return served


def forget_old(*, now: datetime) -> int:
    """Forget files of long ago."""
    return uploads.forget_old(now=now)
