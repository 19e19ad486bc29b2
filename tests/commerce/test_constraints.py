"""Every constraint of commerce, broken past the operations: the database itself says no."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from commerce import models
from commerce.drafts import ParcelDraft
from commerce.models import (
    CommerceStore,
    Customer,
    Order,
    OrderLine,
    Product,
    Reservation,
    Shipment,
    ShipmentLine,
    Source,
    StockItem,
)
from tests.commerce.shop import NOW, draft, line, main_store, place, product, stock_item

pytestmark = pytest.mark.django_db


def shop() -> None:
    """One order with a shipment, a reservation and a customer."""
    mug = product(on_hand=10)
    parcel = ParcelDraft(channel_package_reference="P1", lines=(("L1", 1),))
    place(draft("A-1", line(mug, 4, shipped=1), parcels=(parcel,)))
    Customer.objects.create(commerce_store=main_store(), email_hash="e", sealed=b"", created_at=NOW)


def again(model: type[Model], **changes: Any) -> None:
    """Store a copy of the one row there is."""
    row = model._default_manager.get()
    row.pk = None
    row._state.adding = True
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()


def changed(model: type[Model], **changes: Any) -> None:
    model._default_manager.all().update(**changes)


BREAKS: dict[str, Callable[[], object]] = {
    "commerce_store_has_a_name": lambda: changed(CommerceStore, name=""),
    "commerce_product_has_a_sku": lambda: changed(Product, sku=""),
    "commerce_product_price_not_negative": lambda: changed(Product, price=-1),
    "commerce_product_price_has_a_currency": lambda: changed(Product, currency=""),
    "commerce_one_customer_per_store_and_email": lambda: again(Customer),
    "commerce_one_order_per_channel_reference": lambda: again(Order, number="other"),
    "commerce_order_status_is_known": lambda: changed(Order, status="SHIPPED"),
    "commerce_order_has_a_number": lambda: changed(Order, number=""),
    "commerce_one_line_per_reference": lambda: again(OrderLine),
    "commerce_line_quantity_is_positive": lambda: changed(OrderLine, quantity=0, quantity_shipped=0),
    "commerce_line_units_per_item_is_positive": lambda: changed(OrderLine, units_per_item=0),
    "commerce_line_shipped_and_canceled_at_most_ordered": lambda: changed(OrderLine, quantity_canceled=4),
    "commerce_line_refunded_at_most_ordered": lambda: changed(OrderLine, quantity_refunded=5),
    "commerce_one_shipment_per_channel_package": lambda: again(Shipment),
    "commerce_one_shipment_line_per_order_line": lambda: again(ShipmentLine),
    "commerce_shipment_line_is_positive": lambda: changed(ShipmentLine, quantity=0),
    "commerce_source_has_a_code": lambda: changed(Source, code=""),
    "commerce_one_stock_item_per_source": lambda: again(StockItem),
    "commerce_stock_on_hand_not_negative": lambda: changed(StockItem, on_hand=-1, reserved=0),
    "commerce_stock_reserved_not_negative": lambda: changed(StockItem, reserved=-1),
    "commerce_stock_shortfall_not_negative": lambda: changed(StockItem, shortfall=-1),
    "commerce_stock_reserved_at_most_on_hand": lambda: changed(StockItem, reserved=10),
    "commerce_one_reservation_per_line_and_source": lambda: again(Reservation),
    "commerce_reservation_is_positive": lambda: changed(Reservation, quantity=0),
}


def constraints() -> set[str]:
    return {
        constraint.name
        for name in models.__all__
        if isinstance(model := getattr(models, name), type) and issubclass(model, Model)
        for constraint in model._meta.constraints
    }


def test_every_constraint_is_broken_here() -> None:
    assert set(BREAKS) == constraints()


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_the_database_refuses_what_breaks(name: str) -> None:
    shop()
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        BREAKS[name]()
    # SQLite names a broken check, but of a broken uniqueness only the columns.
    said = str(refusal.value)
    assert name in said or (connection.vendor == "sqlite" and "UNIQUE" in said)


def test_a_product_with_stock_is_not_deleted() -> None:
    mug = product()
    stock_item(mug, on_hand=1)
    with pytest.raises(IntegrityError):
        mug.delete()
