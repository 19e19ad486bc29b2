"""What is told of a change that Amazon made by itself to an order with a Commerce order. Row by row."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from integration.decision import outside_changes
from integration.decision.facts import OrderSnapshot
from integration.decision.outside_changes import Followed, OutsideChange
from tests.factories.facts import ASKS, CANCELED, LOWERED, ONE_LESS, PARTLY, SHIPPED, UNSHIPPED


def followed(**changes: Any) -> Followed:
    given = {
        "number": "1000042",
        "status": "PROCESSING",
        "is_first": False,
        "is_merchant": True,
        "has_shipped": False,
        "left_to_ship": 0,
        "grand_total": Decimal("30.00"),
    }
    return Followed(**{**given, **changes})


def sentences(told: list[OutsideChange]) -> list[tuple[str, str, str, str]]:
    return [(each.code, each.did, each.done, each.to_do) for each in told]


IMPORTED = [
    (UNSHIPPED, UNSHIPPED, followed(), None),
    (
        UNSHIPPED,
        CANCELED,
        followed(cancels_order=True),
        (
            "COMMERCE_CANCELED",
            "Canceled at Amazon.",
            "Commerce order 1000042 was canceled and its stock released.",
            "",
        ),
    ),
    (
        SHIPPED,
        CANCELED,
        followed(is_canceled_after_shipping=True, has_shipped=True),
        (
            "CANCELED_AFTER_SHIPPING",
            "Canceled at Amazon.",
            "Nothing: Commerce order 1000042 has already shipped.",
            "Stop the parcel or take it back; then close Commerce order 1000042.",
        ),
    ),
    (
        UNSHIPPED,
        ONE_LESS,
        followed(units_canceled=2),
        (
            "UNITS_CANCELED",
            "2 units canceled at Amazon.",
            "Canceled in Commerce order 1000042 and released.",
            "",
        ),
    ),
    (
        UNSHIPPED,
        ONE_LESS,
        followed(canceled_though_shipped=1, has_shipped=True),
        (
            "UNITS_CANCELED_AFTER_SHIPPING",
            "1 unit canceled at Amazon that had already left here.",
            "Nothing: Commerce order 1000042 keeps them as shipped.",
            "Stop the parcel or take it back.",
        ),
    ),
    # The contradiction stands, and is no news.
    (ONE_LESS, ONE_LESS, followed(canceled_though_shipped=1, has_shipped=True), None),
    (
        UNSHIPPED,
        SHIPPED,
        followed(units_shipped=3),
        (
            "SHIPPED_AT_AMAZON",
            "3 units shipped at Amazon beyond what was shipped here.",
            "Taken over as a shipment of Commerce order 1000042 and taken from stock.",
            "",
        ),
    ),
    (
        UNSHIPPED,
        PARTLY,
        followed(units_shipped=1, left_to_ship=2),
        (
            "SHIPPED_AT_AMAZON",
            "1 unit shipped at Amazon beyond what was shipped here.",
            "Taken over as a shipment of Commerce order 1000042 and taken from stock.",
            "Ship only the remaining 2 units.",
        ),
    ),
    # What we shipped and told Amazon of is no change of Amazon's.
    (UNSHIPPED, SHIPPED, followed(has_shipped=True), None),
    (
        UNSHIPPED,
        SHIPPED,
        followed(status="CANCELED", shipped_though_canceled=3),
        (
            "SHIPPED_AT_AMAZON",
            "3 units shipped at Amazon that had been canceled here.",
            "Nothing: Commerce order 1000042 keeps them as canceled.",
            "If they left from stock on record, correct the count.",
        ),
    ),
    (SHIPPED, SHIPPED, followed(status="CANCELED", shipped_though_canceled=3), None),
    (
        SHIPPED,
        LOWERED,
        followed(status="COMPLETE"),
        (
            "AMOUNTS_CHANGED",
            "Amazon changed the total from 30.00 USD to 20.00 USD.",
            "Commerce order 1000042 keeps its amounts.",
            "See in Seller Central whether the buyer was paid back; then write a credit memo "
            "for Commerce order 1000042.",
        ),
    ),
    (
        UNSHIPPED,
        replace(UNSHIPPED, total=Decimal("31.50")),
        followed(),
        (
            "AMOUNTS_CHANGED",
            "Amazon changed the total from 30.00 USD to 31.50 USD.",
            "Commerce order 1000042 keeps its amounts.",
            "Compare the amounts before it is invoiced.",
        ),
    ),
    # An amount that is told for the first time, or no more, is no change; nor is a canceled order's.
    (replace(UNSHIPPED, total=None), SHIPPED, followed(), None),
    (SHIPPED, replace(SHIPPED, total=None), followed(), None),
    (LOWERED, LOWERED, followed(), None),
    (SHIPPED, replace(CANCELED, total=Decimal(0)), followed(status="CANCELED"), None),
    (
        UNSHIPPED,
        ASKS,
        followed(),
        (
            "CANCEL_REQUESTED",
            "The buyer asks to cancel this order.",
            "Nothing: Commerce order 1000042 is unchanged.",
            "Do not ship it before this is settled: cancel it, or tell the buyer why not.",
        ),
    ),
    (
        SHIPPED,
        replace(SHIPPED, asks_to_cancel=True),
        followed(status="COMPLETE"),
        (
            "CANCEL_REQUESTED",
            "The buyer asks to cancel this order.",
            "Nothing: it has shipped already.",
            "Answer the buyer in Seller Central: the goods can only come back as a return.",
        ),
    ),
]


@pytest.mark.parametrize(("before", "now", "where", "expected"), IMPORTED)
def test_while_imported(
    before: OrderSnapshot | None,
    now: OrderSnapshot,
    where: Followed,
    expected: tuple[str, str, str, str] | None,
) -> None:
    assert sentences(outside_changes.while_imported(before, now, where)) == ([expected] if expected else [])


def test_a_total_that_fell_because_units_were_canceled_asks_nobody_to_act() -> None:
    less = replace(SHIPPED, wanted=2, shipped=2, canceled=1, total=Decimal("20.00"))
    [_, amounts] = outside_changes.while_imported(SHIPPED, less, followed(units_canceled=1, has_shipped=True))
    assert (amounts.code, amounts.to_do) == ("AMOUNTS_CHANGED", "")


@pytest.mark.parametrize(
    ("before", "now", "where", "expected"),
    [
        (SHIPPED, LOWERED, followed(status="COMPLETE"), True),
        (PARTLY, replace(PARTLY, total=Decimal("29.99")), followed(has_shipped=True), True),
        (UNSHIPPED, replace(UNSHIPPED, total=Decimal("20.00")), followed(), None),
        (SHIPPED, LOWERED, followed(status="CLOSED"), None),
        (LOWERED, LOWERED, followed(), None),
        (LOWERED, SHIPPED, followed(status="COMPLETE"), False),
        (LOWERED, replace(SHIPPED, total=Decimal("25.00")), followed(), None),
        (LOWERED, SHIPPED, followed(grand_total=None), None),
        (None, LOWERED, followed(), None),
    ],
)
def test_lowered_amounts_are_looked_at_until_they_are_what_they_were(
    before: OrderSnapshot | None, now: OrderSnapshot, where: Followed, expected: bool | None
) -> None:
    assert outside_changes.lowers_amounts(before, now, where) is expected
