from decimal import Decimal

import pytest

from backoffice.pages.frame import charts, words


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (Decimal("1234.5000"), "USD", "$1,234.50"),
        (Decimal("1200.0000"), "JPY", "¥1,200"),
        (Decimal("0"), "EUR", "€0.00"),
        (Decimal("-3.2"), "GBP", "-£3.20"),
        (Decimal("10.005"), "USD", "$10.005"),
        (Decimal("12.5000"), "EUR,USD", "12.5 EUR,USD"),
        (Decimal("1200.0000"), "", "1200"),
        (None, "USD", "–"),
    ],
)
def test_an_amount_is_shown_exactly_in_its_currency(
    amount: Decimal | None, currency: str, shown: str
) -> None:
    assert words.money(amount, currency) == shown


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("PARTIALLY_SHIPPED", "Partially shipped"),
        ("UNSHIPPED", "Unshipped"),
        ("PartiallyShipped", "Partially shipped"),
        ("Teleported", "Teleported"),
    ],
)
def test_a_status_keeps_its_word(code: str, shown: str) -> None:
    assert words.amazon_status(code) == words.Pill(shown, words.amazon_status(code).tone, code)


def test_only_what_needs_a_person_is_red() -> None:
    tones = {
        state: words.import_state(state).tone for state in ("BLOCKED", "WAITING", "IMPORTED", "CANCELED")
    }
    assert tones == {"BLOCKED": "bad", "WAITING": "info", "IMPORTED": "ok", "CANCELED": ""}


def test_bars_fill_the_drawing_and_nothing_is_a_thin_line() -> None:
    first, second, third = charts.bars([0, 2, 4], ["a", "b", "c"], height=40)
    assert (first.height, second.height, third.height) == ("1.50", "20.00", "40.00")
    assert (first.x, first.width, third.y, third.title) == ("12.50", "75.00", "0.00", "c")
    assert charts.bars([], [], height=40) == ()


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("12.5000", "USD", "12.50"),
        ("12.5050", "USD", "12.505"),
        ("1200.0000", "JPY", "1200"),
        ("3.1000", "", "3.1"),
        (None, "USD", ""),
    ],
)
def test_an_amount_in_a_form_has_the_digits_of_its_currency(
    amount: str | None, currency: str, shown: str
) -> None:
    assert words.amount_in(None if amount is None else Decimal(amount), currency) == shown


def test_a_count_that_was_not_counted_to_its_end_says_so() -> None:
    assert [words.up_to(number, 1_000) for number in (7, 1_000, 1_001)] == ["7", "1,000", "1,000+"]
