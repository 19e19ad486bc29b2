"""The dashboard of a store, with Recent Orders."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from amazon_orders import marketplaces
from amazon_orders.models import Store
from backoffice.pages.frame import charts, sync_words, words
from backoffice.pages.frame.permissions import page
from backoffice.pages.frame.store_header import store_header, store_of
from integration.access import Permission, Viewer
from integration.operations import sync_lag
from integration.orders import order_list
from integration.orders.order_list import OrderFilter
from integration.stores import dashboard
from integration.stores.daily_sales import DaySales

RECENT = 10
CHART_HEIGHT = 100
PERIODS = (7, 30)
_SELLER_CENTRAL = (
    ("Manage orders", "/orders-v3"),
    ("Shipping settings", "/sbr"),
    ("Payments", "/payments/dashboard/index.html"),
    ("Notifications", "/notifications/preferences"),
    ("Account health", "/performance/dashboard"),
    ("Apps and permissions", "/apps/manage"),
)


@dataclass(frozen=True, slots=True)
class Chart:
    """One measure of a period, day by day. `change`: percent against the period before, None where that was
    nothing.
    """

    key: str
    name: str
    total: str
    change: int | None
    bars: tuple[charts.Bar, ...]


@page(Permission.VIEW_ORDERS)
def store(request: HttpRequest, viewer: Viewer, store_id: int) -> HttpResponse:
    """The dashboard of one store. `?days=7` or `30` chooses the period of the charts."""
    now = timezone.now()
    shown = store_of(viewer, store_id)
    marketplace = marketplaces.by_id(shown.marketplace_id)
    days = 7 if request.GET.get("days") == "7" else 30
    sales = dashboard.daily_sales(store=shown, now=now, days=2 * days)
    recent = order_list.page(viewer=viewer, filters=OrderFilter(store_ids=(shown.pk,)), size=RECENT)
    figures = dashboard.figures(store=shown, now=now)
    return render(
        request,
        "stores/dashboard.html",
        {
            **store_header(viewer, shown),
            "figures": figures,
            "catching_up": _catching_up(shown, now),
            "period": dashboard.period(sales, days),
            "periods": PERIODS,
            "charts": _charts(dashboard.period(sales, days), sales[-days:], marketplace.currency),
            "sales": sales[-days:],
            "today": sales[-1],
            "rows": recent.rows,
            "seller_central_links": [
                (name, marketplace.seller_central_url + path) for name, path in _SELLER_CENTRAL
            ],
        },
    )


def _catching_up(shown: Store, now: datetime) -> str:
    """How far the search under way is, in words; empty while there is none."""
    sync = getattr(shown.account, "sync", None)
    if sync is None or sync.window is None:
        return ""
    found = sync_lag.backlog_of_account(sync, now=now)
    return f"{sync_words.backlog(found)}, {sync_words.backlog_end(found)}"


def _charts(period: dashboard.Period, sales: Sequence[DaySales], currency: str) -> tuple[Chart, ...]:
    def revenue(day: DaySales) -> str:
        return words.money(day.revenue, currency)

    def orders(day: DaySales) -> str:
        return words.counted(day.orders, "order")

    return (
        Chart(
            "revenue",
            "Revenue",
            words.money(period.revenue, currency),
            period.revenue_change,
            _bars(sales, [day.revenue for day in sales], revenue),
        ),
        Chart(
            "orders",
            "Orders",
            f"{period.orders:,}",
            period.orders_change,
            _bars(sales, [day.orders for day in sales], orders),
        ),
    )


def _bars(
    sales: Sequence[DaySales], values: Sequence[Decimal | int], said: Callable[[DaySales], str]
) -> tuple[charts.Bar, ...]:
    titles = [f"{day.day:%b %-d}: {said(day)}" for day in sales]
    return charts.bars(values, titles, height=CHART_HEIGHT)
