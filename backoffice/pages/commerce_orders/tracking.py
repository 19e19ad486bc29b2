"""Tracking numbers of many orders by CSV: a sheet to fill in, an upload, a preview, and then the shipping."""

import csv
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.commerce_orders.printing import chosen_keys
from backoffice.pages.frame import words
from backoffice.pages.frame.permissions import action, page
from commerce.models import Order
from commerce.orders import order_state
from integration import tasks
from integration.access import Permission, Viewer
from integration.commerce_orders import order_list, tracking_import
from integration.commerce_orders.tracking_columns import COLUMNS
from integration.csv_cells import harmless
from integration.outbox.carriers import CARRIERS
from sheets import uploads
from sheets.uploads import UnreadableUpload

LARGEST = 1_000_000


class TrackingUploadForm(forms.Form):
    """A file, or the same text pasted."""

    file = forms.FileField(
        label="CSV file",
        required=False,
        widget=forms.FileInput({"class": "form-control", "accept": ".csv,.txt,.tsv,text/csv"}),
    )
    text = forms.CharField(
        label="Or paste the lines",
        required=False,
        strip=False,
        max_length=LARGEST,
        widget=forms.Textarea(
            {"class": "form-control", "rows": 6, "placeholder": ",".join(COLUMNS), "spellcheck": "false"}
        ),
    )

    def clean(self) -> dict[str, Any]:
        """One of the two, as text."""
        asked = super().clean() or {}
        sent: UploadedFile[bytes] | None = asked.get("file")
        if sent is not None:
            asked["text"] = self._read(sent)
        if not self.errors and not asked.get("text", "").strip():
            self.add_error("file", "Choose a file, or paste its lines.")
        return asked

    def _read(self, sent: "UploadedFile[bytes]") -> str:
        if (sent.size or 0) > LARGEST:
            self.add_error("file", "The file is larger than 1 MB.")
            return ""
        content: bytes = sent.read()
        try:
            return uploads.read(content)
        except UnreadableUpload as unreadable:
            text = str(unreadable)
            self.add_error("file", f"{text[0].upper()}{text[1:]}.")
            return ""


@page(Permission.FULFILL_ORDERS, methods=("GET", "HEAD", "POST"))
def tracking_upload(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Where a file is chosen; sent, it shows what it would do."""
    form = TrackingUploadForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "columns": COLUMNS, "carriers": CARRIERS, "plan": None}
    if not (form.is_bound and form.is_valid()):
        status = 422 if form.is_bound else 200
        return render(request, "commerce_orders/tracking_upload.html", context, status=status)
    text = form.cleaned_data["text"]
    plan = tracking_import.plan(viewer=viewer, text=text, now=timezone.now())
    rows = order_list.amazon_sides([each.order.pk for each in plan.planned])
    context |= {
        "plan": plan,
        "text": text,
        "planned": [
            (each, each.order.pk in rows and rows[each.order.pk].wants_cancel) for each in plan.planned
        ],
        "parcels": sum(len(each.to_ship.parcels) for each in plan.planned),
    }
    return render(request, "commerce_orders/tracking_upload.html", context)


@action(Permission.FULFILL_ORDERS)
def tracking_ship(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ship what the preview showed; what has changed meanwhile is told and left alone."""
    text = request.POST.get("text", "")[:LARGEST]
    done = tracking_import.carry_out(viewer=viewer, text=text, now=timezone.now())
    if done.orders:
        tasks.wake_confirm()
        tasks.wake_feeds()
        orders, parcels = words.counted(len(done.orders), "order"), words.counted(done.parcels, "package")
        toasts.success(request, f"{parcels} of {orders} shipped. Amazon is told.")
    if done.faults:
        shown = " ".join(f"Line {fault.line}: {fault.text}" for fault in done.faults[:5])
        more = f" And {len(done.faults) - 5} more." if len(done.faults) > 5 else ""
        toasts.warning(request, f"Not shipped: {shown}{more}")
    return HttpResponseRedirect(reverse("commerce_orders"), status=303)


@page(Permission.FULFILL_ORDERS)
def tracking_sheet(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The chosen orders as a CSV with what is left of them, to be filled in and sent back."""
    chosen = order_list.numbers_of(viewer, chosen_keys(request))
    orders = {order.pk: order for order in Order.objects.filter(pk__in=chosen)}
    lines = order_state.lines_of(orders.values())
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="tracking.csv"'
    sheet = csv.writer(answer)
    sheet.writerow(COLUMNS)
    for pk in chosen:
        for line in lines.get(pk, ()):
            if left := order_state.to_ship(line):
                order = orders[pk]
                cells = (order.number, order.channel_reference, "", "", "", line.sku, str(left))
                sheet.writerow([harmless(cell) for cell in cells])
    return answer
