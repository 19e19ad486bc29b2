"""What was there before the ledger and the invoices is in them afterward."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from commerce.models import CommerceStore, CustomStatus, Invoice, InvoiceLine, Order, OrderLine, StockMovement
from commerce.refunds import refund
from commerce.stock import verification
from tests.commerce.shop import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_the_books_are_opened_with_what_is_there() -> None:
    state = MigrationExecutor(connection).migrate([("commerce", "0003_workflow_and_books")])
    old(state.apps)
    everything = MigrationExecutor(connection)
    everything.migrate(everything.loader.graph.leaf_nodes())

    assert verification.verify() == []
    movement = StockMovement.objects.get()
    assert (movement.reason, movement.on_hand, movement.reserved) == ("OPENING", 7, 2)
    store = CommerceStore.objects.get(name="Old")
    invoices = Invoice.objects.order_by("pk")
    assert [each.number for each in invoices] == [str(store.pk * 10**9 + 1), str(store.pk * 10**9 + 2)]
    assert store.next_invoice_number == 3
    assert [each.order.status for each in invoices] == ["PROCESSING", "COMPLETE"]
    line = InvoiceLine.objects.get()
    assert (line.order_line, line.row_total, line.refunded_items) == (
        OrderLine.objects.get(),
        Decimal(20),
        Decimal(0),
    )
    assert CustomStatus.objects.get().code == "Picking"
    complete = Order.objects.get(status="COMPLETE")
    assert complete.fully_shipped_at == complete.completed_at
    charged = refund.preview(order_id=invoices[0].order_id)
    assert charged is not None
    assert charged.total == Decimal(20)


def old(apps: Any) -> None:
    """A paid order with a reservation, a complete one, a canceled one."""

    def make(model: str, **fields: Any) -> Any:
        return apps.get_model("commerce", model).objects.create(**fields)

    store = make("CommerceStore", name="Old")
    product = make("Product", sku="MUG", name="Mug", availability_changed_at=NOW)
    source = make("Source", code="main", name="Main")
    item = make("StockItem", product=product, source=source, on_hand=7, reserved=2)
    make("StockItem", product=product, source=make("Source", code="empty", name="Empty"))
    orders = [
        make(
            "Order",
            number=f"N-{status}",
            channel="AMAZON",
            channel_reference=status,
            commerce_store=store,
            status=status,
            custom_status="Picking" if status == "PROCESSING" else "",
            currency="USD",
            items_total=Decimal(20),
            grand_total=Decimal(20),
            purchased_at=NOW,
            created_at=NOW,
            completed_at=NOW + timedelta(hours=1) if status == "COMPLETE" else None,
        )
        for status in ("PROCESSING", "COMPLETE", "CANCELED")
    ]
    line = make(
        "OrderLine",
        order=orders[0],
        product=product,
        line_reference="L1",
        position=0,
        sku="MUG",
        name="Mug",
        quantity=2,
        row_total=Decimal(20),
    )
    make(
        "Reservation",
        stock_item=item,
        source=source,
        channel="AMAZON",
        channel_reference="PROCESSING",
        line_reference="L1",
        quantity=2,
        order_line=line,
    )
