"""How runs, failures, workers and backlogs read on screen. Pure."""

from collections.abc import Mapping
from datetime import datetime

from backoffice.pages.frame.words import Pill
from integration.installation import worker_heartbeats
from integration.models import RunKind
from integration.operations.activity import RunRow
from integration.sync.runs import RunState

_RUN_STATES: Mapping[RunState, tuple[str, str]] = {
    RunState.UNDER_WAY: ("Under way", "info"),
    RunState.INTERRUPTED: ("Interrupted", "warn"),
    RunState.DONE: ("Done", "ok"),
    RunState.CONTINUES: ("Continues", ""),
    RunState.FAILED: ("Failed", "warn"),
}
# Red is only for what needs a person now.
_FOR_A_PERSON = frozenset({"AUTHORIZATION_REFUSED", "STORE_ACCESS_LOST", "BUG"})
_COUNTS = (
    "listed",
    "missing",
    "asked_for",
    "received",
    "changed",
    "imported",
    "blocked",
    "waiting",
    "view_only",
    "canceled",
    "healed",
    "ignored",
    "malformed",
)
_OPERATIONS: Mapping[str, str] = {
    "searchOrders": "Search for orders",
    "getOrder": "Single order",
    "getMarketplaceParticipations": "Marketplaces of the seller",
    "confirmShipment": "Shipment confirmation",
    "updateShipmentStatus": "Store pick-up",
    "createReport": "Order report asked for",
    "getReport": "Polling report",
    "getReportDocument": "Order report's address",
    "document": "Order report's document",
    "getSubscription": "Subscription to changes",
    "createSubscription": "Subscribing to changes",
    "createFeedDocument": "Feed's document asked for",
    "createFeed": "Feed handed in",
    "getFeeds": "Feeds looked for",
    "getFeed": "Polling feed",
    "getFeedDocument": "Feed's result's address",
    "feedDocument": "Feed's document",
    "signIn": "Sign-in",
}


def run_state(row: RunRow) -> Pill:
    """A run's state; a failure that a person must end is red until it is over."""
    text, tone = _RUN_STATES[row.state]
    is_loud = row.state == RunState.FAILED and row.problem in _FOR_A_PERSON and row.answered_at is None
    return Pill(text, "bad" if is_loud else tone, row.problem or row.state)


def worker_state(seen_at: datetime, now: datetime) -> Pill:
    """A worker that was not seen for a while may only be busy with one long task."""
    is_silent = seen_at < now - worker_heartbeats.SILENT_AFTER
    return Pill("Silent", "warn") if is_silent else Pill("At work", "ok")


def kind(value: str) -> str:
    """What a run is about."""
    return str(RunKind(value).label)


def operation(name: str) -> str:
    """Amazon's operation in words; one we have no words for keeps Amazon's name."""
    return _OPERATIONS.get(name, name)


def counts(numbers: Mapping[str, int]) -> str:
    """`12 received, 3 changed, 2 imported`; unchanged ones are no news."""
    said = (f"{numbers[name]:,} {name.replace('_', ' ')}" for name in _COUNTS if numbers.get(name))
    return ", ".join(said) or "nothing new"
