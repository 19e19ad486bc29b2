"""A text that comes piece by piece, as Amazon's reports do, cut into lines. Pure."""

import codecs
from collections.abc import Iterable, Iterator
from typing import AnyStr

# What Amazon's reports are written in, and its kin: western and central European, Turkish, Cyrillic,
# Japanese, Chinese, and Unicode. Python knows more, some of which are no charsets at all ("punycode").
KNOWN = frozenset(
    codecs.lookup(name).name
    for name in (
        *(
            "ascii",
            "utf-8",
            "utf-8-sig",
            "utf-16",
            "utf-16-le",
            "utf-16-be",
            "utf-32",
            "utf-32-le",
            "utf-32-be",
        ),
        *("shift_jis", "cp932", "shift_jisx0213", "euc_jp", "iso2022_jp", "gb2312", "gbk", "gb18030"),
        *("big5", "cp950", "euc_kr", "cp949", "mac_roman", "koi8-r"),
        *(f"cp{page}" for page in (437, 850, 852, 874, *range(1250, 1259))),
        *(f"iso8859-{part}" for part in (*range(1, 12), *range(13, 17))),
    )
)
# Names of Microsoft and of older web pages that Python does not know.
_OTHER_NAMES = {
    **dict.fromkeys(("windows-31j", "x-sjis", "x-ms-cp932", "ms932"), "cp932"),
    "windows-936": "gbk",
    "windows-949": "cp949",
    "windows-950": "cp950",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "unicode": "utf-16",
}
# Longest first: the mark of UTF-16 is the beginning of UTF-32's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEAD = 4


class LineWithoutEnd(ValueError):
    """A line is longer than any of its kind."""


def lines(pieces: Iterable[bytes], *, declared: str | None, longest: int) -> Iterator[str]:
    """The lines without their ends, in the charset that is told or shows. Raises LineWithoutEnd.

    A sign that does not fit is replaced; a charset is never the reason for an error.
    """
    head, rest = _head(iter(pieces))
    charset = charset_of(head, declared)
    if charset is None:
        return (_guessed(raw) for raw in _split(_chain(head, rest), b"\n", longest))
    return (line.rstrip("\r") for line in _split(_decoded(_chain(head, rest), charset), "\n", longest))


def charset_of(head: bytes, declared: str | None) -> str | None:
    """By the text's first bytes, else by what is declared; None: UTF-8 or cp1252, line by line."""
    marked = next((charset for mark, charset in _MARKS if head.startswith(mark)), None)
    if marked or (wide := _without_mark(head)):
        return marked or wide
    told = known(declared)
    # Declared as UTF-16 and not written so: a heading in ASCII would have its NULs.
    return None if told is None or told.startswith(("utf-16", "utf-32")) else told


def known(name: str | None) -> str | None:
    """Python's name of a charset, where it is one that texts are written in."""
    try:
        wanted = (name or "").strip().lower()
        found = codecs.lookup(_OTHER_NAMES.get(wanted, wanted)).name if wanted else ""
    except (LookupError, ValueError):
        return None
    # A web page or report in ISO-8859-1 is cp1252 wherever the two differ (WHATWG's Encoding Standard);
    # in the same way Shift_JIS is cp932, and GB2312 is contained in GB18030.
    found = {"iso8859-1": "cp1252", "shift_jis": "cp932", "gb2312": "gb18030"}.get(found, found)
    return found if found in KNOWN else None


def _without_mark(head: bytes) -> str | None:
    """Wide charsets whose mark was lost: an ASCII sign leaves its NULs."""
    nuls = "".join("0" if byte == 0 else "x" for byte in head[:_HEAD])
    return {"x0x0": "utf-16-le", "0x0x": "utf-16-be", "x000": "utf-32-le", "000x": "utf-32-be"}.get(nuls)


def _head(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= _HEAD:
            break
    return head, pieces


def _chain(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _decoded(pieces: Iterable[bytes], charset: str) -> Iterator[str]:
    # Decoded before it is cut: in UTF-16 the byte 0x0A is part of other signs, too.
    decoder = codecs.getincrementaldecoder(charset)("replace")
    for piece in pieces:
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def _split(pieces: Iterable[AnyStr], end: AnyStr, longest: int) -> Iterator[AnyStr]:
    rest = end[:0]
    for piece in pieces:
        parts: list[AnyStr] = (rest + piece).split(end)
        rest = parts.pop()
        if len(rest) > longest:
            raise LineWithoutEnd
        yield from parts
    if rest:
        yield rest


def _guessed(raw: bytes) -> str:
    line = raw.rstrip(b"\r")
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")
