"""What a spreadsheet does to a cell, undone where that is certain, else refused. Pure.

A number of 16 digits or more is rounded when a spreadsheet opens it, and shown as 9.4001E+21; what is lost
cannot be had back from the file.
"""

import re
import unicodedata

NO_SIGN = "\ufffd"
# Digits that a spreadsheet keeps of a number.
EXACT = 15
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_FORMULA = re.compile(r'=\s*"((?:[^"]|"")*)"')
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE]\+\d+|[+-]?\d+[.,]\d+[eE]\d+")
_POINT_ZERO = re.compile(r"(\d+)[.,]0+")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_PLACEHOLDERS = frozenset(
    "null none nil nan n/a #n/a na undefined tbd tba - -- --- ? #ref! #value! #name? #div/0! #num! #null! "
    "#nv #wert! #nom? #valeur! true false".split()
)


class DamagedCell(ValueError):
    """What stood in the cell cannot be told for certain; the text is a sentence without its end."""


def text(cell: str) -> str:
    """A cell as it was typed: without blanks of any kind around it, and what a spreadsheet adds to it."""
    told = _stripped(cell)
    if found := _FORMULA.fullmatch(told):
        told = _stripped(found[1].replace('""', '"'))
    # The apostrophe that keeps a spreadsheet from reading a cell as a number or formula. Before a letter
    # it may be the name's own ('t Hart).
    if len(told) > 1 and told[0] in "'’" and not told[1].isalpha():
        told = _stripped(told[1:])
    return told


def code(cell: str, name: str) -> str:
    """A cell that holds somebody's number or code: no sign of it may be lost. Raises DamagedCell."""
    # An apostrophe in front is no part of a code, whatever comes after it; Japan types full-width signs.
    told = unicodedata.normalize("NFKC", text(cell)).lstrip("'’").strip()
    return _digits(_whole(told, name), name)


def sku(cell: str, name: str) -> str:
    """A cell that holds a SKU, which may be any text; what cannot be one is refused. Raises DamagedCell."""
    return _whole(text(cell), name)


def words(cell: str, name: str) -> str:
    """A cell that holds a name or an amount. Raises DamagedCell."""
    told = text(cell)
    if NO_SIGN in told:
        raise DamagedCell(f"{name} has a sign that cannot be read: save the file as CSV UTF-8")
    return told


def _whole(told: str, name: str) -> str:
    shown = repr(told[:30])
    words(told, name)
    if _SCIENTIFIC.fullmatch(told):
        raise DamagedCell(
            f"a spreadsheet has rounded {name} to {shown}: format the column as text, and enter it again"
        )
    if told.casefold() in _PLACEHOLDERS:
        raise DamagedCell(f"{shown} is no {name.removeprefix('the ')}")
    if told and set(told) == {"#"}:
        raise DamagedCell(f"{name} is a column that was too narrow to be saved")
    if told.startswith("="):
        raise DamagedCell(f"{name} is a formula, {shown}: save its value")
    return told


def _digits(told: str, name: str) -> str:
    shown = repr(told[:30])
    if found := _POINT_ZERO.fullmatch(told):
        # 12345.0 was 12345; with more digits than a number holds the last ones are no longer those.
        if len(found[1]) > EXACT:
            raise DamagedCell(f"a spreadsheet has rounded {name} to {shown}: enter it again, as text")
        return found[1]
    if _GROUPED.fullmatch(told):
        raise DamagedCell(f"{name} {shown} looks like a number with separators: format the column as text")
    if told.isdecimal() and len(told) > EXACT + 1 and not told[EXACT:].strip("0"):
        raise DamagedCell(
            f"a spreadsheet has probably rounded {name}: all digits of {shown} after the {EXACT}th are 0"
        )
    return told


def heading(cell: str) -> str:
    """A column's name, however it is written: "Order-ID " is order_id."""
    told = unicodedata.normalize("NFKC", _stripped(cell)).strip("'\"*:").casefold()
    return re.sub(r"[\s\-./]+", "_", told).strip("_")


def _stripped(cell: str) -> str:
    return _INVISIBLE.sub("", cell).strip()
