"""Where the wish for a single order stands: asked for now, waiting for quota until a time, answered."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from integration.installation import read_only
from integration.models import AccountSync, OrderRequest, QuotaBucket, RequestAnswer

_ANSWERS = {
    RequestAnswer.KNOWN: "Amazon gave the order.",
    RequestAnswer.UNKNOWN: "Amazon does not know this order.",
    RequestAnswer.DENIED: "Amazon does not give us this order.",
}


@dataclass(frozen=True, slots=True)
class RefreshStatus:
    """`until`: when it is about to be asked for, where it has to wait; `is_over`: it is answered."""

    text: str
    until: datetime | None = None
    is_over: bool = False


def of_order(*, account_id: int, amazon_order_id: str, now: datetime) -> RefreshStatus | None:
    """Where the last wish stands, None where there was none. Four statements at most."""
    request = OrderRequest.objects.filter(account_id=account_id, amazon_order_id=amazon_order_id).first()
    if request is None:
        return None
    if request.answered_at is not None:
        return RefreshStatus(_ANSWERS[RequestAnswer(request.answer)], is_over=True)
    ahead = OrderRequest.objects.filter(
        account_id=account_id, answered_at=None, lane__lte=request.lane, due_at__lt=request.due_at
    )
    return _open(account_id, ahead=ahead.count(), now=now)


def of_account(*, account_id: int, now: datetime) -> RefreshStatus:
    """Where the next wish of an account stands; two statements."""
    return _open(account_id, ahead=0, now=now)


def _open(account_id: int, *, ahead: int, now: datetime) -> RefreshStatus:
    syncs = AccountSync.objects.annotate(may_speak=read_only.is_off())
    sync = syncs.filter(account_id=account_id).first()
    if sync is not None and not sync.may_speak:
        return RefreshStatus("Read-only mode is on: Amazon is asked once it ends.")
    if sync is not None and sync.refused_at is not None:
        return RefreshStatus(
            "Amazon refuses the authorization: it is asked once the store is authorized again."
        )
    if sync is not None and sync.failures and sync.next_poll_at > now:
        return RefreshStatus("Amazon does not answer: it is asked again at", until=sync.next_poll_at)
    bucket = QuotaBucket.objects.filter(account_id=account_id, operation="getOrder").first()
    wait = timedelta(0) if bucket is None else bucket.time_until(1 + ahead, now=now)
    if not wait:
        return RefreshStatus("Amazon is being asked.")
    return RefreshStatus("Waiting for Amazon's quota until about", until=now + wait)
