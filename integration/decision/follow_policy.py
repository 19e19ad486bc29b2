"""What Amazon's later word means for an order that is a Commerce order already. Pure; a part of the policy.

Compared are totals, not differences: the same news twice does nothing twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from integration.decision.facts import CommerceFacts
from integration.decision.policy import CANCELED


@dataclass(frozen=True, slots=True)
class ItemNow:
    """A line as Amazon counts it now, in Amazon's items."""

    ordered: int
    shipped: int
    canceled: int


@dataclass(frozen=True, slots=True)
class Following:
    """What to do: cancel it all, cancel units, take over what Amazon says has shipped.

    `canceled` and `shipped`: totals per line reference in product units, only where they are news.
    `completes`: Amazon says that all has left of an order which waits for that word.
    `..._though_...`: units in which Amazon's word and ours contradict each other, which are left alone.
    """

    cancels_order: bool = False
    is_canceled_after_shipping: bool = False
    canceled: dict[str, int] = field(default_factory=dict)
    shipped: dict[str, int] = field(default_factory=dict)
    completes: bool = False
    canceled_though_shipped: int = 0
    shipped_though_canceled: int = 0


def decide(*, status: str, items: Mapping[str, ItemNow], commerce: CommerceFacts) -> Following:
    """Compare Amazon's count of each line with ours."""
    if status in CANCELED:
        is_open = commerce.status not in {"CANCELED", "CLOSED"}
        return Following(
            cancels_order=is_open and not commerce.has_shipped,
            is_canceled_after_shipping=is_open and commerce.has_shipped,
        )
    if commerce.status in {"CANCELED", "CLOSED"}:
        return Following(shipped_though_canceled=_shipped_though_canceled(items, commerce))
    canceled: dict[str, int] = {}
    shipped: dict[str, int] = {}
    contradicted = 0
    is_whole, has_left = True, False
    for line in commerce.lines:
        item = items.get(line.reference)
        if item is None:
            # A line that Amazon drops is kept as canceled (amazon_orders.merging); one that was never told is
            # no news.
            is_whole = is_whole and line.quantity == line.canceled
            continue
        wanted = max(item.ordered - item.canceled, 0) * line.units_per_item
        # What has left here is not canceled: the contradiction is told to a person.
        gone = min(max(line.quantity - wanted, 0), line.quantity - line.shipped)
        contradicted += max(line.quantity - wanted - gone, 0)
        if gone > line.canceled:
            canceled[line.reference] = gone
        kept = line.quantity - max(gone, line.canceled)
        # Amazon counts items, Commerce units (ADR 0004).
        left = min(item.shipped * line.units_per_item, kept)
        is_whole, has_left = is_whole and left >= min(kept, wanted), has_left or left > 0
        if left > line.shipped:
            shipped[line.reference] = left
    return Following(
        canceled=canceled,
        shipped=shipped,
        completes=is_whole and has_left and commerce.status in {"PROCESSING", "ON_HOLD"},
        canceled_though_shipped=contradicted,
        shipped_though_canceled=_shipped_though_canceled(items, commerce),
    )


def _shipped_though_canceled(items: Mapping[str, ItemNow], commerce: CommerceFacts) -> int:
    """Units canceled here that Amazon says have left."""
    return sum(
        max(items[line.reference].shipped * line.units_per_item - (line.quantity - line.canceled), 0)
        for line in commerce.lines
        if line.reference in items
    )
