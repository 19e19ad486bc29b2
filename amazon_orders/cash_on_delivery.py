"""What the carrier is to collect at the door, out of Amazon's JSON. Pure.

Told twice: as a payment execution with its amount (PAYMENT), and as a constraint of the item's shipping
(FULFILLMENT). Either is enough; where no amount is told, the buyer owes the order's total.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from amazon_orders import reading

_METHOD = "CashOnDelivery"


def of_order(
    order: Mapping[str, Any], items: Iterable[Mapping[str, Any]], *, total: Decimal | None
) -> Decimal | None:
    """The amount to collect; None where the order is paid otherwise, or Amazon does not say."""
    amounts = list(_amounts(order))
    told = [amount for amount in amounts if amount is not None]
    # A part may be paid by gift card or points: collecting the total would take that part twice.
    if told:
        return sum(told, Decimal())
    if amounts or any(_is_constrained(item) for item in items):
        return total if total is not None else Decimal()
    return None


def _amounts(order: Mapping[str, Any]) -> Iterable[Decimal | None]:
    payment = reading.optional_obj(order.get("payment"), "payment")
    money = reading.Money()
    for raw in reading.array(payment.get("paymentExecutions"), "paymentExecutions"):
        execution = reading.optional_obj(raw, "paymentExecutions")
        if reading.text(execution.get("paymentMethod"), "paymentMethod", 64) == _METHOD:
            yield reading.decimal_or_none(money.read(execution.get("paymentAmount"), "paymentAmount"))


def _is_constrained(item: Mapping[str, Any]) -> bool:
    fulfillment = reading.optional_obj(item.get("fulfillment"), "orderItems.fulfillment")
    shipping = reading.optional_obj(fulfillment.get("shipping"), "shipping")
    constraints = reading.optional_obj(shipping.get("shippingConstraints"), "shippingConstraints")
    return reading.text(constraints.get("cashOnDelivery"), "cashOnDelivery", 32) == "MANDATORY"
