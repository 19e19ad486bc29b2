"""From an Amazon order to the draft of a Commerce order."""

from decimal import Decimal

import pytest

from amazon_orders.models import AmazonOrder, Store
from commerce.orders import personal_data
from commerce.orders.drafts import OrderDraft, ParcelDraft
from integration.models import AddressCorrection, ProductMatch, StoreSettings
from integration.order_import import drafts, gather
from integration.personal_data import seal_correction
from tests.factories import amazon, commerce
from tests.factories.amazon import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    commerce.product("SKU-1")
    return amazon.store()


def drafted(order: AmazonOrder) -> OrderDraft:
    (gathered,) = gather.gather([order.pk])
    parts = drafts.gather([gathered])
    return drafts.draft(gathered, parts, customer_id=None)


def test_a_draft_has_amazons_dates_amounts_and_lines(store: Store) -> None:
    StoreSettings.objects.update(custom_status="Picking")
    order = amazon.order(store)
    item = order.items.get()
    made = drafted(order)
    assert (made.channel_reference, made.number, made.currency) == (order.amazon_order_id, "", "USD")
    assert (made.purchased_at, made.ship_by, made.custom_status) == (
        order.purchased_at,
        order.latest_ship_at,
        "Picking",
    )
    assert (made.items_total, made.grand_total) == (Decimal("24.98"), Decimal("24.98"))
    assert (made.takes_stock, made.is_complete, made.parcels, made.sealed_personal) == (True, False, (), None)
    (line,) = made.lines
    assert (line.line_reference, line.sku, line.name) == (item.order_item_id, "SKU-1", item.title)
    assert (line.quantity, line.unit_price, line.row_total) == (1, Decimal("24.98"), Decimal("24.98"))


def test_a_packs_unit_price_is_its_share_and_the_row_total_stays_exact(store: Store) -> None:
    product = commerce.product("P")
    ProductMatch.objects.create(
        account=store.account, seller_sku="PACK", product=product, units=3, matched_at=NOW
    )
    (line,) = drafted(amazon.order(store, skus=("PACK",))).lines
    assert (line.quantity, line.units_per_item) == (3, 3)
    assert (line.unit_price, line.row_total) == (Decimal("8.33"), Decimal("24.98"))


def test_parcels_carry_units_and_leave_out_what_was_canceled_or_is_no_line(store: Store) -> None:
    order = amazon.order(store, status="SHIPPED")
    line = order.items.get().order_item_id
    contents = [{"order_item_id": line, "quantity": 1}, {"order_item_id": "gone", "quantity": 4}]
    amazon.package(order, package_reference_id="A", items=contents)
    amazon.package(order, package_reference_id="B", items=contents, status="CANCELLED")
    made = drafted(order)
    assert made.parcels == (
        ParcelDraft(
            channel_package_reference="A",
            carrier="UPS",
            tracking_number="1Z999",
            shipped_at=NOW,
            lines=((line, 1),),
        ),
    )
    assert (made.is_complete, made.lines[0].quantity_shipped) == (True, 1)


def test_amazon_takes_no_stock_of_ours(store: Store) -> None:
    assert not drafted(amazon.order(store, status="SHIPPED", fulfilled_by="AMAZON")).takes_stock


def test_a_corrected_address_goes_to_commerce_and_what_a_shop_needs_not_does_not(store: Store) -> None:
    told = {
        "buyer_name": "Zoe Quill",
        "address": {"line1": "Old Road", "city": "Farville", "country": "US"},
        "tax_registrations": [{"number": "X1"}],
    }
    order = amazon.order(store, personal=told)
    AddressCorrection.objects.create(
        order_import_id=order.pk,
        sealed=seal_correction(order.amazon_order_id, {"line1": "New Road", "city": "Farville"}),
        corrected_by="maria",
        corrected_at=NOW,
    )
    sealed = drafted(order).sealed_personal
    assert sealed is not None
    assert personal_data.open_of(
        channel="AMAZON", channel_reference=order.amazon_order_id, sealed=sealed
    ) == {
        "buyer_name": "Zoe Quill",
        "address": {"line1": "New Road", "city": "Farville", "country": "US"},
    }
