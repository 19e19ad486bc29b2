"""Filters written down, for work that goes on after the page is left. A buyer's name is never among them."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from amazon_orders.models import AmazonOrder
from integration.orders.order_list import filters as order_filters
from integration.orders.order_list.filters import OrderFilter

# They may name a person.
_PRIVATE = ("buyer", "q")
_TIMES = ("purchased_after", "purchased_before")
_AMOUNTS = ("total_min", "total_max")
_SEVERAL = ("store_ids", "statuses", "states", "blockers")


class NamesAPerson(ValueError):
    """A search by buyer is kept nowhere."""


def write(filters: OrderFilter) -> dict[str, Any]:
    """The filters that are in force, as JSON. Raises NamesAPerson."""
    given = _given(filters)
    if any(name in given for name in _PRIVATE):
        raise NamesAPerson("A search by buyer is kept nowhere.")
    written: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, datetime):
            written[name] = value.isoformat()
        elif isinstance(value, Decimal):
            written[name] = str(value)
        else:
            written[name] = list(value) if isinstance(value, tuple) else value
    return written


def names(filters: OrderFilter) -> list[str]:
    """Which filters are in force, without what they ask for."""
    return sorted(_given(filters))


def _given(filters: OrderFilter) -> dict[str, Any]:
    return {name: value for name, value in asdict(filters).items() if value not in (None, "", ())}


def read_filter(written: Mapping[str, Any]) -> OrderFilter:
    """What was written."""
    fields: dict[str, Any] = dict(written)
    for names, of_text in ((_TIMES, datetime.fromisoformat), (_AMOUNTS, Decimal), (_SEVERAL, tuple)):
        fields |= {name: of_text(fields[name]) for name in names if name in fields}
    return OrderFilter(**fields)


def orders_of_store(*, store_id: int, written: Mapping[str, Any]) -> QuerySet[AmazonOrder]:
    """The orders of one store that these filters let through now."""
    return order_filters.narrowed(AmazonOrder.objects.filter(store_id=store_id), read_filter(written))
