"""How is this store? Its dashboard, with Recent Orders."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from amazon_orders import marketplaces
from amazon_orders.models import Store
from integration import dashboard, keeping_up, lifetimes, order_list
from integration.access import Permission, Viewer
from integration.order_list import OrderFilter
from integration.sales_days import DaySales
from integration.web import charts, record_words, words
from integration.web.permissions import page

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


def store_of(viewer: Viewer, store_id: int) -> Store:
    """One of the viewer's stores with its account, sync and settings. Raises Http404."""
    related = ("account__sync", "sync", "import_settings__commerce_store")
    found = viewer.stores().select_related(*related).filter(pk=store_id).first()
    if found is None:
        raise Http404("No such store among the viewer's.")
    return found


def store_header(viewer: Viewer, shown: Store) -> dict[str, Any]:
    """What the pages of one store have in common: its name, its state, its menu."""
    ends = lifetimes.consent_ends(shown.account.authorized_at)
    return {
        "store": shown,
        "authorized_until": ends,
        "authorization_ends": lifetimes.is_told(ends, now=timezone.now()),
        "marketplace": marketplaces.by_id(shown.marketplace_id),
        "account_sync": getattr(shown.account, "sync", None),
        "store_sync": getattr(shown, "sync", None),
        "import_settings": getattr(shown, "import_settings", None),
        "may_manage": viewer.may(Permission.MANAGE_STORES),
        "may_fix": viewer.may(Permission.FIX_ORDERS),
        "may_change_settings": viewer.may(Permission.CHANGE_SETTINGS),
    }


def _catching_up(shown: Store, now: datetime) -> str:
    """How far the search under way is, in words; empty while there is none."""
    sync = getattr(shown.account, "sync", None)
    if sync is None or sync.window is None:
        return ""
    found = keeping_up.backlog_of_account(sync, now=now)
    return f"{record_words.backlog(found)}, {record_words.backlog_end(found)}"


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
