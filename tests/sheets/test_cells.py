"""What a spreadsheet does to a cell, undone or refused."""

import pytest

from sheets import cells
from sheets.cells import DamagedCell


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1Z999", "1Z999"),
        ('="00012345678901"', "00012345678901"),
        ('= "007"', "007"),
        ("'0099887766", "0099887766"),
        ("'ABC", "ABC"),
        ("’0099", "0099"),
        ("\u00a0 123\u202f", "123"),
        ("\ufeff\u200b123\u200e", "123"),
        ("\u30001234\u3000", "1234"),
        ("１２３４－Ａ", "1234-A"),
        ("12345678901.0", "12345678901"),
        ("12345,00", "12345"),
        ("1E5", "1E5"),
        ("12E34", "12E34"),
        ("9400111899561234567890", "9400111899561234567890"),
        ("1234567890123450", "1234567890123450"),
        ("", ""),
    ],
)
def test_a_code_is_cleaned_where_that_is_certain(cell: str, code: str) -> None:
    assert cells.code(cell, "the number") == code


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("9.4001E+21", r"a spreadsheet has rounded the number to '9\.4001E\+21'"),
        ("1,23E+15", "a spreadsheet has rounded"),
        ("1.23e15", "a spreadsheet has rounded"),
        ("1E+15", "a spreadsheet has rounded"),
        ('="1.23E+15"', "a spreadsheet has rounded"),
        ("9400111899561230.0", "a spreadsheet has rounded"),
        ("9400111899561230000000", "a spreadsheet has probably rounded"),
        ("1,234,567", "looks like a number with separators"),
        ("NULL", "'NULL' is no number"),
        ("n/a", "'n/a' is no number"),
        ("#REF!", "'#REF!' is no number"),
        ("########", "too narrow"),
        ("=A1&B1", "is a formula"),
        ("12\ufffd4", "a sign that cannot be read"),
    ],
)
def test_a_code_that_lost_something_is_refused(cell: str, said: str) -> None:
    with pytest.raises(DamagedCell, match=said):
        cells.code(cell, "the number")


def test_a_sku_may_be_nearly_anything() -> None:
    assert [cells.sku(cell, "sku") for cell in ("V2.0", "１２", " A B ", "1,234")] == [
        "V2.0",
        "１２",
        "A B",
        "1,234",
    ]
    with pytest.raises(DamagedCell):
        cells.sku("1.2E+12", "sku")


def test_a_heading_is_known_however_it_is_written() -> None:
    told = ("\ufeffOrder-ID ", "'Tracking Number'", "Ｓｋｕ", "Ship.Date:")
    assert [cells.heading(cell) for cell in told] == ["order_id", "tracking_number", "sku", "ship_date"]


def test_a_name_keeps_its_own_apostrophe() -> None:
    assert cells.text("'t Hart Koeriers") == "'t Hart Koeriers"
    assert cells.text("'=SUM") == "=SUM"
