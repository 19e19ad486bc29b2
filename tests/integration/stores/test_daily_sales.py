"""Daily sales: what they say equals what the orders say, whatever happened to these."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from amazon_orders import normalize
from amazon_orders.models import AmazonOrder, Store
from integration.models import SalesDay, StaleDay
from integration.stores import daily_sales
from integration.stores.daily_sales import DaySales
from integration.sync import receive, sales_marks
from tests.factories import amazon
from tests.fixtures_shop import Shop
from tests.integration.stores.sales_counts import counted_one_by_one, kept

NOW = amazon.NOW


def tell(shop: Shop, order_ids: list[str], stores: list[Store]) -> None:
    """Amazon tells these orders as they are now."""
    now = timezone.now()
    receive.run(
        account_id=shop.store.account_id,
        stores=stores,
        payloads=[shop.document(order_id) for order_id in order_ids],
        data_sets=normalize.DATA_SETS,
        asked_at=now,
        now=now,
    )


@pytest.mark.parametrize("seed", range(3))
def test_they_equal_a_live_count_after_any_changes(seed: int, shop: Shop) -> None:
    chance = random.Random(seed)
    stores = [shop.store, shop.connect("Harbor CA", "CA"), shop.connect("Harbor MX", "MX")]
    order_ids: list[str] = []
    for _ in range(6):
        new = [
            shop.sell(
                *[("SKU-1", chance.randint(1, 4), "9.95")] * chance.randint(1, 2),
                patch={"salesChannel": {"marketplaceId": chance.choice(stores).marketplace_id}},
                created=shop.opened_at - timedelta(hours=chance.randint(1, 24 * 6)),
                status=chance.choice(("UNSHIPPED", "PENDING")),
            )
            for _ in range(8)
        ]
        changed = chance.sample(order_ids, len(order_ids) // 3)
        for order_id in changed:
            if chance.random() < 0.4:
                shop.cancel_at_amazon(order_id)
            else:
                shop.set_status(order_id, chance.choice(("UNSHIPPED", "SHIPPED")))
        tell(shop, [*new, *changed], stores)
        order_ids += new
        if chance.random() < 0.6:
            daily_sales.count_stale()
            assert kept() == counted_one_by_one()
    daily_sales.count_stale()
    assert kept() == counted_one_by_one()
    assert len({row[0] for row in kept()}) == len(stores)
    SalesDay.objects.all().delete()
    assert daily_sales.rebuild() > 0
    assert kept() == counted_one_by_one()


def test_an_unchanged_order_marks_nothing(shop: Shop) -> None:
    order_id = shop.sell()
    tell(shop, [order_id], [shop.store])
    assert daily_sales.count_stale() == 1
    tell(shop, [order_id], [shop.store])
    assert not StaleDay.objects.exists()
    assert daily_sales.count_stale() == 0


@pytest.mark.django_db
def test_a_day_without_orders_any_more_has_no_row() -> None:
    order = amazon.order(store := amazon.store())
    daily_sales.rebuild()
    assert SalesDay.objects.count() == 1
    AmazonOrder.objects.filter(pk=order.pk).update(status="CANCELLED")
    daily_sales.rebuild(store_ids=[store.pk])
    assert not SalesDay.objects.exists()


@pytest.mark.django_db
def test_a_day_is_the_stores_own() -> None:
    moment = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
    tokyo, london = amazon.store(marketplace="JP"), amazon.store(marketplace="UK")
    for store in (tokyo, london):
        amazon.order(store, purchased_at=moment)
    daily_sales.rebuild()
    assert dict(SalesDay.objects.values_list("store_id", "day")) == {
        tokyo.pk: date(2026, 11, 21),
        london.pk: date(2026, 11, 20),
    }


@pytest.mark.django_db
def test_counting_takes_the_same_statements_however_many_days_and_stores() -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            daily_sales.count_stale()
        return len(asked)

    one = amazon.store()
    amazon.order(one)
    sales_marks.mark([one], [(one.pk, NOW - timedelta(days=1))])
    few = statements()
    stores = [one, amazon.store(marketplace="UK"), amazon.store(marketplace="JP")]
    for store in stores:
        for days in range(12):
            amazon.order(store, purchased_at=NOW - timedelta(days=days))
    sales_marks.mark(stores, [(each.pk, NOW - timedelta(days=days)) for each in stores for days in range(12)])
    assert statements() == few
    assert kept() == counted_one_by_one()


@pytest.mark.django_db
def test_many_marked_days_are_counted_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily_sales, "DAYS_AT_ONCE", 4)
    store = amazon.store()
    for days in range(11):
        amazon.order(store, purchased_at=NOW - timedelta(days=days))
    assert daily_sales.rebuild() == 11
    assert kept() == counted_one_by_one()


@pytest.mark.django_db
def test_revenue_is_of_the_stores_currency_and_days_without_sales_are_read_too() -> None:
    store, other = amazon.store(), amazon.store(marketplace="JP")
    amazon.order(store, total=Decimal("10.50"), purchased_at=NOW)
    amazon.order(store, total=Decimal("7"), purchased_at=NOW, currency="CAD")
    amazon.order(store, total=None, currency="", purchased_at=NOW)
    daily_sales.rebuild()
    with CaptureQueriesContext(connection) as asked:
        read = daily_sales.read_daily_sales([store, other], now=NOW, days=2)
    assert len(asked) == 1
    assert read == {
        store.pk: (DaySales(date(2026, 11, 19)), DaySales(date(2026, 11, 20), 3, 3, Decimal("10.50"))),
        other.pk: (DaySales(date(2026, 11, 19)), DaySales(date(2026, 11, 20))),
    }
    assert daily_sales.read_daily_sales([], now=NOW, days=2) == {}


def test_a_day_begins_at_midnight_where_the_clock_is_changed() -> None:
    los_angeles = ZoneInfo("America/Los_Angeles")
    begins = [daily_sales.midnight(los_angeles, date(2026, 11, day)).astimezone(UTC).hour for day in (1, 2)]
    assert begins == [7, 8]
