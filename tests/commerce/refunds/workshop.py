"""Orders of mugs that were sold, and money given back for them."""

from typing import Any

from django.db import transaction

from commerce.models import CreditMemo, OrderLine
from commerce.refunds import refund as refunds
from commerce.refunds.refund import LineRefund, Refund
from tests.commerce.shop import LATER, draft, line, place, product


def sold(quantity: int = 3, *, shipped: bool = True, **changes: Any) -> int:
    """An order of mugs at 12.50 and 1.03 tax each, with 4.99 shipping; complete when it has shipped."""
    mug = product(on_hand=10)
    left = quantity if shipped else 0
    made = draft("A-1", line(mug, quantity, shipped=left), is_complete=shipped, **changes)
    return place(made).placed["A-1"].id


def line_id() -> int:
    return OrderLine.objects.get().pk


def refund(order_id: int, *lines: LineRefund, reason: str = "RETURN", **how: Any) -> CreditMemo:
    wish = Refund(order_id=order_id, reason=reason, lines=lines, **how)
    with transaction.atomic():
        return refunds.refund(refunds=[wish], now=LATER, by="maria")[order_id]
