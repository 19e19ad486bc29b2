"""What is known of an order after Amazon has told it once more. Pure.

Absent is not empty: a data set that was not asked for, or that Amazon left out, takes nothing away.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from amazon_orders import personal
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
        told = {**told, "address": personal.merged_address(before["address"], told["address"])}
    return {**before, **told}


def merged_items(record: OrderRecord, known: Iterable[AmazonOrderItem]) -> tuple[ItemRecord, ...]:
    """The lines; a fallback to fewer data sets blanks nothing of those that are known."""
    known_items = {item.order_item_id: item for item in known}
    return tuple(
        _merged_item(item, known_items.get(item.order_item_id), record.data_sets) for item in record.items
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
