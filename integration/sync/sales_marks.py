"""Marks of store days to count sales of again, made in the transaction that changed their orders."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from amazon_orders import marketplaces
from amazon_orders.models import Store
from integration.models import StaleDay

# A store and one of its days.
Key = tuple[int, date]


def mark(stores: Iterable[Store], purchases: Iterable[tuple[int, datetime]]) -> None:
    """Have the days of these purchases, by store id, counted again. One statement, in the caller's
    transaction.
    """
    # A day of sales is a day at the marketplace: an order of 23:00 in Los Angeles belongs to that day,
    # not to the next one in UTC.
    zones = {store.pk: marketplaces.zone_of(store.marketplace_id) for store in stores}
    insert({(store_id, moment.astimezone(zones[store_id]).date()) for store_id, moment in purchases})


def insert(days: Collection[Key]) -> None:
    """Mark these days; one statement. A day may be marked more than once."""
    # No unique constraint: to insert a mark that is there already would wait for the transaction that
    # made it, and so the sync for whoever counts (ADR 0026).
    StaleDay.objects.bulk_create([StaleDay(store_id=store_id, day=day) for store_id, day in sorted(days)])
