"""A paid order is invoiced at once, an unpaid one when it is paid; a canceled one has a void invoice."""

import pytest
from django.db import transaction

from commerce.models import Invoice, Order, OrderLine
from commerce.orders import cancellations, invoices, order_records
from tests.commerce.orders.workshop import events, order
from tests.commerce.shop import LATER, NOW, quantities

pytestmark = pytest.mark.django_db


def test_a_paid_order_is_invoiced_at_once_and_its_amounts_are_copies() -> None:
    order_id = order(payment_method="Card", payment_reference="R-1", shipping_method="Standard")
    placed = Order.objects.get()
    assert (placed.payment_method, placed.payment_reference, placed.shipping_method) == (
        "Card",
        "R-1",
        "Standard",
    )
    found = order_records.invoice(order_id=order_id)
    assert found is not None
    assert (found.number, found.issued_at, found.grand_total) == (
        str(placed.commerce_store_id * 10**9 + 1),
        NOW,
        placed.grand_total,
    )
    [copy] = found.lines.all()
    assert (copy.sku, copy.quantity, copy.row_total) == ("MUG-1", 3, OrderLine.objects.get().row_total)


def test_an_unpaid_order_waits_with_its_stock_and_is_invoiced_when_it_is_paid() -> None:
    order_id = order(is_paid=False)
    assert (Order.objects.get().status, Invoice.objects.count()) == ("PENDING", 0)
    assert quantities(Order.objects.get().lines.get().product) == (5, 3)
    with transaction.atomic():
        invoices.pay(order_ids=[order_id], now=LATER, by="maria")
    assert (Order.objects.get().status, Invoice.objects.get().issued_at) == ("PROCESSING", LATER)
    assert events() == [("PAID", "maria", {})]
    with pytest.raises(invoices.CannotPay), transaction.atomic():
        invoices.pay(order_ids=[order_id], now=LATER, by="maria")


def test_a_canceled_order_leaves_a_void_invoice() -> None:
    order_id = order()
    with transaction.atomic():
        cancellations.cancel(order_ids=[order_id], now=LATER, by="maria", reason="NO_STOCK")
    assert Invoice.objects.get().voided_at == LATER
    assert events() == [("CANCELED", "maria", {"reason": "NO_STOCK"})]
