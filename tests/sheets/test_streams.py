"""Lines out of bytes, in whatever charset they come."""

from collections.abc import Iterator

import pytest

from sheets import streams
from sheets.streams import LineWithoutEnd

TEXT = "amazon-order-id\tship-city\r\n111-1\t{city}\r\n"


def pieces(body: bytes, size: int = 3) -> Iterator[bytes]:
    """So small that signs are cut in two."""
    return (body[at : at + size] for at in range(0, len(body), size))


def read(body: bytes, declared: str | None = None, size: int = 3) -> list[str]:
    return list(streams.lines(pieces(body, size), declared=declared, longest=1_000))


@pytest.mark.parametrize(
    ("written", "declared", "city"),
    [
        ("utf-16", "UTF-16", "Łódź"),
        ("utf-16", None, "Łódź"),
        ("utf-16", "ISO-8859-1", "Łódź"),
        ("utf-16-be", "utf-16be", "東京都"),
        ("utf-16-le", "utf-16", "ऊ"),
        ("utf-16-be", None, "東京都"),
        ("utf-32", None, "東京都"),
        ("utf-8-sig", None, "東京都"),
        ("utf-8", "UTF-16", "Köln"),
        ("cp1252", "UTF-16", "Köln"),
        ("cp932", "Shift_JIS", "①丁目髙島屋"),
        ("cp932", "windows-31j", "髙島屋"),
        ("gb18030", "GB2312", "镕基"),
        ("gbk", "gbk", "北京"),
        ("big5", "Big5", "臺北"),
        ("cp1250", "windows-1250", "Łódź"),
        ("cp1251", "windows-1251", "Москва"),
        ("cp1254", "windows-1254", "Iğdır"),
        ("cp1252", "ISO-8859-1", "Œuvre € 5"),
        ("iso8859-15", "ISO-8859-15", "€ Š"),
        ("euc_jp", "EUC-JP", "東京都"),
        ("iso2022_jp", "ISO-2022-JP", "東京都"),
    ],
)
def test_every_charset_of_reports_is_read(written: str, declared: str | None, city: str) -> None:
    body = TEXT.format(city=city).encode(written)
    for size in (1, 3, 1_000):
        assert read(body, declared, size) == ["amazon-order-id\tship-city", f"111-1\t{city}"]


@pytest.mark.parametrize(
    "declared", ["punycode", "idna", "unicode_escape", "base64", "undefined", "utf-7", "x\x00y", "é"]
)
def test_what_is_no_charset_of_texts_is_not_believed(declared: str) -> None:
    assert read("111-1\tKöln\n".encode(), declared) == ["111-1\tKöln"]


def test_signs_that_do_not_fit_are_replaced_and_raise_nothing() -> None:
    assert read("a\tb\n".encode("utf-16") + b"\x00") == ["a\tb", "\ufffd"]
    assert read(b"111-1\t\x81\n", "windows-1252") == ["111-1\t\ufffd"]
    assert read(b"") == []
    assert read(b"x", "utf-16") == ["x"]


def test_a_line_without_end_is_no_line() -> None:
    with pytest.raises(LineWithoutEnd):
        read(("x" * 1_001 + "\n").encode("utf-16"))
