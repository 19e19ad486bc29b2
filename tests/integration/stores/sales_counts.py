"""Daily sales as they are kept, and as a count of all orders has them."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from amazon_orders import marketplaces
from amazon_orders.models import AmazonOrder
from integration.models import SalesDay

Row = tuple[int, date, str, int, int, Decimal]


def kept() -> set[Row]:
    return set(SalesDay.objects.values_list("store_id", "day", "currency", "orders", "units", "revenue"))


def counted_one_by_one() -> set[Row]:
    """The same, order by order in Python."""
    found: defaultdict[tuple[int, date, str], list[Any]] = defaultdict(lambda: [0, 0, Decimal(0)])
    for order in AmazonOrder.objects.exclude(status="CANCELLED").prefetch_related("items"):
        zone = marketplaces.zone_of(order.store.marketplace_id)
        sums = found[order.store_id, order.purchased_at.astimezone(zone).date(), order.currency]
        sums[0] += 1
        sums[1] += sum(item.quantity_ordered - item.quantity_canceled for item in order.items.all())
        sums[2] += order.total or 0
    return {(*key, *sums) for key, sums in found.items()}
