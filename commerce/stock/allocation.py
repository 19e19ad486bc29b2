"""Who gets which units: the arithmetic of stock, in memory, on rows that `commerce.stock.stock` has locked.

Nothing here reads or writes the database. Sources are asked in the order of their priority for the order's
shop, and one that covers a whole line goes before two that share it. Every change is kept in a journal with
its reason: what `commerce.stock.ledger` writes down.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from commerce.stock.terms import (
    UNKNOWN,
    Cause,
    Demand,
    Hold,
    HoldsOfOrder,
    Item,
    ItemChange,
    LineAtSource,
    Mark,
    ProductFacts,
    Reason,
    Shortage,
)


@dataclass(slots=True)
class Allocation:
    """The working set: items of some products, and all reservations of some orders of one channel.

    `priorities`: by channel reference, the places that sources have for the shop of that order, by source id;
    a source without one keeps its own.
    """

    products: Mapping[int, ProductFacts]
    items: Mapping[int, Sequence[Item]]
    holds: dict[str, HoldsOfOrder]
    priorities: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    journal: list[ItemChange] = field(default_factory=list)

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
        # A list of its own: `_set` deletes from the dict while we go.
        for key in [key for key in self.holds.get(channel_reference, ()) if key.line_reference not in lines]:
            self._set(channel_reference, key, 0)
        covered = [self.cover(demand) for demand in wanted]
        return [shortage for shortage in covered if shortage is not None]

    def cover(self, demand: Demand) -> Shortage | None:
        """Bring what one line holds to what it needs, up or down, as far as stock allows."""
        reference, line = demand.channel_reference, demand.line_reference
        product = self.products.get(demand.product_id, UNKNOWN)
        needed = demand.quantity if product.is_stock_managed else 0
        held = 0
        # What the line holds is kept first, in place: an order never loses units to a second look at
        # it.
        for key, hold in self._of_line(reference, line):
            # A line that is matched to another product since gives the old one's units back.
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
        # The least preferred source first: the units that stay are at the source the shop asks first.
        for key, hold in self._of_line(channel_reference, line_reference)[::-1]:
            given = hold.quantity if quantity is None else min(hold.quantity, quantity - released)
            self._set(channel_reference, key, hold.quantity - given)
            released += given
        return released

    def consume(
        self,
        *,
        channel_reference: str,
        line_reference: str,
        product_id: int,
        quantity: int,
        document: str = "",
    ) -> Shortage | None:
        """Take units that have left: first the line's own, then free ones, never those kept for others.

        What stock does not have stays a shortfall, which is given back (`salable` is what was taken).
        """
        product = self.products.get(product_id, UNKNOWN)
        if not product.is_stock_managed:
            return None
        own = Cause(Reason.CONSUME, channel_reference, line_reference, document)
        left, taken = quantity, 0
        for key, hold in self._of_line(channel_reference, line_reference):
            if hold.item.product_id == product_id:
                units = min(hold.quantity, left)
                self._set(channel_reference, key, hold.quantity - units, cause=own)
                # A reserved unit may be missing (a count found fewer): what left is then more than was
                # there, and on hand never falls below zero.
                gone = min(units, hold.item.on_hand)
                self._change(hold.item, own, on_hand=-gone)
                left, taken = left - units, taken + gone
        # The goods have left whatever the books say; only units promised to other orders are not
        # touched.
        for item in self._in_order(channel_reference, product_id):
            units = min(item.salable, left)
            if units:
                self._change(item, own, on_hand=-units)
                left, taken = left - units, taken + units
        if taken == quantity:
            return None
        return Shortage(
            channel_reference, line_reference, product_id, product.sku, needed=quantity, salable=taken
        )

    def restock(
        self,
        *,
        channel_reference: str,
        line_reference: str,
        product_id: int,
        source_id: int,
        quantity: int,
        document: str = "",
    ) -> int:
        """Take units back at a source; gives how many: none where stock is not managed."""
        product = self.products.get(product_id, UNKNOWN)
        item = next((at for at in self.items.get(product_id, ()) if at.source_id == source_id), None)
        if not product.is_stock_managed or item is None:
            return 0
        cause = Cause(Reason.RESTOCK, channel_reference, line_reference, document)
        self._change(item, cause, on_hand=quantity)
        return quantity

    def take_back(
        self,
        *,
        channel_reference: str,
        line_reference: str,
        product_id: int,
        source_id: int,
        quantity: int,
        document: str = "",
    ) -> int:
        """Take units out again that never came back; gives how many: only those that are kept for nobody."""
        item = next((at for at in self.items.get(product_id, ()) if at.source_id == source_id), None)
        units = 0 if item is None else max(0, min(quantity, item.on_hand - item.reserved))
        if item is not None and units:
            cause = Cause(Reason.RESTOCK, channel_reference, line_reference, document)
            self._change(item, cause, on_hand=-units)
        return units

    def treat_as_managed(self, product_ids: Iterable[int]) -> None:
        """Reckon with these products as if their stock were managed already."""
        self.products = {
            **self.products,
            **{pk: self.products.get(pk, UNKNOWN)._replace(is_stock_managed=True) for pk in product_ids},
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
        return Mark(channel_reference, dict(self.holds.get(channel_reference, {})), len(self.journal))

    def back_to(self, mark: Mark) -> None:
        """Undo everything since the mark."""
        # Backwards through the journal, so that an item that was changed twice is as it was.
        while len(self.journal) > mark.changes:
            change = self.journal.pop()
            change.item.on_hand -= change.on_hand
            change.item.reserved -= change.reserved
        self.holds[mark.channel_reference] = dict(mark.holds)

    def salable(self, product_id: int) -> int:
        """Units of a product that may be promised now, over all sources, less those kept back."""
        units = sum(item.salable for item in self.items.get(product_id, ()))
        return max(0, units - self.products.get(product_id, UNKNOWN).kept_back)

    def _take(self, demand: Demand, needed: int) -> int:
        """Keep up to `needed` more units for a line; gives how many."""
        # Over all sources first: the units that are kept back of a product count once, not at each
        # source.
        needed = min(needed, self.salable(demand.product_id))
        if not needed:
            return 0
        reference = demand.channel_reference
        candidates = [item for item in self._in_order(reference, demand.product_id) if item.salable]
        # One parcel instead of two: a source further down that has all of it goes before two that share
        # it.
        whole = next((item for item in candidates if item.salable >= needed), None)
        taken = 0
        for item in [whole] if whole else candidates:
            units = min(item.salable, needed - taken)
            if not units:
                break
            key = LineAtSource(demand.line_reference, item.source_id)
            held = self.holds.get(reference, {}).get(key)
            quantity = units + (held.quantity if held else 0)
            self._set(reference, key, quantity, item=item, order_line_id=demand.order_line_id)
            taken += units
        return taken

    def _in_order(self, channel_reference: str, product_id: int) -> Sequence[Item]:
        """The items of a product in the order in which the order's shop asks their sources."""
        items = self.items.get(product_id, ())
        if channel_reference not in self.priorities:
            return items
        return sorted(items, key=lambda item: self._rank(channel_reference, item))

    def _rank(self, channel_reference: str, item: Item) -> tuple[int, str]:
        own = self.priorities.get(channel_reference)
        return (own.get(item.source_id, item.rank[0]), item.rank[1]) if own else item.rank

    def _of_line(self, channel_reference: str, line_reference: str | None) -> list[tuple[LineAtSource, Hold]]:
        """The holds of a line (of all lines for None), the preferred source first."""
        holds = self.holds.get(channel_reference)
        if not holds:
            return []
        mine = [(key, hold) for key, hold in holds.items() if line_reference in (None, key.line_reference)]
        return sorted(mine, key=lambda pair: self._rank(channel_reference, pair[1].item))

    def _set(
        self,
        channel_reference: str,
        key: LineAtSource,
        quantity: int,
        *,
        item: Item | None = None,
        order_line_id: int | None = None,
        cause: Cause | None = None,
    ) -> None:
        """Set what is kept under a key; `item` is needed where nothing is kept there yet."""
        holds = self.holds.setdefault(channel_reference, {})
        before = holds.get(key)
        item = item or holds[key].item
        more = quantity - (before.quantity if before else 0)
        reason = Reason.RESERVE if more > 0 else Reason.RELEASE
        self._change(item, cause or Cause(reason, channel_reference, key.line_reference, ""), reserved=more)
        if quantity:
            holds[key] = Hold(item, quantity, order_line_id or (before.order_line_id if before else None))
        elif before:
            del holds[key]

    def _change(self, item: Item, cause: Cause, *, on_hand: int = 0, reserved: int = 0) -> None:
        if on_hand or reserved:
            self.journal.append(ItemChange(item, on_hand, reserved, *cause))
            item.on_hand += on_hand
            item.reserved += reserved
