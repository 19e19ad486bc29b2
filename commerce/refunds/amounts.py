"""How much of what was charged for an order can still be given back. Pure, exact, in the currency's digits.

Parts stand on lines, or on the order alone (a tip belongs to no line). The sum of the parts may miss the
channel's own total by a gap: what is above the parts belongs to no charge and stays, what is below is given
back less.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from commerce.refunds import buckets, line_amounts
from commerce.refunds.line_amounts import ChargedLine
from commerce.refunds.parts import NOTHING, SUMMED, ZERO, Parts, sum_of


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


def left_of_order_alone(charged: Charged) -> Parts:
    """What can still be given back that belongs to no line, as far as it is not less than nothing."""
    own = charged.parts.minus(sum_of(line.charged for line in charged.lines.values()))
    given = charged.refunded.minus(sum_of(line.refunded for line in charged.lines.values()))
    left = own.minus(given).by_name()
    return Parts(**{name: max(left[name], ZERO) for name in SUMMED if name != "discount"})


def left_in_all(charged: Charged) -> Decimal:
    """The amount of a full refund now."""
    return full(charged)[2]


def full(charged: Charged) -> tuple[list[Share], Parts, Decimal]:
    """A full refund: the shares of the lines, what belongs to no line, and the amount in all.

    Not what nobody can name: a gap above the parts, and a tip or another charge that stands on the order
    alone, which no channel takes back with an item.
    """
    shares = [
        Share(
            line_id=line.line_id,
            units=line.units_left,
            parts=line_amounts.left_of_line(line, charged.currency),
        )
        for line in charged.lines.values()
    ]
    alone = replace(left_of_order_alone(charged), other=ZERO)
    # Parts that add up to more than the channel's own total must not be paid back beyond it.
    alone = buckets.fitted(alone, buckets.of(alone), total=_left_of_total(charged))
    shares = within_order(charged, shares, alone)
    shares = [share for share in shares if share.units or share.parts != NOTHING]
    return shares, alone, sum_of(share.parts for share in shares).plus(alone).total


def within_order(charged: Charged, shares: Iterable[Share], alone: Parts) -> list[Share]:
    """Shares cut to what is left of the order as a whole: of each part it names, and of its total."""
    most = charged.parts.minus(charged.refunded).minus(alone)
    total = _left_of_total(charged) - alone.total
    cut = []
    for share in shares:
        line = charged.lines[share.line_id]
        parts = _within_parts(share.parts, most)
        parts = buckets.fitted(parts, buckets.of(parts), total=total)
        parts = line_amounts.with_included_tax(line, parts, charged.currency)
        most, total = most.minus(parts), total - parts.total
        cut.append(replace(share, parts=parts))
    return cut


def beyond(
    charged: Charged, shares: Sequence[Share], alone: Parts, total: Decimal
) -> list[tuple[int | None, str]]:
    """What of this is more than was charged, in words, with the line it concerns."""
    found: list[tuple[int | None, str]] = []
    for share in shares:
        found += [(share.line_id, text) for text in _beyond_line(charged, share)]
    given = sum_of(share.parts for share in shares).plus(alone)
    found += [(None, text) for text in _too_much(given, charged.parts.minus(charged.refunded))]
    if total > _left_of_total(charged):
        found.append((None, f"{total} is more than the {_left_of_total(charged)} that are left."))
    return list(dict.fromkeys(found))


def _beyond_line(charged: Charged, share: Share) -> list[str]:
    line = charged.lines[share.line_id]
    left = line_amounts.left_of_line(line, charged.currency)
    found = []
    if share.units > line.units_left:
        found.append(f"{line.sku}: {share.units} units cannot be refunded, {line.units_left} are left.")
    found += [f"{line.sku}: {text}" for text in _too_much(share.parts, left)]
    # Each part may be within its bounds and the charge not: a discount that is left out of the refund would
    # be paid to the buyer.
    if not found:
        most = line_amounts.left_of_buckets(line, charged.currency)
        found += [
            f"{line.sku}: {amount} of {bucket} in all is more than the {most[bucket]} that are left."
            for bucket, amount in buckets.of(share.parts).items()
            if not ZERO <= amount <= most[bucket]
        ]
    return found


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
        refunded=charged.refunded.plus(sum_of(share.parts for share in given.values())).plus(alone),
        refunded_total=charged.refunded_total + total,
        lines=lines,
    )


def has_too_many_digits(parts: Parts, currency: str) -> bool:
    """Whether the currency knows no such amount."""
    return any(line_amounts.rounded(amount, currency) != amount for amount in parts.by_name().values())


def _too_much(given: Parts, left: Parts) -> list[str]:
    most, said = left.by_name(), given.by_name()
    return [
        f"{said[name]} of {name.replace('_', ' ')} is more than the {most[name]} that are left."
        for name in SUMMED
        # By size and sign: a discount is negative (ADR 0005), and one of the other sign would be a
        # charge.
        if abs(said[name]) > abs(most[name]) or said[name] * most[name] < 0
    ]


def _left_of_total(charged: Charged) -> Decimal:
    return max(ZERO, charged.total - charged.refunded_total)


def _within_parts(parts: Parts, most: Parts) -> Parts:
    """Each part cut to what the order as a whole still has of it; a discount less than the lines' lowers the
    price instead.
    """
    bounds = most.by_name()
    over = {name: max(getattr(parts, name) - max(bounds[name], ZERO), ZERO) for name in SUMMED}
    beyond_discount = min(parts.discount - min(bounds["discount"], ZERO), ZERO)
    lowered = Parts(
        items=min(parts.items, over["items"] - beyond_discount),
        shipping=over["shipping"],
        gift_wrap=over["gift_wrap"],
        discount=beyond_discount,
        tax=over["tax"],
        other=over["other"],
    )
    left = parts.minus(lowered)
    # Shares of a sum that was cut are cut with it, the price's own first.
    return replace(
        left,
        shipping_tax=min(left.shipping_tax, left.tax) if left.tax else left.shipping_tax,
        gift_wrap_tax=min(left.gift_wrap_tax, max(left.tax - left.shipping_tax, ZERO))
        if left.tax
        else left.gift_wrap_tax,
        shipping_discount=max(left.shipping_discount, left.discount),
        cod=min(left.cod, left.other),
    )
