"""What Amazon's amounts add up to. Pure, exact, in Amazon's own currency digits.

Amazon admits that the meaning of its breakdowns is under-documented (models#5297), promotions arrive with
either sign, and a tax is told on top of the prices or inside them (docs#767). Amounts are therefore taken as
they are, never recomputed; only the sign of a discount and the place of a tax are settled, by asking which
reading makes the parts add up to Amazon's own total.
"""

from collections.abc import Iterable, Mapping, Sequence
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
# What part of which sum belongs to which charge: Amazon caps a refund by what was charged there (help 25161).
_THEREOF = {
    ("TAX", "SHIPPING"): "shipping_tax",
    ("TAX", "GIFT_WRAP"): "gift_wrap_tax",
    ("TAX", "COD_FEE"): "cod_tax",
    ("DISCOUNT", "SHIPPING"): "shipping_discount",
}

_Parts = dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Amounts:
    """The parts of a line or an order; None where Amazon said nothing (which is not zero).

    `tax` stands on top of the other parts, `included_tax` is inside them. What follows `total` is a share of
    `discount`, of the tax (whichever it is) and of `other`.
    """

    items: Decimal | None
    shipping: Decimal | None
    gift_wrap: Decimal | None
    discount: Decimal | None
    tax: Decimal | None
    other: Decimal | None
    total: Decimal | None
    included_tax: Decimal = ZERO
    shipping_discount: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    gift_wrap_tax: Decimal = ZERO
    cod: Decimal = ZERO
    cod_tax: Decimal = ZERO

    @property
    def parts(self) -> Decimal:
        """The sum of all parts."""
        parts = (self.items, self.shipping, self.gift_wrap, self.discount, self.tax, self.other)
        return sum((part for part in parts if part is not None), ZERO)

    @property
    def gap(self) -> Decimal:
        """How far the parts miss Amazon's own total; not zero is shown to people and blocks nothing."""
        return ZERO if self.total is None else self.total - self.parts

    @property
    def stated_tax(self) -> Decimal | None:
        """The tax as Amazon says it, inside the prices or on top."""
        return None if self.tax is None else self.tax + self.included_tax

    @property
    def is_tax_included(self) -> bool:
        """Whether the prices hold the tax."""
        return bool(self.included_tax) and not self.tax


@dataclass(frozen=True, slots=True)
class Line:
    """What `of_order` needs of a line. `is_free`: without any amount it costs nothing (a replacement)."""

    proceeds: Proceeds
    unit_price: Decimal | None
    quantity: int
    is_free: bool = False


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
    totals = [_decimal(line.proceeds.get("total")) for line in lines]
    per_line, parts = _with_taxes_in_place(per_line, totals, parts, total)
    # A Pending order has parts or nothing (docs#554): a sum of what is stated, never of nothing.
    if total is None and parts:
        total = _total(parts)
    return _amounts(parts, total), [_amounts(*pair) for pair in zip(per_line, totals, strict=True)]


def has_amount(line: Line) -> bool:
    """Whether it is known what the line costs."""
    return bool(_parts_of_line(line))


def _parts_of_line(line: Line) -> _Parts:
    parts = _parts(line.proceeds)
    if "items" not in parts:
        # Some lines carry only their total, or only a unit price.
        total = _decimal(line.proceeds.get("total"))
        if not parts and total is not None:
            # Read as the price alone: with parts beside it, it would count twice what they say.
            parts["items"] = total
        elif line.unit_price is not None:
            parts["items"] = line.unit_price * line.quantity
        elif not parts and line.is_free:
            parts["items"] = ZERO
    return parts


def _parts(proceeds: Proceeds) -> _Parts:
    """The parts by kind, and beside them what of a sum belongs to which charge."""
    parts: _Parts = {}
    for part in proceeds.get("parts", ()):
        kind, amount = part["type"], Decimal(part["amount"])
        _add(parts, _KINDS.get(kind, "other"), amount)
        if kind == "COD_FEE":
            _add(parts, "cod", amount)
        for name, share in _shares(kind, amount, part.get("details", ())).items():
            _add(parts, name, share)
    return parts


def _shares(kind: str, amount: Decimal, details: Iterable[Sequence[str]]) -> _Parts:
    """What of a part belongs to other charges than the item; nothing where it would be more than the part."""
    shares: _Parts = {}
    for subtype, value in details:
        if name := _THEREOF.get((kind, subtype)):
            # By size: details of a discount may have another sign than their sum.
            _add(shares, name, abs(Decimal(value)) if amount >= 0 else -abs(Decimal(value)))
    return shares if abs(sum(shares.values(), ZERO)) <= abs(amount) else {}


def _add(parts: _Parts, name: str, amount: Decimal) -> None:
    parts[name] = parts.get(name, ZERO) + amount


def _sum(lines: Iterable[_Parts]) -> _Parts:
    summed: _Parts = {}
    for line in lines:
        for kind, amount in line.items():
            _add(summed, kind, amount)
    return summed


def _total(parts: Mapping[str, Decimal]) -> Decimal:
    named = ("items", "shipping", "gift_wrap", "discount", "tax", "other")
    return sum((parts.get(name, ZERO) for name in named), ZERO)


def _discount_is_written_as_reduction(parts: _Parts, total: Decimal | None) -> bool:
    """Whether "5.00" means 5.00 off: it does unless only the sign as given adds up."""
    if parts.get("discount", ZERO) <= 0:
        return False
    # Without a total nothing contradicts the usual meaning: "5.00" is five off (ADR 0005).
    return (
        total is None or _is_tax_included(_negative(parts), total) is not None or not _adds_up(parts, total)
    )


def _adds_up(parts: _Parts, total: Decimal) -> bool:
    return _is_tax_included(parts, total) is not None


def _negative(parts: _Parts) -> _Parts:
    discounts = ("discount", "shipping_discount")
    return {kind: -abs(amount) if kind in discounts else amount for kind, amount in parts.items()}


def _is_tax_included(parts: _Parts, total: Decimal | None) -> bool | None:
    """Which reading gives the total: the tax on top (also where there is none), or inside; None: neither.

    By the sum, for no table of marketplaces would be right: Japan's prices hold it, and in one and the same
    marketplace some do (docs#767, models#1372).
    """
    if total is None:
        return None
    on_top = _total(parts)
    if on_top == total:
        return False
    return True if parts.get("tax") and on_top - parts["tax"] == total else None


def _with_taxes_in_place(
    per_line: Sequence[_Parts], totals: Sequence[Decimal | None], parts: _Parts, total: Decimal | None
) -> tuple[list[_Parts], _Parts]:
    """As the order's sum says; where that says nothing, each line as its own says, and the order with them.

    Verbatim where nothing adds up: the gap is shown (ADR 0037).
    """
    of_order = _is_tax_included(parts, total)
    if of_order is not None:
        return [_placed(line, of_order) for line in per_line], _placed(parts, of_order)
    of_lines = [
        _is_tax_included(line, each) if line.get("tax") else None
        for line, each in zip(per_line, totals, strict=True)
    ]
    # A line without a total of its own is like the others.
    are_others = {each for each in of_lines if each is not None} == {True}
    placed = [
        _placed(line, are_others if each is None else each)
        for line, each in zip(per_line, of_lines, strict=True)
    ]
    inside = sum((line.get("included_tax", ZERO) for line in placed), ZERO)
    tax = parts.get("tax", ZERO)
    if not inside or inside > tax:
        return placed, _placed(parts, bool(inside))
    return placed, {**parts, "tax": tax - inside, "included_tax": inside}


def _placed(parts: _Parts, is_included: bool) -> _Parts:
    if not is_included or not parts.get("tax"):
        return parts
    return {**parts, "tax": ZERO, "included_tax": parts["tax"]}


def _amounts(parts: _Parts, total: Decimal | None) -> Amounts:
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
        included_tax=parts.get("included_tax", ZERO),
        shipping_discount=parts.get("shipping_discount", ZERO),
        shipping_tax=parts.get("shipping_tax", ZERO),
        gift_wrap_tax=parts.get("gift_wrap_tax", ZERO),
        cod=parts.get("cod", ZERO),
        cod_tax=parts.get("cod_tax", ZERO),
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
