"""How much of what was charged for a line can still be given back. Pure, exact, in the currency's own digits.

Charged is what the invoice says, less the share of units that were canceled.
"""

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

from commerce.refunds import buckets
from commerce.refunds.buckets import Bucket
from commerce.refunds.parts import NOTHING, ZERO, Parts


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


def left_of_line(line: ChargedLine, currency: str) -> Parts:
    """What can still be given back of a line; nothing of canceled units."""
    left = _within(_kept(line, currency).minus(line.refunded), line.charged)
    return _settled(line, left, currency)


def left_of_buckets(line: ChargedLine, currency: str) -> buckets.Amounts:
    """What can still be given back of each charge of a line."""
    kept, given = _kept(line, currency), buckets.of(line.refunded)
    most = buckets.of(buckets.fitted(kept, buckets.of(kept)))
    return {bucket: max(amount - given[bucket], ZERO) for bucket, amount in most.items()}


def of_units(line: ChargedLine, units: int, currency: str) -> Parts:
    """What goes with so many units more; the last ones get what rounding left over."""
    before, kept = line.refunded_units, line.quantity - line.canceled
    if kept <= 0:
        return NOTHING
    # As the difference of two rounded sums, not a rounded share each: three thirds then add up to the
    # whole, to the cent.
    whole = _kept(line, currency)
    share = _share(whole, before + units, kept, currency).minus(_share(whole, before, kept, currency))
    left = left_of_line(line, currency).by_name()
    smaller = {name: _smaller(amount, left[name]) for name, amount in _with_units(share).by_name().items()}
    return _settled(line, Parts(**smaller), currency)


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

    A price that was said is what the buyer gets: no discount is taken off it and no gift wrap is added. The
    tax on shipping goes with the shipping, unless a tax is said.
    """
    parts = of_units(line, units, currency)
    if items is not None:
        # The tax on the gift wrap goes with it.
        parts = replace(parts, items=items, discount=ZERO, gift_wrap=ZERO, tax=parts.tax - _wrap_tax(parts))
        parts = replace(parts, gift_wrap_tax=ZERO)
    if shipping is not None:
        parts = _with_shipping(line, parts, shipping, currency)
    if tax is not None:
        parts = _with_tax(line, parts, tax, currency)
    return with_included_tax(line, parts, currency)


def with_included_tax(line: ChargedLine, parts: Parts, currency: str) -> Parts:
    """Name the tax inside of what is given back, charge by charge; all of it once all is given back."""
    if not line.charged.included_tax:
        return parts
    kept, before, now = _kept(line, currency), buckets.of(line.refunded), buckets.of(parts)
    charged, inside, told = buckets.of(kept), _inside(kept), _inside(line.refunded)
    shares = {
        bucket: _cumulated(
            inside[bucket], before[bucket] + now[bucket], charged[bucket], told[bucket], currency
        )
        for bucket in inside
    }
    return replace(
        parts,
        included_tax=sum(shares.values(), ZERO),
        shipping_tax=shares[Bucket.SHIPPING],
        gift_wrap_tax=shares[Bucket.GIFT_WRAP],
        cod_tax=shares[Bucket.COD],
    )


def _settled(line: ChargedLine, parts: Parts, currency: str) -> Parts:
    """As a channel takes it: no charge below nothing or above what is left of it."""
    fitted = buckets.fitted(_without_included_tax(line, parts), left_of_buckets(line, currency))
    return with_included_tax(line, fitted, currency)


def _with_units(parts: Parts) -> Parts:
    """What of a share goes with the units; shipping and other charges go back only when somebody says so."""
    not_theirs = parts.shipping_tax + parts.cod_tax if parts.tax else ZERO
    return Parts(
        items=parts.items,
        gift_wrap=parts.gift_wrap,
        discount=parts.discount - parts.shipping_discount,
        tax=parts.tax - not_theirs,
        gift_wrap_tax=_wrap_tax(parts),
    )


def _wrap_tax(parts: Parts) -> Decimal:
    return parts.gift_wrap_tax if parts.tax else ZERO


def _with_shipping(line: ChargedLine, parts: Parts, shipping: Decimal, currency: str) -> Parts:
    """So much of the shipping, with the tax on it: as much of both as was charged."""
    charged, given = buckets.of(_kept(line, currency)), buckets.of(line.refunded)
    tax = _cumulated(
        charged[Bucket.SHIPPING_TAX],
        given[Bucket.SHIPPING] + shipping,
        charged[Bucket.SHIPPING],
        given[Bucket.SHIPPING_TAX],
        currency,
    )
    return replace(parts, shipping=shipping, tax=parts.tax + tax, shipping_tax=tax)


def _with_tax(line: ChargedLine, parts: Parts, tax: Decimal, currency: str) -> Parts:
    """So much tax: of the price, then of the gift wrap and of the shipping, as far as charged there."""
    left, rest = left_of_buckets(line, currency), tax
    of_price = min(rest, left[Bucket.PRICE_TAX])
    of_wrap = min(rest - of_price, left[Bucket.GIFT_WRAP_TAX])
    of_shipping = min(rest - of_price - of_wrap, left[Bucket.SHIPPING_TAX])
    return replace(parts, tax=tax, gift_wrap_tax=of_wrap, shipping_tax=of_shipping)


def _without_included_tax(line: ChargedLine, parts: Parts) -> Parts:
    if not line.charged.included_tax:
        return parts
    return replace(parts, included_tax=ZERO, shipping_tax=ZERO, gift_wrap_tax=ZERO, cod_tax=ZERO)


def _inside(parts: Parts) -> buckets.Amounts:
    """The included tax by the charge it is inside of."""
    named = parts.shipping_tax + parts.gift_wrap_tax + parts.cod_tax
    return {
        Bucket.PRICE: parts.included_tax - named,
        Bucket.SHIPPING: parts.shipping_tax,
        Bucket.GIFT_WRAP: parts.gift_wrap_tax,
        Bucket.COD: parts.cod_tax,
    }


def _cumulated(whole: Decimal, given: Decimal, charged: Decimal, before: Decimal, currency: str) -> Decimal:
    """The share of `whole` that goes with `given` of `charged`, less what went before."""
    if charged <= 0:
        return ZERO
    # As the difference of rounded sums: the last share takes what rounding left over.
    share = rounded(whole * min(given, charged) / charged, currency) - before
    return max(ZERO, min(share, whole - before))


def _kept(line: ChargedLine, currency: str) -> Parts:
    """What was charged for the units that were not canceled."""
    return _share(line.charged, line.quantity - line.canceled, line.quantity, currency)


def _share(parts: Parts, units: int, of: int, currency: str) -> Parts:
    if units == of:
        return parts
    return Parts(**{name: rounded(amount * units / of, currency) for name, amount in parts.by_name().items()})


def rounded(amount: Decimal, currency: str) -> Decimal:
    """To the digits that the currency has."""
    return amount.quantize(Decimal(1).scaleb(-get_currency_precision(currency)), ROUND_HALF_UP)


def _within(parts: Parts, charged: Parts) -> Parts:
    """Nothing where more than the share was given back already."""
    signs = charged.by_name()
    return Parts(
        **{name: amount if amount * signs[name] > 0 else ZERO for name, amount in parts.by_name().items()}
    )


def _smaller(amount: Decimal, left: Decimal) -> Decimal:
    return amount if abs(amount) <= abs(left) else left
