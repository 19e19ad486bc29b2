"""Blocked orders by cause, the cause of most orders first, each with its fix in place."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from amazon_orders.models import Store
from backoffice.pages.frame import words
from backoffice.pages.frame.form_tokens import new_token
from backoffice.pages.frame.list_state import ListState
from backoffice.pages.frame.permissions import page
from backoffice.pages.orders import blocker_forms
from backoffice.pages.orders.blocker_forms import Fix
from backoffice.pages.orders.order_forms import SkipForm
from commerce.models import Source
from integration.access import Permission, Viewer
from integration.models import BlockerCode
from integration.orders import blocked_orders
from integration.orders.blocked_orders import Cause

# What only Amazon, or another try, can mend.
_ASK_AMAZON = frozenset({BlockerCode.AMOUNTS_MISSING, BlockerCode.CURRENCY_UNSUPPORTED, BlockerCode.NO_ITEMS})


@dataclass(frozen=True, slots=True)
class ShownCause:
    """A cause on the page. `query`: the filters of All Orders that its orders fit."""

    cause: Cause
    fix: Fix
    money: str
    stores: str
    clock: words.Pill | None
    query: str
    skip_form: SkipForm

    @property
    def retried_by(self) -> str:
        """The bulk action that may mend it by itself."""
        if self.cause.code in _ASK_AMAZON:
            return "REFRESH"
        return "RETRY" if self.cause.code == BlockerCode.FAILED else ""


@page(Permission.VIEW_ORDERS)
def blocked(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """A page of causes; `?store=` of one store."""
    state = ListState(reverse("blocked"), request.GET)
    stores = {store.pk: store for store in viewer.stores()}
    chosen = next((pk for pk in stores if str(pk) == request.GET.get("store")), None)
    number = _number(request.GET.get("page", ""))
    found = blocked_orders.page(viewer=viewer, store_id=chosen, number=number)
    now = timezone.now()
    context = {
        "causes": [_shown(cause, place, stores, chosen, now) for place, cause in enumerate(found.causes, 1)],
        "stores": list(stores.values()),
        "chosen": chosen,
        "sources": _sources(found),
        "next": state.url,
        "token": new_token(),
        "pager": state.pages(number, has_next=found.has_next),
        "may_match": viewer.may(Permission.FIX_ORDERS),
        "may_correct": viewer.may(Permission.FIX_ORDERS) and viewer.may(Permission.SEE_PERSONAL_DATA),
        "may_edit_catalog": viewer.may(Permission.EDIT_CATALOG),
        "may_retry": viewer.may(Permission.RETRY_ORDERS),
    }
    return render(request, "blocked/page.html", context)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 4 else 1


def _sources(found: blocked_orders.CausePage) -> list[Source]:
    """Where a product that has stock nowhere may get some; one statement, none where there is no such."""
    is_nowhere = any(cause.product is not None and not cause.product.stock for cause in found.causes)
    return list(Source.objects.all()) if is_nowhere else []


def _shown(
    cause: Cause, place: int, stores: dict[int, Store], chosen: int | None, now: datetime
) -> ShownCause:
    return ShownCause(
        cause=cause,
        fix=blocker_forms.of_cause(cause, number=place),
        money=" + ".join(words.money(total, currency) for currency, total in cause.totals),
        stores=", ".join(stores[pk].name for pk in cause.store_ids if pk in stores),
        clock=words.ship_clock(cause.first_ship_at, now) if cause.first_ship_at else None,
        query=_query(cause, chosen),
        skip_form=SkipForm(auto_id=f"skip-{place}-%s"),
    )


def _query(cause: Cause, chosen: int | None) -> str:
    asked = [("state", "BLOCKED"), ("blocker", cause.code)]
    if cause.sku:
        asked.append(("sku", cause.sku))
    # A missing SKU is one account's: another seller's orders of that SKU are another cause.
    is_of_account = cause.code == BlockerCode.PRODUCT_MISSING
    asked += [("store", str(pk)) for pk in cause.store_ids if is_of_account or chosen is not None]
    return urlencode(asked)
