"""When more of a product is wanted than there is: who can have it now, and what is missing for the others.

`plan` is pure and serves as placing does: what somebody holds already stays theirs; free units go by ship-by
date, then by purchase date; an order that cannot be filled takes nothing, so a smaller one behind it may be.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import F, Sum

from commerce.models import OrderLine, Reservation
from commerce.stock import stock
from commerce.transitions import FINISHED

# An order without a ship-by date goes last, and still by its purchase.
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one order wants of the product, in its units, and what it holds of that.

    `number` is empty while there is no Commerce order.
    """

    channel_reference: str
    number: str = ""
    ship_by: datetime | None
    purchased_at: datetime
    needed: int
    held: int


@dataclass(frozen=True, slots=True)
class Served:
    """What an order gets now; `missing` units keep it waiting, 0: it can be filled."""

    claim: Claim
    missing: int


@dataclass(frozen=True, slots=True)
class Scarcity:
    """All who want the product, the most urgent first. `free`: units held by nobody that may be promised.

    `left`: what of them is free when all who can be filled are.
    """

    free: int
    served: tuple[Served, ...]
    left: int

    @property
    def missing(self) -> int:
        """Units that would have to come in for everybody to be filled."""
        wanted = sum(max(0, each.claim.needed - each.claim.held) for each in self.served)
        return max(0, wanted - self.free)


def plan(claims: Iterable[Claim], *, free: int) -> Scarcity:
    """Serve the claims in the order of their urgency."""
    left = free
    served = []
    for claim in sorted(claims, key=_urgency):
        wants = max(0, claim.needed - claim.held)
        missing = max(0, wants - left)
        # All or nothing: units kept for an order that cannot ship would only stop the ones behind it.
        if not missing:
            left -= wants
        served.append(Served(claim, missing))
    return Scarcity(free, tuple(served), left)


def of_product(*, product_id: int, others: Sequence[Claim] = ()) -> Scarcity | None:
    """Who of the open orders can have the product: 3 statements; None where its stock is not managed.

    `others`: claims of those who have no Commerce order yet. What they hold is read here: a hold without an
    order and without a claim is nobody's to be served, and stays.
    """
    free = stock.salable([product_id]).get(product_id)
    if free is None:
        return None
    held = _held(product_id)
    known = [
        Claim(
            channel_reference=claim.channel_reference,
            number=claim.number,
            ship_by=claim.ship_by,
            purchased_at=claim.purchased_at,
            needed=claim.needed,
            held=held.get(claim.channel_reference, 0),
        )
        for claim in (*_open_claims(product_id), *others)
    ]
    return plan(known, free=free)


def _open_claims(product_id: int) -> list[Claim]:
    """What open orders still have to ship of it, one claim per order."""
    to_ship = F("quantity") - F("quantity_shipped") - F("quantity_canceled")
    rows = (
        OrderLine.objects.filter(product_id=product_id)
        .exclude(order__status__in=FINISHED)
        .filter(quantity__gt=F("quantity_shipped") + F("quantity_canceled"))
        .order_by()
        .values_list("order__channel_reference", "order__number", "order__ship_by", "order__purchased_at")
        .annotate(units=Sum(to_ship))
    )
    return [
        Claim(
            channel_reference=reference,
            number=number,
            ship_by=ship_by,
            purchased_at=purchased_at,
            needed=units,
            held=0,
        )
        for reference, number, ship_by, purchased_at, units in rows
    ]


def _held(product_id: int) -> dict[str, int]:
    rows = Reservation.objects.filter(stock_item__product_id=product_id).order_by()
    return dict(rows.values_list("channel_reference").annotate(units=Sum("quantity")))


def _urgency(claim: Claim) -> tuple[datetime, datetime, str]:
    return claim.ship_by or _NEVER, claim.purchased_at, claim.channel_reference
