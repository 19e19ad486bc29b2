"""Which Amazon order a Commerce order stands for, and whom to tell about it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amazon_orders import marketplaces
from amazon_orders.models import AmazonOrder, AmazonPackage
from commerce.models import Order
from integration import timeline
from integration.models.imports import CHANNEL
from integration.timeline import EventCode


@dataclass(frozen=True, slots=True)
class Counterpart:
    """An Amazon order as far as telling Amazon about it goes."""

    pk: int
    number: str
    status: str
    fulfilled_by: str
    account_id: int
    store_id: int
    marketplace_id: str
    programs: tuple[str, ...]

    @property
    def country(self) -> str:
        """Where its marketplace is, as ISO 3166 has it."""
        return marketplaces.by_id(self.marketplace_id).country_code


def of_numbers(numbers: Collection[str]) -> dict[str, Counterpart]:
    """By Amazon's order number; without those that are not stored here. One statement."""
    rows = AmazonOrder.objects.filter(amazon_order_id__in=numbers).select_related("store")
    return {row.amazon_order_id: _counterpart(row) for row in rows}


def of_orders(orders: Iterable[Order]) -> dict[int, Counterpart]:
    """By Commerce order: only those that stand for an Amazon order that is stored here. One statement."""
    numbers = {order.channel_reference: order.pk for order in orders if order.channel == CHANNEL}
    return {numbers[number]: found for number, found in of_numbers(numbers).items()}


def _counterpart(row: AmazonOrder) -> Counterpart:
    return Counterpart(
        pk=row.pk,
        number=row.amazon_order_id,
        status=row.status,
        fulfilled_by=row.fulfilled_by,
        account_id=row.store.account_id,
        store_id=row.store_id,
        marketplace_id=row.store.marketplace_id,
        programs=tuple(map(str, row.programs)),
    )


def packages(counterparts: Iterable[Counterpart]) -> dict[str, list[AmazonPackage]]:
    """Amazon's packages by order number, as they were last read; one statement."""
    numbers: Mapping[int, str] = {each.pk: each.number for each in counterparts}
    found: dict[str, list[AmazonPackage]] = {number: [] for number in numbers.values()}
    for package in AmazonPackage.objects.filter(order_id__in=numbers).order_by("pk"):
        found[numbers[package.order_id]].append(package)
    return found


def tell(numbers: Mapping[str, Mapping[str, Any]], code: EventCode, *, now: datetime, by: str = "") -> None:
    """Write an event into the timelines of these orders, each with its details; two statements."""
    # An order may be gone from here (its store was deleted) while Amazon still answers: then nobody has
    # a timeline to read it in.
    pks = AmazonOrder.objects.filter(amazon_order_id__in=numbers, order_import__isnull=False)
    timeline.record_events(
        [
            timeline.event(pk, code, now=now, actor=by, **numbers[number])
            for number, pk in pks.order_by("pk").values_list("amazon_order_id", "pk")
        ]
    )
