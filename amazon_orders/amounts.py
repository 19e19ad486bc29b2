"""What Amazon's amounts add up to. Pure, exact, in Amazon's own currency digits.

Amazon admits that the meaning of its breakdowns is under-documented (models#5297), and promotions arrive with
either sign. Amounts are therefore taken as they are, never recomputed; only a discount's sign is settled, by
asking which one makes the parts add up to Amazon's own total.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from amazon_orders.records import Proceeds

ZERO = Decimal(0)
# COD_FEE, DELIVERY_TIP, OTHER and whatever Amazon adds one day are "other".
_KINDS = {
    "ITEM": "items",
    "SHIPPING": "shipping",
    "GIFT_WRAP": "gift_wrap",
    "DISCOUNT": "discount",
    "TAX": "tax",
}


@dataclass(frozen=True, slots=True)
class Amounts:
    """The parts of a line or an order; None where Amazon said nothing (which is not zero)."""

    items: Decimal | None
    shipping: Decimal | None
    gift_wrap: Decimal | None
    discount: Decimal | None
    tax: Decimal | None
    other: Decimal | None
    total: Decimal | None

    @property
    def parts(self) -> Decimal:
        """The sum of all parts."""
        parts = (self.items, self.shipping, self.gift_wrap, self.discount, self.tax, self.other)
        return sum((part for part in parts if part is not None), ZERO)

    @property
    def gap(self) -> Decimal:
        """How far the parts miss Amazon's own total; not zero is shown to people and blocks nothing."""
        return ZERO if self.total is None else self.total - self.parts


@dataclass(frozen=True, slots=True)
class Line:
    """What `of_order` needs of a line."""

    proceeds: Proceeds
    unit_price: Decimal | None
    quantity: int


def of_order(proceeds: Proceeds, lines: Sequence[Line]) -> tuple[Amounts, list[Amounts]]:
    """The amounts of an order and of each of its lines.

    A part that the order itself states wins over the sum of its lines (a tip belongs to no line).
    """
    stated = _parts(proceeds)
    per_line = [_parts_of_line(line) for line in lines]
    summed = _sum(per_line)
    parts = {**summed, **stated}
    total = _decimal(proceeds.get("total"))
    if _discount_is_written_as_reduction(parts, total):
        parts = _negative(parts)
    if parts.get("discount", ZERO) <= 0:
        # The lines mean what the order means, whatever sign they write.
        per_line = [_negative(line) for line in per_line]
    # A Pending order has parts or nothing (docs#554): a sum of what is stated, never of nothing.
    if total is None and parts:
        total = sum(parts.values(), ZERO)
    totals = [_decimal(line.proceeds.get("total")) for line in lines]
    return _amounts(parts, total), [_amounts(*pair) for pair in zip(per_line, totals, strict=True)]


def has_amount(line: Line) -> bool:
    """Whether Amazon said what the line costs."""
    return bool(_parts_of_line(line))


def _parts_of_line(line: Line) -> dict[str, Decimal]:
    parts = _parts(line.proceeds)
    if "items" not in parts:
        # Some lines carry only their total, or only a unit price.
        total = _decimal(line.proceeds.get("total"))
        if not parts and total is not None:
            # Read as the price alone: with parts beside it, it would count twice what they say.
            parts["items"] = total
        elif line.unit_price is not None:
            parts["items"] = line.unit_price * line.quantity
    return parts


def _parts(proceeds: Proceeds) -> dict[str, Decimal]:
    parts: dict[str, Decimal] = {}
    for part in proceeds.get("parts", ()):
        kind = _KINDS.get(part["type"], "other")
        parts[kind] = parts.get(kind, ZERO) + Decimal(part["amount"])
    return parts


def _sum(lines: Iterable[dict[str, Decimal]]) -> dict[str, Decimal]:
    summed: dict[str, Decimal] = {}
    for line in lines:
        for kind, amount in line.items():
            summed[kind] = summed.get(kind, ZERO) + amount
    return summed


def _discount_is_written_as_reduction(parts: dict[str, Decimal], total: Decimal | None) -> bool:
    """Whether "5.00" means 5.00 off: it does unless only the sign as given adds up."""
    if parts.get("discount", ZERO) <= 0:
        return False
    # Without a total nothing contradicts the usual meaning: "5.00" is five off (ADR 0005).
    return total is None or sum(parts.values(), ZERO) != total


def _negative(parts: dict[str, Decimal]) -> dict[str, Decimal]:
    return {kind: -abs(amount) if kind == "discount" else amount for kind, amount in parts.items()}


def _amounts(parts: dict[str, Decimal], total: Decimal | None) -> Amounts:
    # Who states some parts charges nothing for the others; who states none has not said anything yet.
    unstated = ZERO if parts else None
    return Amounts(
        items=parts.get("items", unstated),
        shipping=parts.get("shipping", unstated),
        gift_wrap=parts.get("gift_wrap", unstated),
        discount=parts.get("discount", unstated),
        tax=parts.get("tax", unstated),
        other=parts.get("other", unstated),
        total=total,
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
