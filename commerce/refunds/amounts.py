"""How much of what was charged can still be given back. Pure, exact, in the currency's own digits.

Charged is what the invoice says, less the share of units that were canceled. Parts stand on lines, or on the
order alone (a tip belongs to no line); the sum of the parts may miss the channel's own total by a gap, and
then only a full refund gives the gap back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """An amount by its parts. A discount has the sign with which it was charged."""

    items: Decimal = ZERO
    shipping: Decimal = ZERO
    gift_wrap: Decimal = ZERO
    discount: Decimal = ZERO
    tax: Decimal = ZERO
    other: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return sum(self.by_name().values(), ZERO)

    def by_name(self) -> dict[str, Decimal]:
        return {name: getattr(self, name) for name in NAMES}

    def plus(self, other: "Parts") -> "Parts":
        return Parts(**{name: amount + getattr(other, name) for name, amount in self.by_name().items()})

    def minus(self, other: "Parts") -> "Parts":
        return Parts(**{name: amount - getattr(other, name) for name, amount in self.by_name().items()})


NAMES = tuple(each.name for each in fields(Parts))
NOTHING = Parts()
# What goes with a unit; shipping and other charges are given back only when somebody says so.
_OF_UNITS = frozenset({"items", "gift_wrap", "discount", "tax"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargedLine:
    """A line as it was invoiced, and what of it was given back."""

    line_id: int
    sku: str
    quantity: int
    canceled: int
    refunded_units: int
    charged: Parts
    refunded: Parts

    @property
    def units_left(self) -> int:
        """Units that were neither canceled nor given back."""
        return max(0, self.quantity - self.canceled - self.refunded_units)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """An order as it was invoiced; `refunded_total` holds the gap too, once that was given back."""

    currency: str
    total: Decimal
    parts: Parts
    refunded: Parts
    refunded_total: Decimal
    lines: Mapping[int, ChargedLine] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What is given back of one line."""

    line_id: int
    units: int
    parts: Parts


def left_of_line(line: ChargedLine, currency: str) -> Parts:
    """What can still be given back of a line; nothing of canceled units."""
    kept = line.quantity - line.canceled
    return _within(_share(line.charged, kept, line.quantity, currency).minus(line.refunded), line.charged)


def of_units(line: ChargedLine, units: int, currency: str) -> Parts:
    """What goes with so many units more; the last ones get what rounding left over."""
    before, kept = line.refunded_units, line.quantity - line.canceled
    if kept <= 0:
        return NOTHING
    # As the difference of two rounded sums, not a rounded share each: three thirds then add up to the
    # whole, to the cent.
    whole = _share(line.charged, kept, line.quantity, currency)
    share = _share(whole, before + units, kept, currency).minus(_share(whole, before, kept, currency))
    left = left_of_line(line, currency).by_name()
    return Parts(
        **{
            name: _smaller(amount, left[name])
            for name, amount in share.by_name().items()
            if name in _OF_UNITS
        }
    )


def said_instead(
    line: ChargedLine,
    units: int,
    currency: str,
    *,
    items: Decimal | None = None,
    tax: Decimal | None = None,
    shipping: Decimal | None = None,
) -> Parts:
    """What goes with so many units more, with the amounts that somebody said in their place.

    A price that was said is what the buyer gets: no discount is taken off it and no gift wrap is added.
    """
    parts = of_units(line, units, currency).by_name()
    if items is not None:
        parts |= {"items": items, "discount": ZERO, "gift_wrap": ZERO}
    if tax is not None:
        parts["tax"] = tax
    parts["shipping"] = shipping or ZERO
    return Parts(**parts)


def left_of_order_alone(charged: Charged) -> Parts:
    """What can still be given back that belongs to no line."""
    own = charged.parts.minus(_sum(line.charged for line in charged.lines.values()))
    given = charged.refunded.minus(_sum(line.refunded for line in charged.lines.values()))
    return own.minus(given)


def left_in_all(charged: Charged) -> Decimal:
    """The amount of a full refund now."""
    lines = _sum(left_of_line(line, charged.currency) for line in charged.lines.values())
    gap = charged.total - charged.parts.total - (charged.refunded_total - charged.refunded.total)
    in_all = lines.plus(left_of_order_alone(charged)).total + gap
    # The smaller of the two: parts that add up to more than the channel's own total must not be paid
    # back beyond it.
    return max(ZERO, min(in_all, charged.total - charged.refunded_total))


def full(charged: Charged) -> tuple[list[Share], Parts, Decimal]:
    """A full refund: the shares of the lines, what belongs to no line, and the amount in all."""
    shares = [
        Share(line_id=line.line_id, units=line.units_left, parts=left_of_line(line, charged.currency))
        for line in charged.lines.values()
    ]
    shares = [share for share in shares if share.units or share.parts != NOTHING]
    return shares, left_of_order_alone(charged), left_in_all(charged)


def beyond(
    charged: Charged, shares: Sequence[Share], alone: Parts, total: Decimal
) -> list[tuple[int | None, str]]:
    """What of this is more than was charged, in words, with the line it concerns."""
    found: list[tuple[int | None, str]] = []
    for share in shares:
        line = charged.lines[share.line_id]
        left = left_of_line(line, charged.currency)
        if share.units > line.units_left:
            text = f"{line.sku}: {share.units} units cannot be refunded, {line.units_left} are left."
            found.append((share.line_id, text))
        found += [(share.line_id, f"{line.sku}: {text}") for text in _too_much(share.parts, left)]
        # Each part may be within its bounds and the sum not: a discount that is left out of the refund
        # would be paid to the buyer.
        if share.parts.total > max(ZERO, left.total):
            text = f"{line.sku}: {share.parts.total} in all is more than the {left.total} that are left."
            found.append((share.line_id, text))
    given = _sum(share.parts for share in shares).plus(alone)
    found += [(None, text) for text in _too_much(given, charged.parts.minus(charged.refunded))]
    if total > left_in_all(charged):
        found.append((None, f"{total} is more than the {left_in_all(charged)} that are left."))
    return list(dict.fromkeys(found))


def is_all(charged: Charged) -> bool:
    """Whether nothing is left to give back."""
    if left_in_all(charged) > 0:
        return False
    # An order that was free has nothing to give back: it is whole once its units have come back.
    return charged.refunded_total > 0 or not any(line.units_left for line in charged.lines.values())


def after(charged: Charged, shares: Iterable[Share], alone: Parts, total: Decimal) -> Charged:
    """The books once this was given back."""
    given = {share.line_id: share for share in shares}
    lines = {
        pk: ChargedLine(
            line_id=pk,
            sku=line.sku,
            quantity=line.quantity,
            canceled=line.canceled,
            refunded_units=line.refunded_units + given[pk].units,
            charged=line.charged,
            refunded=line.refunded.plus(given[pk].parts),
        )
        if pk in given
        else line
        for pk, line in charged.lines.items()
    }
    return Charged(
        currency=charged.currency,
        total=charged.total,
        parts=charged.parts,
        refunded=charged.refunded.plus(_sum(share.parts for share in given.values())).plus(alone),
        refunded_total=charged.refunded_total + total,
        lines=lines,
    )


def has_too_many_digits(parts: Parts, currency: str) -> bool:
    """Whether the currency knows no such amount."""
    return any(_rounded(amount, currency) != amount for amount in parts.by_name().values())


def _too_much(given: Parts, left: Parts) -> list[str]:
    most = left.by_name()
    return [
        f"{amount} of {name.replace('_', ' ')} is more than the {most[name]} that are left."
        for name, amount in given.by_name().items()
        # By size and sign: a discount is negative (ADR 0005), and one of the other sign would be a
        # charge.
        if abs(amount) > abs(most[name]) or amount * most[name] < 0
    ]


def _share(parts: Parts, units: int, of: int, currency: str) -> Parts:
    if units == of:
        return parts
    return Parts(
        **{name: _rounded(amount * units / of, currency) for name, amount in parts.by_name().items()}
    )


def _rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-get_currency_precision(currency)), ROUND_HALF_UP)


def _within(parts: Parts, charged: Parts) -> Parts:
    """Nothing where more than the share was given back already."""
    signs = charged.by_name()
    return Parts(
        **{name: amount if amount * signs[name] > 0 else ZERO for name, amount in parts.by_name().items()}
    )


def _smaller(amount: Decimal, left: Decimal) -> Decimal:
    return amount if abs(amount) <= abs(left) else left


def _sum(parts: Iterable[Parts]) -> Parts:
    total = NOTHING
    for each in parts:
        total = total.plus(each)
    return total
