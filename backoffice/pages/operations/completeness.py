"""The completeness proof: Amazon's own list against ours, per store and day."""

import csv
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from amazon_orders import marketplaces
from amazon_orders.models import Store
from backoffice.pages.frame.permissions import action, page
from integration import tasks
from integration.access import Permission, Viewer
from integration.completeness import proof, report_jobs, table
from integration.models import JobState, MissingOrder, ReportJob

PERIODS = (4, 30, 90)
AT_MOST = 400


@dataclass(frozen=True, slots=True)
class ProofSelection:
    """What of the proof is asked for. `chosen` None: every store of the viewer."""

    stores: tuple[Store, ...]
    chosen: Store | None
    days: int
    first: date

    @property
    def store_ids(self) -> list[int]:
        """The stores whose proof is shown."""
        return [self.chosen.pk] if self.chosen else [store.pk for store in self.stores]

    @property
    def account_ids(self) -> set[int]:
        """Their accounts: a list of Amazon's is an account's."""
        return {store.account_id for store in self.stores if store.pk in self.store_ids}

    def url(self, name: str = "completeness", **changes: Any) -> str:
        """The address of the same, but for the changes."""
        asked = {"store": self.chosen.pk if self.chosen else "", "days": self.days, **changes}
        return f"{reverse(name)}?{urlencode({key: value for key, value in asked.items() if value})}"


@page(Permission.VIEW_ORDERS)
def completeness(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The days of the period, `?store=` and `?days=`, with what is or was missing on top."""
    shown = _shown(request, viewer)
    rows = table.days(store_ids=shown.store_ids, first=shown.first, last=None)
    listed = list(rows[: AT_MOST + 1])
    lists = table.lists(accounts=shown.account_ids)
    context = {
        "shown": shown,
        "stores": [(store, shown.url(store=store.pk), store == shown.chosen) for store in shown.stores],
        "all_url": shown.url(store=""),
        "periods": [(days, shown.url(days=days), days == shown.days) for days in PERIODS],
        "csv_url": shown.url("completeness_csv"),
        "totals": table.totals(rows),
        "days": listed[:AT_MOST],
        "is_cut": len(listed) > AT_MOST,
        "missing": [
            (one, _seller_central(one))
            for one in table.missing(store_ids=shown.store_ids, first=shown.first, last=None)
        ],
        "lists": [(job, _names(shown, job)) for job in lists],
        "under_way": any(job.ended_at is None for job in lists),
        "JobState": JobState,
        "may_prove": viewer.may(Permission.PROVE_COMPLETENESS),
        "today": timezone.now().astimezone(UTC).date(),
    }
    return render(request, "completeness/list.html", context)


@page(Permission.VIEW_ORDERS)
def completeness_csv(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The same days as a file: numbers only, nothing of a buyer, and no cell that is a formula."""
    shown = _shown(request, viewer)
    rows = table.days(store_ids=shown.store_ids, first=shown.first, last=None)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="completeness.csv"'
    csv.writer(answer, lineterminator="\r\n").writerows(table.csv_rows(list(rows)))
    return answer


@action(Permission.PROVE_COMPLETENESS)
def prove(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Have Amazon list the last days of the shown stores' accounts now."""
    shown = _shown(request, viewer)
    now = timezone.now()
    wanted = [
        report_jobs.want_proof(account_id=account_id, by=viewer.name, now=now)
        for account_id in sorted(shown.account_ids)
    ]
    if any(wanted):
        tasks.wake_lists()
        toasts.success(request, "Amazon is asked for its list; the proof takes a few minutes.")
    else:
        toasts.info(request, "A proof is under way already.")
    return HttpResponseRedirect(shown.url(), status=303)


@action(Permission.PROVE_COMPLETENESS)
def give_up(request: HttpRequest, viewer: Viewer, missing_id: int) -> HttpResponse:
    """Look for one missing order no longer: a person has seen to it."""
    shown = _shown(request, viewer)
    row = MissingOrder.objects.filter(pk=missing_id, store__in=viewer.stores()).first()
    if row is None:
        raise Http404("No such order among the viewer's stores.")
    if proof.give_up(missing_id=row.pk, by=viewer.name, now=timezone.now()):
        toasts.success(request, f"{row.amazon_order_id} is no longer looked for.")
    return HttpResponseRedirect(shown.url(), status=303)


def _shown(request: HttpRequest, viewer: Viewer) -> ProofSelection:
    """Raises Http404 for a store that is not the viewer's."""
    asked = request.GET or request.POST
    stores = tuple(viewer.stores())
    chosen = None
    if text := asked.get("store", ""):
        chosen = next((store for store in stores if str(store.pk) == text), None)
        if chosen is None:
            raise Http404("No such store among the viewer's.")
    days = next((days for days in PERIODS if str(days) == asked.get("days")), PERIODS[0])
    today = timezone.now().astimezone(UTC).date()
    return ProofSelection(stores, chosen, days, today - timedelta(days=days - 1))


def _names(shown: ProofSelection, job: ReportJob) -> str:
    return ", ".join(store.name for store in shown.stores if store.account_id == job.account_id)


def _seller_central(missing: table.Missing) -> str:
    marketplace = marketplaces.by_id(missing.store.marketplace_id)
    return marketplace.seller_central_order_url(missing.amazon_order_id)
