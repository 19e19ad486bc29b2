"""Whatever is wrong with an order, it is a record or a MalformedPayload: never another exception."""

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from amazon_orders import amounts, normalize
from amazon_orders.reading import MalformedPayload
from amazon_orders.records import OrderRecord
from amazon_orders.rows import item_row, order_row, package_row
from tests.amazon_orders.payloads import NOW, full_order

SAMPLE = full_order()
# The same examples in every run: what fails here failed for whoever changed it.
FUZZ = settings(deadline=None, derandomize=True, database=None)
NASTY = st.sampled_from(
    [
        "",
        " ",
        "\x00",
        "\ud800",
        "x" * 3_000,
        "1e999999999",
        "1e-999999999",
        "-0",
        "1_000",
        "٣",
        "sNaN",
        "2026-11-20",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00Z",
        10**30,
        -1,
        0,
        1.5,
        1e308,
        True,
        None,
    ]
)
VALUES = st.recursive(
    NASTY | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside."""
    found = [way] if way else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        found.extend(places(inner, (*way, key)))
    return found


PLACES = places(SAMPLE)


def changed(way: tuple[Any, ...], value: Any, *, removes: bool, document: Any) -> None:
    """Put a value at a place or remove what is there, if an earlier change has left the place."""
    *steps, last = way
    try:
        for step in steps:
            document = document[step]
        if removes:
            del document[last]
        else:
            document[last] = value
    except (KeyError, IndexError, TypeError):
        return


@settings(FUZZ, max_examples=600)
@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES, st.booleans()), min_size=1, max_size=3))
def test_a_mutated_order_is_read_or_named_malformed(
    mutations: list[tuple[tuple[Any, ...], Any, bool]],
) -> None:
    document = copy.deepcopy(SAMPLE)
    for way, value, removes in mutations:
        changed(way, value, removes=removes, document=document)

    try:
        record = normalize.normalize(document, data_sets=normalize.DATA_SETS)
    except MalformedPayload:
        return
    assert_fits_its_rows(record)


@settings(FUZZ, max_examples=200)
@given(VALUES)
def test_anything_at_all_is_read_or_named_malformed(value: Any) -> None:
    try:
        record = normalize.normalize(value, data_sets=normalize.DATA_SETS)
    except MalformedPayload:
        return
    assert_fits_its_rows(record)


def assert_fits_its_rows(record: OrderRecord) -> None:
    """Every text is as short as its column and free of what PostgreSQL refuses; the money adds up."""
    order = order_row(record, None, store_id=1, asked_at=NOW, now=NOW)
    rows = [
        order,
        *(item_row(order, item) for item in record.items),
        *(package_row(order, package) for package in record.packages),
    ]
    for row in rows:
        for field in row._meta.concrete_fields:
            value = getattr(row, field.attname)
            if isinstance(value, str):
                assert field.max_length is None or len(value) <= field.max_length, field.name
                assert "\x00" not in value
                value.encode()
    # Both engines keep these as JSON.
    text = json.dumps([record.proceeds, record.personal, *(item.details for item in record.items)])
    assert "\\u0000" not in text
    lines = [amounts.Line(item.proceeds, item.unit_price, item.quantity_ordered) for item in record.items]
    total, _ = amounts.of_order(record.proceeds, lines)
    assert total.gap.is_finite()
