"""The table of what happens to an order: every row, and which one goes first."""

from datetime import timedelta
from typing import Any

import pytest

from integration.decision import policy
from integration.decision.blockers import ALL
from integration.decision.policy import WORDS, Action, Reason
from tests.factories.facts import NOW, commerce_order, line, order, product

PLACED = ("IMPORTED", Action.PLACE, "")
HELD = ("WAITING", Action.HOLD, Reason.PAYMENT_PENDING)
ENDED = ("CANCELED", Action.RELEASE, "")
UNKNOWN = ("WAITING", Action.KEEP, Reason.UNKNOWN_STATUS)
UNFULFILLABLE = ("WAITING", Action.RELEASE, Reason.UNKNOWN_STATUS)
AMAZON_PENDING = ("WAITING", Action.RELEASE, Reason.PAYMENT_PENDING)
AMAZON_OPEN = ("WAITING", Action.RELEASE, Reason.AMAZON_SHIPS)
# Status -> what happens to an order of the merchant's, and to one that Amazon fulfills.
BY_STATUS: dict[str, tuple[Any, Any]] = {
    "PENDING_AVAILABILITY": (HELD, AMAZON_PENDING),
    "PENDING": (HELD, AMAZON_PENDING),
    "UNSHIPPED": (PLACED, AMAZON_OPEN),
    "PARTIALLY_SHIPPED": (PLACED, AMAZON_OPEN),
    "SHIPPED": (PLACED, PLACED),
    "CANCELLED": (ENDED, ENDED),
    "CANCELED": (ENDED, ENDED),
    "UNFULFILLABLE": (UNFULFILLABLE, UNFULFILLABLE),
    "INVOICE_UNCONFIRMED": (UNKNOWN, UNKNOWN),
    "unshipped": (UNKNOWN, UNKNOWN),
    "": (UNKNOWN, UNKNOWN),
}


def decided(**changes: Any) -> tuple[str, Action, str]:
    decision = policy.decide(order(**changes), now=NOW)
    return decision.state, decision.action, decision.reason


@pytest.mark.parametrize("status", BY_STATUS)
def test_what_happens_by_status(status: str) -> None:
    merchant, amazon = BY_STATUS[status]
    assert decided(status=status) == merchant
    assert decided(status=status, fulfilled_by="") == merchant
    assert decided(status=status, fulfilled_by="AMAZON") == amazon


@pytest.mark.parametrize("status", BY_STATUS)
@pytest.mark.parametrize("fulfilled_by", ["MERCHANT", "AMAZON"])
def test_the_rows_above_the_status_go_first_whatever_the_status(status: str, fulfilled_by: str) -> None:
    given = {"status": status, "fulfilled_by": fulfilled_by}
    shut = {"import_enabled": False}
    skipped = {"is_skipped": True, "state": "SKIPPED"}
    elsewhere = {"channel_name": "NON_AMAZON"}
    imported = {"commerce": commerce_order(), "state": "IMPORTED"}

    assert decided(**given, **shut) == ("VIEW_ONLY", Action.RELEASE, Reason.IMPORT_DISABLED)
    assert decided(**given, **shut, **skipped) == ("SKIPPED", Action.RELEASE, "")
    assert decided(**given, **shut, **skipped, **elsewhere) == (
        "VIEW_ONLY",
        Action.RELEASE,
        Reason.MULTI_CHANNEL,
    )
    assert decided(**given, **shut, **elsewhere, **imported) == ("IMPORTED", Action.FOLLOW, "")


def test_what_amazon_has_not_told_yet_is_waited_for_and_never_a_blocker() -> None:
    lacking = {"untold": frozenset({"RECIPIENT"}), "address_gaps": ("street", "city", "country")}
    waits = ("WAITING", Action.KEEP, Reason.NOT_ALL_TOLD)
    for status in ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", ""):
        assert decided(status=status, **lacking) == waits
        assert policy.decide(order(status=status, **lacking), now=NOW).findings == ()
    # These need nothing more to be told.
    assert decided(status="PENDING", **lacking) == HELD
    assert decided(status="CANCELLED", **lacking) == ENDED
    assert decided(commerce=commerce_order(), state="IMPORTED", **lacking)[1] == Action.FOLLOW


def test_view_only_lasts_until_a_person_imports() -> None:
    received_while_off = {"state": "VIEW_ONLY", "reason": "IMPORT_DISABLED"}
    assert decided(**received_while_off)[0] == "VIEW_ONLY"
    assert decided(**received_while_off, is_import_requested=True) == PLACED
    assert decided(**received_while_off, is_import_requested=True, import_enabled=False) == PLACED
    assert decided(import_enabled=False, state="BLOCKED")[0] == "VIEW_ONLY"
    assert decided(import_enabled=False, state="CANCELED", status="CANCELLED") == ENDED
    assert decided(import_enabled=False, status="CANCELLED")[0] == "VIEW_ONLY"


def test_a_skip_ends_at_its_moment() -> None:
    skipped = {"is_skipped": True, "state": "SKIPPED"}
    until = NOW + timedelta(seconds=1)
    running = policy.decide(order(**skipped, skipped_until=until), now=NOW)
    assert (running.state, running.recheck_at) == ("SKIPPED", until)
    assert policy.decide(order(**skipped, skipped_until=until), now=until).state == "IMPORTED"
    assert policy.decide(order(**skipped), now=NOW).recheck_at is None


def test_a_pending_order_holds_only_where_the_store_wants_it() -> None:
    assert decided(status="PENDING", reserve_pending=False) == AMAZON_PENDING


SPOILT = {
    "currencies": frozenset({"USD", "CAD"}),
    "address_gaps": ("street",),
    "lines": (
        line(reference="L1", product=None, has_amount=False),
        line(reference="L2", product=product(is_enabled=False, salable=0)),
    ),
}
LINES = {"PRODUCT_MISSING", "PRODUCT_DISABLED"}
# Which of all the reasons count, by status and fulfiller.
REASONS = {
    ("UNSHIPPED", "MERCHANT"): LINES
    | {"OUT_OF_STOCK", "ADDRESS_INCOMPLETE", "AMOUNTS_MISSING", "CURRENCY_UNSUPPORTED"},
    ("PARTIALLY_SHIPPED", "MERCHANT"): LINES
    | {"OUT_OF_STOCK", "ADDRESS_INCOMPLETE", "AMOUNTS_MISSING", "CURRENCY_UNSUPPORTED"},
    ("SHIPPED", "MERCHANT"): LINES | {"CURRENCY_UNSUPPORTED"},
    ("SHIPPED", "AMAZON"): LINES | {"CURRENCY_UNSUPPORTED"},
    ("PENDING", "MERCHANT"): LINES | {"OUT_OF_STOCK"},
    ("PENDING", "AMAZON"): LINES,
    ("UNSHIPPED", "AMAZON"): LINES,
    ("UNFULFILLABLE", "MERCHANT"): set(),
    ("CANCELLED", "MERCHANT"): set(),
}


@pytest.mark.parametrize(("status", "fulfilled_by"), REASONS)
def test_all_reasons_that_count_are_found_at_once(status: str, fulfilled_by: str) -> None:
    decision = policy.decide(order(status=status, fulfilled_by=fulfilled_by, **SPOILT), now=NOW)

    assert {finding.code for finding in decision.findings} == REASONS[status, fulfilled_by]
    is_to_be_placed = status in {"UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"} and not (
        status != "SHIPPED" and fulfilled_by == "AMAZON"
    )
    assert (decision.state == "BLOCKED") is is_to_be_placed
    if is_to_be_placed:
        assert decision.action == Action.KEEP


def test_no_items_blocks_whatever_has_shipped() -> None:
    for status in ("UNSHIPPED", "SHIPPED"):
        decision = policy.decide(order(status=status, lines=()), now=NOW)
        assert [finding.code for finding in decision.findings] == ["NO_ITEMS"]


def test_every_reason_to_wait_has_words_and_every_blocker_is_in_the_table() -> None:
    assert set(WORDS) == set(Reason)
    found = set().union(*REASONS.values())
    assert found | {"NO_ITEMS", "FAILED"} == ALL
