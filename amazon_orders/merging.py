"""What is known of an order after Amazon has told it once more. Pure.

Absent is not empty: a data set that was not asked for, or that Amazon left out, takes nothing away.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from amazon_orders import addresses
from amazon_orders.models import AmazonOrder, AmazonOrderItem
from amazon_orders.records import ItemRecord, OrderRecord


def merged_personal(
    record: OrderRecord, known: AmazonOrder | None, before: Mapping[str, Any]
) -> dict[str, Any]:
    """Absent personal data never erases, and purged data is never stored again."""
    if known is None:
        return record.personal
    # Amazon may send it again with any later change; once purged it stays so (Data Protection Policy,
    # 30 days after delivery).
    if known.personal_data_purged_at is not None:
        return {}
    told = record.personal
    if before.get("address") and told.get("address"):
        told = {**told, "address": addresses.merged(before["address"], told["address"])}
    return {**before, **told}


def merged_items(record: OrderRecord, known: Iterable[AmazonOrderItem]) -> tuple[ItemRecord, ...]:
    """The lines; a fallback to fewer data sets blanks nothing of those that are known."""
    known_items = {item.order_item_id: item for item in known}
    return tuple(
        _merged_item(item, known_items.get(item.order_item_id), record.data_sets) for item in record.items
    )


def with_dropped_lines(
    items: tuple[ItemRecord, ...], known: Iterable[AmazonOrderItem], *, is_canceled: bool
) -> tuple[ItemRecord, ...]:
    """The lines, with those that Amazon lists no more: their open units are canceled.

    A canceled order needs no such reading: it is canceled as a whole.
    """
    told = {item.order_item_id for item in items}
    dropped = [_dropped(item) for item in known if item.order_item_id not in told and not is_canceled]
    positioned = sorted(dropped, key=lambda item: item.position)
    count = len(items)
    return (
        *items,
        *(dataclasses.replace(item, position=count + at) for at, item in enumerate(positioned)),
    )


def _dropped(item: AmazonOrderItem) -> ItemRecord:
    return ItemRecord(
        order_item_id=item.order_item_id,
        position=item.position,
        asin=item.asin,
        seller_sku=item.seller_sku,
        title=item.title,
        quantity_ordered=item.quantity_ordered,
        quantity_shipped=item.quantity_shipped,
        quantity_canceled=item.quantity_ordered - item.quantity_shipped,
        unit_price=item.unit_price,
        currency=item.currency,
        # What is not sold is not charged: the order's total no longer holds it.
        proceeds=item.proceeds if item.quantity_shipped else {},
        details={**item.details, "is_dropped": True},
    )


def _merged_item(item: ItemRecord, known: AmazonOrderItem | None, told: frozenset[str]) -> ItemRecord:
    if known is None:
        return item
    if not told >= {"TAX", "PROMOTION", "CANCELLATION"}:
        # Without CANCELLATION in the question nothing says that units are canceled: what was known
        # stays, and never exceeds what is ordered.
        canceled = min(known.quantity_canceled, item.quantity_ordered)
        item = dataclasses.replace(
            item,
            quantity_canceled=max(item.quantity_canceled, canceled),
            details={**known.details, **item.details},
        )
    if "FULFILLMENT" not in told:
        shipped = min(known.quantity_shipped, item.quantity_ordered)
        item = dataclasses.replace(item, quantity_shipped=shipped)
    if "PROCEEDS" not in told:
        price = known.unit_price if item.unit_price is None else item.unit_price
        item = dataclasses.replace(
            item, proceeds=known.proceeds, unit_price=price, currency=item.currency or known.currency
        )
    return item
