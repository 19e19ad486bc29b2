"""What Amazon's amounts add up to, as they are, with the sign of a discount settled."""

from decimal import Decimal
from typing import Any

import pytest

from amazon_orders import amounts
from amazon_orders.amounts import Amounts, Line


def proceeds(total: str | None = None, **parts: str) -> dict[str, Any]:
    stated: dict[str, Any] = {} if total is None else {"total": total}
    if parts:
        stated["parts"] = [{"type": kind, "amount": amount} for kind, amount in parts.items()]
    return stated


def line(stated: dict[str, Any] | None = None, *, unit_price: str | None = None, quantity: int = 1) -> Line:
    return Line(stated or {}, None if unit_price is None else Decimal(unit_price), quantity)


def known(of: Amounts) -> dict[str, str]:
    """The amounts that are neither unknown nor zero."""
    names = ("items", "shipping", "gift_wrap", "discount", "tax", "other", "total")
    return {name: str(value) for name in names if (value := getattr(of, name))}


def test_each_type_has_its_place_and_the_rest_is_other() -> None:
    stated = proceeds(
        "36.00",
        ITEM="20.00",
        SHIPPING="5.00",
        GIFT_WRAP="3.00",
        DISCOUNT="-2.00",
        TAX="1.50",
        DELIVERY_TIP="6.00",
        COD_FEE="1.00",
        OTHER="1.00",
        SOMETHING_NEW="0.50",
    )
    total, lines = amounts.of_order(stated, [])
    assert known(total) == {
        "items": "20.00",
        "shipping": "5.00",
        "gift_wrap": "3.00",
        "discount": "-2.00",
        "tax": "1.50",
        "other": "8.50",
        "total": "36.00",
    }
    assert lines == []
    assert total.gap == 0


def test_the_order_wins_over_its_lines_part_by_part() -> None:
    lines = [line(proceeds("11.00", ITEM="10.00", TAX="1.00")), line(proceeds("5.00", ITEM="5.00"))]
    total, per_line = amounts.of_order(proceeds("18.50", ITEM="15.00", DELIVERY_TIP="2.50"), lines)
    assert known(total) == {"items": "15.00", "tax": "1.00", "other": "2.50", "total": "18.50"}
    assert [known(each) for each in per_line] == [
        {"items": "10.00", "tax": "1.00", "total": "11.00"},
        {"items": "5.00", "total": "5.00"},
    ]


def test_lines_alone_make_the_total() -> None:
    total, _ = amounts.of_order({}, [line(proceeds(ITEM="10.10")), line(unit_price="0.30", quantity=3)])
    assert known(total) == {"items": "11.00", "total": "11.00"}


def test_a_line_with_only_a_total_or_a_unit_price() -> None:
    _, lines = amounts.of_order({}, [line(proceeds("7.25")), line(unit_price="1.10", quantity=3), line()])
    assert [known(each) for each in lines] == [{"items": "7.25", "total": "7.25"}, {"items": "3.30"}, {}]


@pytest.mark.parametrize(
    ("discount", "total", "expected"),
    [
        ("-5.00", "15.00", "-5.00"),
        ("5.00", "15.00", "-5.00"),
        ("5.00", "25.00", "5.00"),
        ("5.00", "14.99", "-5.00"),
        ("5.00", None, "-5.00"),
        ("-5.00", "25.00", "-5.00"),
    ],
)
def test_the_sign_of_a_discount(discount: str, total: str | None, expected: str) -> None:
    stated = proceeds(total, ITEM="20.00", DISCOUNT=discount)
    found, (of_line,) = amounts.of_order(stated, [line(stated)])
    assert (str(found.discount), str(of_line.discount)) == (expected, expected)
    assert found.total == (Decimal(total) if total else Decimal("15.00"))


def test_nothing_said_is_not_zero_and_zero_is_said() -> None:
    nothing, _ = amounts.of_order({}, [line()])
    assert (nothing.items, nothing.tax, nothing.total) == (None, None, None)
    assert nothing.gap == 0
    assert not amounts.has_amount(line())
    assert amounts.has_amount(line(proceeds(ITEM="0.00")))
    assert amounts.has_amount(line(unit_price="0.00"))
    free, _ = amounts.of_order(proceeds("0.00"), [line(proceeds("0.00", ITEM="0.00"))])
    assert free.items == free.total == 0


def test_a_gap_of_a_cent_is_seen() -> None:
    total, _ = amounts.of_order(proceeds("10.01", ITEM="10.00"), [])
    assert total.gap == Decimal("0.01")


def test_yen_and_many_lines_stay_exact() -> None:
    total, _ = amounts.of_order({}, [line(proceeds(ITEM="0.1")) for _ in range(1000)])
    assert total.items == Decimal("100.0")
    yen, _ = amounts.of_order(proceeds("1980", ITEM="1800", TAX="180"), [])
    assert str(yen.total) == "1980"
    assert yen.gap == 0
