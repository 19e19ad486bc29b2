"""Who gets which units: the arithmetic of stock, in memory, on rows that `commerce.stock` has locked.

Nothing here reads or writes the database. Sources are asked in the order of their priority, and one that
covers a whole line goes before two that share it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Demand:
    """What one line of an order needs, in the product's own units."""

    channel_reference: str
    line_reference: str
    product_id: int
    quantity: int
    order_line_id: int | None = None


@dataclass(frozen=True, slots=True)
class Shortage:
    """A line that stock does not cover. `salable` is what there was for it, its own hold included."""

    channel_reference: str
    line_reference: str
    product_id: int
    sku: str
    needed: int
    salable: int


@dataclass(slots=True, eq=False)
class Item:
    """The quantity of one product at one source. `stored`: its on_hand, reserved, shortfall in the row."""

    pk: int
    product_id: int
    source_id: int
    on_hand: int
    reserved: int
    rank: tuple[int, str]
    is_source_enabled: bool
    stored: tuple[int, int, int]

    @property
    def shortfall(self) -> int:
        """Reserved units that are not there: only a physical count can bring that about."""
        return max(0, self.reserved - self.on_hand)

    @property
    def unreserved(self) -> int:
        """Units that are there and kept for nobody."""
        return max(0, self.on_hand - self.reserved)

    @property
    def salable(self) -> int:
        """Units that may be promised now."""
        return self.unreserved if self.is_source_enabled else 0

    @property
    def salable_as_stored(self) -> int:
        on_hand, reserved, _ = self.stored
        return max(0, on_hand - reserved) if self.is_source_enabled else 0


class ProductFacts(NamedTuple):
    """What stock must know of a product."""

    sku: str
    is_stock_managed: bool


class LineAtSource(NamedTuple):
    """A reservation's key within its order."""

    line_reference: str
    source_id: int


class Hold(NamedTuple):
    """Units kept for one line at one source."""

    item: Item
    quantity: int
    order_line_id: int | None


HoldsOfOrder = dict[LineAtSource, Hold]
_UNKNOWN = ProductFacts(sku="", is_stock_managed=True)


class Mark(NamedTuple):
    """A point to go back to, of one order."""

    channel_reference: str
    holds: HoldsOfOrder
    changes: int


@dataclass(slots=True)
class Allocation:
    """The working set: items of some products, and all reservations of some orders of one channel."""

    products: Mapping[int, ProductFacts]
    items: Mapping[int, Sequence[Item]]
    holds: dict[str, HoldsOfOrder]
    _journal: list[tuple[Item, int, int]] = field(default_factory=list)

    def reserve(self, channel_reference: str, demands: Iterable[Demand]) -> list[Shortage]:
        """Keep units for all of an order's demands, or change nothing and say what is short.

        The demands are the order's whole need: what its other lines hold is given back.
        """
        mark = self.mark(channel_reference)
        shortages = self.hold(channel_reference, demands)
        if shortages:
            self.back_to(mark)
        return shortages

    def hold(self, channel_reference: str, demands: Iterable[Demand]) -> list[Shortage]:
        """Like `reserve`, but keep what there is and name what is short."""
        wanted = list(demands)
        lines = {demand.line_reference for demand in wanted}
        for key in [key for key in self.holds.get(channel_reference, ()) if key.line_reference not in lines]:
            self._set(channel_reference, key, 0)
        covered = [self.cover(demand) for demand in wanted]
        return [shortage for shortage in covered if shortage is not None]

    def cover(self, demand: Demand) -> Shortage | None:
        """Bring what one line holds to what it needs, up or down, as far as stock allows."""
        reference, line = demand.channel_reference, demand.line_reference
        product = self.products.get(demand.product_id, _UNKNOWN)
        needed = demand.quantity if product.is_stock_managed else 0
        held = 0
        for key, hold in self._of_line(reference, line):
            kept = min(hold.quantity, needed - held) if hold.item.product_id == demand.product_id else 0
            self._set(reference, key, kept, order_line_id=demand.order_line_id or hold.order_line_id)
            held += kept
        if held < needed:
            held += self._take(demand, needed - held)
        if held == needed:
            return None
        return Shortage(reference, line, demand.product_id, product.sku, needed=needed, salable=held)

    def release(
        self, channel_reference: str, line_reference: str | None = None, quantity: int | None = None
    ) -> int:
        """Give back what an order, or one of its lines, holds; `quantity` units at most. Gives the units."""
        released = 0
        for key, hold in self._of_line(channel_reference, line_reference)[::-1]:
            given = hold.quantity if quantity is None else min(hold.quantity, quantity - released)
            self._set(channel_reference, key, hold.quantity - given)
            released += given
        return released

    def consume(
        self, *, channel_reference: str, line_reference: str, product_id: int, quantity: int
    ) -> Shortage | None:
        """Take units that have left: first the line's own, then free ones, never those kept for others.

        What stock does not have stays a shortfall, which is given back (`salable` is what was taken).
        """
        product = self.products.get(product_id, _UNKNOWN)
        if not product.is_stock_managed:
            return None
        left, taken = quantity, 0
        for key, hold in self._of_line(channel_reference, line_reference):
            if hold.item.product_id == product_id:
                units = min(hold.quantity, left)
                self._set(channel_reference, key, hold.quantity - units)
                gone = min(units, hold.item.on_hand)
                self._change(hold.item, on_hand=hold.item.on_hand - gone, reserved=hold.item.reserved)
                left, taken = left - units, taken + gone
        for item in self.items.get(product_id, ()):
            units = min(item.salable, left)
            if units:
                self._change(item, on_hand=item.on_hand - units, reserved=item.reserved)
                left, taken = left - units, taken + units
        if taken == quantity:
            return None
        return Shortage(
            channel_reference, line_reference, product_id, product.sku, needed=quantity, salable=taken
        )

    def treat_as_managed(self, product_ids: Iterable[int]) -> None:
        """Reckon with these products as if their stock were managed already."""
        self.products = {
            **self.products,
            **{pk: self.products.get(pk, _UNKNOWN)._replace(is_stock_managed=True) for pk in product_ids},
        }

    def trim(self, channel_reference: str, at_most: Mapping[str, int]) -> int:
        """Give back what lines hold beyond this many units; lines not named keep none. Gives the units."""
        lines = {key.line_reference for key in self.holds.get(channel_reference, ())}
        excess = {line: self.units_held(channel_reference, line) - at_most.get(line, 0) for line in lines}
        return sum(
            self.release(channel_reference, line, units) for line, units in excess.items() if units > 0
        )

    def units_held(self, channel_reference: str, line_reference: str) -> int:
        """Units that a line holds, over all sources."""
        return sum(hold.quantity for _, hold in self._of_line(channel_reference, line_reference))

    def link(self, channel_reference: str, order_line_ids: Mapping[str, int]) -> None:
        """Say which order line each reservation of an order belongs to, by line reference."""
        holds = self.holds.get(channel_reference)
        if holds:
            for key, hold in holds.items():
                holds[key] = hold._replace(order_line_id=order_line_ids[key.line_reference])

    def mark(self, channel_reference: str) -> Mark:
        """A point that `back_to` can return to, as long as only this order was changed since."""
        return Mark(channel_reference, dict(self.holds.get(channel_reference, {})), len(self._journal))

    def back_to(self, mark: Mark) -> None:
        """Undo everything since the mark."""
        while len(self._journal) > mark.changes:
            item, on_hand, reserved = self._journal.pop()
            item.on_hand, item.reserved = on_hand, reserved
        self.holds[mark.channel_reference] = dict(mark.holds)

    def _take(self, demand: Demand, needed: int) -> int:
        """Keep up to `needed` more units for a line; gives how many."""
        candidates = [item for item in self.items.get(demand.product_id, ()) if item.salable]
        whole = next((item for item in candidates if item.salable >= needed), None)
        taken = 0
        for item in [whole] if whole else candidates:
            units = min(item.salable, needed - taken)
            key = LineAtSource(demand.line_reference, item.source_id)
            held = self.holds.get(demand.channel_reference, {}).get(key)
            quantity = units + (held.quantity if held else 0)
            self._set(demand.channel_reference, key, quantity, item=item, order_line_id=demand.order_line_id)
            taken += units
        return taken

    def _of_line(self, channel_reference: str, line_reference: str | None) -> list[tuple[LineAtSource, Hold]]:
        """The holds of a line (of all lines for None), the preferred source first."""
        holds = self.holds.get(channel_reference)
        if not holds:
            return []
        mine = [(key, hold) for key, hold in holds.items() if line_reference in (None, key.line_reference)]
        return sorted(mine, key=lambda pair: pair[1].item.rank)

    def _set(
        self,
        channel_reference: str,
        key: LineAtSource,
        quantity: int,
        *,
        item: Item | None = None,
        order_line_id: int | None = None,
    ) -> None:
        """Set what is kept under a key; `item` is needed where nothing is kept there yet."""
        holds = self.holds.setdefault(channel_reference, {})
        before = holds.get(key)
        item = item or holds[key].item
        self._change(
            item, on_hand=item.on_hand, reserved=item.reserved + quantity - (before.quantity if before else 0)
        )
        if quantity:
            holds[key] = Hold(item, quantity, order_line_id or (before.order_line_id if before else None))
        elif before:
            del holds[key]

    def _change(self, item: Item, *, on_hand: int, reserved: int) -> None:
        self._journal.append((item, item.on_hand, item.reserved))
        item.on_hand, item.reserved = on_hand, reserved
