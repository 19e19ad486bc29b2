"""Who holds what, and the locks that make it true.

Lock order everywhere in commerce: orders, then stock items, then products, each by primary key. Orders and
products are locked with NO KEY: a transaction that ends checks its foreign keys to them, and must not wait
there for one that waits for its stock items.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import OperationalError, connection
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from commerce.models import Product, Reservation, SourcePriority, StockItem
from commerce.stock import ledger
from commerce.stock.allocation import Allocation
from commerce.stock.terms import (
    Demand,
    Hold,
    HoldsOfOrder,
    Item,
    LineAtSource,
    NoTransaction,
    ProductFacts,
    Reason,
    Shortage,
)

__all__ = [
    "Demand",
    "NoTransaction",
    "Shortage",
    "Stock",
    "StockMoved",
    "held",
    "lock",
    "salable",
    "source_changed",
]

# The primary key of a reservation, and the hold it says.
StoredHold = tuple[int, Hold]


class StockMoved(OperationalError):
    """A reservation moved to another item while we waited for the locks: run the transaction again."""


@dataclass(slots=True)
class Stock(Allocation):
    """Locked stock of some products and orders; changes are in memory until `save`."""

    channel: str = ""
    stored: dict[str, dict[LineAtSource, StoredHold]] = field(default_factory=dict)

    def save(self, now: datetime, *, by: str = "", reason: Reason | None = None) -> None:
        """Write what changed: one statement each for items, reservations, deletions, ledger and products.

        `by` is empty where it is no person's doing. `reason` stands in the ledger in place of each change's.
        """
        self._save_items()
        self._save_reservations()
        ledger.write(self.journal, channel=self.channel, reason=reason, by=by, now=now)
        restocked = self._products_with_more()
        if restocked:
            Product.objects.filter(pk__in=restocked).update(availability_changed_at=now)

    def _save_items(self) -> None:
        changed = [
            StockItem(
                pk=item.pk,
                product_id=item.product_id,
                source_id=item.source_id,
                on_hand=item.on_hand,
                reserved=item.reserved,
                shortfall=item.shortfall,
            )
            for items in self.items.values()
            for item in items
            if item.stored != (item.on_hand, item.reserved, item.shortfall)
        ]
        if changed:
            # An upsert of rows that exist: one statement, where bulk_update builds a CASE for every
            # column and row.
            StockItem.objects.bulk_create(
                changed,
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=["on_hand", "reserved", "shortfall"],
            )

    def _save_reservations(self) -> None:
        gone: list[int] = []
        changed: list[Reservation] = []
        for reference, holds in self.holds.items():
            stored = self.stored.get(reference, {})
            gone += [pk for key, (pk, _) in stored.items() if key not in holds]
            changed += [
                self._reservation(reference, key, hold)
                for key, hold in holds.items()
                if key not in stored or stored[key][1] != hold
            ]
        if gone:
            Reservation.objects.filter(pk__in=gone).delete()
        if changed:
            Reservation.objects.bulk_create(
                changed,
                update_conflicts=True,
                unique_fields=["channel", "channel_reference", "line_reference", "source"],
                update_fields=["stock_item", "quantity", "order_line"],
            )

    def _reservation(self, reference: str, key: LineAtSource, hold: Hold) -> Reservation:
        return Reservation(
            channel=self.channel,
            channel_reference=reference,
            line_reference=key.line_reference,
            source_id=key.source_id,
            stock_item_id=hold.item.pk,
            quantity=hold.quantity,
            order_line_id=hold.order_line_id,
        )

    def _products_with_more(self) -> list[int]:
        """Products whose salable quantity grew: only these can let a waiting order go on."""
        return [
            product_id
            for product_id, items in self.items.items()
            # Stamped only where units grew: with a stamp for fewer units every sale would have all
            # waiting orders judged again.
            if self.salable(product_id) > 0
            and sum(item.salable for item in items) > sum(item.salable_as_stored for item in items)
        ]


def lock(
    *,
    channel: str,
    channel_references: Collection[str],
    product_ids: Collection[int],
    shops: Mapping[str, int] | None = None,
) -> Stock:
    """Lock the stock items of these products and those that these orders hold units of: 3 statements.

    `shops`: the Commerce store of each order by its reference (1 statement more); without it sources are
    asked in their own order. Everything else is read after the locks are held, so that it is as true as they
    are. Raises NoTransaction, and StockMoved where another transaction moved a hold of one of these orders
    meanwhile.
    """
    if not connection.in_atomic_block:
        raise NoTransaction("commerce.stock.stock.lock needs a transaction around it")
    held_items = Reservation.objects.filter(channel=channel, channel_reference__in=channel_references)
    of_products = StockItem.objects.filter(product_id__in=product_ids)
    # One statement for both kinds, for two would lock by key only within each of them, and two
    # transactions could meet crosswise.
    items = _locked_items(Q(pk__in=of_products.values("pk").union(held_items.values("stock_item_id"))))
    by_pk = {item.pk: item for item in items}
    # Read after the locks: whoever held them until now has committed what it changed.
    holds, stored = _holds(channel, channel_references, by_pk)
    return Stock(
        products=_facts({*product_ids, *(item.product_id for item in items)}),
        items=_by_product(items),
        holds=holds,
        priorities=_priorities(shops or {}),
        channel=channel,
        stored=stored,
    )


def _priorities(shops: Mapping[str, int]) -> dict[str, dict[int, int]]:
    """The shop's own order of sources, for the orders of shops that have one."""
    if not shops:
        return {}
    by_shop: dict[int, dict[int, int]] = defaultdict(dict)
    rows = SourcePriority.objects.filter(commerce_store_id__in=set(shops.values()))
    for shop_id, source_id, priority in rows.values_list("commerce_store_id", "source_id", "priority"):
        by_shop[shop_id][source_id] = priority
    return {reference: by_shop[shop_id] for reference, shop_id in shops.items() if shop_id in by_shop}


def _locked_items(condition: Q) -> list[Item]:
    rows = (
        StockItem.objects.filter(condition)
        # Of the items alone: a lock on the joined source would make all products of a warehouse wait
        # for each other.
        .select_for_update(of=("self",))
        .order_by("pk")
        .values_list(
            "pk",
            "product_id",
            "source_id",
            "on_hand",
            "reserved",
            "shortfall",
            "source__priority",
            "source__code",
            "source__is_enabled",
        )
    )
    return [
        Item(
            pk,
            product_id,
            source_id,
            on_hand,
            reserved,
            (priority, code),
            enabled,
            (on_hand, reserved, short),
        )
        for pk, product_id, source_id, on_hand, reserved, short, priority, code, enabled in rows
    ]


def _by_product(items: Iterable[Item]) -> dict[int, list[Item]]:
    grouped: dict[int, list[Item]] = defaultdict(list)
    for item in sorted(items, key=lambda item: item.rank):
        grouped[item.product_id].append(item)
    return dict(grouped)


def _holds(
    channel: str, channel_references: Collection[str], items: Mapping[int, Item]
) -> tuple[dict[str, HoldsOfOrder], dict[str, dict[LineAtSource, StoredHold]]]:
    holds: dict[str, HoldsOfOrder] = defaultdict(dict)
    stored: dict[str, dict[LineAtSource, StoredHold]] = defaultdict(dict)
    rows = Reservation.objects.filter(channel=channel, channel_reference__in=channel_references).values_list(
        "pk", "channel_reference", "line_reference", "source_id", "stock_item_id", "quantity", "order_line_id"
    )
    for pk, reference, line, source_id, item_id, quantity, order_line_id in rows:
        # Its order's hold went to an item we have not locked, between the two statements: the loser is
        # this transaction, which begins again (`repeat_when_beaten`).
        if item_id not in items:
            raise StockMoved(f"reservation {pk} moved to stock item {item_id}")
        key, hold = LineAtSource(line, source_id), Hold(items[item_id], quantity, order_line_id)
        holds[reference][key] = hold
        stored[reference][key] = (pk, hold)
    return dict(holds), dict(stored)


def _facts(product_ids: Collection[int]) -> dict[int, ProductFacts]:
    rows = Product.objects.filter(pk__in=product_ids).order_by()
    facts = rows.values_list("pk", "sku", "manage_stock", "out_of_stock_threshold")
    return {pk: ProductFacts(sku, is_managed, kept_back) for pk, sku, is_managed, kept_back in facts}


def salable(product_ids: Collection[int]) -> dict[int, int | None]:
    """Units that may be promised now, from all enabled sources, less those kept back: 1 statement.

    None: stock is not managed.
    """
    rows = (
        Product.objects.filter(pk__in=product_ids)
        .order_by()
        .values_list("pk", "manage_stock", "out_of_stock_threshold")
        .annotate(
            units=Coalesce(
                Sum(
                    # The shortfall is added because such an item has nothing salable, and not less than
                    # nothing: it must not eat up what another source has.
                    F("stock_items__on_hand") + F("stock_items__shortfall") - F("stock_items__reserved"),
                    filter=Q(stock_items__source__is_enabled=True),
                ),
                0,
            )
        )
    )
    return {
        pk: max(0, int(units) - kept_back) if is_managed else None
        for pk, is_managed, kept_back, units in rows
    }


def source_changed(*, source_id: int, now: datetime) -> None:
    """A source was switched on or off: what may be promised of its products is another quantity."""
    products = StockItem.objects.filter(source_id=source_id).values("product_id")
    Product.objects.filter(pk__in=products).update(availability_changed_at=now)


def held(*, channel: str, channel_references: Collection[str]) -> dict[tuple[str, str, int], int]:
    """Units that orders hold, by (channel reference, line reference, product id). 1 statement."""
    rows = (
        Reservation.objects.filter(channel=channel, channel_reference__in=channel_references)
        .order_by()
        .values_list("channel_reference", "line_reference", "stock_item__product_id")
        .annotate(units=Sum("quantity"))
    )
    return {(reference, line, product_id): units for reference, line, product_id, units in rows}
