"""Each reason by itself: what it finds, what it remembers, what it says."""

from datetime import timedelta
from typing import Any

import pytest

from integration.decision import blockers
from integration.decision.blockers import CODES
from integration.models import BlockerCode
from tests.factories.facts import NOW, line, order, product


def found(code: str, **changes: Any) -> list[tuple[str | None, dict[str, Any]]]:
    """(line, details) of each finding."""
    return [
        (finding.line_reference, finding.details)
        for finding in blockers.find_blockers(order(**changes), codes=[code])
    ]


def test_codes_are_those_of_the_database_in_the_order_they_are_shown() -> None:
    assert set(CODES) == set(BlockerCode.values)
    assert CODES[:3] == ("NO_ITEMS", "PRODUCT_MISSING", "PRODUCT_DISABLED")


def test_a_clear_order_has_none() -> None:
    assert blockers.find_blockers(order()) == ()


def test_product_missing_names_sku_or_asin() -> None:
    lines = (line(reference="A", product=None), line(reference="B", product=None, seller_sku=""), line())
    assert found("PRODUCT_MISSING", lines=lines) == [
        ("A", {"asin": "B000000001", "has_sku": True}),
        ("B", {"asin": "B000000001", "has_sku": False}),
    ]
    skus = [finding.seller_sku for finding in blockers.find_blockers(order(lines=lines))]
    assert skus == ["SKU-1", "B000000001"]


def test_a_finding_remembers_the_product_it_saw() -> None:
    stamp = NOW - timedelta(days=3)
    off = product(id=7, is_enabled=False, stamp=stamp)
    (finding,) = blockers.find_blockers(order(lines=(line(product=off),)))
    assert (finding.code, finding.product_id, finding.product_stamp) == ("PRODUCT_DISABLED", 7, stamp)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([{"quantity": 10}], []),
        ([{"quantity": 11}], [("L0", 11, 10)]),
        ([{"quantity": 4, "units": 3}], [("L0", 12, 10)]),
        ([{"quantity": 12, "shipped": 2}], []),
        ([{"quantity": 12, "shipped": 12}], []),
        # What the order holds itself is there for it.
        ([{"quantity": 13, "reserved": 3}], []),
        ([{"quantity": 14, "reserved": 3}], [("L0", 14, 13)]),
        # Lines of one product share its stock, in their order.
        ([{"quantity": 6}, {"quantity": 5}], [("L1", 5, 4)]),
        ([{"quantity": 12}, {"quantity": 1}], [("L0", 12, 10), ("L1", 1, 0)]),
        ([{"quantity": 6, "reserved": 6}, {"quantity": 10}], []),
    ],
)
def test_out_of_stock(lines: list[dict[str, int]], expected: list[tuple[str, int, int]]) -> None:
    made = tuple(line(reference=f"L{number}", **fields) for number, fields in enumerate(lines))
    assert found("OUT_OF_STOCK", lines=made) == [
        (reference, {"sku": "SKU-1", "needed": needed, "salable": salable})
        for reference, needed, salable in expected
    ]


def test_unmanaged_and_missing_products_are_never_out_of_stock() -> None:
    lines = (line(quantity=999, product=product(salable=None)), line(quantity=999, product=None))
    assert found("OUT_OF_STOCK", lines=lines) == []


def test_address_incomplete_needs_something_to_ship_by_the_merchant() -> None:
    gaps = {"address_gaps": ("street", "city")}
    assert found("ADDRESS_INCOMPLETE", **gaps) == [(None, {"gaps": ["street", "city"]})]
    assert found("ADDRESS_INCOMPLETE", **gaps, fulfilled_by="AMAZON") == []
    assert found("ADDRESS_INCOMPLETE", **gaps, lines=(line(shipped=1),)) == []
    assert found("ADDRESS_INCOMPLETE") == []


def test_amounts_missing_only_for_lines_that_are_to_be_shipped() -> None:
    lines = (line(reference="A", has_amount=False), line(reference="B", has_amount=False, shipped=1))
    assert found("AMOUNTS_MISSING", lines=lines) == [("A", {})]


@pytest.mark.parametrize(
    ("currencies", "is_found"),
    [({"USD"}, False), ({"JPY"}, False), ({"XYQ"}, True), ({"usd"}, True), ({"USD", "EUR"}, True)],
)
def test_currency_unsupported(currencies: set[str], is_found: bool) -> None:
    expected = [(None, {"currencies": sorted(currencies)})] if is_found else []
    assert found("CURRENCY_UNSUPPORTED", currencies=frozenset(currencies)) == expected


def test_no_items() -> None:
    assert found("NO_ITEMS", lines=()) == [(None, {})]


def test_failed_is_found_by_no_check() -> None:
    assert found("FAILED", lines=()) == []


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_words_even_without_details(code: str) -> None:
    message = blockers.message(code, {}, "SKU-9")
    remedy = blockers.remedy(code, {}, "SKU-9")
    assert message
    assert not message.endswith(".")
    assert remedy.endswith(".")
