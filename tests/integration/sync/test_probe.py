"""Which orders are asked for again, when, and never more than the quota serves."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amazon_orders.models import AmazonOrder, Store
from commerce.models import Order, Shipment
from integration.models import (
    AccountSync,
    Lane,
    OrderImport,
    OrderRequest,
    RequestReason,
    ShipmentConfirmation,
    StoreSync,
)
from integration.sync import order_requests, probe
from integration.sync.order_requests import WantedOrder
from tests.factories import amazon, commerce

pytestmark = pytest.mark.django_db
NOW = amazon.NOW
HOUR = timedelta(hours=1)


def waiting(store: Store, *, age: timedelta = 3 * HOUR, asked: timedelta | None = None) -> AmazonOrder:
    order = amazon.order(store, status="PENDING", received_at=NOW - age)
    return asked_ago(order, asked)


def blocked(store: Store, *, ships_in: timedelta, asked: timedelta | None = None) -> AmazonOrder:
    order = amazon.order(store, state="BLOCKED", latest_ship_at=NOW + ships_in)
    return asked_ago(order, asked)


def shipped_here(
    store: Store, *, ago: timedelta, at_amazon: int = 0, asked: timedelta | None = None, **fields: Any
) -> AmazonOrder:
    """Two units left with us, `at_amazon` items of one unit as far as Amazon knows."""
    order = amazon.order(store, state="IMPORTED", **fields)
    item = order.items.get()
    item.quantity_shipped = at_amazon
    item.save()
    placed = order.order_import.commerce_order
    assert placed is not None
    commerce.line(
        placed,
        commerce.product(f"P-{order.pk}"),
        line_reference=item.order_item_id,
        quantity=2,
        quantity_shipped=2,
    )
    shipment = Shipment.objects.create(order=placed, shipped_at=NOW - ago, created_at=NOW - ago)
    ShipmentConfirmation.objects.create(
        shipment=shipment,
        account=store.account,
        marketplace_id=store.marketplace_id,
        amazon_order_id=order.amazon_order_id,
        package_reference=str(shipment.pk),
        state="SENT",
        owed_at=NOW - ago,
        sent_at=NOW - ago,
    )
    return asked_ago(order, asked)


def asked_ago(order: AmazonOrder, asked: timedelta | None) -> AmazonOrder:
    if asked is not None:
        OrderImport.objects.filter(pk=order.pk).update(asked_at=NOW - asked)
    return order


def probed(now: datetime = NOW) -> dict[str, str]:
    """Why each order is asked for that is in the prober's lane."""
    probe.run(now=now)
    rows = OrderRequest.objects.filter(lane=Lane.PROBE, answered_at=None)
    return dict(rows.values_list("amazon_order_id", "why"))


Make = Callable[[Store], AmazonOrder]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda store: waiting(store), RequestReason.STALE),
        (lambda store: waiting(store, age=2 * HOUR - timedelta(seconds=1)), None),
        (lambda store: waiting(store, asked=6 * HOUR), RequestReason.STALE),
        (lambda store: waiting(store, asked=5 * HOUR), None),
        (lambda store: blocked(store, ships_in=24 * HOUR), RequestReason.LATE),
        (lambda store: blocked(store, ships_in=25 * HOUR), None),
        (lambda store: blocked(store, ships_in=-48 * HOUR, asked=7 * HOUR), RequestReason.LATE),
        (lambda store: blocked(store, ships_in=HOUR, asked=5 * HOUR), None),
        (lambda store: shipped_here(store, ago=HOUR), RequestReason.UNCONFIRMED),
        (lambda store: shipped_here(store, ago=HOUR, at_amazon=1), RequestReason.UNCONFIRMED),
        (lambda store: shipped_here(store, ago=HOUR, at_amazon=2), None),
        (lambda store: shipped_here(store, ago=timedelta(minutes=59)), None),
        # Asked before it shipped: first an hour after shipping, then every six.
        (lambda store: shipped_here(store, ago=2 * HOUR, asked=3 * HOUR), RequestReason.UNCONFIRMED),
        (lambda store: shipped_here(store, ago=2 * HOUR, asked=HOUR), None),
        (lambda store: shipped_here(store, ago=9 * HOUR, asked=6 * HOUR), RequestReason.UNCONFIRMED),
        (lambda store: shipped_here(store, ago=9 * HOUR, fulfilled_by="AMAZON"), None),
        (lambda store: shipped_here(store, ago=9 * HOUR, status="SHIPPED"), None),
        (lambda store: amazon.order(store, state="VIEW_ONLY", received_at=NOW - 9 * HOUR), None),
        (lambda store: amazon.order(store, state="SKIPPED", received_at=NOW - 9 * HOUR), None),
        (lambda store: amazon.order(store, state="IMPORTED", received_at=NOW - 9 * HOUR), None),
    ],
)
def test_what_is_asked_for_and_when(make: Make, why: RequestReason | None) -> None:
    order = make(amazon.store())
    assert probed() == ({order.amazon_order_id: why} if why else {})


@pytest.mark.parametrize("obstacle", ["inactive", "lost", "refused"])
def test_what_cannot_be_asked_for_is_left_out(obstacle: str) -> None:
    store = amazon.store()
    waiting(store)
    if obstacle == "inactive":
        Store.objects.update(is_active=False)
    elif obstacle == "lost":
        StoreSync.objects.update(access_lost_at=NOW)
    else:
        AccountSync.objects.update(refused_at=NOW)
    assert probed() == {}


def test_what_somebody_wants_already_is_not_wanted_again() -> None:
    order = waiting(amazon.store())
    wish = WantedOrder(order.store.account_id, order.amazon_order_id)
    order_requests.request([wish], lane=Lane.PERSON, why=RequestReason.PERSON, now=NOW - HOUR, by="maria")
    assert probed() == {}
    assert OrderRequest.objects.get().wanted_at == NOW - HOUR


def test_an_open_request_is_not_moved_on_by_the_next_round() -> None:
    waiting(amazon.store())
    probed()
    assert probe.run(now=NOW + timedelta(minutes=1)) == 0
    assert OrderRequest.objects.get().wanted_at == NOW


def test_no_account_gets_more_than_its_quota_serves_and_none_keeps_another_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probe, "OPEN_AT_MOST", 3)
    monkeypatch.setattr(probe, "AT_A_TIME", 5)
    big, small = amazon.store("Big"), amazon.store("Small")
    for _ in range(6):
        waiting(big)
    late = blocked(big, ships_in=HOUR)
    other = waiting(small)

    first = probed()
    # The pressing one comes first, and the rest of the room is for the others.
    assert first[late.amazon_order_id] == RequestReason.LATE
    assert len([key for key in first if key != other.amazon_order_id]) == 3
    # The big account has no room left: the next round looks at the others' orders only.
    assert other.amazon_order_id in probed(NOW + timedelta(minutes=1))
    assert OrderRequest.objects.filter(account_id=big.account_id).count() == 3


@pytest.mark.parametrize("count", [1, 7])
def test_a_round_costs_a_fixed_number_of_statements(count: int) -> None:
    store = amazon.store()
    for _ in range(count):
        waiting(store)
        blocked(store, ships_in=HOUR)
        shipped_here(store, ago=HOUR)
    with CaptureQueriesContext(connection) as statements:
        assert probe.run(now=NOW) == 3 * count
    assert len([each for each in statements if "SAVEPOINT" not in each["sql"]]) == 13


@pytest.mark.skipif("sqlite" in connection.vendor, reason="plans are PostgreSQL's")
def test_many_orders_are_not_read_to_find_the_stale_ones() -> None:
    store = amazon.store()
    _many_imported(store, 4_000)
    waiting(store)
    blocked(store, ships_in=HOUR)
    shipped_here(store, ago=HOUR)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    plans = {
        find.__name__: find(now=NOW).order_by("asked_at", "pk")[: probe.AT_A_TIME].explain()
        for find in (probe.stale, probe.late, probe.unconfirmed)
    }
    assert "order_import_waiting_asked" in plans["stale"]
    assert "order_import_blocked_asked" in plans["late"]
    for plan in plans.values():
        assert "Seq Scan on integration_orderimport " not in plan
        assert "Seq Scan on amazon_orders_amazonorder " not in plan


def _many_imported(store: Store, count: int) -> None:
    template = amazon.order(store, state="IMPORTED", status="SHIPPED")
    orders = AmazonOrder.objects.bulk_create(
        [
            AmazonOrder(
                **{
                    **{field.attname: getattr(template, field.attname) for field in _columns(AmazonOrder)},
                    "amazon_order_id": f"114-{number:07d}-0000000",
                }
            )
            for number in range(count)
        ]
    )
    placed = template.order_import.commerce_order
    assert placed is not None
    commerce_orders = Order.objects.bulk_create(
        [
            Order(
                **{
                    **{field.attname: getattr(placed, field.attname) for field in _columns(Order)},
                    "number": f"M{number}",
                    "channel_reference": f"114-{number:07d}-0000000",
                }
            )
            for number in range(count)
        ]
    )
    OrderImport.objects.bulk_create(
        [
            OrderImport(
                amazon_order_id=order.pk, state="IMPORTED", judged_version=1, commerce_order_id=other.pk
            )
            for order, other in zip(orders, commerce_orders, strict=True)
        ]
    )


def _columns(model: type[Any]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]
