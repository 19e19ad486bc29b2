"""What will happen to an order of the living shop, decided when it is placed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from sandbox.datasets import Json
from sandbox.lifecycle import (
    cancel,
    deliver,
    parcel,
    record_package,
    request_cancellation,
    set_status,
    ship_everything,
)

Edit = Callable[[Json, datetime], None]
FirstStatus = Literal["PENDING_AVAILABILITY", "PENDING", "UNSHIPPED"]

_CARRIERS = {
    "US": ("UPS", "UPS Ground"),
    "CA": ("Canada Post", "Expedited Parcel"),
    "MX": ("Estafeta", "Terrestre"),
    "UK": ("Royal Mail", "Tracked 48"),
    "DE": ("DHL", "DHL Paket"),
    "JP": ("Yamato Transport", "宅急便"),
}
_WISHES = ("Ordered by mistake", "Found a better price", "Shipping takes too long")


@dataclass(frozen=True)
class Step:
    due: datetime
    edit: Edit
    unless: tuple[str, ...] = ("CANCELLED", "SHIPPED")
    """Statuses that somebody else may have brought about and that make the step void."""


@dataclass(frozen=True)
class OrderPlan:
    first_status: FirstStatus
    paid_at: datetime | None
    """When payment is authorized and the order becomes UNSHIPPED; None if it never was pending."""
    steps: list[Step]


def fba_plan(created: datetime, is_multi_channel: bool, random: Random) -> OrderPlan:
    """Amazon ships what it fulfills by itself, some of it within minutes."""
    paid_at = created + _minutes(random, 1, 15)
    if is_multi_channel and random.random() < 0.2:
        return OrderPlan("PENDING", paid_at, [Step(paid_at + _minutes(random, 30, 90), _unfulfillable)])
    if random.random() < 0.04:
        return OrderPlan("PENDING", None, [Step(paid_at, _cancelled("AMAZON", "Payment declined"))])
    wait = _minutes(random, 10, 45) if random.random() < 0.3 else _minutes(random, 120, 1800)
    return OrderPlan("PENDING", paid_at, [Step(paid_at + wait, ship_everything)])


def merchant_plan(created: datetime, is_long_ago: bool, place: str, random: Random) -> OrderPlan:
    """A merchant's order waits for the merchant: only those placed long before the shop opened its doors
    were mostly shipped by hand. The rest is work to do."""
    first_status, paid_at = _payment(created, random)
    start = paid_at or created
    chance = random.random()
    if chance < 0.04:
        return OrderPlan(
            first_status, paid_at, [Step(start + _minutes(random, 10, 90), _ask_to_cancel(random))]
        )
    if chance < 0.08:
        return OrderPlan(
            first_status, paid_at, [Step(start + _minutes(random, 15, 120), _cancelled_by(random))]
        )
    if chance < 0.11:
        return OrderPlan(
            first_status, paid_at, [Step(start + _minutes(random, 20, 180), _first_unit(*_CARRIERS[place]))]
        )
    if is_long_ago and chance < 0.92:
        return OrderPlan(first_status, paid_at, _shipped_by_hand(start, place, random))
    return OrderPlan(first_status, paid_at, [])


def settled_plan(created: datetime, place: str, random: Random) -> OrderPlan:
    """Long over: shipped by hand, or canceled."""
    first_status, paid_at = _payment(created, random)
    start = paid_at or created
    if random.random() < 0.06:
        return OrderPlan(
            first_status, paid_at, [Step(start + _minutes(random, 15, 120), _cancelled_by(random))]
        )
    return OrderPlan(first_status, paid_at, _shipped_by_hand(start, place, random))


def untouched_plan() -> OrderPlan:
    """The order stays as it was placed: UNSHIPPED."""
    return OrderPlan("UNSHIPPED", None, [])


def _payment(created: datetime, random: Random) -> tuple[FirstStatus, datetime | None]:
    chance = random.random()
    if chance < 0.25:
        return "UNSHIPPED", None
    if chance < 0.95:
        return "PENDING", created + _minutes(random, 1, 8)
    if chance < 0.98:
        return "PENDING", created + _minutes(random, 1440, 4000)
    return "PENDING_AVAILABILITY", created + _minutes(random, 2000, 9000)


def _shipped_by_hand(start: datetime, place: str, random: Random) -> list[Step]:
    carrier, service = _CARRIERS[place]
    shipped_at = start + _minutes(random, 400, 3000)
    steps = []
    if random.random() < 0.12:
        steps.append(Step(shipped_at - timedelta(hours=5), _first_unit(carrier, service)))
    steps.append(Step(shipped_at, lambda document, at: ship_everything(document, at, carrier, service)))
    delivered_at = shipped_at + _minutes(random, 1500, 5000)
    steps.append(Step(delivered_at, lambda document, at: deliver(document), unless=("CANCELLED",)))
    return steps


def _first_unit(carrier: str, service: str) -> Edit:
    """One unit of the first item leaves before the rest."""

    def edit(document: Json, at: datetime) -> None:
        first = document["orderItems"][0]
        tracking = f"PART{first['orderItemId']}"
        package = parcel("1", carrier, service, tracking, at, {first["orderItemId"]: 1}, at)
        record_package(document, package)

    return edit


def _cancelled(by: str, reason: str) -> Edit:
    return lambda document, at: cancel(document, by, reason)


def _cancelled_by(random: Random) -> Edit:
    return _cancelled(
        *random.choice((("BUYER", "BuyerCanceled"), ("MERCHANT", "NoInventory"), ("AMAZON", "Fraud check")))
    )


def _ask_to_cancel(random: Random) -> Edit:
    reason = random.choice(_WISHES)
    return lambda document, at: request_cancellation(document, reason)


def _unfulfillable(document: Json, at: datetime) -> None:
    set_status(document, "UNFULFILLABLE", at)


def _minutes(random: Random, least: float, most: float) -> timedelta:
    return timedelta(seconds=int(random.uniform(least, most) * 60))
