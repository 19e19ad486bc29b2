"""The late-shipment radar of a store: what must leave when, and the rates Amazon judges sellers by."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from backoffice.pages.frame.permissions import page
from backoffice.pages.frame.store_header import store_header, store_of
from integration.access import Permission, Viewer
from integration.stores import late_shipments
from integration.stores.late_shipments import Rates

# What Amazon wants a seller to stay under, and above.
LATE_AT_MOST = 0.04
CANCELED_AT_MOST = 0.025
TRACKED_AT_LEAST = 0.95


@dataclass(frozen=True, slots=True)
class ShownRate:
    """A rate as the page shows it. `percent` is empty where there was nothing to count."""

    name: str
    count: int
    of: int
    days: int
    percent: str
    bound: str
    is_bad: bool


@page(Permission.VIEW_ORDERS)
def store_lateness(request: HttpRequest, viewer: Viewer, store_id: int) -> HttpResponse:
    """The page; the store's dashboard shows its card."""
    now = timezone.now()
    shown = store_of(viewer, store_id)
    rates = late_shipments.rates([shown.pk], now=now)[shown.pk]
    context = {
        **store_header(viewer, shown),
        "clocks": late_shipments.clocks([shown], now=now)[shown.pk],
        "rates": _rates(rates),
    }
    return render(request, "stores/lateness.html", context)


def _rates(rates: Rates) -> list[ShownRate]:
    short, long = late_shipments.LATE_OVER_SHORT.days, late_shipments.LATE_OVER.days
    canceled = late_shipments.CANCELED_OVER.days
    late_short = (rates.late_short, rates.shipped_short, short, rates.late_rate_short, LATE_AT_MOST)
    return [
        _shown("Late shipments", *late_short),
        _shown("Late shipments", rates.late, rates.shipped, long, rates.late_rate, LATE_AT_MOST),
        _shown(
            "Canceled before shipping",
            rates.canceled,
            rates.orders,
            canceled,
            rates.cancel_rate,
            CANCELED_AT_MOST,
        ),
        _tracking(rates, long),
    ]


def _tracking(rates: Rates, days: int) -> ShownRate:
    rate = rates.tracking_rate
    return ShownRate(
        name="Valid tracking, as far as known",
        count=rates.tracked,
        of=rates.tracked_of,
        days=days,
        percent="" if rate is None else f"{rate:.1%}",
        bound=f"at least {TRACKED_AT_LEAST:.0%}",
        is_bad=rate is not None and rate < TRACKED_AT_LEAST,
    )


def _shown(name: str, count: int, of: int, days: int, rate: float | None, bound: float) -> ShownRate:
    return ShownRate(
        name=name,
        count=count,
        of=of,
        days=days,
        percent="" if rate is None else f"{rate:.1%}",
        bound=f"less than {bound:.1%}",
        is_bad=rate is not None and rate >= bound,
    )
