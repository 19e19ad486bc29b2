"""What a person fixes is imported by the next tick: Amazon is not asked again."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from commerce.catalog import products
from commerce.catalog.products import ProductRow
from commerce.models import Product
from integration.catalog import matches
from integration.orders import actions
from sandbox.datasets import Json
from tests.factories import commerce as catalog
from tests.fixtures_shop import (
    Shop,
    blockers_of,
    commerce_order_of,
    events_of,
    has_commerce_order,
    import_of,
    state_of,
    stock_of,
)


def test_a_product_is_created_enabled_and_restocked_step_by_step(shop: Shop) -> None:
    order_id = shop.sell(("NEW", 3, "5.00"))
    shop.sync()
    assert blockers_of(order_id) == [("PRODUCT_MISSING", "NEW")]

    with transaction.atomic():
        products.upsert_products([ProductRow(sku="NEW", is_enabled=False)], now=timezone.now())
    shop.judge()
    assert blockers_of(order_id) == [("OUT_OF_STOCK", "NEW"), ("PRODUCT_DISABLED", "NEW")]

    shop.enable("NEW")
    shop.judge()
    assert blockers_of(order_id) == [("OUT_OF_STOCK", "NEW")]

    shop.restock("NEW", 2)
    shop.judge()
    assert blockers_of(order_id) == [("OUT_OF_STOCK", "NEW")]

    shop.restock("NEW", 3)
    assert shop.judge()["imported"] == 1
    assert state_of(order_id) == "IMPORTED"
    assert blockers_of(order_id) == []
    assert stock_of("NEW") == (3, 3)
    assert shop.judge() == {}


def test_every_order_that_waited_for_a_product_is_imported_and_no_other(shop: Shop) -> None:
    waiting = [shop.sell(("NEW", 1, "5.00")) for _ in range(14)]
    both = shop.sell(("NEW", 1, "5.00"), ("GONE", 1, "5.00"))
    other = shop.sell(("GONE", 1, "5.00"))
    shop.sync()

    catalog.product("NEW", stock={"main": 50})
    counts = shop.judge()

    assert counts["imported"] == 14
    assert {state_of(order_id) for order_id in waiting} == {"IMPORTED"}
    assert blockers_of(both) == blockers_of(other) == [("PRODUCT_MISSING", "GONE")]
    assert stock_of("NEW") == (50, 14)


def test_unmanaged_stock_is_never_out(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 11, "5.00"))
    shop.sync()
    assert state_of(order_id) == "BLOCKED"

    products.change(sku="SKU-1", manage_stock=False, now=timezone.now())
    shop.judge()

    assert state_of(order_id) == "IMPORTED"
    assert stock_of() == (10, 0)


def test_another_orders_cancellation_releases_what_was_missing(shop: Shop) -> None:
    first = shop.sell(("SKU-1", 8, "5.00"))
    shop.sync()
    second = shop.sell(("SKU-1", 5, "5.00"))
    shop.sync()
    assert blockers_of(second) == [("OUT_OF_STOCK", "SKU-1")]

    shop.cancel_at_amazon(first)
    outcome = shop.sync()

    assert outcome.counts["imported"] == 1
    assert state_of(second) == "IMPORTED"
    assert stock_of() == (10, 5)


def test_a_pending_orders_end_releases_what_was_missing(shop: Shop) -> None:
    first = shop.sell(("SKU-1", 8, "5.00"), status="PENDING")
    shop.sync()
    second = shop.sell(("SKU-1", 5, "5.00"))
    shop.sync()
    assert state_of(second) == "BLOCKED"

    actions.skip(order_ids=[import_of(first).pk], reason="Fraud", until=None, by="maria", now=timezone.now())
    shop.judge()
    shop.judge()

    assert state_of(second) == "IMPORTED"


def test_a_match_takes_effect_with_its_units(shop: Shop) -> None:
    order_id = shop.sell(("PACK-2", 3, "20.00"))
    shop.sync()
    assert blockers_of(order_id) == [("PRODUCT_MISSING", "PACK-2")]

    made = matches.match(
        store=shop.store, seller_sku="PACK-2", sku="SKU-1", units=4, by="maria", now=timezone.now()
    )
    assert made.orders_due == 1
    shop.judge()
    # 3 packs of 4 are 12; 10 are on hand.
    assert blockers_of(order_id) == [("OUT_OF_STOCK", "PACK-2")]

    matches.match(store=shop.store, seller_sku="PACK-2", sku="SKU-1", units=2, by="maria", now=timezone.now())
    shop.judge()

    line = commerce_order_of(order_id).lines.get()
    assert (line.sku, line.quantity, line.units_per_item) == ("SKU-1", 6, 2)
    assert stock_of() == (10, 6)


def test_a_match_wins_over_the_product_of_the_same_sku(shop: Shop) -> None:
    catalog.product("OTHER", stock={"main": 5})
    matches.match(store=shop.store, seller_sku="SKU-1", sku="OTHER", units=1, by="maria", now=timezone.now())
    order_id = shop.sell(("SKU-1", 1, "5.00"))
    shop.sync()
    assert commerce_order_of(order_id).lines.get().sku == "OTHER"

    matches.unmatch(store=shop.store, seller_sku="SKU-1", by="maria", now=timezone.now())
    second = shop.sell(("SKU-1", 1, "5.00"))
    shop.sync()
    assert commerce_order_of(second).lines.get().sku == "SKU-1"


def test_a_matched_hold_moves_to_the_new_product(shop: Shop) -> None:
    catalog.product("OTHER", stock={"main": 5})
    order_id = shop.sell(("SKU-1", 2, "5.00"), status="PENDING")
    shop.sync()
    assert (stock_of("SKU-1"), stock_of("OTHER")) == ((10, 2), (5, 0))

    matches.match(store=shop.store, seller_sku="SKU-1", sku="OTHER", units=1, by="maria", now=timezone.now())
    shop.judge()
    assert (stock_of("SKU-1"), stock_of("OTHER")) == ((10, 0), (5, 2))

    shop.pay(order_id, ("SKU-1", 2, "5.00"))
    shop.sync()
    assert commerce_order_of(order_id).lines.get().sku == "OTHER"
    assert (stock_of("SKU-1"), stock_of("OTHER")) == ((10, 0), (5, 2))


def test_a_match_that_changes_after_the_import_changes_nothing_of_the_order(shop: Shop) -> None:
    matches.match(store=shop.store, seller_sku="PACK", sku="SKU-1", units=2, by="maria", now=timezone.now())
    order_id = shop.sell(("PACK", 3, "5.00"))
    shop.sync()
    matches.match(store=shop.store, seller_sku="PACK", sku="SKU-1", units=5, by="maria", now=timezone.now())

    shop.ship_at_amazon(order_id, 1, reference="A")
    shop.sync()

    order = commerce_order_of(order_id)
    assert (order.lines.get().quantity, order.lines.get().quantity_shipped) == (6, 2)
    assert [shipment.lines.get().quantity for shipment in order.shipments.all()] == [2]
    assert stock_of() == (8, 4)


def test_a_line_without_sku_is_matched_by_its_asin(shop: Shop) -> None:
    order_id = shop.sell((None, 2, "5.00"))
    shop.sync()
    asin = shop.document(order_id)["orderItems"][0]["product"]["asin"]
    assert blockers_of(order_id) == [("PRODUCT_MISSING", asin)]

    matches.match(store=shop.store, seller_sku=asin, sku="SKU-1", units=1, by="maria", now=timezone.now())
    shop.judge()

    assert commerce_order_of(order_id).lines.get().sku == "SKU-1"
    assert stock_of() == (10, 2)


def test_a_corrected_address_is_delivered_to(shop: Shop) -> None:
    order_id = shop.sell(patch={"recipient": {"deliveryAddress": {"addressLine1": None}}})
    shop.sync()
    assert blockers_of(order_id) == [("ADDRESS_INCOMPLETE", "")]
    key = import_of(order_id).pk
    given = {"line1": "", "city": "Seattle", "country": "US"}
    actions.correct_address(order_id=key, address=given, by="maria", now=timezone.now())
    shop.judge()
    assert blockers_of(order_id) == [("ADDRESS_INCOMPLETE", "")]

    actions.correct_address(
        order_id=key, address=given | {"line1": "1 Pike Street"}, by="maria", now=timezone.now()
    )
    shop.judge()

    assert state_of(order_id) == "IMPORTED"
    assert events_of(order_id).count("ADDRESS_CORRECTED") == 2


def test_what_amazon_itself_mends_is_imported_with_the_next_sync(shop: Shop) -> None:
    def spoil(document: Json) -> None:
        document["orderItems"][0].pop("proceeds")
        document["orderItems"][0]["product"].pop("price")

    order_id = shop.sell(edit=spoil)
    shop.sync()
    assert blockers_of(order_id) == [("AMOUNTS_MISSING", "SKU-1")]

    shop.pay(order_id)
    shop.sync()

    assert state_of(order_id) == "IMPORTED"


def test_the_last_unit_goes_by_ship_by_and_then_by_purchase_date(shop: Shop) -> None:
    catalog.product("LAST", stock={"main": 0})
    now = shop.opened_at
    later_purchase = shop.sell(("LAST", 1, "5.00"), created=now - timedelta(hours=3))
    latest = shop.sell(("LAST", 1, "5.00"), created=now - timedelta(hours=1))
    first_purchase = shop.sell(("LAST", 1, "5.00"), created=now - timedelta(hours=5))
    for order_id, hours in ((later_purchase, 20), (first_purchase, 20), (latest, 6)):
        until = (now + timedelta(hours=hours)).isoformat()
        shop.change(order_id, {"fulfillment": {"shipByWindow": {"latestDateTime": until}}})
    shop.sync()
    assert {state_of(each) for each in (later_purchase, latest, first_purchase)} == {"BLOCKED"}

    shop.restock("LAST", 1)
    shop.judge()
    assert [has_commerce_order(each) for each in (latest, first_purchase, later_purchase)] == [
        True,
        False,
        False,
    ]

    shop.restock("LAST", 2)
    shop.judge()
    assert [has_commerce_order(each) for each in (latest, first_purchase, later_purchase)] == [
        True,
        True,
        False,
    ]
    assert blockers_of(later_purchase) == [("OUT_OF_STOCK", "LAST")]
    assert stock_of("LAST") == (2, 2)


def test_the_last_unit_in_one_page_goes_to_the_first_to_ship(shop: Shop) -> None:
    catalog.product("LAST", stock={"main": 1})
    late = shop.sell(("LAST", 1, "5.00"), created=shop.opened_at - timedelta(hours=1))
    early = shop.sell(("LAST", 1, "5.00"), created=shop.opened_at - timedelta(hours=9))

    outcome = shop.sync()

    assert (outcome.counts["imported"], outcome.counts["blocked"]) == (1, 1)
    assert state_of(early) == "IMPORTED"
    assert blockers_of(late) == [("OUT_OF_STOCK", "LAST")]


def test_a_retry_by_hand_judges_again(shop: Shop) -> None:
    order_id = shop.sell(("NEW", 1, "5.00"))
    shop.sync()
    # Past the operations: nobody stamped the product.
    product = catalog.product("NEW", stock={"main": 0})
    shop.judge()
    assert blockers_of(order_id) == [("OUT_OF_STOCK", "NEW")]
    Product.objects.filter(pk=product.pk).update(manage_stock=False)
    assert shop.judge() == {}

    actions.retry(order_ids=[import_of(order_id).pk], by="maria", now=timezone.now())
    shop.judge()

    assert state_of(order_id) == "IMPORTED"
    assert events_of(order_id)[-3:] == ["RETRY_REQUESTED", "UNBLOCKED", "IMPORTED"]
