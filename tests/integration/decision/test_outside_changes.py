"""What is told of a change that Amazon made by itself: what it did, what we did, what is left. Row by row."""

from dataclasses import replace
from typing import Any

import pytest

from integration.decision import outside_changes
from integration.decision.facts import OrderSnapshot
from integration.decision.outside_changes import Held, OutsideChange
from tests.factories.facts import ASKS, CANCELED, ONE_LESS, PARTLY, SHIPPED, UNSHIPPED


def held(was: str = "BLOCKED", becomes: str = "BLOCKED", **changes: Any) -> Held:
    given = {"is_first": False, "is_merchant": True, "holds": False, "released": False}
    return Held(was=was, becomes=becomes, **{**given, **changes})


def sentences(told: list[OutsideChange]) -> list[tuple[str, str, str, str]]:
    return [(each.code, each.did, each.done, each.to_do) for each in told]


HELD = [
    # before, now, where it was and is, (code, did, done, to do)
    (UNSHIPPED, UNSHIPPED, held(), None),
    (None, SHIPPED, held("WAITING", "IMPORTED", is_first=True), None),
    (None, UNSHIPPED, held(), None),
    (
        UNSHIPPED,
        SHIPPED,
        held(becomes="IMPORTED"),
        (
            "SHIPPED_AT_AMAZON",
            "All of it shipped at Amazon while it was blocked here.",
            "Imported; what has left is recorded as shipped and taken from stock.",
            "",
        ),
    ),
    (
        UNSHIPPED,
        PARTLY,
        held("WAITING", "IMPORTED"),
        (
            "SHIPPED_AT_AMAZON",
            "1 of 3 items shipped at Amazon while it was waiting here.",
            "Imported; what has left is recorded as shipped and taken from stock.",
            "Ship only the remaining 2 items.",
        ),
    ),
    (
        UNSHIPPED,
        PARTLY,
        held(holds=True),
        (
            "SHIPPED_AT_AMAZON",
            "1 of 3 items shipped at Amazon while it was blocked here.",
            "Nothing is recorded as shipped yet: it is still blocked. Its stock stays held.",
            "Mend what blocks it: it is then imported and the shipment taken over.",
        ),
    ),
    (
        PARTLY,
        SHIPPED,
        held("SKIPPED", "SKIPPED"),
        (
            "SHIPPED_AT_AMAZON",
            "All of it shipped at Amazon while it was skipped here.",
            "It stays skipped: no Commerce order, no stock taken.",
            "If it left from stock on record, end the skip or correct the count.",
        ),
    ),
    (
        UNSHIPPED,
        SHIPPED,
        held("VIEW_ONLY", "VIEW_ONLY"),
        (
            "SHIPPED_AT_AMAZON",
            "All of it shipped at Amazon while it was view only here.",
            "View only: no Commerce order, no stock taken.",
            "If it left from stock on record, import it or correct the count.",
        ),
    ),
    (
        UNSHIPPED,
        PARTLY,
        held("WAITING", "WAITING"),
        (
            "SHIPPED_AT_AMAZON",
            "1 of 3 items shipped at Amazon while it was waiting here.",
            "It still waits; nothing was changed here.",
            "",
        ),
    ),
    # Amazon ships these itself: that it did is the way they go.
    (UNSHIPPED, SHIPPED, held("WAITING", "IMPORTED", is_merchant=False), None),
    (
        UNSHIPPED,
        CANCELED,
        held(becomes="CANCELED", holds=True, released=True),
        ("CANCELED", "Canceled at Amazon before it was imported.", "Its held stock was released.", ""),
    ),
    (
        UNSHIPPED,
        CANCELED,
        held("WAITING", "CANCELED"),
        ("CANCELED", "Canceled at Amazon before it was imported.", "It held no stock.", ""),
    ),
    (
        None,
        CANCELED,
        held("WAITING", "CANCELED", is_first=True),
        ("CANCELED", "Canceled at Amazon before it was imported.", "It held no stock.", ""),
    ),
    (
        UNSHIPPED,
        CANCELED,
        held("SKIPPED", "SKIPPED"),
        ("CANCELED", "Canceled at Amazon before it was imported.", "It stays skipped; it held no stock.", ""),
    ),
    (
        UNSHIPPED,
        CANCELED,
        held("VIEW_ONLY", "VIEW_ONLY"),
        (
            "CANCELED",
            "Canceled at Amazon before it was imported.",
            "View only: there was nothing to undo here.",
            "",
        ),
    ),
    (CANCELED, CANCELED, held("CANCELED", "CANCELED"), None),
    # The skip of an order ends that was canceled meanwhile.
    (
        CANCELED,
        CANCELED,
        held("SKIPPED", "CANCELED"),
        ("CANCELED", "Canceled at Amazon before it was imported.", "It held no stock.", ""),
    ),
    (
        UNSHIPPED,
        ONE_LESS,
        held(holds=True),
        (
            "UNITS_CANCELED",
            "1 item canceled at Amazon while it was blocked here.",
            "No stock is held for that any more.",
            "",
        ),
    ),
    (
        UNSHIPPED,
        ONE_LESS,
        held("VIEW_ONLY", "VIEW_ONLY"),
        (
            "UNITS_CANCELED",
            "1 item canceled at Amazon while it was view only here.",
            "There was nothing to undo here.",
            "",
        ),
    ),
    (
        UNSHIPPED,
        ONE_LESS,
        held(becomes="IMPORTED"),
        ("UNITS_CANCELED", "1 item canceled at Amazon while it was blocked here.", "Imported without.", ""),
    ),
    (
        UNSHIPPED,
        ASKS,
        held(),
        (
            "CANCEL_REQUESTED",
            "The buyer asks to cancel this order.",
            "Nothing was changed here.",
            "Do not ship it before this is settled: cancel it, or tell the buyer why not.",
        ),
    ),
    (ASKS, ASKS, held(), None),
    # What was kept before this was told of may have been told already.
    (None, ASKS, held(), None),
    (
        None,
        ASKS,
        held("WAITING", "WAITING", is_first=True, is_merchant=False),
        (
            "CANCEL_REQUESTED",
            "The buyer asks to cancel this order.",
            "Nothing: Amazon ships this order and settles it.",
            "",
        ),
    ),
]


@pytest.mark.parametrize(("before", "now", "where", "expected"), HELD)
def test_while_held(
    before: OrderSnapshot | None, now: OrderSnapshot, where: Held, expected: tuple[str, str, str, str] | None
) -> None:
    assert sentences(outside_changes.while_held(before, now, where)) == ([expected] if expected else [])


def test_what_is_kept_is_read_again() -> None:
    assert OrderSnapshot.from_json(UNSHIPPED.as_json()) == UNSHIPPED
    assert OrderSnapshot.from_json({}) is None
    nothing = replace(UNSHIPPED, total=None)
    assert OrderSnapshot.from_json(nothing.as_json()) == nothing
