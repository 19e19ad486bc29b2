"""The parameters of searchOrders, checked as Amazon's model words the rules.

Where the model is silent: an `...After` within the last two minutes finds nothing and is no error,
one in the future is; parameters we do not know are ignored.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.clock import parse_iso
from sandbox.datasets import DATASETS
from sandbox.marketplaces import MARKETPLACES
from sandbox.wire import invalid_input
from sandbox.world import TimeFamily

STATUSES = (
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "CANCELLED",
    "UNFULFILLABLE",
)
FULFILLERS = ("MERCHANT", "AMAZON")
MARKETPLACE_IDS = tuple(place.id for place in MARKETPLACES)
MOST_MARKETPLACES = 50
NEWEST_READABLE = timedelta(minutes=2)


@dataclass(frozen=True)
class SearchQuery:
    family: TimeFamily
    after: datetime
    until: datetime
    """The bound really used, whether asked for or not."""
    marketplace_ids: frozenset[str]
    statuses: frozenset[str]
    fulfilled_by: frozenset[str]
    page_size: int
    included: frozenset[str]
    page_token: str | None
    fingerprint: str
    """Of every other parameter: a page token is good only with the same ones."""


def search_query(query: dict[str, str], now: datetime) -> SearchQuery:
    family = _family(query)
    after, until = _window(query, family, now)
    marketplace_ids = _words(query, "marketplaceIds", MARKETPLACE_IDS)
    if len(query.get("marketplaceIds", "").split(",")) > MOST_MARKETPLACES:
        raise invalid_input(f"marketplaceIds holds more than {MOST_MARKETPLACES} values")
    return SearchQuery(
        family=family,
        after=after,
        until=until,
        marketplace_ids=marketplace_ids,
        statuses=_words(query, "fulfillmentStatuses", STATUSES),
        fulfilled_by=_words(query, "fulfilledBy", FULFILLERS),
        page_size=_page_size(query),
        included=included_data(query),
        page_token=query.get("paginationToken"),
        fingerprint=_fingerprint(query),
    )


def included_data(query: dict[str, str]) -> frozenset[str]:
    return _words(query, "includedData", DATASETS)


def _family(query: dict[str, str]) -> TimeFamily:
    created = {"createdAfter", "createdBefore"} & query.keys()
    updated = {"lastUpdatedAfter", "lastUpdatedBefore"} & query.keys()
    if created and updated:
        raise invalid_input(
            "createdAfter/createdBefore and lastUpdatedAfter/lastUpdatedBefore exclude each other"
        )
    if "createdAfter" in query:
        return "created"
    if "lastUpdatedAfter" in query:
        return "lastUpdated"
    raise invalid_input("Exactly one of createdAfter and lastUpdatedAfter is required")


def _window(query: dict[str, str], family: TimeFamily, now: datetime) -> tuple[datetime, datetime]:
    after = _moment(query, f"{family}After")
    if after > now:
        raise invalid_input(f"{family}After lies in the future")
    newest = now - NEWEST_READABLE
    if f"{family}Before" not in query:
        # The bound is Amazon's own where none is asked for: two minutes ago, in whole seconds
        # (docs#326, #2004).
        return after, newest.replace(microsecond=0)
    until = _moment(query, f"{family}Before")
    if until < after:
        raise invalid_input(f"{family}Before must be equal to or after {family}After")
    if until > newest:
        raise invalid_input(f"{family}Before must be at least two minutes before the time of the request")
    return after, until


def _moment(query: dict[str, str], name: str) -> datetime:
    try:
        return parse_iso(query[name])
    except ValueError:
        raise invalid_input("Invalid Input") from None


def _words(query: dict[str, str], name: str, known: tuple[str, ...]) -> frozenset[str]:
    words = frozenset(filter(None, query.get(name, "").split(",")))
    unknown = sorted(words.difference(known))
    if unknown:
        raise invalid_input(f"{name} does not know {unknown[0]}")
    return words


def _page_size(query: dict[str, str]) -> int:
    text = query.get("maxResultsPerPage", "100")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 100:
        raise invalid_input("maxResultsPerPage must be between 1 and 100")
    return int(text)


def _fingerprint(query: dict[str, str]) -> str:
    others = sorted((name, value) for name, value in query.items() if name != "paginationToken")
    return hashlib.sha256(json.dumps(others).encode()).hexdigest()[:16]
