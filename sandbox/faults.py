"""What can go wrong at Amazon, and when it does.

A fault is either queued (it hits the next calls it fits, then is gone) or switched on with a
probability. `KINDS` says which operations a kind fits; the answers themselves are made in
`fault_answers.py` and, for what happens inside a page of orders, in `page_faults.py`.
"""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

READS = frozenset({"searchOrders", "getOrder"})
SEARCH = frozenset({"searchOrders"})
ANY: frozenset[str] = frozenset()
CREATE_REPORT = frozenset({"createReport"})
CREATE_FEED = frozenset({"createFeed"})
CONFIRM = frozenset({"confirmShipment"})
DOCUMENT_INFO = frozenset({"getReportDocument", "createFeedDocument", "getFeedDocument"})
TOKEN = "token"
DOCUMENT = "document"
FEED_DOCUMENT = "feedDocument"
IN_DOCUMENT = frozenset({DOCUMENT})

KINDS: Mapping[str, frozenset[str]] = {
    "throttle": ANY,
    "throttle_bare": ANY,
    "html503": ANY,
    "bare500": ANY,
    "error500": ANY,
    "unauthorized401": ANY,
    "forbidden403": ANY,
    "no_orders": SEARCH,
    "empty": ANY,
    "cut": ANY,
    "drop": ANY,
    "lost_answer": ANY,
    "slow": ANY,
    "expired_page_token": SEARCH,
    "malformed_order": SEARCH,
    "broken_text": READS,
    "repeated_order": SEARCH,
    "missing_order": SEARCH,
    "older_order": READS,
    "same_time_other_content": READS,
    "fatal_report": CREATE_REPORT,
    "fatal_feed": CREATE_FEED,
    "cancelled_feed": CREATE_FEED,
    "refused_shipment": CONFIRM,
    "foreign_document": DOCUMENT_INFO,
    "redirected_document": IN_DOCUMENT,
    "broken_gzip": IN_DOCUMENT,
    "short_gzip": IN_DOCUMENT,
}


class UnknownFault(ValueError):
    pass


@dataclass
class Fault:
    kind: str
    operation: str | None = None
    """None: any operation of a seller the kind fits. The token endpoint has to be named: `token`."""
    seller_id: str | None = None
    needs_dataset: str | None = None
    """Hits only calls that ask for this word of includedData: some data sets failed for some Far East
    accounts while others worked (selling-partner-api-models issue 5365)."""
    times: int = 1
    """How many calls it hits; 0 for every call until it is cleared."""
    seconds: float = 5.0
    """How long a `slow` answer takes."""
    order_id: str | None = None
    """The order that `broken_text` breaks, on whatever page it stands; the middle one without."""
    order: Any = None
    """The malformed order to put into the page, instead of the usual one."""
    after_calls: int = 0
    """How many calls it lets pass first."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UnknownFault(f"unknown fault {self.kind!r}; known: {', '.join(KINDS)}")

    def fits(self, operation: str, seller_id: str | None, query: Mapping[str, str]) -> bool:
        return (
            (not KINDS[self.kind] or operation in KINDS[self.kind])
            and (self.operation == operation or (self.operation is None and operation != TOKEN))
            and self.seller_id in (None, seller_id)
            and (self.needs_dataset is None or self.needs_dataset in query.get("includedData", "").split(","))
            and (self.kind != "expired_page_token" or "paginationToken" in query)
        )


@dataclass
class Faults:
    rates: dict[str, float] = field(default_factory=dict)
    """Kind, or operation.kind, -> probability per call."""
    seed: int = 1
    _queue: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._lock = threading.Lock()

    def queue(self, fault: Fault | str, **fields: Any) -> None:
        with self._lock:
            self._queue.append(fault if isinstance(fault, Fault) else Fault(fault, **fields))

    def clear(self) -> None:
        with self._lock:
            self._queue.clear()
            self.rates.clear()

    def waiting(self) -> list[Fault]:
        with self._lock:
            return list(self._queue)

    def draw(self, operation: str, seller_id: str | None, query: Mapping[str, str]) -> Fault | None:
        """The fault that hits this call, if any: the oldest queued one that fits, else by chance."""
        with self._lock:
            for fault in self._queue:
                if fault.fits(operation, seller_id, query):
                    # Counted on calls that fit only, so that "the third page fails" can be said.
                    if fault.after_calls > 0:
                        fault.after_calls -= 1
                        continue
                    self._use_up(fault)
                    return fault
            return self._by_chance(operation, seller_id, query)

    def _use_up(self, fault: Fault) -> None:
        if fault.times == 0:
            return
        fault.times -= 1
        if fault.times == 0:
            self._queue = [one for one in self._queue if one is not fault]

    def _by_chance(self, operation: str, seller_id: str | None, query: Mapping[str, str]) -> Fault | None:
        for name, rate in self.rates.items():
            fault = _named(name)
            if fault.fits(operation, seller_id, query) and self._random.random() < rate:
                return fault
        return None


def parse_rates(spec: str) -> dict[str, float]:
    """Read `throttle=0.05,getOrder.html503=0.02`."""
    rates: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in spec.split(","))):
        name, _, rate = part.partition("=")
        _named(name)
        try:
            rates[name] = float(rate)
        except ValueError:
            raise UnknownFault(f"{part!r} is not of the form kind=probability") from None
        if not 0 <= rates[name] <= 1:
            raise UnknownFault(f"the probability of {name} must lie between 0 and 1")
    return rates


def _named(name: str) -> Fault:
    operation, _, kind = name.rpartition(".")
    return Fault(kind, operation or None)
