"""The catalog by CSV: upload, preview, per-line errors, and a progress that is there whoever looks."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.frame.form_tokens import new_token
from backoffice.pages.frame.list_page import page_or_first
from backoffice.pages.frame.list_state import ListState
from backoffice.pages.frame.permissions import action, page
from backoffice.pages.products import product_changes
from backoffice.pages.products.product_changes import ShownLine
from commerce.catalog import uploads
from commerce.catalog.file_lines import COLUMNS, UnreadableFile
from commerce.catalog.uploads import Progress
from commerce.models import LineOutcome, ProductImport, ProductImportLine
from integration import tasks
from integration.access import Permission, Viewer
from integration.catalog import product_files

# 50,000 lines of 200 bytes: read into memory as a whole.
LARGEST = 10_000_000
_TONES: Mapping[str, str] = {
    LineOutcome.CREATED: "ok",
    LineOutcome.UPDATED: "info",
    LineOutcome.UNCHANGED: "",
    LineOutcome.BAD: "bad",
}
# What a person may want to see of a file, by the word in the address.
_SHOW: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "": ("All lines", ()),
    "bad": ("Left out", (LineOutcome.BAD,)),
    "created": ("Created", (LineOutcome.CREATED,)),
    "updated": ("Updated", (LineOutcome.UPDATED,)),
    "unchanged": ("Unchanged", (LineOutcome.UNCHANGED,)),
}


class CatalogFileForm(forms.Form):
    """A file of products."""

    token = forms.CharField(max_length=64, widget=forms.HiddenInput)
    file = forms.FileField(
        label="CSV file",
        help_text="In UTF-8, with a heading; at most 10 MB and 50,000 lines.",
        widget=forms.FileInput({"class": "form-control", "accept": ".csv,text/csv"}),
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        """Not larger than a request may be."""
        sent: UploadedFile[bytes] = self.cleaned_data["file"]
        if (sent.size or 0) > LARGEST:
            raise forms.ValidationError("The file is larger than 10 MB; split it.")
        return sent


@dataclass(frozen=True, slots=True)
class ShownImport:
    """A file with its progress, as the list and its own page show it."""

    found: ProductImport
    progress: Progress

    @property
    def outcomes(self) -> list[tuple[str, int, str]]:
        """(word, count, tone) of each outcome there is."""
        return [
            (LineOutcome(code).label, count, _TONES[code]) for code, count in self.progress.by_outcome.items()
        ]


@page(Permission.EDIT_CATALOG, methods=("GET", "HEAD", "POST"))
def catalog_imports(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Choose a file, and see the files of before."""
    form = CatalogFileForm(request.POST or None, request.FILES or None, initial={"token": new_token()})
    if request.method == "POST" and form.is_valid():
        sent: UploadedFile[bytes] = form.cleaned_data["file"]
        try:
            found = uploads.upload(
                sent.read(),
                file_name=sent.name or "",
                token=form.cleaned_data["token"],
                by=viewer.name,
                now=timezone.now(),
            )
            return redirect("catalog_import", found.pk)
        except UnreadableFile as unreadable:
            text = str(unreadable)
            form.add_error("file", text[:1].upper() + text[1:] + ".")
    context = {"form": form, "imports": _shown(uploads.recent()), "columns": COLUMNS}
    return render(request, "products/imports.html", context, status=422 if form.errors else 200)


@page(Permission.EDIT_CATALOG)
def catalog_import(request: HttpRequest, viewer: Viewer, import_id: int) -> HttpResponse:
    """What a file would do; once it is started, how far it is and what became of each line."""
    context = _context(request, import_id)
    if context["shown"].found.started_at is None:
        context["preview"] = uploads.preview(import_id=import_id)
    return render(request, "products/import.html", context)


@page(Permission.EDIT_CATALOG)
def catalog_progress(request: HttpRequest, viewer: Viewer, import_id: int) -> HttpResponse:
    """The part of that page which changes, for the script that asks for it."""
    return render(request, "products/_import_progress.html", _context(request, import_id))


@action(Permission.EDIT_CATALOG)
def start(request: HttpRequest, viewer: Viewer, import_id: int) -> HttpResponse:
    """Take over what the preview showed; twice is once."""
    if product_files.start(_import_of(import_id), by=viewer.name, now=timezone.now()):
        tasks.wake_product_imports()
    return HttpResponseRedirect(reverse("catalog_import", args=[import_id]), status=303)


@action(Permission.EDIT_CATALOG)
def discard(request: HttpRequest, viewer: Viewer, import_id: int) -> HttpResponse:
    """Forget a file that was not started."""
    found = _import_of(import_id)
    if uploads.discard(import_id=import_id):
        toasts.success(request, f"{found.file_name} is discarded. Nothing of it was taken over.")
    else:
        toasts.warning(request, f"{found.file_name} was started meanwhile.")
    return HttpResponseRedirect(reverse("catalog_imports"), status=303)


@page(Permission.EDIT_CATALOG)
def sheet(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """An empty file with the columns."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="products.csv"'
    csv.writer(answer).writerow(COLUMNS)
    return answer


def _import_of(import_id: int) -> ProductImport:
    found = ProductImport.objects.filter(pk=import_id).first()
    if found is None:
        raise Http404("There is no such import.")
    return found


def _shown(found: Sequence[ProductImport]) -> list[ShownImport]:
    progress = uploads.progress([each.pk for each in found])
    return [ShownImport(each, progress[each.pk]) for each in found]


def _context(request: HttpRequest, import_id: int) -> dict[str, Any]:
    [shown] = _shown([_import_of(import_id)])
    state = ListState(reverse("catalog_import", args=[import_id]), request.GET)
    show = request.GET.get("show", "")
    _, outcomes = _SHOW.get(show, _SHOW[""])
    lines = page_or_first(
        request, state, lambda cursor: uploads.lines(import_id=import_id, outcomes=outcomes, cursor=cursor)
    )
    return {
        "shown": shown,
        "is_open": shown.found.started_at is not None and shown.found.finished_at is None,
        "tabs": _tabs(state, show, shown.progress),
        "lines": _shown_lines(lines.rows, is_preview=shown.found.started_at is None),
        "pager": state.pager(lines),
        "query": request.GET.urlencode(),
    }


def _tabs(state: ListState, show: str, progress: Progress) -> list[tuple[str, str, bool]]:
    """(name with its count, address, whether it is shown) of what there is."""
    counts = {key: sum(progress.by_outcome.get(each, 0) for each in of) for key, (_, of) in _SHOW.items()}
    counts[""] = progress.total
    return [
        (f"{name} {counts[key]:,}", state.with_value("show", key), key == show)
        for key, (name, _) in _SHOW.items()
        if counts[key] or key in ("", show)
    ]


def _shown_lines(rows: Sequence[ProductImportLine], *, is_preview: bool) -> list[ShownLine]:
    """As they would change the catalog, or as they did; at most two statements."""
    return product_changes.of_preview(rows) if is_preview else product_changes.of_outcomes(rows, _TONES)
