"""An amount by its parts, as an invoice and a credit memo name them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A discount has the sign with which it was charged.

    `tax` stands on top; `included_tax` is inside the other parts. The last five are shares of `discount`, of
    the tax (whichever it is) and of `other`.
    """

    items: Decimal = ZERO
    shipping: Decimal = ZERO
    gift_wrap: Decimal = ZERO
    discount: Decimal = ZERO
    tax: Decimal = ZERO
    other: Decimal = ZERO
    included_tax: Decimal = ZERO
    shipping_discount: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    gift_wrap_tax: Decimal = ZERO
    cod: Decimal = ZERO
    cod_tax: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.items + self.shipping + self.gift_wrap + self.discount + self.tax + self.other

    def by_name(self) -> dict[str, Decimal]:
        return {name: getattr(self, name) for name in NAMES}

    def plus(self, other: "Parts") -> "Parts":
        return Parts(**{name: amount + getattr(other, name) for name, amount in self.by_name().items()})

    def minus(self, other: "Parts") -> "Parts":
        return Parts(**{name: amount - getattr(other, name) for name, amount in self.by_name().items()})

    def of_order(self) -> dict[str, Decimal]:
        """What an invoice and a credit memo keep of it: the parts without the shares of a line."""
        return {name: getattr(self, name) for name in OF_ORDER}


NAMES = tuple(each.name for each in fields(Parts))
# What adds up, and what an invoice or a credit memo says as a whole.
SUMMED = ("items", "shipping", "gift_wrap", "discount", "tax", "other")
OF_ORDER = (*SUMMED, "included_tax")
NOTHING = Parts()


def sum_of(parts: Iterable[Parts]) -> Parts:
    """Part by part."""
    total = NOTHING
    for each in parts:
        total = total.plus(each)
    return total
