"""Odd values: what an order cannot be without makes it malformed, any other detail is left out and said."""

from datetime import UTC, datetime
from typing import Any

import pytest

from amazon_orders import normalize, reading
from amazon_orders.reading import MalformedPayload
from amazon_orders.records import OrderRecord
from tests.amazon_orders.payloads import NOW, ORDER_ID, full_order, lacking, spoilt


def read(document: Any) -> OrderRecord:
    return normalize.normalize(document, data_sets=normalize.DATA_SETS)


# What an order cannot be without: where it is, and the word that names it when it is gone.
VITAL = {
    "orderId": "orderId",
    "createdTime": "createdTime",
    "lastUpdatedTime": "lastUpdatedTime",
    "orderItems": "orderItems",
    "orderItems.0.orderItemId": "orderItemId",
    "orderItems.1.quantityOrdered": "quantityOrdered",
}
# What Amazon promises, too, and an order is shown without.
PROMISED = {
    "salesChannel": "salesChannel",
    "fulfillment": "fulfillment",
    "orderItems.1.product": "product",
    "packages.0.packageReferenceId": "packages",
    "packages.0.packageItems.0.orderItemId": "orderItemId",
    "packages.0.packageItems.0.quantity": "packageItems",
}


@pytest.mark.parametrize("path", VITAL)
def test_an_order_without_id_times_or_items_is_none(path: str) -> None:
    for document in (lacking(path), spoilt(path, None)):
        with pytest.raises(MalformedPayload, match=VITAL[path]):
            read(document)


@pytest.mark.parametrize("path", PROMISED)
def test_any_other_promise_that_is_not_kept_is_said(path: str) -> None:
    for document in (lacking(path), spoilt(path, None)):
        [oddity] = read(document).oddities
        assert PROMISED[path] in oddity


# Where a value of another type (or out of range) is, and the word that names it.
NO_IDS: tuple[Any, ...] = ("", "  ", [], {}, 1.5, True, "x" * 65)
NO_TIMES: tuple[Any, ...] = ("", "yesterday", 7, {}, "2026-13-01T00:00:00Z")
NO_AMOUNTS: tuple[Any, ...] = (
    "ten", True, [], "NaN", "-Infinity", "1e15", "1e999999999", "1e-9999", 1e300, "1,026.65", "12,50",
)  # fmt: skip
NO_COUNTS: tuple[Any, ...] = (-1, "2", 1.5, True, 1_000_001, [], float("inf"))
WRONG: list[tuple[str, Any, str]] = [
    *[("orderId", wrong, "orderId") for wrong in NO_IDS],
    *[("createdTime", wrong, "createdTime") for wrong in NO_TIMES],
    ("createdTime", "0001-01-01T00:00:00+14:00", "createdTime"),
    ("createdTime", "9999-12-31T24:00:00Z", "createdTime"),
    ("lastUpdatedTime", "2026-11-20T25:00:00Z", "lastUpdatedTime"),
    ("orderItems", {}, "orderItems"),
    ("orderItems.0", "an item", "orderItems"),
    ("orderItems.0.orderItemId", "", "orderItemId"),
    *[("orderItems.0.quantityOrdered", wrong, "quantityOrdered") for wrong in NO_COUNTS],
]
ODD: list[tuple[str, Any, str]] = [
    ("salesChannel", "AMAZON", "salesChannel"),
    ("salesChannel.marketplaceId", {}, "marketplaceId"),
    ("salesChannel.channelName", [], "channelName"),
    ("fulfillment", [], "fulfillment"),
    ("fulfillment", {}, "fulfillment"),
    ("fulfillment.fulfillmentStatus", {"a": 1}, "fulfillmentStatus"),
    ("fulfillment.fulfilledBy", False, "fulfilledBy"),
    ("fulfillment.fulfillmentServiceLevel", 1.5, "fulfillmentServiceLevel"),
    ("fulfillment.shipByWindow", "soon", "shipByWindow"),
    ("fulfillment.shipByWindow.latestDateTime", "soon", "shipByWindow"),
    ("fulfillment.shipByWindow.latestDateTime", "2026-11-22T24:00:00Z", "shipByWindow"),
    ("fulfillment.deliverByWindow.earliestDateTime", 5, "deliverByWindow"),
    ("programs", "PRIME", "programs"),
    ("programs.0", {}, "programs"),
    ("proceeds", 12, "proceeds"),
    ("proceeds.grandTotal", "25.00", "proceeds.grandTotal"),
    *[("proceeds.grandTotal.amount", wrong, "proceeds.grandTotal") for wrong in NO_AMOUNTS],
    ("proceeds.grandTotal.currencyCode", {}, "proceeds.grandTotal"),
    ("proceeds.breakdowns", {}, "proceeds.breakdowns"),
    ("proceeds.breakdowns.0", "ITEM", "proceeds.breakdowns"),
    ("orderItems.0.product", "a product", "product"),
    ("orderItems.0.product.sellerSku", [], "sellerSku"),
    ("orderItems.0.product.sellerSku", "x" * 256, "sellerSku"),
    ("orderItems.0.product.asin", {}, "asin"),
    ("orderItems.0.product.title", 1.5, "title"),
    ("orderItems.0.product.price", 10, "price"),
    ("orderItems.0.product.price.unitPrice", "10", "unitPrice"),
    ("orderItems.0.product.condition", "NEW", "condition"),
    ("orderItems.0.product.customization", [], "customization"),
    ("orderItems.0.proceeds", [], "orderItems.proceeds"),
    ("orderItems.0.proceeds.breakdowns.0.detailedBreakdowns", {}, "orderItems.proceeds"),
    ("orderItems.0.fulfillment", "done", "fulfillment"),
    ("orderItems.0.fulfillment.quantityFulfilled", "1", "quantityFulfilled"),
    ("orderItems.0.fulfillment.quantityUnfulfilled", -1, "quantityUnfulfilled"),
    ("orderItems.0.fulfillment.packing", [], "packing"),
    ("orderItems.0.fulfillment.packing.giftOption.giftMessage", {}, "giftMessage"),
    ("orderItems.0.cancellation", "BUYER", "cancellation"),
    ("orderItems.0.cancellation.cancellationRequest", "please", "cancellationRequest"),
    ("orderItems.0.tax", "none", "tax"),
    ("orderItems.0.tax.taxCollections", {}, "model"),
    ("orderItems.0.promotion.breakdowns.0", "TENOFF", "promotionId"),
    ("orderItems.0.programs", {}, "programs"),
    ("packages", {}, "packages"),
    ("packages.0", [], "packages"),
    ("packages.0.shipTime", "now", "shipTime"),
    ("packages.0.packageStatus", "SHIPPED", "packageStatus"),
    ("packages.0.packageItems", {}, "packageItems"),
    *[("packages.0.packageItems.0.quantity", wrong, "packageItems") for wrong in NO_COUNTS],
    ("buyer", "Alex", "buyer"),
    ("buyer", [], "buyer"),
    ("buyer.buyerName", {}, "buyerName"),
    ("recipient", [], "recipient"),
    ("recipient.deliveryAddress", "somewhere", "deliveryAddress"),
    ("recipient.deliveryAddress.city", {}, "city"),
    ("tax.taxRegistrations", {}, "taxRegistrations"),
    ("orderAliases", {}, "orderAliases"),
    ("associatedOrders.0", "x", "associatedOrders"),
]


@pytest.mark.parametrize(("path", "value", "named"), WRONG)
def test_a_wrong_id_time_or_item_is_named(path: str, value: Any, named: str) -> None:
    with pytest.raises(MalformedPayload, match=named) as malformed:
        read(spoilt(path, value))
    # What is said is kept and shown: it holds nothing of the payload.
    assert "Alex" not in str(malformed.value)


@pytest.mark.parametrize(("path", "value", "named"), ODD)
def test_an_odd_detail_hides_no_order_and_is_said(path: str, value: Any, named: str) -> None:
    record = read(spoilt(path, value))

    assert record.amazon_order_id == ORDER_ID
    assert [item.quantity_ordered for item in record.items] == [2, 1]
    assert any(named in oddity for oddity in record.oddities)
    assert "Alex" not in "".join(record.oddities)


def test_an_order_is_shown_without_its_odd_details() -> None:
    document = full_order(buyer=[], programs="PRIME")
    document["packages"][0]["packageItems"].append({"orderItemId": "7"})
    document["proceeds"]["grandTotal"]["amount"] = "1,026.65"
    document["fulfillment"]["shipByWindow"]["latestDateTime"] = "2026-11-22T24:00:00Z"

    record = read(document)

    assert (record.total, record.programs, record.latest_ship_at) == (None, (), None)
    assert record.earliest_ship_at == NOW
    assert len(record.packages[0].items) == 1
    assert "buyer_name" not in record.personal
    assert record.personal["address"]["phone"] == "+1 555 0100"
    assert record.oddities == (
        "proceeds.grandTotal: the amount is not a number",
        "programs is not a list",
        "shipByWindow is not a time",
        "packageItems is missing",
        "buyer is not an object",
    )


def test_the_end_of_a_day_is_the_beginning_of_the_next() -> None:
    record = read(full_order(createdTime="2026-11-20T24:00:00Z"))
    assert record.purchased_at == datetime(2026, 11, 21, tzinfo=UTC)
    assert record.oddities == ("createdTime is 24:00 of a day: taken for the beginning of the next",)


def test_an_order_whose_fulfillment_amazon_left_out_is_told_in_part() -> None:
    record = read(lacking("fulfillment"))
    assert record.data_sets == set(normalize.DATA_SETS) - {"FULFILLMENT"}
    assert record.status == ""


def test_twenty_oddities_say_enough_and_each_is_said_once() -> None:
    with reading.oddities() as odd:
        for number in [*range(30), 1]:
            reading.note(MalformedPayload(f"oddity {number}"))
    assert odd == [f"oddity {number}" for number in range(reading.MOST_ODDITIES)]
