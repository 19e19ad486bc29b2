from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integration.models import QuotaBucket
from integration.stores import daily_sales, dashboard
from integration.stores.daily_sales import DaySales
from tests.factories import amazon, people

pytestmark = pytest.mark.django_db
NOW = amazon.NOW


def test_a_card_counts_what_is_blocked_and_what_must_go_out() -> None:
    store = amazon.store("Harbor")
    amazon.order(store, state="BLOCKED")
    amazon.order(store, state="IMPORTED", status="PARTIALLY_SHIPPED")
    amazon.order(store, state="IMPORTED", status="SHIPPED")
    amazon.order(store, state="WAITING", fulfilled_by="AMAZON")
    (card,) = dashboard.store_cards(viewer=people.admin(), now=NOW)
    assert (card.name, card.blocked, card.awaiting_shipment, card.marketplace.code) == ("Harbor", 1, 2, "US")


def test_a_card_says_when_the_sync_is_behind() -> None:
    amazon.store("Harbor")
    amazon.store("Pine", is_active=False)
    for minutes, behind in ((5, {"Harbor": False, "Pine": False}), (45, {"Harbor": True, "Pine": False})):
        cards = dashboard.store_cards(viewer=people.admin(), now=NOW + timedelta(minutes=minutes))
        assert {card.name: card.is_behind for card in cards} == behind


def test_a_day_begins_at_the_stores_own_midnight() -> None:
    tokyo, london = amazon.store("Tokyo", marketplace="JP"), amazon.store("London", marketplace="UK")
    for store in (tokyo, london):
        # 00:30 of the 21st in Tokyo, 15:30 of the 20th in London.
        amazon.order(store, purchased_at=NOW.replace(hour=15, minute=30))
    daily_sales.rebuild()
    cards = dashboard.store_cards(viewer=people.admin(), now=NOW.replace(hour=16))
    assert {card.name: card.orders_today for card in cards} == {"London": 1, "Tokyo": 1}
    cards = dashboard.store_cards(viewer=people.admin(), now=NOW.replace(hour=16) + timedelta(hours=10))
    assert {card.name: card.daily_orders[-2:] for card in cards} == {"London": (1, 0), "Tokyo": (0, 1)}


def test_a_card_has_thirty_days_and_leaves_out_what_is_older() -> None:
    store = amazon.store()
    amazon.order(store, purchased_at=NOW - timedelta(days=40))
    amazon.order(store, purchased_at=NOW - timedelta(days=29))
    daily_sales.rebuild()
    (card,) = dashboard.store_cards(viewer=people.admin(), now=NOW)
    assert card.daily_orders == (1, *[0] * 29)


def test_a_merchant_has_cards_of_the_own_stores_only() -> None:
    mine = amazon.store("Mine")
    amazon.store("Other")
    assert [card.name for card in dashboard.store_cards(viewer=people.merchant(mine), now=NOW)] == ["Mine"]
    assert dashboard.store_cards(viewer=people.merchant(), now=NOW) == ()


def test_all_cards_take_two_statements() -> None:
    for number in range(6):
        amazon.order(amazon.store(marketplace=("US", "UK", "JP")[number % 3]))
    with CaptureQueriesContext(connection) as asked:
        dashboard.store_cards(viewer=people.admin(), now=NOW)
    assert len(asked) == 2


def test_revenue_leaves_out_canceled_orders_and_other_currencies() -> None:
    store = amazon.store()
    amazon.order(store, total=Decimal("10.50"), purchased_at=NOW)
    amazon.order(store, total=Decimal("4.50"), purchased_at=NOW)
    amazon.order(store, total=Decimal("100"), purchased_at=NOW, status="CANCELLED")
    amazon.order(store, total=Decimal("7"), purchased_at=NOW, currency="CAD")
    daily_sales.rebuild()
    sales = dashboard.daily_sales(store=store, now=NOW, days=2)
    assert sales == (DaySales(date(2026, 11, 19)), DaySales(date(2026, 11, 20), 3, 3, Decimal("15.00")))


def test_a_period_is_compared_with_the_days_before_it() -> None:
    sales = [DaySales(date(2026, 11, day), 5 - day, 1, Decimal(day)) for day in range(1, 5)]
    assert dashboard.period(sales, 2) == dashboard.Period(
        days=2, orders=3, revenue=Decimal(7), revenue_change=133, orders_change=-57
    )
    nothing_before = [DaySales(date(2026, 11, 1)), DaySales(date(2026, 11, 2), 1, 1, Decimal(5))]
    period = dashboard.period(nothing_before, 1)
    assert (period.revenue_change, period.orders_change) == (None, None)


def test_open_orders_are_counted_no_further_than_a_page_has_time_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "COUNTED_AT_MOST", 2)
    store = amazon.store()
    for _ in range(5):
        amazon.order(store, state="BLOCKED")
    (card,) = dashboard.store_cards(viewer=people.admin(), now=NOW)
    assert (card.blocked, card.awaiting_shipment) == (3, 3)


def test_the_figures_of_a_store_are_one_statement() -> None:
    store = amazon.store()
    amazon.order(amazon.store(), state="BLOCKED")
    amazon.order(store, state="BLOCKED", latest_ship_at=NOW - timedelta(hours=1))
    amazon.order(store, state="WAITING", status="PENDING")
    amazon.order(store, state="IMPORTED", latest_ship_at=NOW + timedelta(hours=1))
    QuotaBucket.objects.create(
        account=store.account,
        operation="searchOrders",
        tokens=1.5,
        rate=0.1,
        burst=20,
        refilled_at=NOW - timedelta(seconds=10),
    )
    with CaptureQueriesContext(connection) as asked:
        figures = dashboard.figures(store=store, now=NOW)
    assert len(asked) == 1
    assert figures == dashboard.StoreFigures(
        blocked=1, waiting=1, awaiting_shipment=2, ship_today=1, late=1, due=0, searches_left=2
    )
