"""The words of stock: what is needed, what is there, what is kept for whom, what changed. No database."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class NoTransaction(RuntimeError):
    """Orders and stock are locked until the transaction ends, so there must be one."""


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
    kept_back: int = 0


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
# Managed, with no items: nothing of a product that is not known can be promised.
UNKNOWN = ProductFacts(sku="", is_stock_managed=True)


class Reason(StrEnum):
    """Why stock changes here; the ledger knows some more."""

    RESERVE = "RESERVE"
    RELEASE = "RELEASE"
    CONSUME = "CONSUME"
    RESTOCK = "RESTOCK"
    MANAGE_ON = "MANAGE_ON"


class Cause(NamedTuple):
    """Why and for whom something changes."""

    reason: Reason
    channel_reference: str
    line_reference: str
    document: str


class ItemChange(NamedTuple):
    """One change of an item: how it was before, by how much it changed, why and for whom."""

    item: Item
    on_hand: int
    reserved: int
    reason: Reason
    channel_reference: str
    line_reference: str
    document: str


class Mark(NamedTuple):
    """A point to go back to, of one order."""

    channel_reference: str
    holds: HoldsOfOrder
    changes: int
