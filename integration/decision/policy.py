"""What is to be done about an Amazon order: its state, why, and the action. Pure.

`decide` is a table read from the top; the first row that fits wins. Facts are gathered before (`check`),
acted upon after (`place`, `hold`, `follow`). Amazon's status is compared with the words Amazon documents
today; a word we do not know waits, shown as Amazon says it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from integration.decision import blockers
from integration.decision.blockers.finding import Finding
from integration.decision.facts import OrderFacts

PENDING = frozenset({"PENDING", "PENDING_AVAILABILITY"})
OPEN = frozenset({"UNSHIPPED", "PARTIALLY_SHIPPED"})
SHIPPED = "SHIPPED"
UNFULFILLABLE = "UNFULFILLABLE"
# Orders 2026-01-01 writes CANCELLED; notifications and v0 write Canceled.
CANCELED = frozenset({"CANCELLED", "CANCELED"})


class Action(StrEnum):
    """What is done about an order, beside writing its state: by `place`, `follow` or `hold`."""

    RELEASE = "RELEASE"  # no Commerce order; whatever stock is held is let go
    HOLD = "HOLD"  # no Commerce order yet; its stock is held
    KEEP = "KEEP"  # no Commerce order yet; what is held stays held, as far as it is still wanted
    PLACE = "PLACE"  # becomes a Commerce order now
    FOLLOW = "FOLLOW"  # has a Commerce order, which follows what Amazon changed


class Reason(StrEnum):
    """Why an order waits or is view-only."""

    PAYMENT_PENDING = "PAYMENT_PENDING"
    AMAZON_SHIPS = "AMAZON_SHIPS"
    NOT_ALL_TOLD = "NOT_ALL_TOLD"
    UNKNOWN_STATUS = "UNKNOWN_STATUS"
    MULTI_CHANNEL = "MULTI_CHANNEL"
    IMPORT_DISABLED = "IMPORT_DISABLED"


WORDS = {
    Reason.PAYMENT_PENDING: "Waiting for Amazon to settle the payment.",
    Reason.AMAZON_SHIPS: "Waiting for Amazon to ship it (Fulfilled by Amazon).",
    Reason.NOT_ALL_TOLD: "Waiting: Amazon has not told all of it yet. It is asked again by itself.",
    Reason.UNKNOWN_STATUS: "Waiting: nothing is to be done for an order with this status.",
    Reason.MULTI_CHANNEL: "View only: a multi-channel order belongs to the shop it was sold in.",
    Reason.IMPORT_DISABLED: "View only: Import Amazon Orders was disabled; managed in Seller Central.",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """The state an order gets, why, what is done, and every blocker found."""

    state: str
    action: Action
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    recheck_at: datetime | None = None


def decide(facts: OrderFacts, *, now: datetime) -> Decision:
    """The decision about one order."""
    for fits, decision in TABLE:
        if fits(facts, now):
            return decision(facts)
    raise AssertionError("the last row of the table fits every order")


def _is_imported(facts: OrderFacts, now: datetime) -> bool:
    return facts.commerce is not None


def _is_multi_channel(facts: OrderFacts, now: datetime) -> bool:
    return facts.channel_name != "AMAZON"


def _is_skipped(facts: OrderFacts, now: datetime) -> bool:
    return facts.is_skipped and (facts.skipped_until is None or facts.skipped_until > now)


def _is_view_only(facts: OrderFacts, now: datetime) -> bool:
    if facts.state == "CANCELED" and _is_canceled(facts, now):
        # It had ended before import was switched off.
        return False
    # Switching import on again does not bring in what was managed in Seller Central meanwhile: a person
    # asks for each.
    stays = facts.state == "VIEW_ONLY" and facts.reason == Reason.IMPORT_DISABLED
    return (stays or not facts.import_enabled) and not facts.is_import_requested


def _is_canceled(facts: OrderFacts, now: datetime) -> bool:
    return facts.status in CANCELED


def _is_half_told(facts: OrderFacts, now: datetime) -> bool:
    return bool(facts.untold)


def _is_pending(facts: OrderFacts, now: datetime) -> bool:
    return facts.status in PENDING


def _is_open_for_merchant(facts: OrderFacts, now: datetime) -> bool:
    return facts.is_merchant_fulfilled and facts.status in OPEN


def _is_shipped(facts: OrderFacts, now: datetime) -> bool:
    return facts.status == SHIPPED


def _is_open_for_amazon(facts: OrderFacts, now: datetime) -> bool:
    return not facts.is_merchant_fulfilled and facts.status in OPEN


def _anything(facts: OrderFacts, now: datetime) -> bool:
    return True


def _follow(facts: OrderFacts) -> Decision:
    return Decision("IMPORTED", Action.FOLLOW)


def _belongs_elsewhere(facts: OrderFacts) -> Decision:
    return Decision("VIEW_ONLY", Action.RELEASE, reason=Reason.MULTI_CHANNEL)


def _stay_skipped(facts: OrderFacts) -> Decision:
    return Decision("SKIPPED", Action.RELEASE, recheck_at=facts.skipped_until)


def _stay_view_only(facts: OrderFacts) -> Decision:
    return Decision("VIEW_ONLY", Action.RELEASE, reason=Reason.IMPORT_DISABLED)


def _end(facts: OrderFacts) -> Decision:
    return Decision("CANCELED", Action.RELEASE)


def _wait_for_the_rest(facts: OrderFacts) -> Decision:
    # What was not asked for is not missing: nothing is judged before it is told.
    return Decision("WAITING", Action.KEEP, reason=Reason.NOT_ALL_TOLD)


def _wait_for_payment(facts: OrderFacts) -> Decision:
    # Amazon holds its own stock for it.
    if not facts.is_merchant_fulfilled:
        return _wait_for_amazon(facts)
    coming = blockers.find_blockers(facts, codes=blockers.BEFORE_PAYMENT)
    action = Action.HOLD if facts.reserve_pending else Action.RELEASE
    return Decision("WAITING", action, reason=Reason.PAYMENT_PENDING, findings=coming)


def _wait_for_amazon(facts: OrderFacts) -> Decision:
    coming = blockers.find_blockers(facts, codes=blockers.FULFILLED_BY_AMAZON)
    reason = Reason.PAYMENT_PENDING if facts.status in PENDING else Reason.AMAZON_SHIPS
    return Decision("WAITING", Action.RELEASE, reason=reason, findings=coming)


def _place_to_ship(facts: OrderFacts) -> Decision:
    return _place_unless_blocked(facts, codes=blockers.ALL)


def _place_shipped(facts: OrderFacts) -> Decision:
    return _place_unless_blocked(facts, codes=blockers.AFTER_SHIPPING)


def _place_unless_blocked(facts: OrderFacts, *, codes: frozenset[str]) -> Decision:
    findings = blockers.find_blockers(facts, codes=codes)
    if findings:
        # What a pending order held stays held while it is blocked: it is there when the blocker goes.
        return Decision("BLOCKED", Action.KEEP, findings=findings)
    return Decision("IMPORTED", Action.PLACE)


def _wait_for_a_known_word(facts: OrderFacts) -> Decision:
    # A word we do not know may pass; UNFULFILLABLE never becomes an order of ours.
    action = Action.RELEASE if facts.status == UNFULFILLABLE else Action.KEEP
    return Decision("WAITING", action, reason=Reason.UNKNOWN_STATUS)


# The order is the rule: what is a Commerce order follows whatever the settings say, and a skip outlasts
# a cancellation.
TABLE: tuple[tuple[Callable[[OrderFacts, datetime], bool], Callable[[OrderFacts], Decision]], ...] = (
    (_is_imported, _follow),
    (_is_multi_channel, _belongs_elsewhere),
    (_is_skipped, _stay_skipped),
    (_is_view_only, _stay_view_only),
    (_is_canceled, _end),
    (_is_pending, _wait_for_payment),
    (_is_half_told, _wait_for_the_rest),
    (_is_open_for_merchant, _place_to_ship),
    (_is_shipped, _place_shipped),
    (_is_open_for_amazon, _wait_for_amazon),
    (_anything, _wait_for_a_known_word),
)
