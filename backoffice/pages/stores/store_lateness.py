"""The late-shipment radar of a store: what must leave when, and the two rates Amazon judges sellers by."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from backoffice.pages.frame.permissions import page
from backoffice.pages.frame.store_header import store_header, store_of
from integration.access import Permission, Viewer
from integration.stores import late_shipments

# What Amazon wants a seller to stay under.
LATE_AT_MOST = 0.04
CANCELED_AT_MOST = 0.025


@dataclass(frozen=True, slots=True)
class ShownRate:
    """A rate as the page shows it. `percent` is empty where there was nothing to count."""

    name: str
    count: int
    of: int
    days: int
    percent: str
    bound: str
    is_too_high: bool


@page(Permission.VIEW_ORDERS)
def store_lateness(request: HttpRequest, viewer: Viewer, store_id: int) -> HttpResponse:
    """The page; the store's dashboard shows its card."""
    now = timezone.now()
    shown = store_of(viewer, store_id)
    rates = late_shipments.rates([shown.pk], now=now)[shown.pk]
    context = {
        **store_header(viewer, shown),
        "clocks": late_shipments.clocks([shown], now=now)[shown.pk],
        "rates": [
            _shown(
                "Late shipments",
                rates.late,
                rates.shipped,
                late_shipments.LATE_OVER.days,
                rates.late_rate,
                LATE_AT_MOST,
            ),
            _shown(
                "Canceled by you",
                rates.canceled,
                rates.orders,
                late_shipments.CANCELED_OVER.days,
                rates.cancel_rate,
                CANCELED_AT_MOST,
            ),
        ],
    }
    return render(request, "stores/lateness.html", context)


def _shown(name: str, count: int, of: int, days: int, rate: float | None, bound: float) -> ShownRate:
    return ShownRate(
        name=name,
        count=count,
        of=of,
        days=days,
        percent="" if rate is None else f"{rate:.1%}",
        bound=f"{bound:.1%}",
        is_too_high=rate is not None and rate >= bound,
    )
