"""Amazon's list, read: of a report four columns, of a search three facts."""

from datetime import UTC, datetime
from typing import Any

import pytest

from integration.completeness import listed_orders
from integration.completeness.listed_orders import ListedOrder, NotAList
from sheets import streams
from tests.cases import case_bytes

HEADING = "amazon-order-id\tmerchant-order-id\tpurchase-date\tlast-updated-date\torder-status\tsales-channel"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
US = "ATVPDKIKX0DER"


def row(order_id: str = "111-1", bought: str = "2026-11-20T12:00:00+00:00", **cells: str) -> str:
    return "\t".join(
        [order_id, "", bought, cells.get("updated", bought), "Shipped", cells.get("channel", "Amazon.com")]
    )


def test_rows_are_read_by_the_names_of_their_columns() -> None:
    lines = [
        "\ufeff" + HEADING,
        row(),
        row("111-2", channel="Amazon.co.uk"),
        row("S01-3", channel="Non-Amazon"),
    ]
    found = list(listed_orders.read_report(lines))
    assert found[0] == ListedOrder("111-1", NOON, NOON, US)
    assert [order.marketplace_id for order in found] == [US, "A1F83G8C2ARO7P", ""]
    assert [order.is_elsewhere for order in found] == [False, False, True]
    assert found[0].day == NOON.date()


@pytest.mark.parametrize("channel", ["Non-Amazon", "Non-Amazon US", "SI CA Prod Marketplace", "Amazon.xy"])
def test_what_was_sold_in_no_shop_that_we_know_is_told_apart(channel: str) -> None:
    [order] = listed_orders.read_report([HEADING, row(channel=channel)])
    assert (order.marketplace_id, order.is_elsewhere) == ("", True)
    [unsaid] = listed_orders.read_report([HEADING, row(channel=" ")])
    assert (unsaid.marketplace_id, unsaid.is_elsewhere) == ("", False)


def test_amazons_sentence_in_place_of_a_table_is_quoted() -> None:
    said = "\ufeffThe date range  cannot exceed 30 days."
    with pytest.raises(listed_orders.Sentence) as quoted:
        list(listed_orders.read_report([said]))
    assert str(quoted.value) == (
        "Amazon's report holds a sentence instead of a table: The date range cannot exceed 30 days."
    )
    for other in ("<html> <b> no </b>", "order-id", "a b\tc d", "\x00 \x01 \x02"):
        with pytest.raises(NotAList, match="lacks a column"):
            list(listed_orders.read_report([other]))


def test_days_are_days_of_utc() -> None:
    [order] = listed_orders.read_report([HEADING, row(bought="2026-11-20T20:30:00-08:00")])
    assert f"{order.day}" == "2026-11-21"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "111-1",
        row(bought="yesterday"),
        row(""),
        row("1" * 65),
        row(updated="2026-99-99"),
    ],
)
def test_a_row_that_says_too_little_is_passed_over(line: str) -> None:
    assert [order.amazon_order_id for order in listed_orders.read_report([HEADING, line, row("111-9")])] == [
        "111-9"
    ]


def test_an_update_time_that_is_missing_is_the_purchase() -> None:
    [order] = listed_orders.read_report([HEADING, row(updated="")])
    assert order.last_updated_at == NOON


@pytest.mark.parametrize(
    "lines", [[], ["<html>"], ["order-id\tpurchase-date"], [HEADING.replace("sales", "x")]]
)
def test_another_document_is_no_list(lines: list[str]) -> None:
    with pytest.raises(NotAList):
        list(listed_orders.read_report(lines))


def test_an_order_of_a_search_is_read_too() -> None:
    payload: dict[str, Any] = {
        "orderId": "111-1",
        "createdTime": "2026-11-20T12:00:00Z",
        "lastUpdatedTime": "2026-11-20T12:00:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": US},
    }
    assert listed_orders.read_payload(payload) == ListedOrder("111-1", NOON, NOON, US)
    assert listed_orders.read_payload(payload | {"salesChannel": None}) == ListedOrder(
        "111-1", NOON, NOON, ""
    )
    assert listed_orders.read_payload(payload | {"lastUpdatedTime": 5}) == ListedOrder(
        "111-1", NOON, NOON, US
    )
    bad: Any
    for bad in (None, [], payload | {"createdTime": "x"}, payload | {"orderId": ""}):
        assert listed_orders.read_payload(bad) is None


def test_the_document_of_the_case_is_read() -> None:
    body = case_bytes("W10_report_charset_utf16.txt")
    for declared in ("UTF-16", None, "windows-1252"):
        lines = streams.lines([body], declared=declared, longest=10_000)
        [order] = listed_orders.read_report(lines)
        assert (order.amazon_order_id, order.marketplace_id) == ("117-0000008-0000001", US)
