"""Amounts as columns, and the rule that no more is given back than was charged."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

# The parts of a line by the name they have in a refund, and the column that says what was charged for it.
PARTS = {
    "items": "row_total",
    "shipping": "shipping",
    "gift_wrap": "gift_wrap",
    "discount": "discount",
    "tax": "tax",
    "other": "other",
}
# What of the discount, of the tax (on top or included) and of the other charges of a line belongs to another
# charge than its price: Amazon caps what is given back by what was charged there (help 25161).
SHARES = ("shipping_discount", "shipping_tax", "gift_wrap_tax", "cod", "cod_tax")


def amount() -> "models.DecimalField[Decimal | str | None, Decimal | None]":
    """An amount in the order's currency; null where the channel did not say (which is not zero)."""
    return models.DecimalField(max_digits=20, decimal_places=4, null=True)


def known_amount() -> "models.DecimalField[Decimal | str | int, Decimal]":
    """An amount that is always known, zero at first."""
    return models.DecimalField(max_digits=20, decimal_places=4, default=0)


def at_most(refunded: str, charged: str, *, name: str) -> models.CheckConstraint:
    """What was given back lies between nothing and what was charged; of nothing said, nothing.

    A discount is charged with its sign and given back with it.
    """
    said = Q(**{f"{charged}__isnull": False})
    return models.CheckConstraint(
        # By sign: a discount is negative (ADR 0005), and is given back as a negative amount.
        condition=Q(**{refunded: 0})
        | (said & Q(**{f"{refunded}__gt": 0, f"{refunded}__lte": F(charged)}))
        | (said & Q(**{f"{refunded}__lt": 0, f"{refunded}__gte": F(charged)})),
        name=name,
    )
