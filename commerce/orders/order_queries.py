"""Reads of orders for pages and REST: a fixed number of statements each, keyset pages, never OFFSET."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from commerce.models import Order, OrderLine, OrderPersonalData, Shipment, ShipmentLine
from commerce.orders import customers, personal_data
from commerce.orders.customers import Contact
from paging import keyset
from paging.keyset import Ordering, Page

PAGE_SIZE = 50
_NEWEST_FIRST = Ordering(column="purchased_at", read=keyset.read_time, is_descending=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders; what is left empty does not filter.

    `order_ids` may be a queryset: it is where the caller's scope goes, as only the caller knows it.
    """

    order_ids: QuerySet[Any] | Collection[int] | None = None
    statuses: Collection[str] = ()
    number: str = ""
    channel: str = ""
    channel_reference: str = ""
    commerce_store_id: int | None = None
    purchased_from: datetime | None = None
    purchased_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderInFull:
    """An order with all that belongs to it. `personal` is empty once purged or where it was not asked for."""

    order: Order
    lines: Sequence[OrderLine]
    shipments: Sequence[Shipment]
    customer: Contact | None
    personal: dict[str, Any] = field(default_factory=dict)


def order_page(*, filters: OrderFilter, cursor: str = "", size: int = PAGE_SIZE) -> Page[Order]:
    """A page of orders, newest purchase first: 1 statement. Raises keyset.BadCursor."""
    orders = _filtered(filters).select_related("commerce_store")
    return keyset.page(orders, ordering=_NEWEST_FIRST, cursor=cursor, size=size)


def orders_in_full(*, order_ids: Collection[int], with_personal: bool) -> list[OrderInFull]:
    """These orders with lines, shipments and customer, in the order of the ids: 4 statements.

    `with_personal` opens names and addresses. Raises sealing.seal.DecryptionError.
    """
    read = _read(Order.objects.filter(pk__in=order_ids), with_personal=with_personal)
    by_pk = {each.order.pk: each for each in read}
    return [by_pk[pk] for pk in order_ids if pk in by_pk]


def order_in_full(
    *, number: str, with_personal: bool, order_ids: QuerySet[Any] | Collection[int] | None = None
) -> OrderInFull | None:
    """One order by its number, None where there is none in the caller's scope (`order_ids`): 4 statements.

    Raises sealing.seal.DecryptionError.
    """
    found = _filtered(OrderFilter(number=number, order_ids=order_ids))
    return next(iter(_read(found, with_personal=with_personal)), None) if number else None


def _read(orders: QuerySet[Order], *, with_personal: bool) -> list[OrderInFull]:
    beside = ["commerce_store", "customer", *(["personal_data"] if with_personal else [])]
    contents = ShipmentLine.objects.order_by("pk").select_related("order_line")
    parcels = Shipment.objects.order_by("shipped_at", "pk").prefetch_related(Prefetch("lines", contents))
    rows = orders.select_related(*beside).prefetch_related("lines", Prefetch("shipments", parcels))
    return [_in_full(order, with_personal=with_personal) for order in rows]


def _filtered(filters: OrderFilter) -> QuerySet[Order]:
    wanted: dict[str, Any] = {
        "pk__in": filters.order_ids,
        "status__in": filters.statuses or None,
        "number": filters.number or None,
        "channel": filters.channel or None,
        "channel_reference": filters.channel_reference or None,
        "commerce_store_id": filters.commerce_store_id,
        "purchased_at__gte": filters.purchased_from,
        "purchased_at__lt": filters.purchased_before,
    }
    return Order.objects.filter(**{name: value for name, value in wanted.items() if value is not None})


def _in_full(order: Order, *, with_personal: bool) -> OrderInFull:
    return OrderInFull(
        order=order,
        lines=list(order.lines.all()),
        shipments=list(order.shipments.all()),
        customer=customers.contact(order.customer) if with_personal and order.customer else None,
        personal=personal_of(order) if with_personal else {},
    )


def personal_of(order: Order) -> dict[str, Any]:
    """Names, address and gift messages of an order that was read with `personal_data`; empty once purged.

    Raises sealing.seal.DecryptionError.
    """
    try:
        sealed = order.personal_data.sealed
    except OrderPersonalData.DoesNotExist:
        return {}
    return personal_data.open_of(
        channel=order.channel, channel_reference=order.channel_reference, sealed=sealed
    )
