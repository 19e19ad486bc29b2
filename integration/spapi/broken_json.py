"""Answers that are not JSON because of one order in them: everything else is read, nothing is guessed. Pure.

A page is believed only as a whole: its outside (the page token, the bound) must be JSON, and the list of
orders must end. A cut answer has no such end.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from amazon_orders.normalize import NOT_JSON

_ORDERS = re.compile(r'"orders"\s*:\s*\[')
_ORDER = re.compile(r'^\s*\{\s*"order"\s*:')
_ORDER_ID = re.compile(r'"orderId"\s*:\s*"([^"\\]{1,64})"')
# Where another order, or the end of the list, may be.
_GOES_ON = re.compile(r",\s*(?=\{)|\]")
_ANOTHER = re.compile(r",\s*\{")
# A broken order that has swallowed the beginning of the next one.
_NEXT_ORDER = re.compile(r',\s*(?=\{\s*"orderId"\s*:)')
# Control characters in texts are no reason to lose an order.
_DECODER = json.JSONDecoder(strict=False)
KEPT = 200_000


def page(text: str) -> Mapping[str, Any] | None:
    """A page of a search, its broken orders as `unreadable`; None where the page cannot be believed."""
    whole = _object(text)
    if whole is not None:
        return whole
    start = _ORDERS.search(text)
    if start is None:
        return None
    head = _object(text[: start.start()].rstrip().removesuffix(",") + "}")
    if head is None:
        return None
    return _with_orders(text, start.end(), head)


def order(text: str, amazon_order_id: str) -> Mapping[str, Any] | None:
    """A single order; None where the answer is something else altogether, or cut."""
    whole = _object(text)
    if whole is not None:
        return whole
    is_an_order = _ORDER.match(text) and text.rstrip().endswith("}")
    return {"order": unreadable(amazon_order_id, text)} if is_an_order else None


def unreadable(amazon_order_id: str, text: str) -> dict[str, Any]:
    """What stands for an order whose text is not JSON."""
    return {"orderId": amazon_order_id, NOT_JSON: text[:KEPT]}


def _with_orders(text: str, position: int, head: Mapping[str, Any]) -> Mapping[str, Any] | None:
    orders: list[Any] = []
    while (tail := _tail(text, position)) is None:
        read = _value(text, position)
        if read is not None:
            value, position = read
            orders.append(value)
            continue
        goes_on = _after_broken(text, position)
        if goes_on is None:
            return None
        piece = text[position:goes_on]
        if orders and not _ORDER_ID.search(piece):
            # What was taken for the end of the order before it was none.
            piece = json.dumps(orders.pop()) + piece
        orders.extend(_broken(piece))
        position = goes_on if text[goes_on] == "]" else goes_on + 1
    return {**head, **tail, "orders": orders}


def _value(text: str, position: int) -> tuple[Any, int] | None:
    """The value that begins here, and where the next one does; None where it is broken, or ends too early."""
    try:
        value, end = _DECODER.raw_decode(text, _skipped(text, position))
    except (ValueError, RecursionError):
        return None
    end = _skipped(text, end)
    if _ANOTHER.match(text, end):
        return value, end + 1
    return (value, end) if _tail(text, end) is not None else None


def _after_broken(text: str, position: int) -> int | None:
    """Where the next whole order is, or the end of the list."""
    for found in _GOES_ON.finditer(text, position):
        if text[found.start()] == "]":
            if _tail(text, found.start()) is not None:
                return found.start()
            continue
        read = _value(text, found.end())
        # Inside a broken order there are other objects: an order has both of these.
        if read is not None and isinstance(read[0], dict) and {"orderId", "orderItems"} <= read[0].keys():
            return found.start()
    return None


def _broken(text: str) -> Iterator[dict[str, Any]]:
    for piece in _NEXT_ORDER.split(text):
        number = _ORDER_ID.search(piece)
        yield unreadable(number.group(1) if number else "", piece)


def _tail(text: str, position: int) -> Mapping[str, Any] | None:
    """What follows the list of orders, if it ends here."""
    position = _skipped(text, position)
    if text[position : position + 1] != "]":
        return None
    return _object("{" + text[position + 1 :].lstrip().removeprefix(","))


def _skipped(text: str, position: int) -> int:
    while text[position : position + 1].isspace():
        position += 1
    return position


def _object(text: str) -> Mapping[str, Any] | None:
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
