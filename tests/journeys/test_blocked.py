"""Why an order cannot be imported: each reason, per line, all at once, in words."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from commerce.models import Source
from integration.decision import blockers
from integration.messages import open_messages
from integration.models import Blocker
from sandbox.datasets import Json
from tests.factories import commerce as catalog
from tests.factories import people
from tests.fixtures_shop import (
    Shop,
    blockers_of,
    events_of,
    has_commerce_order,
    last_note_of,
    line_id,
    state_of,
    stock_of,
)


def without_prices(document: Json) -> None:
    document.pop("proceeds", None)
    for item in document["orderItems"]:
        item.pop("proceeds", None)
        item["product"].pop("price", None)


def no_items(document: Json) -> None:
    document["orderItems"] = []


def in_currency(*codes: str) -> Any:
    def edit(document: Json) -> None:
        for item, code in zip(document["orderItems"], codes, strict=True):
            item["proceeds"] = {"proceedsTotal": {"amount": "10.00", "currencyCode": code}}
            item["product"]["price"]["unitPrice"]["currencyCode"] = code
        document["proceeds"] = {"grandTotal": {"amount": "10.00", "currencyCode": codes[0]}}

    return edit


def address(**parts: str) -> Mapping[str, Any]:
    """The delivery address has these parts and no others."""
    gone = {"addressLine1": None, "city": None, "countryCode": None, "stateOrRegion": None}
    return {"recipient": {"deliveryAddress": gone | parts}}


def words_of(order_id: str) -> list[tuple[str, str]]:
    """Message and remedy of each blocker in force."""
    rows = Blocker.objects.filter(
        order_import__amazon_order__amazon_order_id=order_id, closed_at=None
    ).order_by("pk")
    return [
        (
            blockers.message(row.code, row.details, row.seller_sku),
            blockers.remedy(row.code, row.details, row.seller_sku),
        )
        for row in rows
    ]


def test_each_reason_alone_with_its_words(shop: Shop) -> None:
    catalog.product("OFF", is_enabled=False, stock={"main": 5})
    orders = {
        "missing": shop.sell(("GONE", 1, "5.00")),
        "disabled": shop.sell(("OFF", 1, "5.00")),
        "stock": shop.sell(("SKU-1", 11, "5.00")),
        "address": shop.sell(patch=address(stateOrRegion="ZZ")),
        "city": shop.sell(patch={"recipient": {"deliveryAddress": {"city": ""}}}),
        "amounts": shop.sell(edit=without_prices),
        "currency": shop.sell(edit=in_currency("XYQ")),
        "currencies": shop.sell(("SKU-1", 1, "1.00"), ("SKU-1", 1, "1.00"), edit=in_currency("USD", "CAD")),
        "items": shop.sell(edit=no_items),
    }

    outcome = shop.sync()

    assert outcome.counts["blocked"] == len(orders)
    assert {name: blockers_of(order_id) for name, order_id in orders.items()} == {
        "missing": [("PRODUCT_MISSING", "GONE")],
        "disabled": [("PRODUCT_DISABLED", "OFF")],
        "stock": [("OUT_OF_STOCK", "SKU-1")],
        "address": [("ADDRESS_INCOMPLETE", "")],
        "city": [("ADDRESS_INCOMPLETE", "")],
        "amounts": [("AMOUNTS_MISSING", "SKU-1")],
        "currency": [("CURRENCY_UNSUPPORTED", "")],
        "currencies": [("CURRENCY_UNSUPPORTED", "")],
        "items": [("NO_ITEMS", "")],
    }
    assert {name: words_of(order_id)[0][0] for name, order_id in orders.items()} == {
        "missing": 'Product "GONE" is not in the catalog',
        "disabled": 'Product "OFF" is disabled',
        "stock": 'Product "SKU-1" is out of stock: 11 needed, 10 available',
        "address": "The delivery address has no street and no city and no country",
        "city": "The delivery address has no city",
        "amounts": 'Amazon has sent no price for "SKU-1"',
        "currency": "The currency XYQ is not known",
        "currencies": "The order mixes the currencies CAD, USD",
        "items": "Amazon sent the order without items",
    }
    assert all(remedy.endswith(".") for order_id in orders.values() for _, remedy in words_of(order_id))
    assert not any(has_commerce_order(order_id) for order_id in orders.values())
    assert stock_of() == (10, 0)
    [banner] = open_messages.banners(viewer=people.admin())
    assert banner.text == (
        "Your Amazon store(s) has orders that cannot be imported into Commerce. "
        "See Recent Orders in the store dashboard(s): Harbor US"
    )


def test_all_reasons_of_all_lines_are_known_at_once(shop: Shop) -> None:
    catalog.product("OFF", is_enabled=False, stock={"main": 0})
    catalog.product("FREE", manage_stock=False)

    def spoil(document: Json) -> None:
        last = document["orderItems"][-1]
        last.pop("proceeds")
        last["product"].pop("price")
        document["orderItems"][0]["proceeds"]["proceedsTotal"]["currencyCode"] = "EUR"

    order_id = shop.sell(
        ("GONE", 1, "5.00"),
        ("OFF", 2, "5.00"),
        ("SKU-1", 8, "5.00"),
        ("SKU-1", 5, "5.00"),
        (None, 1, "5.00"),
        ("FREE", 99, "5.00"),
        patch=address(city="Seattle"),
        edit=spoil,
    )

    shop.sync()

    asin = shop.document(order_id)["orderItems"][4]["product"]["asin"]
    rows = Blocker.objects.filter(closed_at=None).order_by("code", "line_reference")
    assert [(row.code, row.line_reference, row.seller_sku) for row in rows] == [
        ("ADDRESS_INCOMPLETE", None, ""),
        ("AMOUNTS_MISSING", line_id(order_id, 6), "FREE"),
        ("CURRENCY_UNSUPPORTED", None, ""),
        ("OUT_OF_STOCK", line_id(order_id, 2), "OFF"),
        ("OUT_OF_STOCK", line_id(order_id, 4), "SKU-1"),
        ("PRODUCT_DISABLED", line_id(order_id, 2), "OFF"),
        ("PRODUCT_MISSING", line_id(order_id, 1), "GONE"),
        ("PRODUCT_MISSING", line_id(order_id, 5), asin),
    ]
    # The two lines of one product share its stock: 8 of 10 are for the first.
    details = {row.line_reference: row.details for row in rows.filter(code="OUT_OF_STOCK")}
    assert details[line_id(order_id, 4)] == {"sku": "SKU-1", "needed": 5, "salable": 2}
    assert (f"A line has no seller SKU (ASIN {asin})", f"Match {asin} to a product of the catalog.") in (
        words_of(order_id)
    )
    assert events_of(order_id) == ["RECEIVED", "BLOCKED"]
    assert last_note_of(order_id, "BLOCKED").count(";") == 7
    assert stock_of() == (10, 0)


@pytest.mark.parametrize(
    "parts",
    [
        {"addressLine2": "1 Rear Lane", "city": "Seattle", "countryCode": "US"},
        {"addressLine1": "1 Lane", "municipality": "Quezon City", "countryCode": "PH"},
        {"addressLine1": "1 Lane", "city": "Nowhere", "countryCode": "US", "stateOrRegion": "ZZ"},
    ],
)
def test_an_odd_address_that_a_parcel_can_reach_is_no_reason(shop: Shop, parts: dict[str, str]) -> None:
    order_id = shop.sell(patch=address(**parts))

    shop.sync()

    assert state_of(order_id) == "IMPORTED"


def test_money_that_does_not_add_up_and_a_free_line_are_no_reasons(shop: Shop) -> None:
    gap = shop.sell(patch={"proceeds": {"grandTotal": {"amount": "12.34", "currencyCode": "USD"}}})
    free = shop.sell(("SKU-1", 1, "0.00"))

    shop.sync()

    assert state_of(gap) == state_of(free) == "IMPORTED"


def test_a_partly_shipped_order_lacks_only_what_is_left_to_ship(shop: Shop) -> None:
    covered = shop.sell(("SKU-1", 12, "1.00"))
    shop.ship_at_amazon(covered, 11)
    catalog.product("LEFT", stock={"main": 5})
    order_id = shop.sell(("LEFT", 12, "1.00"), patch=address(city="Seattle"))
    shop.ship_at_amazon(order_id, 2)

    shop.sync()

    # 11 of 10 have left: the one to ship is not there.
    assert blockers_of(covered) == [("OUT_OF_STOCK", "SKU-1")]
    assert blockers_of(order_id) == [("ADDRESS_INCOMPLETE", ""), ("OUT_OF_STOCK", "LEFT")]
    assert stock_of("LEFT") == (5, 0)


def test_only_enabled_sources_count_and_two_can_share_a_line(shop: Shop) -> None:
    catalog.product("SPLIT", stock={"main": 2, "annex": 3, "closed": 50})
    Source.objects.filter(code="closed").update(is_enabled=False)
    fits, too_much = shop.sell(("SPLIT", 5, "1.00")), shop.sell(("SPLIT", 6, "1.00"))

    shop.sync()

    assert state_of(fits) == "IMPORTED"
    assert blockers_of(too_much) == [("OUT_OF_STOCK", "SPLIT")]


def test_reasons_that_go_and_come_are_closed_and_opened(shop: Shop) -> None:
    order_id = shop.sell(("GONE", 1, "5.00"), patch=address(city="Seattle"))
    shop.sync()
    first = Blocker.objects.get(code="ADDRESS_INCOMPLETE")

    catalog.product("GONE", stock={"main": 0})
    shop.judge()

    assert blockers_of(order_id) == [("ADDRESS_INCOMPLETE", ""), ("OUT_OF_STOCK", "GONE")]
    assert Blocker.objects.get(code="ADDRESS_INCOMPLETE").opened_at == first.opened_at
    assert Blocker.objects.get(code="PRODUCT_MISSING").closed_at is not None
    assert events_of(order_id) == ["RECEIVED", "BLOCKED", "UNBLOCKED", "BLOCKED"]
    note = 'Product "GONE" is not in the catalog (the product is there now).'
    assert last_note_of(order_id, "UNBLOCKED") == note
    # Nothing new about the blockers: nothing is said of them.
    shop.change(order_id, {"fulfillment": {"fulfillmentServiceLevel": "EXPEDITED"}})
    shop.sync()
    assert events_of(order_id) == ["RECEIVED", "BLOCKED", "UNBLOCKED", "BLOCKED", "CHANGED"]


def test_a_bug_in_one_order_blocks_that_order_and_no_other(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = shop.sell(), shop.sell(("SKU-1", 7, "1.00"))
    real = blockers.out_of_stock.check

    def check(facts: Any) -> Any:
        if facts.amazon_order_id == bad:
            raise ZeroDivisionError("something personal")
        return real(facts)

    monkeypatch.setattr(blockers.out_of_stock, "check", check)
    shop.sync()

    assert state_of(good) == "IMPORTED"
    assert blockers_of(bad) == [("FAILED", "")]
    message, remedy = words_of(bad)[0]
    assert message == "An error here stopped the import (ZeroDivisionError); it is tried again by itself"
    assert "Tell support the reference" in remedy

    monkeypatch.undo()
    assert shop.judge() == {}
    later = timezone.now() + timedelta(minutes=11)
    assert shop.judge(now=later)["imported"] == 1
    assert state_of(bad) == "IMPORTED"
