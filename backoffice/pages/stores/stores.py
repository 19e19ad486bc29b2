"""Home: a card per store."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from backoffice.pages.frame import charts, words
from backoffice.pages.frame.charts import Bar
from backoffice.pages.frame.permissions import page
from integration.access import Permission, Viewer
from integration.stores import dashboard
from integration.stores.dashboard import StoreCard

SPARK_HEIGHT = 40


@page(Permission.VIEW_ORDERS)
def stores(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """A card per store, those that are switched off last."""
    cards = dashboard.store_cards(viewer=viewer, now=timezone.now())
    return render(
        request,
        "stores/list.html",
        {
            # What is switched off comes last.
            "cards": [(card, _spark(card)) for card in sorted(cards, key=lambda card: not card.is_active)],
            "may_manage": viewer.may(Permission.MANAGE_STORES),
        },
    )


def _spark(card: StoreCard) -> tuple[Bar, ...]:
    last = len(card.daily_orders) - 1
    titles = [
        f"{words.counted(number, 'order')}, {_days_ago(last - place)}"
        for place, number in enumerate(card.daily_orders)
    ]
    return charts.bars(card.daily_orders, titles, height=SPARK_HEIGHT)


def _days_ago(days: int) -> str:
    return "today" if days == 0 else words.counted(days, "day") + " ago"
