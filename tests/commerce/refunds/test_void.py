"""A credit memo that is void: its money is charged as before, and its goods went where they are."""

import pytest
from django.db import transaction

from commerce.models import CreditMemo, CreditMemoLine, Invoice, InvoiceLine, Order, OrderEvent, OrderLine
from commerce.refunds import refund as refunds
from commerce.refunds import void as voiding
from commerce.refunds.refund import CannotRefund, LineRefund, Parts, Refund
from commerce.refunds.void import CannotVoid
from commerce.stock.stock import NoTransaction
from tests.commerce.refunds.workshop import line_id, refund, sold
from tests.commerce.shop import (
    LATER,
    NOW,
    SHIPPING,
    assert_stock_is_sound,
    draft,
    line,
    place,
    product,
    quantities,
)

pytestmark = pytest.mark.django_db


def books() -> list[object]:
    return [
        list(Invoice.objects.values()),
        list(InvoiceLine.objects.values()),
        list(OrderLine.objects.values()),
        list(Order.objects.values("status", "refunded_at")),
    ]


def void(memo: CreditMemo, *, takes_stock: bool = False, reason: str = "MISTAKE") -> CreditMemo:
    with transaction.atomic():
        return voiding.void(
            credit_memo_id=memo.pk, reason=reason, takes_stock=takes_stock, now=LATER, by="maria"
        )


def refusal(memo: CreditMemo, **how: object) -> str:
    before = [*books(), list(CreditMemo.objects.values()), list(CreditMemoLine.objects.values())]
    with pytest.raises(CannotVoid) as refused:
        void(memo, **how)  # type: ignore[arg-type]
    assert [*books(), list(CreditMemo.objects.values()), list(CreditMemoLine.objects.values())] == before
    return refused.value.refusals[0].code


@pytest.mark.parametrize("is_full", [True, False])
def test_the_books_are_as_if_it_had_never_been(is_full: bool) -> None:
    order_id = sold(3)
    before = books()
    if is_full:
        memo = refund(order_id, is_full=True)
    else:
        lines = (LineRefund(line_id=line_id(), units=2),)
        memo = refund(order_id, *lines, alone=Parts(shipping=SHIPPING))
    assert books() != before

    void(memo)

    assert books() == before
    memo.refresh_from_db()
    assert (memo.voided_at, memo.voided_by, memo.void_reason) == (LATER, "maria", "MISTAKE")
    event = OrderEvent.objects.latest("pk")
    assert (event.code, event.details) == (
        "REFUND_VOIDED",
        {"credit_memo": memo.number, "reason": "MISTAKE"},
    )


def test_what_is_void_can_be_given_back_again_and_no_more_than_that() -> None:
    order_id = sold(3)
    first = refund(order_id, is_full=True)
    assert Order.objects.get().status == "CLOSED"
    void(first)
    assert Order.objects.get().status == "COMPLETE"
    second = refund(order_id, is_full=True)
    assert (second.total, int(second.number)) == (first.total, int(first.number) + 1)
    assert Order.objects.get().status == "CLOSED"
    with pytest.raises(CannotRefund):
        refund(order_id, is_full=True)


def test_another_refund_of_the_order_stays() -> None:
    order_id = sold(3)
    kept = refund(order_id, LineRefund(line_id=line_id(), units=1))
    gone = refund(order_id, LineRefund(line_id=line_id(), units=2))
    void(gone)
    assert Invoice.objects.get().refunded_total == kept.total
    assert OrderLine.objects.get().quantity_refunded == 1


def test_goods_that_never_came_back_are_taken_out_of_stock_again() -> None:
    order_id = sold(3)
    memo = refund(order_id, LineRefund(line_id=line_id(), units=2, restock=2, source_code="main"))
    mug = OrderLine.objects.get().product
    assert quantities(mug) == (9, 0)
    void(memo, takes_stock=True)
    assert quantities(mug) == (7, 0)
    assert_stock_is_sound()
    refund(order_id, LineRefund(line_id=line_id(), units=3, restock=3, source_code="main"))
    assert quantities(mug) == (10, 0)


def test_goods_that_came_back_stay_and_do_not_come_back_twice() -> None:
    order_id = sold(3)
    memo = refund(order_id, LineRefund(line_id=line_id(), units=2, restock=2, source_code="main"))
    void(memo)
    assert quantities(OrderLine.objects.get().product) == (9, 0)
    with pytest.raises(CannotRefund) as refused:
        refund(order_id, LineRefund(line_id=line_id(), units=3, restock=3, source_code="main"))
    assert refused.value.refusals[0].code == "RESTOCK"


def test_goods_that_are_promised_to_others_are_not_taken() -> None:
    order_id = sold(3)
    memo = refund(order_id, LineRefund(line_id=line_id(), units=2, restock=2, source_code="main"))
    place(draft("A-2", line(OrderLine.objects.get().product, 8)))
    assert refusal(memo, takes_stock=True) == "RESTOCK"
    assert_stock_is_sound()


def test_it_is_void_once_and_with_a_reason() -> None:
    memo = refund(sold(3), is_full=True)
    assert refusal(memo, reason="") == "REASON"
    assert refusal(memo, reason="x" * 65) == "REASON"
    void(memo)
    assert refusal(memo) == "VOID"


def test_an_order_that_is_not_complete_stays_as_it_is() -> None:
    order_id = sold(3, shipped=False)
    memo = refund(order_id, is_full=True)
    assert Order.objects.get().refunded_at is not None
    void(memo)
    order = Order.objects.get()
    assert (order.status, order.refunded_at) == ("PROCESSING", None)


@pytest.mark.django_db(transaction=True)
def test_it_needs_a_transaction() -> None:
    mug = product(on_hand=10)
    order_id = place(draft("A-1", line(mug, 1, shipped=1), is_complete=True)).placed["A-1"].id
    with transaction.atomic():
        wish = Refund(order_id=order_id, reason="RETURN", is_full=True)
        memo = refunds.refund(refunds=[wish], now=NOW, by="maria")[order_id]
    with pytest.raises(NoTransaction):
        voiding.void(credit_memo_id=memo.pk, reason="MISTAKE", takes_stock=False, now=NOW, by="maria")
