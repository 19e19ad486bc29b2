"""The facts of a batch: what is read, in how many statements."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amazon_orders.models import AmazonOrder, Store
from commerce.models import Reservation, StockItem
from integration.decision.facts import OrderFacts
from integration.models import AddressCorrection, ProductMatch
from integration.models.imports import CHANNEL
from integration.order_import import gather
from tests.factories import amazon, commerce
from tests.factories.amazon import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return amazon.store()


def facts(order: AmazonOrder) -> OrderFacts:
    (gathered,) = gather.gather([order.pk])
    return gathered.facts


def test_a_line_finds_its_product_by_match_first_and_then_by_sku(store: Store) -> None:
    commerce.product("SKU-1", stock={"main": 4, "annex": 3})
    pack = commerce.product("PACKED", manage_stock=False)
    ProductMatch.objects.create(
        account=store.account, seller_sku="SKU-2", product=pack, units=6, matched_at=NOW
    )
    order = amazon.order(store, skus=("SKU-1", "SKU-2", "SKU-3"))
    first, second, third = facts(order).lines
    assert first.product is not None
    assert second.product is not None
    assert (first.product.sku, first.product.salable, first.units) == ("SKU-1", 7, 1)
    assert (second.product.sku, second.product.salable, second.units) == ("PACKED", None, 6)
    assert (third.product, third.units) == (None, 1)


def test_a_match_of_another_account_is_not_ours_and_a_line_without_sku_goes_by_asin(store: Store) -> None:
    other = amazon.store()
    product = commerce.product("P")
    for account, key in ((other.account, "SKU-1"), (store.account, "B0ASIN")):
        ProductMatch.objects.create(account=account, seller_sku=key, product=product, matched_at=NOW)
    order = amazon.order(store, skus=("SKU-1",))
    amazon.item(order, "", asin="B0ASIN", position=1)
    first, second = facts(order).lines
    assert first.product is None
    assert second.product is not None
    assert second.sku_or_asin == "B0ASIN"


def test_quantities_leave_out_what_is_canceled_and_a_shipped_order_need_not_count(store: Store) -> None:
    order = amazon.order(store, skus=(), status="PARTIALLY_SHIPPED")
    amazon.item(order, "A", quantity_ordered=5, quantity_shipped=1, quantity_canceled=2)
    amazon.item(order, "B", quantity_ordered=2, quantity_canceled=2, position=1)
    (line,) = facts(order).lines
    assert (line.quantity, line.shipped, line.units_to_ship) == (3, 1, 2)
    AmazonOrder.objects.update(status="SHIPPED")
    (line,) = facts(order).lines
    assert (line.shipped, line.units_to_ship) == (3, 0)


def test_what_the_order_holds_itself(store: Store) -> None:
    product = commerce.product("SKU-1", stock={"main": 9})
    order = amazon.order(store)
    item = StockItem.objects.get()
    StockItem.objects.update(reserved=3)
    Reservation.objects.create(
        stock_item=item,
        source_id=item.source_id,
        channel=CHANNEL,
        channel_reference=order.amazon_order_id,
        line_reference=order.items.get().order_item_id,
        quantity=3,
    )
    (line,) = facts(order).lines
    assert line.product is not None
    assert (line.product.id, line.product.salable, line.reserved) == (product.pk, 6, 3)


def test_currencies_and_address_and_amounts(store: Store) -> None:
    order = amazon.order(store, currency="", address_gaps="street,city")
    assert facts(order).currencies == frozenset({"USD"})
    assert facts(order).address_gaps == ("street", "city")
    AddressCorrection.objects.create(
        order_import_id=order.pk, sealed=b"", address_gaps="city", corrected_by="maria", corrected_at=NOW
    )
    AmazonOrder.objects.update(currency="USD,CAD")
    assert facts(order).currencies == frozenset({"USD", "CAD"})
    assert facts(order).address_gaps == ("city",)
    assert facts(order).lines[0].has_amount
    order.items.update(proceeds={}, unit_price=None)
    assert not facts(order).lines[0].has_amount
    order.items.update(unit_price=Decimal("0.00"))
    assert facts(order).lines[0].has_amount


def test_a_commerce_order_is_found_by_amazons_number_linked_or_not(store: Store) -> None:
    imported, unlinked, alone = (
        amazon.order(store, state="IMPORTED"),
        amazon.order(store),
        amazon.order(store),
    )
    product = commerce.product("SKU-1")
    made = commerce.order(channel_reference=unlinked.amazon_order_id)
    commerce.line(made, product, quantity=4, quantity_shipped=1, line_reference="L1")
    commerce.order(channel="WEB", channel_reference=alone.amazon_order_id)

    linked = facts(imported).commerce
    assert linked is not None
    assert linked.lines == ()
    found = facts(unlinked).commerce
    assert found is not None
    assert (found.id, found.number, found.has_shipped) == (made.pk, made.number, True)
    assert [(line.reference, line.quantity, line.open) for line in found.lines] == [("L1", 4, 3)]
    assert facts(alone).commerce is None


def test_a_batch_takes_the_same_statements_however_long(store: Store) -> None:
    commerce.product("SKU-1", stock={"main": 9})
    keys = [amazon.order(store, state="IMPORTED").pk for _ in range(12)]

    def statements(count: int) -> int:
        with CaptureQueriesContext(connection) as context:
            assert len(gather.gather(keys[:count])) == count
        return len(context.captured_queries)

    assert statements(1) == statements(12) <= 9
