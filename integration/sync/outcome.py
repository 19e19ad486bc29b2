"""What came of work for an account: its counts, and why not all of it was done."""

from collections import Counter
from dataclasses import dataclass, field

from integration.spapi.errors import ReadOnly, RetryLater, StoreMisconfigured

# Amazon answers within half a second as a rule; so many on average are the account's trouble, or Amazon's.
SLOW_ANSWER_SECONDS = 5.0
AUTHORIZATION_REFUSED = "AUTHORIZATION_REFUSED"
AMAZON_UNAVAILABLE = "AMAZON_UNAVAILABLE"
QUOTA = "QUOTA"
READ_ONLY = "READ_ONLY"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a pass did not do all of it."""

    code: str
    message: str
    store: str

    @property
    def is_refusal(self) -> bool:
        """Whether Amazon refuses the authorization; everything else only has to wait."""
        return self.code in {"AUTHORIZATION_REFUSED", "STORE_ACCESS_LOST"}


def problem_code(failed: RetryLater | StoreMisconfigured) -> str:
    """The code under which people and programs meet this failure."""
    if isinstance(failed, StoreMisconfigured):
        return AUTHORIZATION_REFUSED
    # Before the quota: read-only mode is no failure, and it ends by a person.
    if isinstance(failed, ReadOnly):
        return READ_ONLY
    return QUOTA if failed.is_quota else AMAZON_UNAVAILABLE


def problem_of(failed: RetryLater | StoreMisconfigured, *, stores: str) -> Problem:
    """Why this work for an account stopped, and for which stores."""
    return Problem(problem_code(failed), failed.text, stores)


@dataclass(slots=True)
class AccountSyncOutcome:
    """What a pass did."""

    region: str = ""
    requests: int = 0
    seconds_waited: float = 0.0
    # Its turn was over before its work was: no problem, the next turn goes on.
    yielded: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_slow(self) -> bool:
        """Whether Amazon kept the pass waiting."""
        return self.seconds_waited > SLOW_ANSWER_SECONDS * self.requests

    def add(self, other: "AccountSyncOutcome") -> None:
        """Add what another pass did."""
        self.requests += other.requests
        self.seconds_waited += other.seconds_waited
        self.counts.update(other.counts)
        self.problems.extend(other.problems)
