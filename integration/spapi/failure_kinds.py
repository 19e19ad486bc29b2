"""What a failed call to Amazon is, what that means and what happens next. Pure, so that words can improve.

Rows of `CommunicationError` keep the operation, the status and the kind; the sentences are made when they
are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

SIGN_IN = "signIn"


class Kind(StrEnum):
    """What sort of failure it was."""

    NO_ANSWER = "NO_ANSWER"
    THROTTLED = "THROTTLED"
    UNAVAILABLE = "UNAVAILABLE"
    UNUSABLE_ANSWER = "UNUSABLE_ANSWER"
    ACCESS_DENIED = "ACCESS_DENIED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A failure in words: what it means, and what happens next."""

    means: str
    next: str


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the table. Empty `operations` and `statuses` fit every one."""

    kind: Kind
    means: str
    next: str
    operations: frozenset[str] = frozenset()
    statuses: frozenset[int] = frozenset()

    def fits(self, operation: str, status: int, kind: str) -> bool:
        return (
            self.kind == kind
            and (not self.operations or operation in self.operations)
            and (not self.statuses or status in self.statuses)
        )


def meaning(*, operation: str, status: int, kind: str) -> Meaning:
    """What a failure means and what happens next: the first line of the table that fits."""
    for row in _TABLE:
        if row.fits(operation, status, kind):
            return Meaning(row.means, row.next)
    return Meaning("The call failed.", "It is made again by itself.")


_AGAIN = "The same page is asked for again by itself, after 15 seconds to 15 minutes; no order is skipped."
_SINGLE_AGAIN = "The order stays requested and is asked for again by itself."
_LIST_AGAIN = "The list is asked for again by itself, for a day. The sync is not concerned."
_SINGLE = frozenset({"getOrder"})
_SEARCH = frozenset({"searchOrders"})
_SIGN_IN = frozenset({SIGN_IN})
_LISTS = frozenset({"createReport", "getReport", "getReportDocument", "document"})
_CONFIRM = frozenset({"confirmShipment", "updateShipmentStatus"})
_FEEDS = frozenset(
    {"createFeedDocument", "createFeed", "getFeeds", "getFeed", "getFeedDocument", "feedDocument"}
)
_READ_BACK = (
    "Amazon may know of the parcel or not: the order is read, and after a minute it is told again under the "
    "same reference."
)
_FEED_AGAIN = "The feed goes on by itself; nothing that is owed to Amazon is dropped."
_TABLE: Sequence[_Row] = (
    _Row(
        Kind.NO_ANSWER,
        "Amazon's sign-in could not be reached.",
        "It is tried again after a minute. If it lasts, look at this machine's network and proxy.",
        _SIGN_IN,
    ),
    _Row(
        Kind.ACCESS_DENIED,
        "Amazon's sign-in refuses the refresh token or the application's credentials.",
        "It is tried again every 15 minutes. Authorize the account again, or renew the application's client "
        "secret; the sync then goes on where it stopped.",
        _SIGN_IN,
    ),
    _Row(
        Kind.THROTTLED,
        "Amazon's sign-in was asked too often.",
        "It is tried again after a minute.",
        _SIGN_IN,
    ),
    _Row(
        Kind.UNAVAILABLE,
        "Amazon's sign-in is down or overloaded.",
        "It is tried again after a minute.",
        _SIGN_IN,
    ),
    _Row(
        Kind.NO_ANSWER,
        "No answer came: the connection was not made, was cut, or took longer than 30 seconds.",
        _SINGLE_AGAIN,
        _SINGLE,
    ),
    _Row(
        Kind.NO_ANSWER,
        "No answer came: the connection was not made, was cut, or took longer than 30 seconds.",
        _READ_BACK,
        _CONFIRM,
    ),
    _Row(Kind.UNAVAILABLE, "Amazon is down or overloaded.", _READ_BACK, _CONFIRM),
    _Row(
        Kind.REFUSED,
        "Amazon refuses to confirm the parcel.",
        "A message on the order says why: correct what was said of the parcel, and it is sent again.",
        _CONFIRM,
    ),
    _Row(Kind.NO_ANSWER, "No answer came about what goes to Amazon by feed.", _FEED_AGAIN, _FEEDS),
    _Row(Kind.UNAVAILABLE, "Amazon is down or overloaded.", _FEED_AGAIN, _FEEDS),
    _Row(
        Kind.REFUSED,
        "Amazon refuses the feed with cancellations or refunds.",
        "It is handed in again a few times; then its orders say so, each with Amazon's words.",
        _FEEDS,
    ),
    _Row(
        Kind.NO_ANSWER,
        "Amazon's list of orders could not be fetched, or was not as it should be.",
        _LIST_AGAIN,
        _LISTS,
    ),
    _Row(
        Kind.NO_ANSWER,
        "No answer came: the connection was not made, was cut, or took longer than 30 seconds.",
        _AGAIN,
    ),
    _Row(
        Kind.THROTTLED,
        "Amazon throttled the call although our count had a token left: somebody else spends the same quota.",
        "Our count is set to zero and the call is made again when the next token is there. If it happens "
        "often, find the other program that uses this seller's authorization.",
    ),
    _Row(
        Kind.UNAVAILABLE,
        "Amazon is down or overloaded.",
        _SINGLE_AGAIN,
        _SINGLE,
    ),
    _Row(
        Kind.UNAVAILABLE,
        "Amazon is down or overloaded.",
        f"{_AGAIN} After three failures in a row fewer data sets are asked for.",
        _SEARCH,
    ),
    _Row(Kind.UNAVAILABLE, "Amazon is down or overloaded.", _LIST_AGAIN, _LISTS),
    _Row(Kind.UNAVAILABLE, "Amazon is down or overloaded.", "It is tried again by itself."),
    _Row(
        Kind.UNUSABLE_ANSWER,
        "Amazon said that all is well and sent no usable answer: a page of HTML, a cut or an empty body.",
        "It is not believed: nothing moves on, and the call is made again by itself.",
    ),
    _Row(
        Kind.ACCESS_DENIED,
        "Amazon denies access, also with a new access token: the authorization was revoked, a role is "
        "missing, or the seller left a marketplace.",
        "Amazon is asked which marketplaces are open; the others go on. If none is, it is tried every 15 "
        "minutes until the account is authorized again.",
        _SEARCH,
    ),
    _Row(
        Kind.ACCESS_DENIED,
        "Amazon gives no reports to the application: its role 'Inventory and Order Tracking' is missing.",
        "The proof that no order is missing is searched for instead, three days back. Add the role, then "
        "authorize the account again.",
        _LISTS,
    ),
    _Row(
        Kind.ACCESS_DENIED,
        "Amazon denies access, also with a new access token.",
        "It is tried again every 15 minutes. Check the application's roles in Seller Central and authorize "
        "the account again.",
    ),
    _Row(
        Kind.REFUSED,
        "Amazon did not take the parameters of the search, or its page token has died.",
        "The window is searched again from its start, if need be with fewer data sets.",
        _SEARCH,
    ),
    _Row(
        Kind.REFUSED,
        "Amazon refuses this order.",
        "It is put aside and asked for again after six hours.",
        _SINGLE,
    ),
    _Row(
        Kind.REFUSED,
        "Amazon does not take the report on, or knows it no longer.",
        "Another one is asked for; after three, the list is searched for instead.",
        _LISTS,
    ),
    _Row(Kind.REFUSED, "Amazon refuses this request.", "It is not repeated as it was."),
)
