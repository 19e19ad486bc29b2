"""Every constraint of commerce, broken past the operations: the database itself says no."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from commerce import models
from commerce.catalog import uploads
from commerce.models import (
    CommerceStore,
    CreditMemo,
    CreditMemoLine,
    Customer,
    CustomStatus,
    Invoice,
    InvoiceLine,
    Order,
    OrderEvent,
    OrderLine,
    Product,
    ProductImport,
    ProductImportLine,
    Reservation,
    Shipment,
    ShipmentLine,
    Source,
    SourcePriority,
    StockItem,
    StockMovement,
)
from commerce.models.money import PARTS, SHARES
from commerce.orders.drafts import ParcelDraft
from commerce.refunds import refund as refunds
from commerce.refunds.refund import LineRefund, Refund
from tests.commerce.shop import NOW, draft, line, main_store, place, product, stock_item

pytestmark = pytest.mark.django_db


def shop() -> None:
    """One order with a shipment, a reservation and a customer."""
    mug = product(on_hand=10)
    parcel = ParcelDraft(channel_package_reference="P1", lines=(("L1", 1),))
    place(draft("A-1", line(mug, 4, shipped=1), parcels=(parcel,)))
    Customer.objects.create(commerce_store=main_store(), email_hash="e", sealed=b"", created_at=NOW)
    SourcePriority.objects.create(commerce_store=main_store(), source=Source.objects.get(), priority=1)
    CustomStatus.objects.create(code="picking", label="Picking", state="PROCESSING")
    order_line = OrderLine.objects.get()
    wish = LineRefund(line_id=order_line.pk, units=1, restock=1, source_code="main")
    refund = Refund(order_id=order_line.order_id, reason="RETURN", lines=[wish])
    refunds.refund(refunds=[refund], now=NOW, by="maria")
    uploads.upload(b"sku\nCUP\n", file_name="a.csv", token="t", by="maria", now=NOW)
    StockMovement.objects.exclude(pk=StockMovement.objects.latest("pk").pk).delete()


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


def another_order() -> Order:
    row = Order.objects.get()
    row.pk, row.channel_reference, row.number = None, "A-2", "A-2"
    row._state.adding = True
    row.save()
    return row


BREAKS: dict[str, Callable[[], object]] = {
    "commerce_store_has_a_name": lambda: changed(CommerceStore, name=""),
    "commerce_product_has_a_sku": lambda: changed(Product, sku=""),
    "commerce_product_price_not_negative": lambda: changed(Product, price=-1),
    "commerce_product_price_has_a_currency": lambda: changed(Product, currency=""),
    "commerce_disabled_news_of_a_disabled_product": lambda: changed(Product, disabled_news_at=NOW),
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
    "commerce_stock_reserved_at_most_on_hand": lambda: changed(StockItem, reserved=11),
    "commerce_one_reservation_per_line_and_source": lambda: again(Reservation),
    "commerce_reservation_is_positive": lambda: changed(Reservation, quantity=0),
    "commerce_order_on_hold_remembers_its_state": lambda: changed(Order, status="ON_HOLD"),
    "commerce_order_custom_status_is_of_no_end": lambda: changed(Order, status="CLOSED", custom_status="x"),
    "commerce_custom_status_has_a_code": lambda: changed(CustomStatus, code=""),
    "commerce_custom_status_stands_for_no_end": lambda: changed(CustomStatus, state="COMPLETE"),
    "commerce_event_code_is_known": lambda: changed(OrderEvent, code="LOST"),
    "commerce_one_priority_per_store_and_source": lambda: again(SourcePriority),
    "commerce_product_import_is_started_first": lambda: changed(ProductImport, finished_at=NOW),
    "commerce_one_row_per_import_line": lambda: again(ProductImportLine),
    "commerce_import_line_outcome_is_known": lambda: changed(ProductImportLine, outcome="LOST"),
    "commerce_bad_import_line_says_why": lambda: changed(ProductImportLine, outcome="BAD"),
    "commerce_movement_reason_is_known": lambda: changed(StockMovement, reason="THEFT"),
    "commerce_movement_moves_something": lambda: changed(StockMovement, on_hand=0, reserved=0),
    "commerce_one_invoice_per_number": lambda: again(Invoice, order=another_order()),
    "commerce_invoice_has_a_number": lambda: changed(Invoice, number=""),
    "commerce_invoice_refunded_at_most_charged": lambda: changed(Invoice, refunded_total=1000),
    "commerce_one_invoice_line_per_order_line": lambda: again(InvoiceLine),
    "commerce_one_credit_memo_per_number": lambda: again(CreditMemo),
    "commerce_credit_memo_has_a_number": lambda: changed(CreditMemo, number=""),
    "commerce_credit_memo_has_a_reason": lambda: changed(CreditMemo, reason=""),
    "commerce_void_credit_memo_says_why": lambda: changed(CreditMemo, voided_at=NOW),
    "commerce_credit_memo_not_negative": lambda: changed(CreditMemo, total=-1),
    "commerce_one_credit_memo_line_per_order_line": lambda: again(CreditMemoLine),
    "commerce_credit_memo_restocks_at_most_its_units": lambda: changed(CreditMemoLine, restocked=2),
    "commerce_credit_memo_restocks_somewhere": lambda: changed(CreditMemoLine, restocked_at=None),
    **{
        f"commerce_invoice_refunded_{part}_at_most_charged": lambda part=part: changed(  # type: ignore[misc]
            Invoice, **{f"refunded_{part}": 1000}
        )
        for part in PARTS
    },
    **{
        f"commerce_line_refunded_{part}_at_most_charged": lambda part=part: changed(  # type: ignore[misc]
            InvoiceLine, **{f"refunded_{part}": 1000}
        )
        for part in (*PARTS, "included_tax", *SHARES)
    },
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
