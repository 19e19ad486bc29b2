"""What comes next for a chosen order, row by row of the table."""

from typing import Any

import pytest

from integration.orders.bulk import steps
from integration.orders.bulk.steps import Chosen, Known, Next, Step


def known(state: str = "VIEW_ONLY", **changes: Any) -> Known:
    given = {
        "is_of_store": True,
        "status": "UNSHIPPED",
        "reason": "IMPORT_DISABLED",
        "is_judged": True,
        "is_import_requested": False,
    }
    return Known(state=state, **{**given, **changes})


def end(outcome: str) -> Next:
    return Next(Step.END, outcome)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (known("IMPORTED"), end("IMPORTED")),
        (known("IMPORTED", is_judged=False), end("IMPORTED")),
        (known("WAITING", is_judged=False), Next(Step.WAIT)),
        (known("VIEW_ONLY"), Next(Step.IMPORT)),
        (known("VIEW_ONLY", is_import_requested=True), end("VIEW_ONLY")),
        (known("VIEW_ONLY", is_import_requested=True, is_judged=False), Next(Step.WAIT)),
        (known("VIEW_ONLY", reason="MULTI_CHANNEL"), end("VIEW_ONLY")),
        (known("VIEW_ONLY", status="CANCELLED"), end("CANCELED")),
        (known("SKIPPED"), Next(Step.UNSKIP)),
        (known("SKIPPED", status="CANCELLED"), end("CANCELED")),
        (known("BLOCKED"), end("BLOCKED")),
        (known("WAITING"), end("WAITING")),
        (known("CANCELED"), end("CANCELED")),
        (known("IMPORTED", is_of_store=False), end("OTHER_STORE")),
        (known("VIEW_ONLY", is_of_store=False), end("OTHER_STORE")),
    ],
)
def test_an_order_that_is_here(order: Known, expected: Next) -> None:
    assert steps.next_step(Chosen(known=order, may_ask=True)) == expected


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, Next(Step.ASK)),
        ({"is_asked": True}, Next(Step.WAIT, is_for_amazon=True)),
        ({"answer": "UNKNOWN"}, end("UNKNOWN")),
        ({"answer": "DENIED"}, end("DENIED")),
        ({"answer": "KNOWN"}, end("OTHER_STORE")),
        ({"answer": "KNOWN", "is_unreadable": True}, end("UNREADABLE")),
        # In quarantine since before: Amazon is asked all the same.
        ({"is_unreadable": True}, Next(Step.ASK)),
        ({"may_ask": False}, end("UNKNOWN")),
    ],
)
def test_an_order_that_is_not_here(chosen: dict[str, Any], expected: Next) -> None:
    assert steps.next_step(Chosen(**{"known": None, "may_ask": True, **chosen})) == expected
