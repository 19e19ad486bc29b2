"""The number of an order whose document cannot be read otherwise."""

from typing import Any

import pytest

from amazon_orders import normalize


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"orderId": "x" * 99}, "x" * 64),
        ({"orderId": 7}, ""),
        ([], ""),
        (None, ""),
        ({"orderId": "A\x00"}, "A"),
    ],
)
def test_the_number_of_an_unreadable_order(payload: Any, expected: str) -> None:
    assert normalize.readable_order_id(payload) == expected
