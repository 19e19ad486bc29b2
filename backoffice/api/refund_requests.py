"""A refund as a program asks for it, made into what Commerce gives back."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from commerce.models import Order
from commerce.refunds import line_amounts
from commerce.refunds.amounts import Charged
from commerce.refunds.charges import Books
from commerce.refunds.parts import Parts
from commerce.refunds.refund import LineRefund, Refund


class UnclearLine(ValueError):
    """A line is named that the invoice does not have, or has several times; the text says which."""


def plan(*, order: Order, books: Books | None, asked: Mapping[str, Any]) -> Refund:
    """What is asked for: `reason`, `full`, `lines`, `shipping`, `other` as the API reads them.

    Without books the refund itself says why nothing can be given back. Raises UnclearLine.
    """
    named = () if books is None else asked.get("lines", ())
    lines = [_line(books.charged, line, asked["full"]) for line in named] if books else []
    alone = Parts(shipping=asked.get("shipping", Decimal(0)), other=asked.get("other", Decimal(0)))
    return Refund(
        order_id=order.pk,
        reason=asked["reason"],
        lines=lines,
        alone=Parts() if asked["full"] else alone,
        is_full=asked["full"],
    )


def _line(charged: Charged, asked: Mapping[str, Any], is_full: bool) -> LineRefund:
    line_id = _line_id(charged, asked)
    line, units = charged.lines[line_id], asked["quantity"]
    said = {"items": asked.get("amount"), "tax": asked.get("tax"), "shipping": asked.get("shipping")}
    is_said = any(amount is not None for amount in said.values())
    parts = line_amounts.said_instead(line, units, charged.currency, **said) if is_said else None
    return LineRefund(
        line_id=line_id,
        units=0 if is_full else units,
        parts=None if is_full else parts,
        restock=asked["restock"],
        source_code=asked["source"],
    )


def _line_id(charged: Charged, asked: Mapping[str, Any]) -> int:
    if "id" in asked:
        found = [int(asked["id"])] if asked["id"] in charged.lines else []
        named = f"line {asked['id']}"
    else:
        found = [pk for pk, line in charged.lines.items() if line.sku == asked["sku"]]
        named = asked["sku"]
    if not found:
        raise UnclearLine(f"The invoice has no {named}.")
    # Refused, not chosen: lines of one SKU may have had different prices.
    if len(found) > 1:
        raise UnclearLine(f"The invoice has {named} {len(found)} times; name the line by its id.")
    return found[0]
