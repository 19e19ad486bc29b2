"""Product files: good lines go in, bad ones are named, and nothing ends in a traceback."""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext

from commerce.catalog import file_import
from commerce.catalog.file_import import BadLine, Imported, Refused, Taken, UnreadableFile
from commerce.catalog.file_lines import ProductLine
from commerce.models import Product, StockItem
from tests.commerce.shop import LATER, NOW, draft, line, place, product, quantities, statements

pytestmark = pytest.mark.django_db

HEADER = "sku,name,price,currency,enabled,manage_stock,source,on_hand\n"
WITH_THRESHOLD = HEADER.replace("\n", ",out_of_stock_threshold\n")


def import_text(text: str, *, strict: bool = False) -> Imported:
    return file_import.import_file(text.encode(), now=NOW, strict=strict)


def full(line: str) -> str:
    """A line with a value, empty ones at the end, for every column."""
    return line + "," * (HEADER.count(",") - line.count(","))


def reasons(*lines: str) -> list[str]:
    found = import_text(HEADER + "\n".join(full(line) for line in lines)).bad
    return [f"{bad.line}: {bad.reason}" for bad in found]


def test_a_file_makes_products_with_stock_at_several_sources() -> None:
    done = import_text(
        HEADER + "MUG,Blue mug,12.50,usd,true,yes,north,5\nMUG,,,,,,south,2\nCUP,Cup,3,EUR,no,0,,\n"
    )
    assert done == Imported(created=2, updated=0, unchanged=0, bad=())
    mug, cup = Product.objects.get(sku="MUG"), Product.objects.get(sku="CUP")
    assert (mug.name, mug.price, mug.currency, mug.is_enabled) == ("Blue mug", Decimal("12.5"), "USD", True)
    assert (cup.is_enabled, cup.manage_stock) == (False, False)
    assert (quantities(mug, "north"), quantities(mug, "south")) == ((5, 0), (2, 0))
    assert not StockItem.objects.filter(product=cup).exists()


def test_the_same_file_again_changes_nothing() -> None:
    text = HEADER + "MUG,Mug,12.50,USD,true,true,north,5\n"
    import_text(text)
    assert import_text(text) == Imported(0, 0, 1, ())
    assert import_text(text.replace("north,5", "north,6")) == Imported(0, 1, 0, ())


def test_only_the_sku_is_needed_columns_in_any_order_with_bom_and_blank_lines() -> None:
    done = file_import.import_file("\ufeffon_hand, SKU\r\n4,MUG\r\n\r\n,CUP\r\n7,\r\n".encode(), now=NOW)
    assert done == Imported(2, 0, 0, (BadLine(5, "sku is empty"),))
    assert quantities(Product.objects.get(sku="MUG"), "default") == (4, 0)


def test_units_kept_back_from_selling_are_an_optional_column() -> None:
    import_text(WITH_THRESHOLD + "MUG,Mug,1,USD,,,north,5,2\nCUP,Cup,,,,,,,\n")
    assert dict(Product.objects.values_list("sku", "out_of_stock_threshold")) == {"MUG": 2, "CUP": 0}
    import_text(HEADER + "MUG,Mug,1,USD,,,north,6\n")
    assert Product.objects.get(sku="MUG").out_of_stock_threshold == 2
    bad = import_text(WITH_THRESHOLD + "MUG,,,,,,,,-1\nMUG,,,,,,,,3\nMUG,,,,,,,,4\n").bad
    assert [each.reason for each in bad] == [
        "out_of_stock_threshold '-1' is negative",
        "out_of_stock_threshold differs from line 3 of the same sku",
    ]


def test_what_the_database_refuses_is_left_out_sku_by_sku(monkeypatch: pytest.MonkeyPatch) -> None:
    write = file_import._write

    def refuse(lines: list[ProductLine], now: datetime, by: str) -> Taken:
        if any(line.sku == "CUP" for line in lines):
            raise DataError("no")
        return write(lines, now, by)

    monkeypatch.setattr(file_import, "_write", refuse)
    done = import_text(HEADER + "MUG,Mug,,,,,,\nCUP,Cup,,,,,,\nBAG,Bag,,,,,,\n")
    assert done == Imported(2, 0, 0, (BadLine(3, "the database refuses it (DataError)"),))


def test_a_line_that_was_cut_short_is_named() -> None:
    done = import_text(HEADER + "MUG\nCUP,Cup,,,,,,\n")
    assert done == Imported(1, 0, 0, (BadLine(2, "1 values for 8 columns"),))


def test_each_bad_line_is_named_with_its_reason_and_the_rest_goes_in() -> None:
    assert reasons(
        "MUG,,abc,USD",
        ",Nameless",
        "CUP,,-1,USD",
        "CUP,,1,ZZZ",
        "CUP,,1",
        "CUP,,,,maybe",
        "CUP,,,,,,,-3",
        "CUP,,,,,,,2.5",
        "CUP,,,,,,,99999999999999999999999999",
        f"CUP,,{'9' * 5000},USD",
        "CUP,,1.234,USD",
        "CUP,,1.5,JPY",
        "CUP,,NaN,USD",
        f"{'X' * 256},",
        f"CUP,{'X' * 501}",
        f"CUP,,,,,,{'X' * 65},1",
        "CU\x00P",
        "CUP,,,,,,,,9",
        "GOOD",
    ) == [
        "2: price 'abc' is not a number",
        "3: sku is empty",
        "4: price '-1' is negative",
        "5: currency 'ZZZ' is not known",
        "6: price has no currency",
        "7: enabled 'maybe' is neither true nor false",
        "8: on_hand '-3' is negative",
        "9: on_hand '2.5' is not a whole number",
        "10: on_hand '99999999999999999999999999' is too large",
        f"11: price '{'9' * 40}...' is too large",
        "12: price '1.234' has more than 2 decimals",
        "13: price '1.5' has more than 0 decimals",
        "14: price 'NaN' is not a number",
        "15: sku is longer than 255 characters",
        "16: name is longer than 500 characters",
        "17: source is longer than 64 characters",
        "18: sku holds a NUL byte",
        "19: 9 values for 8 columns",
    ]
    assert [product.sku for product in Product.objects.all()] == ["GOOD"]


@pytest.mark.parametrize(
    "content",
    [
        "sku;name;price;currency;on_hand\nMUG-1;Große Tasse;12,50;EUR;3\n".encode("cp1252"),
        "sku\tname\tprice\tcurrency\ton_hand\nMUG-1\tGroße Tasse\t12.50\teur\t3.0\n".encode("utf-16"),
        b'\xef\xbb\xbfsep=,\n"SKU",Name,price,currency,On-Hand\n'
        + '\u00a0MUG-1,Große Tasse,"12,50",EUR,"=""3"""\n'.encode(),
        "商品コード,商品名,価格,通貨,在庫数\nMUG-1,Große Tasse,12.5,EUR,3\n".encode(),
    ],
)
def test_what_spreadsheets_save_is_read_for_what_it_was(content: bytes) -> None:
    assert file_import.import_file(content, now=NOW).bad == ()
    mug = Product.objects.get()
    assert (mug.sku, mug.name, mug.price, mug.currency) == ("MUG-1", "Große Tasse", Decimal("12.5"), "EUR")
    assert quantities(mug, "default") == (3, 0)


def test_what_a_spreadsheet_has_spoilt_is_refused_by_its_line() -> None:
    said = file_import.import_file(
        "sku,name\n1.23E+12,Mug\n4711.0,Cup\n#N/A,Bag\nPAN-1,Plato España\nV2.0,Pan\n".encode("cp1252"),
        now=NOW,
    )
    assert [f"{bad.line}: {bad.reason}" for bad in said.bad] == [
        "2: a spreadsheet has rounded sku to '1.23E+12': format the column as text, and enter it again",
        "3: sku '4711.0' looks like a spreadsheet's number: format the column as text",
        "4: '#N/A' is no sku",
        "5: name has a sign that cannot be read: save the file as CSV UTF-8",
    ]
    assert [product.sku for product in Product.objects.all()] == ["V2.0"]


def test_a_line_that_contradicts_an_earlier_one_is_left_out() -> None:
    assert reasons("MUG,Mug,1,USD,,,north,5", "MUG,,2,USD", "MUG,,,,,,north,6", "MUG,Mug,,,,,south,6") == [
        "3: price differs from line 2 of the same sku",
        "4: on_hand at north differs from line 2 of the same sku",
    ]


def test_a_quotation_mark_that_is_never_closed_is_named() -> None:
    assert reasons("MUG", '"CUP', "BAG,x") == ["3: sku runs over several lines; is a quotation mark missing?"]


def test_a_count_below_what_is_reserved_leaves_its_line_out_and_nothing_of_it_goes_in() -> None:
    mug = product("MUG", on_hand=5)
    place(draft("A-1", line(mug, 3)))
    assert reasons("MUG,New name,,,,,main,2", "CUP") == [
        "2: 2 on hand is below the 3 reserved: 3 for order A-1"
    ]
    assert Product.objects.get(sku="MUG").name == "Name of MUG"
    assert Product.objects.filter(sku="CUP").exists()


def test_strict_refuses_everything_for_one_bad_line() -> None:
    with pytest.raises(Refused, match="1 bad lines: nothing was imported"):
        import_text(f"{HEADER}{full('MUG')}\n{full('CUP,,abc')}\n", strict=True)
    with pytest.raises(Refused):
        import_text(f"{HEADER}{full('MUG')}\n{full('CUP,,1')}\n", strict=True)
    assert not Product.objects.exists()
    assert import_text(f"{HEADER}{full('MUG')}\n", strict=True).created == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"PK\x03\x04rest of a workbook", "the file is no CSV (xlsx or ods): save it as CSV UTF-8"),
        (b"s\xffu\nM\x00G\n", "the file holds signs that are no text: save it as CSV UTF-8"),
        (b"sku,\x8f\x9d\nMUG,1\n", "the signs of the first line cannot be read for certain"),
        (b"name,price\nMug,1\n", "the first line must name the columns, sku among them"),
        (b"sku,colour\nMUG,blue\n", "the column 'colour' is not known"),
        (b"sku,name,sku\nMUG,Mug,MUG\n", "the column 'sku' stands there twice"),
        (b"sku,name\nMUG," + b"x" * 200_000 + b"\n", "line 2: field larger than field limit"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        file_import.import_file(content, now=NOW)
    assert str(refused.value).startswith(reason)
    assert "\n" not in str(refused.value)


# SQLite takes fewer values in one statement, so a page is cut up there.
@pytest.mark.postgres
def test_a_hundred_lines_take_as_many_statements_as_one() -> None:
    def size(name: str, count: int) -> int:
        text = HEADER + "".join(f"{name}{n},Name,1,USD,,,main,5\n" for n in range(count))
        with CaptureQueriesContext(connection) as context:
            assert import_text(text).created == count
        return len(statements(context))

    size("A", 1)
    assert size("B", 1) == size("C", 100) == 11


def test_waiting_orders_are_woken_by_an_import_that_enables_or_restocks() -> None:
    off, empty, plenty = product("OFF", is_enabled=False), product("EMPTY"), product("FULL", on_hand=1)
    text = HEADER + "OFF,,,,true,,,\nEMPTY,,,,,,main,3\nFULL,,,,true,,main,1\n"
    file_import.import_file(text.encode(), now=LATER)
    for each in (off, empty, plenty):
        each.refresh_from_db()
    assert [each.availability_changed_at == LATER for each in (off, empty, plenty)] == [True, True, False]


def test_the_command_prints_for_people_and_for_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "products.csv"
    file.write_text(f"{HEADER}{full('MUG')}\n{full('CUP,,abc')}\n")
    call_command("import_products", str(file))
    assert (
        capsys.readouterr().out
        == "line 3: price 'abc' is not a number\n1 created, 0 updated, 0 unchanged, 1 bad\n"
    )
    call_command("import_products", str(file), "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {
        "created": 0,
        "updated": 0,
        "unchanged": 1,
        "bad": [{"line": 3, "reason": "price 'abc' is not a number"}],
    }


def test_the_command_refuses_with_exit_code_1(tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text(f"{HEADER}{full('MUG')}\n{full('CUP,,abc')}\n")
    for arguments, reason in [
        ((str(file), "--strict"), "1 bad lines: nothing was imported"),
        ((str(tmp_path / "none.csv"),), "cannot be read: No such file or directory"),
        ((str(tmp_path),), "cannot be read: Is a directory"),
    ]:
        with pytest.raises(CommandError, match=reason) as refused:
            call_command("import_products", *arguments)
        assert refused.value.returncode == 1
    assert not Product.objects.exists()
