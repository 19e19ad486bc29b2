import csv
import io
import json
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

import pytest

from sandbox.amazon import Amazon
from sandbox.blocked import WAYS, way_of
from sandbox.catalog import COLUMNS, wares, write_catalog
from sandbox.clock import Clock
from sandbox.datasets import Json
from sandbox.shop import DEMO_SELLERS, Shop
from tests.sandbox.conftest import NOW, Caller, read


def open_shop(seed: int = 1, orders: int = 200, *, is_living: bool = True) -> Amazon:
    amazon = Amazon(clock=Clock(NOW), quota="off")
    Shop(amazon, seed, orders, is_living=is_living)
    return amazon


@pytest.fixture(scope="module")
def documents() -> list[Json]:
    return [order.document() for order in open_shop().world.orders()]


def test_the_same_seed_makes_the_same_shop(documents: list[Json]) -> None:
    again = [order.document() for order in open_shop().world.orders()]
    assert json.dumps(again) == json.dumps(documents)
    assert [order.document() for order in open_shop(2).world.orders()] != documents


def test_three_sellers_run_six_stores(documents: list[Json]) -> None:
    assert [seller.marketplaces for seller in DEMO_SELLERS] == [("US", "CA", "MX"), ("UK", "DE"), ("JP",)]
    assert len(documents) == 200
    assert len({order["orderId"] for order in documents}) == 200
    assert len({order["salesChannel"]["marketplaceId"] for order in documents}) == 6


def test_orders_are_of_the_last_thirty_days(documents: list[Json]) -> None:
    created = sorted(order["createdTime"] for order in documents)
    assert "2026-10-21T12:00:00Z" <= created[0] < "2026-10-23"
    assert "2026-11-20T11:00:00Z" < created[-1] <= "2026-11-20T12:00:00Z"


def test_there_is_something_of_everything(documents: list[Json]) -> None:
    fulfillments = Counter(
        (order["fulfillment"]["fulfillmentStatus"], order["fulfillment"]["fulfilledBy"])
        for order in documents
    )
    assert fulfillments["UNSHIPPED", "MERCHANT"] >= 20
    assert fulfillments["SHIPPED", "MERCHANT"] >= 20
    assert fulfillments["SHIPPED", "AMAZON"] >= 20
    assert fulfillments["CANCELLED", "MERCHANT"] >= 1
    text = json.dumps(documents)
    for word in (
        "PRIME",
        "AMAZON_BUSINESS",
        "BUSINESS_PRICE",
        "DISCOUNT",
        "GIFT_WRAP",
        "giftMessage",
        "SHIPPING",
        "MARKETPLACE_FACILITATOR",
        "cancellationRequest",
        "NON_AMAZON",
        "pointsGranted",
    ):
        assert word in text, word


def test_a_longer_month_has_the_rare_things_too() -> None:
    orders = [order.document() for order in open_shop(orders=1500).world.orders()]
    text = json.dumps(orders)
    for word in ("COD_FEE", "DELIVERY_TIP", "UNFULFILLABLE", "PENDING_AVAILABILITY", "PARTIALLY_SHIPPED"):
        assert word in text, word
    discounts = {
        Decimal(part["subtotal"]["amount"]) > 0
        for order in orders
        for part in order.get("proceeds", {}).get("breakdowns", [])
        if part["type"] == "DISCOUNT"
    }
    assert discounts == {True, False}


def signed(part: Json) -> Decimal:
    amount = Decimal(part["subtotal"]["amount"])
    return -abs(amount) if part["type"] == "DISCOUNT" else amount


def added(breakdowns: list[Json], *, is_tax_inside: bool) -> Decimal:
    counted = [part for part in breakdowns if part["type"] != "TAX" or not is_tax_inside]
    return sum(map(signed, counted), Decimal())


def test_money_adds_up_and_has_its_currencys_digits(documents: list[Json]) -> None:
    with_money = [order for order in documents if "proceeds" in order]
    assert len(with_money) > 150
    for order in with_money:
        proceeds = order["proceeds"]
        total = Decimal(proceeds["grandTotal"]["amount"])
        inside = order["salesChannel"]["marketplaceName"] in ("Amazon.co.uk", "Amazon.de", "Amazon.co.jp")
        assert added(proceeds["breakdowns"], is_tax_inside=inside) == total
        tip = sum(signed(part) for part in proceeds["breakdowns"] if part["type"] == "DELIVERY_TIP")
        items = [item["proceeds"] for item in order["orderItems"]]
        if items:
            assert sum(Decimal(item["proceedsTotal"]["amount"]) for item in items) + tip == total
        for item in items:
            parts = added(item["breakdowns"], is_tax_inside=inside)
            assert parts == Decimal(item["proceedsTotal"]["amount"])
            assert {len(part["subtotal"]["amount"].partition(".")[2]) for part in item["breakdowns"]} == {
                0 if item["proceedsTotal"]["currencyCode"] == "JPY" else 2
            }


def test_pending_orders_have_no_money_and_no_address() -> None:
    amazon = open_shop()
    amazon.clock.advance(1800)
    amazon.world.settle()
    pending = [order.document() for order in amazon.world.orders() if order.status == "PENDING"]
    assert len(pending) >= 3
    for order in pending:
        assert not {"buyer", "recipient", "proceeds"} & order.keys()
        assert "price" not in order["orderItems"][0]["product"]


def test_amazon_withholds_who_buys_what_it_fulfills(documents: list[Json]) -> None:
    for order in documents:
        if order["fulfillment"]["fulfilledBy"] == "AMAZON":
            assert "buyer" not in order
            assert "packages" not in order
            address = order.get("recipient", {}).get("deliveryAddress", {})
            assert not {"name", "addressLine1", "phone"} & address.keys()


def test_orders_keep_arriving_every_twenty_seconds_or_so() -> None:
    amazon = open_shop()
    amazon.clock.advance(3600)
    amazon.world.settle()
    assert 140 <= len(amazon.world.orders()) - 200 <= 220


def test_a_still_shop_gets_no_new_orders() -> None:
    amazon = open_shop(is_living=False)
    amazon.clock.advance(3600)
    amazon.world.settle()
    assert len(amazon.world.orders()) == 200


def test_looking_often_or_once_shows_the_same_shop() -> None:
    often, once = open_shop(), open_shop()
    for _ in range(60):
        often.clock.advance(60)
        often.world.settle()
    once.clock.advance(3600)
    once.world.settle()
    assert [order.raw for order in often.world.orders()] == [order.raw for order in once.world.orders()]


def test_a_pending_order_becomes_unshipped_with_all_its_money() -> None:
    amazon = open_shop()
    amazon.clock.advance(600)
    amazon.world.settle()
    pending = [
        one for one in amazon.world.orders() if (one.status, one.fulfilled_by) == ("PENDING", "MERCHANT")
    ]
    assert pending
    amazon.clock.advance(600)
    amazon.world.settle()
    later = [amazon.world.order(order.order_id) for order in pending]
    paid = [order for order in later if order is not None and order.status == "UNSHIPPED"]
    assert paid
    assert all({"buyer", "recipient"} <= order.document().keys() for order in paid)
    assert all(order.updated_at > order.created_at for order in paid)


def test_merchant_orders_wait_until_they_are_confirmed() -> None:
    amazon = open_shop(is_living=False)
    waiting = {
        one.order_id
        for one in amazon.world.orders()
        if (one.status, one.fulfilled_by) == ("UNSHIPPED", "MERCHANT")
    }
    amazon.clock.advance(10 * 86400)
    amazon.world.settle()
    shipped = {one.order_id for one in amazon.world.orders() if one.status == "SHIPPED"}
    assert len(waiting & shipped) <= len(waiting) // 3


def test_eight_of_a_hundred_orders_are_blocked_in_every_way() -> None:
    ways = [way_of(number) for number in range(200)]
    assert sum(way is not None for way in ways) == 16
    assert set(filter(None, ways)) == set(WAYS)


def test_the_catalog_fits_the_shop(documents: list[Json]) -> None:
    file = io.StringIO()
    count = write_catalog(1, file)
    rows = {row["sku"]: row for row in csv.DictReader(io.StringIO(file.getvalue()))}
    assert count == len(rows) == 36
    assert file.getvalue().splitlines()[0] == ",".join(COLUMNS)
    needs: Counter[str] = Counter()
    for order in documents:
        for item in order["orderItems"]:
            needs[item["product"].get("sellerSku", "")] += item["quantityOrdered"]
    absent = {ware.sku for group in ("na", "eu", "fe") for ware in wares(1, group) if ware.flaw == "absent"}
    assert needs.keys() - rows.keys() - {""} <= absent
    flaws = {ware.sku: ware.flaw for group in ("na", "eu", "fe") for ware in wares(1, group)}
    for sku, row in rows.items():
        assert row["enabled"] == ("false" if flaws[sku] == "disabled" else "true")
        if flaws[sku] is None:
            assert int(row["on_hand"]) >= 40_000
    assert {row["currency"] for row in rows.values()} == {"USD", "EUR", "JPY"}


def test_every_blocked_order_is_really_blocked_and_no_other(documents: list[Json]) -> None:
    flaws = {ware.sku: ware.flaw for group in ("na", "eu", "fe") for ware in wares(1, group)}
    blocked = {number for number, order in enumerate(documents) if is_blocked(order, flaws)}
    assert blocked == {number for number in range(200) if way_of(number)}


def is_blocked(order: Json, flaws: Mapping[str, str | None]) -> bool:
    items = order["orderItems"]
    skus = [item["product"].get("sellerSku") for item in items]
    if not items or None in skus or any(flaws[sku] for sku in skus if sku):
        return True
    if (
        order["fulfillment"]["fulfillmentStatus"] != "UNSHIPPED"
        or order["fulfillment"]["fulfilledBy"] == "AMAZON"
    ):
        return False
    address = order["recipient"]["deliveryAddress"]
    return (
        not (address.get("addressLine1") and (address.get("city") or address["countryCode"] == "JP"))
        or "proceeds" not in order
        or order["proceeds"]["grandTotal"]["currencyCode"] == "XTS"
    )


def test_the_demo_tokens_open_the_demo_stores() -> None:
    amazon = open_shop()
    for seller in DEMO_SELLERS:
        assert amazon.tokens.seller_of_refresh_token(seller.refresh_token) == seller.seller_id
        answer = read(Caller(amazon, seller.seller_id).search(maxResultsPerPage=1))
        assert len(answer["orders"]) == 1
