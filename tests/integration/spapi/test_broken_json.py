"""One broken order in an answer: the others are read, the broken one is named, and nothing is guessed."""

import json
from typing import Any

import pytest

from amazon_orders.normalize import NOT_JSON
from integration.spapi import broken_json

NUMBERS = range(6)
OUTSIDE = {"pagination": {"nextToken": "T/2"}, "lastUpdatedBefore": "2026-11-28T00:00:00Z"}


def number(which: int) -> str:
    return f"302-5550100-000000{which}"


def order(which: int) -> dict[str, Any]:
    item = {"orderItemId": f"item-{which}", "product": {"title": 'A "cup", {"a": [1]}]'}}
    return {
        "associatedOrders": [{"orderId": "302-0000000-0000000"}] if which == 9 else [],
        "orderId": number(which),
        "orderItems": [item, {"orderItemId": "another"}],
        "programs": ["PRIME"],
    }


def page(*, outside_first: bool = False) -> str:
    orders = {"orders": [order(which) for which in NUMBERS]}
    return json.dumps({**OUTSIDE, **orders} if outside_first else {**orders, **OUTSIDE}, indent=1)


def seen(text: str) -> list[str]:
    """The orders of a page, a broken one with a mark."""
    read = broken_json.page(text)
    assert read is not None
    assert {key: read[key] for key in OUTSIDE} == OUTSIDE
    return [one["orderId"] + ("!" if NOT_JSON in one else "") for one in read["orders"]]


# What stands in the place of `"orderItemId": "item-N"`.
BROKEN = {
    "an escape that is none": '"orderItemId": "\\x41"',
    "a quote that is not escaped": '"orderItemId": "5" nail"',
    "a word that is no value": '"orderItemId": NONE',
    "a colon too few": '"orderItemId" "1"',
    "a brace too many": '"orderItemId": "1"}',
    "a brace too few": '"a": {"orderItemId": "1"',
    "an end of the list": '"orderItemId": "1"}]}],',
    "an end of the order": '"orderItemId": "1"}]},',
    "an end of the order and something more": '"orderItemId": "1"}]}, {',
    "a text that never ends": '"orderItemId": "1',
    "a number without end": '"orderItemId": ' + "9" * 5_000,
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("which", [0, 3, 5])
@pytest.mark.parametrize("outside_first", [False, True])
def test_exactly_the_broken_order_is_isolated(broken: str, which: int, outside_first: bool) -> None:
    text = page(outside_first=outside_first).replace(f'"orderItemId": "item-{which}"', broken)
    assert seen(text) == [number(each) + ("!" if each == which else "") for each in NUMBERS]


def test_neighbors_that_are_both_broken_are_two() -> None:
    text = page()
    for which in (2, 3):
        text = text.replace(f'"orderItemId": "item-{which}"', BROKEN["an escape that is none"])
    text = text.replace('"associatedOrders": [],\n   ', "")
    assert seen(text) == [number(0), number(1), number(2) + "!", number(3) + "!", number(4), number(5)]


def test_a_control_character_in_a_text_is_no_reason_to_lose_the_order() -> None:
    assert seen(page().replace('"item-3"', '"item\x013"')) == [number(each) for each in NUMBERS]


@pytest.mark.parametrize("length", [20, 300, 900])
def test_a_page_that_was_cut_is_not_believed(length: int) -> None:
    assert broken_json.page(page()[:-length]) is None
    assert broken_json.page(page().replace("item-3", '\\x"')[:-length]) is None


@pytest.mark.parametrize("text", ["", "<html></html>", "[]", '{"orders": [', "null", '{"orders": [}, ]x}'])
def test_what_is_no_page_at_all_is_none(text: str) -> None:
    assert broken_json.page(text) is None


def test_a_single_order_is_named_by_whom_was_asked_for() -> None:
    text = json.dumps({"order": order(1)})
    assert broken_json.order(text, number(1)) == {"order": order(1)}
    read = broken_json.order(text.replace("item-1", "\\x"), number(1))
    assert read is not None
    assert (read["order"]["orderId"], NOT_JSON in read["order"]) == (number(1), True)
    assert broken_json.order(text[:-30], number(1)) is None
    assert broken_json.order("<html>", number(1)) is None
