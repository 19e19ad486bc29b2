"""Money is written with the currency's own digits."""

from decimal import Decimal

import pytest

from backoffice.api import fields


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        ("12.3000", "USD", "12.30"),
        ("12", "USD", "12.00"),
        ("0.0000", "USD", "0.00"),
        ("1200.0000", "JPY", "1200"),
        ("1E+3", "JPY", "1000"),
        ("1.5", "KWD", "1.500"),
        ("0.1234", "EUR", "0.1234"),
        ("10.5", "JPY", "10.5"),
        ("-3.10", "EUR", "-3.10"),
        ("100000000000000.00", "USD", "100000000000000.00"),
        ("5", "", "5.00"),
    ],
)
def test_an_amount_keeps_its_digits_and_has_at_least_those_of_its_currency(
    amount: str, currency: str, written: str
) -> None:
    assert fields.money(Decimal(amount), currency) == {"amount": written, "currency": currency}


def test_an_unknown_amount_is_not_zero() -> None:
    assert fields.money(None, "USD") is None
