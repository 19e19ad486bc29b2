"""Paying, holding, naming states, commenting: what people do with an order beside shipping it."""

import pytest
from django.db import transaction

from commerce import (
    cancellations,
    comments,
    custom_statuses,
    holds,
    invoices,
    order_records,
    personal_data,
    stock,
)
from commerce.cancellations import CannotCancel
from commerce.custom_statuses import CannotSetStatus, StateTaken
from commerce.holds import CannotHold
from commerce.models import CustomStatus, Invoice, Order, OrderComment, OrderEvent, OrderLine
from tests.commerce.shop import LATER, NOW, assert_stock_is_sound, draft, line, place, product, quantities

pytestmark = pytest.mark.django_db


def order(**changes: object) -> int:
    mug = product(on_hand=5)
    return place(draft("A-1", line(mug, 3), **changes)).placed["A-1"].id


def events() -> list[tuple[str, str, dict[str, object]]]:
    return list(OrderEvent.objects.order_by("pk").values_list("code", "by", "details"))


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
    assert (found.number, found.issued_at, found.grand_total) == ("I-A-1", NOW, placed.grand_total)
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


def test_a_status_is_made_at_its_first_use_and_fits_its_state() -> None:
    order_id = order(custom_status="Picking")
    assert CustomStatus.objects.get().state == "PROCESSING"
    custom_statuses.define(code="Stopped", label="Stopped by us", state="ON_HOLD")
    with pytest.raises(CannotSetStatus), transaction.atomic():
        custom_statuses.set_status(order_ids=[order_id], code="Stopped", now=NOW, by="maria")
    with pytest.raises(CannotSetStatus), transaction.atomic():
        custom_statuses.set_status(order_ids=[order_id], code="nowhere", now=NOW, by="maria")
    custom_statuses.define(code="Packing")
    with transaction.atomic():
        custom_statuses.set_status(order_ids=[order_id], code="Packing", now=NOW, by="maria")
        assert Order.objects.get().custom_status == "Packing"
        custom_statuses.set_status(order_ids=[order_id], code="", now=NOW, by="maria")
    assert Order.objects.get().custom_status == ""
    assert [details for _, _, details in events()] == [{"status": "Packing"}, {"status": "PROCESSING"}]
    assert [each.code for each in custom_statuses.choices("PROCESSING")] == ["Packing", "Picking"]


def test_a_status_that_stands_for_another_state_is_left_out_of_a_new_order() -> None:
    custom_statuses.define(code="Stopped", state="ON_HOLD")
    order(custom_status="Stopped")
    assert Order.objects.get().custom_status == ""


@pytest.mark.parametrize(
    ("code", "state"), [("Done", "COMPLETE"), ("on hold", "ON_HOLD"), ("Picking", "PENDING")]
)
def test_a_status_cannot_stand_for_an_end_bear_a_states_name_or_change_its_state(
    code: str, state: str
) -> None:
    custom_statuses.define(code="Picking")
    with pytest.raises(StateTaken):
        custom_statuses.define(code=code, state=state)
    assert custom_statuses.define(code="Picking", label="Being picked").label == "Being picked"


def test_a_comment_is_sealed_and_emptied_when_the_order_is_purged() -> None:
    order_id = order()
    comments.add(order_id=order_id, text=" Mrs Miller called ", now=NOW, by="maria")
    assert b"Miller" not in bytes(OrderComment.objects.get().sealed or b"")
    [said] = order_records.read(order_ids=[order_id], with_comments=True)[order_id].comments
    assert (said.text, said.by, said.at) == ("Mrs Miller called", "maria", NOW)
    assert order_records.read(order_ids=[order_id], with_comments=False)[order_id].comments == ()
    personal_data.purge(order_ids=[order_id])
    [said] = order_records.read(order_ids=[order_id], with_comments=True)[order_id].comments
    assert (said.text, said.by) == (None, "maria")
    for bad in ("  \x00 ", "x" * 4001):
        with pytest.raises(comments.BadComment):
            comments.add(order_id=order_id, text=bad, now=NOW, by="maria")


def test_units_are_canceled_by_hand_with_a_reason() -> None:
    order_id = order()
    line_id = OrderLine.objects.get().pk
    with transaction.atomic():
        done = cancellations.cancel_lines(
            order_id=order_id, units={line_id: 1}, reason="NO_STOCK", now=LATER, by="maria"
        )
    assert done.units == {order_id: 1}
    assert events() == [("UNITS_CANCELED", "maria", {"units": 1, "reason": "NO_STOCK"})]
    assert quantities(OrderLine.objects.get().product) == (5, 2)
    with pytest.raises(CannotCancel) as refusal, transaction.atomic():
        cancellations.cancel_lines(order_id=order_id, units={line_id: 3, 0: 1}, now=LATER, by="maria")
    assert [each.code for each in refusal.value.refusals] == ["QUANTITY", "UNKNOWN_LINE"]
    OrderLine.objects.update(units_per_item=2)
    with pytest.raises(CannotCancel, match="packs of 2"), transaction.atomic():
        cancellations.cancel_lines(order_id=order_id, units={line_id: 1}, now=LATER, by="maria")


@pytest.mark.django_db(transaction=True)
def test_orders_are_moved_in_a_transaction_only() -> None:
    with pytest.raises(stock.NoTransaction):
        holds.hold(order_ids=[], reason="X", now=NOW, by="")
