"""The text of a file that a person uploads, in whatever encoding it was saved. Pure.

What is not certain is marked: a sign that two encodings would read as two different ones becomes U+FFFD, and
whoever needs the cell refuses its line. Order numbers, SKUs and tracking numbers are ASCII in all of them.
"""

import re
import unicodedata
from collections.abc import Callable

from sheets import streams
from sheets.cells import NO_SIGN

SAVE_AS = "save it as CSV UTF-8"
_WORKBOOKS = ((b"PK\x03\x04", "xlsx or ods"), (b"\xd0\xcf\x11\xe0", "xls"), (b"%PDF", "pdf"))
_JIS = b"\x1b$"
# What Windows saves in the west, in central Europe and in Turkey; Mac and DOS write accents below 0xA0.
_WINDOWS, _OLDER = ("cp1252", "cp1250", "cp1254", "cp1257"), ("mac_roman", "cp850")
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_HIGH = re.compile(rb"[\x80-\xff]+")
# How much of a text must be of the usual signs of its language.
_USUAL = 0.95


class UnreadableUpload(ValueError):
    """The file holds no text that can be read; the text is a sentence without its end."""


def read(content: bytes) -> str:
    """The text, without a byte order mark. Raises UnreadableUpload."""
    for mark, kind in _WORKBOOKS:
        if content.startswith(mark):
            raise UnreadableUpload(f"the file is no CSV ({kind}): {SAVE_AS}")
    charset = streams.charset_of(content[:4], None) or ("iso2022_jp" if _JIS in content else None)
    if charset is not None:
        # Its own decoder knows it; what is broken in it is marked like what is uncertain.
        return content.decode(charset, "replace").lstrip("\ufeff")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        if b"\x00" in content:
            raise UnreadableUpload(f"the file holds signs that are no text: {SAVE_AS}") from None
        return _legacy(content)


def _legacy(content: bytes) -> str:
    words = _WORD.findall(content)
    high = sum(len(run) for run in _HIGH.findall(b" ".join(words)))
    # In western words an accent stands among plain letters; in the others all letters are high.
    if sum(map(len, words)) - high >= high:
        return _western(content, words)
    fitting = [charset for charset, is_usual in _OTHERS.items() if _fits(content, charset, is_usual)]
    return content.decode(fitting[0]) if len(fitting) == 1 else _marked(content)


def _western(content: bytes, words: list[bytes]) -> str:
    """Accents that all pages agree on that can be meant; the others are marked."""
    accents = bytes(sorted({byte for word in words for byte in word if byte >= 0x80}))
    letters = bytes(sorted({byte for byte in accents if _is_inside(byte, words)}))
    pages = (*_WINDOWS, *_OLDER) if any(byte < 0xA0 for byte in letters if byte not in _QUOTES) else _WINDOWS
    meant = [page for page in pages if all(_is_letter(byte, page) for byte in letters if byte not in _QUOTES)]
    if not meant:
        return _marked(content)
    signs = {byte: {bytes([byte]).decode(page, "replace") for page in meant} for byte in accents}
    certain = {byte: next(iter(read)) if len(read) == 1 else NO_SIGN for byte, read in signs.items()}
    return "".join(certain.get(byte, chr(byte)) for byte in content)


# In all pages of Windows: quotes, dashes and the ellipsis.
_QUOTES = frozenset(b"\x82\x84\x85\x91\x92\x93\x94\x95\x96\x97\xa0\xab\xbb\xb0\xae\xb7")


def _is_inside(byte: int, words: list[bytes]) -> bool:
    """Whether the sign stands beside a plain letter."""
    sign = re.escape(bytes([byte]))
    return any(re.search(rb"[A-Za-z]" + sign + rb"|" + sign + rb"[A-Za-z]", word) for word in words)


def _is_letter(byte: int, page: str) -> bool:
    sign = bytes([byte]).decode(page, "replace")
    return unicodedata.category(sign) in ("Lu", "Ll") and "LATIN" in unicodedata.name(sign, "")


def _marked(content: bytes) -> str:
    return _HIGH.sub(NO_SIGN.encode(), content).decode()


def _fits(content: bytes, charset: str, is_usual: Callable[[bytes], bool | None]) -> bool:
    """Whether nearly all that is not ASCII is what its language usually writes."""
    try:
        text = content.decode(charset)
    except UnicodeDecodeError:
        return False
    told = [is_usual(sign.encode(charset)) for sign in text if not sign.isascii()]
    counted = [usual for usual in told if usual is not None]
    return len(counted) > 1 and sum(counted) >= _USUAL * len(counted)


def _japanese(sign: bytes) -> bool | None:
    # Half-width katakana are single bytes, as which nearly everything can be read: they count for nothing.
    if len(sign) == 1:
        return None
    return 0x81 <= sign[0] <= 0x83 or 0x88 <= sign[0] <= 0x97


def _euc_japanese(sign: bytes) -> bool | None:
    return len(sign) == 2 and (sign[0] in (0xA1, 0xA4, 0xA5) or 0xB0 <= sign[0] <= 0xCF)


def _chinese(sign: bytes) -> bool | None:
    return len(sign) == 2 and sign[1] >= 0xA1 and (sign[0] in (0xA1, 0xA3) or 0xB0 <= sign[0] <= 0xD7)


def _taiwanese(sign: bytes) -> bool | None:
    return len(sign) == 2 and 0xA1 <= sign[0] <= 0xC6


def _korean(sign: bytes) -> bool | None:
    return len(sign) == 2 and sign[1] >= 0xA1 and (sign[0] == 0xA1 or 0xB0 <= sign[0] <= 0xC8)


def _cyrillic(sign: bytes) -> bool | None:
    return sign[0] >= 0xC0 or sign[0] in b"\xa8\xb8\xaa\xba\xaf\xbf\xb2\xb3\xb9\xab\xbb\x96\x97\xa0"


_OTHERS: dict[str, Callable[[bytes], bool | None]] = {
    "cp932": _japanese,
    "euc_jp": _euc_japanese,
    "gb18030": _chinese,
    "big5": _taiwanese,
    "cp949": _korean,
    "cp1251": _cyrillic,
}


def delimiter(text: str) -> str:
    """What separates the cells, by the heading: it holds no commas but separators, while a value may."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=first.count)


def without_hint(text: str) -> str:
    """Without the line by which Excel is told the separator ("sep=;")."""
    first, _, rest = text.partition("\n")
    return rest if re.fullmatch(r"\"?sep=.\"?", first.strip(), re.IGNORECASE) else text
