"""Physical counts: what is really there, at which source."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from commerce.models import MovementReason, Product, Reservation, Source, StockItem
from commerce.stock import ledger
from commerce.stock.ledger import Entry
from commerce.stock.stock import NoTransaction


@dataclass(frozen=True, slots=True)
class Count:
    """Units of one product that were found at one source."""

    product_id: int
    source_code: str
    on_hand: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Who units are kept for. `order_number` is empty while there is no Commerce order yet."""

    channel_reference: str
    order_number: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A count below what is reserved, with those it is reserved for."""

    count: Count
    reserved: int
    holders: tuple[Holder, ...]

    def __str__(self) -> str:
        names = ", ".join(
            f"{holder.quantity} for order {holder.order_number or holder.channel_reference}"
            for holder in self.holders
        )
        return f"{self.count.on_hand} on hand is below the {self.reserved} reserved: {names}"


class CountBelowReserved(Exception):
    """The count was not taken over; `refusal` names the holders."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class UnknownProduct(LookupError):
    """There is no product with this SKU."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts that changed something, counts that said what was known, and those that were refused."""

    changed: tuple[Count, ...]
    unchanged: tuple[Count, ...]
    refused: tuple[Refusal, ...]


def set_on_hand(
    *,
    sku: str,
    source_code: str,
    on_hand: int,
    now: datetime,
    by: str = "",
    accept_shortfall: bool = False,
) -> None:
    """Take over the count of one product at one source; an unknown source is made.

    `accept_shortfall` takes a count below what is reserved, too: the missing units become a shortfall that
    the item shows. Raises UnknownProduct, CountBelowReserved, and ValueError for a negative count.
    """
    product_id = Product.objects.filter(sku=sku).values_list("pk", flat=True).first()
    if product_id is None:
        raise UnknownProduct(f"no product {sku!r}")
    with transaction.atomic():
        counted = take(
            [Count(product_id, source_code, on_hand)], now=now, by=by, accept_shortfall=accept_shortfall
        )
    if counted.refused:
        raise CountBelowReserved(counted.refused[0])


def adjust(*, sku: str, source_code: str, units: int, now: datetime, by: str) -> int:
    """Add units to what is on hand, or take them off (breakage, finds); gives what is on hand then.

    Raises UnknownProduct, CountBelowReserved, and ValueError where less than nothing would be there.
    """
    product_id = Product.objects.filter(sku=sku).values_list("pk", flat=True).first()
    if product_id is None:
        raise UnknownProduct(f"no product {sku!r}")
    with transaction.atomic():
        key = Count(product_id, source_code, 0)
        # Locked before the sum is made: of two who adjust at once the second adds to what the first has
        # written.
        item = _locked_items([key], _source_ids({source_code}))[_key(key)]
        count = Count(product_id, source_code, item.on_hand + units)
        counted = take([count], now=now, by=by, reason=MovementReason.ADJUST)
    if counted.refused:
        raise CountBelowReserved(counted.refused[0])
    return count.on_hand


def take(
    counts: Sequence[Count],
    *,
    now: datetime,
    by: str = "",
    reason: MovementReason = MovementReason.COUNT,
    accept_shortfall: bool = False,
) -> Counted:
    """Take over many counts, each product and source at most once, in a fixed number of statements.

    `reason` is what the ledger says of the difference. Raises ValueError for a negative count, and
    NoTransaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise NoTransaction("counts need a transaction around them")
    if any(count.on_hand < 0 for count in counts):
        raise ValueError("a count cannot be negative")
    items = _locked_items(counts, _source_ids({count.source_code for count in counts}))
    below = [count for count in counts if count.on_hand < items[_key(count)].reserved]
    # Refused rather than capped: which of the orders that hold units goes short is a person's choice.
    refused = [] if accept_shortfall else _refusals(below, items)
    left_out = {_key(refusal.count) for refusal in refused}
    accepted = [count for count in counts if _key(count) not in left_out]
    changed = [count for count in accepted if items[_key(count)].on_hand != count.on_hand]
    unchanged = [count for count in accepted if items[_key(count)].on_hand == count.on_hand]
    moves = [(items[_key(count)], count.on_hand - items[_key(count)].on_hand) for count in changed]
    _write(changed, items, now)
    ledger.record_movements(
        [Entry(stock_item_id=item.pk, on_hand=more) for item, more in moves], reason=reason, by=by, now=now
    )
    return Counted(tuple(changed), tuple(unchanged), tuple(refused))


_Key = tuple[int, str]


def _key(count: Count) -> _Key:
    return count.product_id, count.source_code


def _source_ids(codes: Collection[str]) -> dict[str, int]:
    known = dict(Source.objects.filter(code__in=codes).values_list("code", "pk"))
    missing = sorted(set(codes) - known.keys())
    if missing:
        Source.objects.bulk_create(
            [Source(code=code, name=code[:100]) for code in missing], ignore_conflicts=True
        )
        known = dict(Source.objects.filter(code__in=codes).values_list("code", "pk"))
    return known


def _locked_items(counts: Iterable[Count], source_ids: dict[str, int]) -> dict[_Key, StockItem]:
    """The items of these counts, locked in the order of their keys; those that are missing are made."""
    wanted = {(count.product_id, source_ids[count.source_code]): _key(count) for count in counts}
    items = StockItem.objects.filter(
        product_id__in={product_id for product_id, _ in wanted}, source_id__in=set(source_ids.values())
    )
    # Asked before it is inserted: an insert that conflicts uses up a key each time, and most items
    # exist.
    missing = wanted.keys() - set(items.values_list("product_id", "source_id"))
    if missing:
        StockItem.objects.bulk_create(
            [
                StockItem(product_id=product_id, source_id=source_id)
                for product_id, source_id in sorted(missing)
            ],
            ignore_conflicts=True,
        )
    locked = items.select_for_update(of=("self",)).select_related("source").order_by("pk")
    return {
        wanted[item.product_id, item.source_id]: item
        for item in locked
        if (item.product_id, item.source_id) in wanted
    }


def _refusals(counts: Sequence[Count], items: dict[_Key, StockItem]) -> list[Refusal]:
    if not counts:
        return []
    holders: dict[int, list[Holder]] = {items[_key(count)].pk: [] for count in counts}
    rows = (
        Reservation.objects.filter(stock_item_id__in=holders)
        .order_by("pk")
        .values_list("stock_item_id", "channel_reference", "order_line__order__number", "quantity")
    )
    for item_id, reference, number, quantity in rows:
        holders[item_id].append(Holder(reference, number or "", quantity))
    return [
        Refusal(count, items[_key(count)].reserved, tuple(holders[items[_key(count)].pk])) for count in counts
    ]


def _write(changed: Sequence[Count], items: dict[_Key, StockItem], now: datetime) -> None:
    if not changed:
        return
    moved: set[int] = set()
    for count in changed:
        item = items[_key(count)]
        before = max(0, item.on_hand - item.reserved)
        item.on_hand = count.on_hand
        item.shortfall = max(0, item.reserved - item.on_hand)
        if item.source.is_enabled and before != max(0, item.on_hand - item.reserved):
            moved.add(item.product_id)
    StockItem.objects.bulk_create(
        [items[_key(count)] for count in changed],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["on_hand", "shortfall"],
    )
    # A smaller quantity counts too: what a blocked order says is short has changed.
    Product.objects.filter(pk__in=moved).update(availability_changed_at=now)
