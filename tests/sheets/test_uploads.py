"""Files as people save them: their encoding told apart, or its signs marked as not certain."""

import pytest

from sheets import uploads
from sheets.uploads import UnreadableUpload


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "o,c\n1,Żółć\n"),
        ("utf-8-sig", "o,c\n1,Żółć\n"),
        ("utf-16", "o,c\n1,Żółć\n"),
        ("utf-16-be", "o,c\n1,Żółć\n"),
        ("cp932", "注文番号,配送業者\n1,ヤマト運輸\n"),
        ("cp932", "o,c\n1,佐川急便\n"),
        ("cp932", "o,c\n1,ﾔﾏﾄ運輸の箱\n"),
        ("euc_jp", "注文番号,配送業者\n1,ヤマト運輸\n"),
        ("iso2022_jp", "o,c\n1,ヤマト運輸\n"),
        ("gb18030", "o,c\n1,顺丰速运\n2,圆通快递中国邮政\n"),
        ("big5", "o,c\n1,黑貓宅急便中華郵政\n"),
        ("cp1251", "o,c\n1,Почта России\n2,СДЭК\n"),
        ("cp1252", "o,c\n1,Grüße an Müller\n"),
        ("cp1252", "o,c\n1,Grandpa’s café – 5 €\n"),
        ("cp1250", "o,c\n1,Müller\n"),
    ],
)
def test_an_encoding_that_shows_is_read(charset: str, text: str) -> None:
    assert uploads.read(text.encode(charset)) == text


@pytest.mark.parametrize(
    ("charset", "text", "read"),
    [
        ("cp1250", "o,c\n1,Česká pošta\n", "o,c\n1,\ufffdeská po\u0161ta\n"),
        ("cp1254", "o,c\n1,Yıldız Kargo\n", "o,c\n1,Y\ufffdld\ufffdz Kargo\n"),
        ("cp1252", "o,c\n1,Correos España\n", "o,c\n1,Correos Espa\ufffda\n"),
        ("mac_roman", "o,c\n1,Müller\n", "o,c\n1,M\ufffdller\n"),
        ("cp850", "o,c\n1,Müller\n", "o,c\n1,M\ufffdller\n"),
        ("cp949", "o,c\n1,한진택배우체국\n", "o,c\n1,\ufffd\n"),
    ],
)
def test_signs_that_two_encodings_read_differently_are_marked(charset: str, text: str, read: str) -> None:
    assert uploads.read(text.encode(charset)) == read


def test_one_broken_sign_spoils_no_other_line() -> None:
    assert uploads.read("o,c\n1,Grüße\n".encode() + b"2,\xfc\n").splitlines()[2][:2] == "2,"


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04\x14\x00", b"\xd0\xcf\x11\xe0\xa1\xb1", b"%PDF-1.7", b"a\xff\x00\x01\x00b"]
)
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableUpload, match="save it as CSV UTF-8"):
        uploads.read(content)


def test_the_separator_is_that_of_the_heading() -> None:
    assert uploads.delimiter("\n\na;b;c\n1,5;2,5;3,5\n") == ";"
    assert uploads.delimiter("a\tb\n") == "\t"
    assert uploads.delimiter("a\n") == ","
    assert uploads.without_hint("sep=;\na;b\n") == "a;b\n"
