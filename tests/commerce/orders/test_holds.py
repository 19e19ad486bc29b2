"""An order on hold keeps its stock, and goes on as it was."""

import pytest
from django.db import transaction

from commerce.models import CustomStatus, Order
from commerce.orders import cancellations, holds
from commerce.orders.holds import CannotHold
from commerce.stock import stock
from tests.commerce.orders.workshop import events, order
from tests.commerce.shop import LATER, NOW, assert_stock_is_sound, quantities

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_paid", [True, False])
def test_an_order_on_hold_keeps_its_stock_and_goes_on_as_it_was(is_paid: bool) -> None:
    before = "PROCESSING" if is_paid else "PENDING"
    CustomStatus.objects.create(code="waiting", label="Waiting", state=before)
    order_id = order(is_paid=is_paid, custom_status="waiting")
    with transaction.atomic():
        holds.hold(order_ids=[order_id], reason="ADDRESS", now=NOW, by="maria")
    held = Order.objects.get()
    assert (held.status, held.custom_status, held.status_before_hold) == ("ON_HOLD", "", before)
    assert quantities(held.lines.get().product) == (5, 3)
    with pytest.raises(CannotHold), transaction.atomic():
        holds.hold(order_ids=[order_id], reason="ADDRESS", now=NOW, by="maria")
    with transaction.atomic():
        holds.unhold(order_ids=[order_id], now=LATER, by="joe")
    again = Order.objects.get()
    assert (again.status, again.custom_status, again.status_before_hold) == (before, "waiting", "")
    assert events() == [("HELD", "maria", {"reason": "ADDRESS"}), ("UNHELD", "joe", {})]
    with pytest.raises(CannotHold, match="cannot be taken off hold"), transaction.atomic():
        holds.unhold(order_ids=[order_id], now=LATER, by="joe")


def test_an_order_on_hold_can_be_canceled() -> None:
    order_id = order()
    with transaction.atomic():
        holds.hold(order_ids=[order_id], reason="FRAUD", now=NOW, by="maria")
        assert cancellations.cancel(order_ids=[order_id], now=LATER).canceled == (order_id,)
    assert Order.objects.get().status == "CANCELED"
    assert_stock_is_sound()


@pytest.mark.django_db(transaction=True)
def test_orders_are_moved_in_a_transaction_only() -> None:
    with pytest.raises(stock.NoTransaction):
        holds.hold(order_ids=[], reason="X", now=NOW, by="")
