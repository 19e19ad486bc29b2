"""What became of personal data: how long it is kept, and what was purged when."""

from django import forms
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.frame.permissions import action, page
from backoffice.pages.operations import activity
from integration import tasks
from integration.access import Permission, Viewer
from integration.privacy import purge_report, retention
from integration.privacy.retention import BadDays


class KeptForm(forms.Form):
    """How long personal data is kept."""

    days = forms.IntegerField(
        label="Keep names and addresses for (days after delivery)",
        min_value=1,
        max_value=retention.LONGEST_DAYS,
        help_text="Amazon allows 30 at most. A shorter time counts at once for everything that is here.",
        widget=forms.NumberInput({"class": "form-control", "inputmode": "numeric"}),
    )


@page(Permission.MANAGE_PRIVACY)
def purges(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The report, and the setting."""
    return _render(request, viewer, KeptForm(initial={"days": retention.kept_days()}))


@action(Permission.MANAGE_PRIVACY)
def keep(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Keep personal data longer or shorter; the next purge begins at once."""
    form = KeptForm(request.POST)
    if not form.is_valid():
        return _render(request, viewer, form)
    try:
        has_changed = retention.keep(days=form.cleaned_data["days"], by=viewer.name, now=timezone.now())
    except BadDays as refused:
        form.add_error("days", str(refused))
        return _render(request, viewer, form)
    if has_changed:
        tasks.wake_purge()
    toasts.success(request, f"Personal data goes {form.cleaned_data['days']} days after delivery.")
    return HttpResponseRedirect(reverse("personal_data"), status=303)


def _render(request: HttpRequest, viewer: Viewer, form: KeptForm) -> HttpResponse:
    context = {
        "tabs": activity.tabs("personal_data", viewer),
        "form": form,
        "report": purge_report.read_purge_report(now=timezone.now()),
    }
    return render(request, "activity/personal_data.html", context, status=422 if form.errors else 200)
