"""Proves that stock is what its ledger and its reservations say: set-wise, in one statement for any size.

One statement sees one moment, so it may run while others sell.
"""

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Difference:
    """A stock item whose books disagree. `ledger_*`: sums of its movements, `held`: of its reservations."""

    sku: str
    source: str
    on_hand: int
    ledger_on_hand: int
    reserved: int
    ledger_reserved: int
    held: int
    shortfall: int

    def __str__(self) -> str:
        said = []
        if self.on_hand != self.ledger_on_hand:
            said.append(f"{self.on_hand} on hand, the ledger says {self.ledger_on_hand}")
        if self.reserved != self.ledger_reserved:
            said.append(f"{self.reserved} reserved, the ledger says {self.ledger_reserved}")
        if self.reserved != self.held:
            said.append(f"{self.reserved} reserved, reservations hold {self.held}")
        if self.shortfall != max(0, self.reserved - self.on_hand):
            said.append(f"a shortfall of {self.shortfall} with {self.reserved} reserved of {self.on_hand}")
        return f"{self.sku} at {self.source}: {'; '.join(said)}"


# Sums first, joins after: joined row by row, each movement would be counted once per reservation.
_DIFFERENCES = """
    WITH moved AS (
        SELECT stock_item_id, SUM(on_hand) AS on_hand, SUM(reserved) AS reserved
        FROM commerce_stockmovement GROUP BY stock_item_id
    ), held AS (
        SELECT stock_item_id, SUM(quantity) AS quantity FROM commerce_reservation GROUP BY stock_item_id
    ), books AS (
        SELECT item.id, item.product_id, item.source_id, item.on_hand, item.reserved, item.shortfall,
            COALESCE(moved.on_hand, 0) AS moved_on_hand, COALESCE(moved.reserved, 0) AS moved_reserved,
            COALESCE(held.quantity, 0) AS held
        FROM commerce_stockitem item
        LEFT JOIN moved ON moved.stock_item_id = item.id
        LEFT JOIN held ON held.stock_item_id = item.id
    )
    SELECT product.sku, source.code, books.on_hand, moved_on_hand, books.reserved, moved_reserved, held,
        shortfall
    FROM books
    JOIN commerce_product product ON product.id = books.product_id
    JOIN commerce_source source ON source.id = books.source_id
    WHERE books.on_hand <> moved_on_hand OR books.reserved <> moved_reserved OR books.reserved <> held
        OR shortfall <>
            CASE WHEN books.reserved > books.on_hand THEN books.reserved - books.on_hand ELSE 0 END
    ORDER BY product.sku, source.code
"""


def verify() -> list[Difference]:
    """The items whose books disagree: none where stock is consistent. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES)
        return [
            Difference(sku, source, *(int(number) for number in numbers))
            for sku, source, *numbers in cursor.fetchall()
        ]
