"""Amazon's JSON becomes a record, or says plainly what is wrong with it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from amazon_orders import normalize
from amazon_orders.reading import MalformedPayload
from amazon_orders.records import OrderRecord, PackageRecord
from tests.amazon_orders.payloads import NOW, ORDER_ID, full_order, spoilt


def read(document: Any, data_sets: tuple[str, ...] = normalize.DATA_SETS) -> OrderRecord:
    return normalize.normalize(document, data_sets=data_sets)


def test_everything_of_a_full_order() -> None:
    document = full_order()
    first = document["orderItems"][0]["orderItemId"]

    record = read(document)

    assert (record.amazon_order_id, record.marketplace_id, record.channel_name) == (
        ORDER_ID,
        "ATVPDKIKX0DER",
        "AMAZON",
    )
    assert (record.status, record.fulfilled_by, record.service_level) == (
        "UNSHIPPED",
        "MERCHANT",
        "STANDARD",
    )
    assert (record.purchased_at, record.last_updated_at) == (NOW, NOW)
    assert (record.earliest_ship_at, record.latest_ship_at) == (NOW, NOW + timedelta(days=2))
    assert (record.earliest_deliver_at, record.latest_deliver_at) == (
        NOW + timedelta(days=3),
        NOW + timedelta(days=6),
    )
    assert (record.total, record.currency, record.programs) == (
        Decimal("25.00"),
        "USD",
        ("PRIME", "AMAZON_BUSINESS"),
    )
    assert record.proceeds == {
        "total": "25.00",
        "parts": [
            {"type": "ITEM", "amount": "25.00"},
            {"type": "DELIVERY_TIP", "amount": "1.00", "status": "PENDING"},
        ],
    }
    assert (record.seller_order_id, record.replaces_order_id) == ("WEB-77", "111-0000000-0000009")
    assert record.is_cancel_requested
    assert record.address_gaps == ""
    assert record.packages == (
        PackageRecord(
            package_reference_id="pkg-1",
            carrier="UPS",
            shipping_service="Ground",
            tracking_number="1Z999",
            shipped_at=datetime(2026, 11, 20, 10, 0, 0, 123000, tzinfo=UTC),
            status="SHIPPED",
            detailed_status="PICKED_UP",
            items=({"order_item_id": first, "quantity": 1},),
        ),
    )


def test_everything_of_a_full_line() -> None:
    document = full_order()
    first, second = (item["orderItemId"] for item in document["orderItems"])

    item, other = read(document).items

    assert (item.order_item_id, item.seller_sku, item.position) == (first, "SKU-1", 0)
    assert (item.quantity_ordered, item.quantity_shipped, item.quantity_canceled) == (2, 1, 0)
    assert (item.unit_price, item.currency) == (Decimal("10.00"), "USD")
    assert item.details == {
        "condition": "NEW",
        "gift_wrap_level": "Classic",
        "ioss_number": "IM1",
        "programs": ["TRANSPARENCY"],
        "promotions": ["TENOFF"],
        "tax_collected_by": ["MARKETPLACE_FACILITATOR"],
        "tax_responsible": ["Amazon Services, Inc."],
        "tax_schemes": ["UOSS"],
        "cancel_reason": "Too late",
        "cancel_asked_by": "BUYER",
    }
    assert (other.order_item_id, other.details) == (second, {"condition": "NEW"})


def test_everything_that_names_a_person_is_kept_apart() -> None:
    document = full_order()
    first = document["orderItems"][0]["orderItemId"]

    record = read(document)

    assert record.personal["gift_messages"] == {first: "Enjoy"}
    assert record.personal["address"]["phone"] == "+1 555 0100"
    assert "line2" not in record.personal["address"]
    assert set(record.personal) == {
        "buyer_name",
        "buyer_email",
        "buyer_company",
        "purchase_order_number",
        "address",
        "gift_messages",
        "customizations",
        "tax_registrations",
    }


def test_the_least_that_amazon_promises_is_an_order() -> None:
    record = read(
        {
            "orderId": ORDER_ID,
            "createdTime": "2026-11-20T12:00:00Z",
            "lastUpdatedTime": "2026-11-20T12:00:00Z",
            "salesChannel": {},
            "orderItems": [{"orderItemId": "1", "quantityOrdered": 1, "product": {}}],
        },
        data_sets=(),
    )
    assert (record.status, record.fulfilled_by, record.channel_name) == ("", "", "AMAZON")
    assert (record.total, record.currency, record.personal, record.packages) == (None, "", {}, ())
    assert record.items[0].unit_price is None


@pytest.mark.parametrize("payload", [None, [], "an order", 7, {}, True])
def test_what_is_no_order_at_all(payload: Any) -> None:
    with pytest.raises(MalformedPayload):
        read(payload)


def test_an_item_id_that_occurs_twice_and_too_many_items() -> None:
    twice = full_order()
    twice["orderItems"][1]["orderItemId"] = twice["orderItems"][0]["orderItemId"]
    with pytest.raises(MalformedPayload, match="occurs twice"):
        read(twice)
    many = full_order()
    many["orderItems"] = [
        {**many["orderItems"][0], "orderItemId": str(number)} for number in range(normalize.ITEMS_AT_MOST + 1)
    ]
    with pytest.raises(MalformedPayload, match="more than 1000"):
        read(many)


def test_odd_but_readable_values() -> None:
    record = read(
        full_order(
            orderId=12345,
            createdTime="2026-11-20T13:00:00.5+01:00",
            programs=None,
            packages=None,
            buyer=None,
            proceeds={"grandTotal": {"amount": 25, "currencyCode": "usd"}},
            fulfillment={"fulfillmentStatus": "A Word\x00Of Tomorrow " + "x" * 99},
        )
    )
    assert record.amazon_order_id == "12345"
    assert record.purchased_at == datetime(2026, 11, 20, 12, 0, 0, 500000, tzinfo=UTC)
    assert record.status.startswith("A WordOf Tomorrow x")
    assert len(record.status) <= 64
    assert (record.total, record.currency, record.packages) == (Decimal(25), "USD", ())


def test_texts_that_postgresql_refuses_are_made_harmless() -> None:
    record = read(spoilt("orderItems.0.product.title", "A\x00 cup \ud800" + "x" * 600))
    assert record.items[0].title.startswith("A cup ?x")
    assert len(record.items[0].title) == 500


@pytest.mark.parametrize(
    ("status", "item", "canceled"),
    [
        ("UNSHIPPED", {"quantityFulfilled": 0, "quantityUnfulfilled": 5}, 0),
        ("UNSHIPPED", {"quantityFulfilled": 0, "quantityUnfulfilled": 3}, 2),
        ("PARTIALLY_SHIPPED", {"quantityFulfilled": 2, "quantityUnfulfilled": 2}, 1),
        ("SHIPPED", {"quantityFulfilled": 3, "quantityUnfulfilled": 0}, 2),
        # Not counted yet is not canceled.
        ("UNSHIPPED", {"quantityFulfilled": 0, "quantityUnfulfilled": 0}, 0),
        ("UNSHIPPED", {}, 0),
        ("PENDING", {"quantityFulfilled": 0, "quantityUnfulfilled": 3}, 0),
        ("CANCELLED", {"quantityFulfilled": 0, "quantityUnfulfilled": 0}, 0),
        # More shipped than ordered is all of it.
        ("SHIPPED", {"quantityFulfilled": 9, "quantityUnfulfilled": 0}, 0),
    ],
)
def test_items_that_nobody_will_ship_any_more(status: str, item: dict[str, int], canceled: int) -> None:
    document = full_order(fulfillment={"fulfillmentStatus": status})
    line = document["orderItems"][0]
    line.update(quantityOrdered=5, fulfillment=item)
    line.pop("cancellation")
    assert read(document).items[0].quantity_canceled == canceled

    line["cancellation"] = {"cancellationExecution": {"cancelledBy": "BUYER"}}
    shipped, left = item.get("quantityFulfilled", 0), item.get("quantityUnfulfilled", 0)
    assert read(document).items[0].quantity_canceled == max(5 - min(shipped, 5) - left, 0)


def test_a_wish_to_cancel_that_was_carried_out_is_a_wish_no_more() -> None:
    document = full_order()
    assert read(document).is_cancel_requested
    document["orderItems"][0]["cancellation"]["cancellationExecution"] = {"cancelledBy": "MERCHANT"}
    record = read(document)
    assert not record.is_cancel_requested
    assert record.items[0].details["canceled_by"] == "MERCHANT"
    assert "canceled_by" not in record.items[1].details


def test_currencies_of_order_and_lines_are_all_remembered() -> None:
    document = full_order()
    document["orderItems"][1]["proceeds"]["proceedsTotal"]["currencyCode"] = "cad"
    record = read(document)
    assert record.currency == "USD"
    assert [item.currency for item in record.items] == ["USD", "USD,CAD"]


def test_the_digest_is_of_the_content_alone() -> None:
    document = full_order()
    later = full_order(lastUpdatedTime="2026-11-21T00:00:00Z")
    shuffled = dict(reversed(list(document.items())))
    other = full_order(programs=[])
    assert normalize.digest(document) == normalize.digest(later) == normalize.digest(shuffled)
    assert normalize.digest(document) != normalize.digest(other)
    assert len(normalize.digest({"text": "\ud800"})) == 32


def test_a_fallback_asks_for_less_and_says_so() -> None:
    document = full_order(recipient=None)
    assert read(document, normalize.FEWEST_DATA_SETS).address_gaps == ""
    assert read(document, normalize.FEWER_DATA_SETS).address_gaps == "street,city,country"
    assert set(normalize.FEWEST_DATA_SETS) < set(normalize.FEWER_DATA_SETS) < set(normalize.DATA_SETS)
