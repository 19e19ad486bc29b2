"""How does import work here? The Order Settings of a store."""

from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from amazon_orders.models import Store
from commerce.models import CommerceStore
from integration import access, import_batches, store_settings
from integration.access import Permission, Viewer
from integration.models import CustomerCreation, NumberSource, StoreSettings
from integration.store_settings import BadSetting
from integration.web.judging import judge_at_once
from integration.web.permissions import page
from integration.web.store_dashboard import store_header, store_of

ENABLED, DISABLED = "enabled", "disabled"
DEFAULT, CUSTOM = "default", "custom"
# Where the setting that was refused stands in the form.
_FIELD_OF = {"order_status": "processing_order_status"}


class OrderSettingsForm(forms.Form):
    """The settings in the words of the screen. A field that is greyed out is not sent and keeps its value."""

    import_amazon_orders = forms.ChoiceField(
        label="Import Amazon Orders",
        choices=[(ENABLED, "Enabled"), (DISABLED, "Disabled")],
        widget=forms.RadioSelect,
    )
    commerce_store = forms.ModelChoiceField(
        label="Import Amazon Orders Into Commerce Store",
        queryset=CommerceStore.objects.all(),
        empty_label=None,
        required=False,
        widget=forms.Select({"class": "form-select"}),
    )
    customer_creation = forms.ChoiceField(
        label="Customer Creation", choices=CustomerCreation.choices, required=False, widget=forms.RadioSelect
    )
    order_number_source = forms.ChoiceField(
        label="Order Number Source", choices=NumberSource.choices, required=False, widget=forms.RadioSelect
    )
    order_status = forms.ChoiceField(
        label="Order Status",
        choices=[(DEFAULT, "Default Order Status"), (CUSTOM, "Custom Order Status")],
        required=False,
        widget=forms.RadioSelect,
    )
    processing_order_status = forms.CharField(
        label="Processing Order Status",
        max_length=store_settings.LONGEST_STATUS,
        required=False,
        help_text="Your own word for an order in processing, e.g. Amazon processing.",
        widget=forms.TextInput({"class": "form-control"}),
    )
    reserve_pending = forms.ChoiceField(
        label="Pending Orders",
        choices=[("on", "Reserve Quantity"), ("off", "Do Not Reserve")],
        required=False,
        widget=forms.RadioSelect,
    )

    def clean(self) -> dict[str, Any]:
        """A custom status needs its word."""
        asked: dict[str, Any] = super().clean() or self.cleaned_data
        if asked.get("order_status") == CUSTOM and not asked.get("processing_order_status"):
            self.add_error("processing_order_status", "Say what an order in processing is called.")
        return asked

    def changes(self) -> dict[str, Any]:
        """What was sent, in the words of REST."""
        asked = self.cleaned_data
        sent: dict[str, Any] = {"import_amazon_orders": asked["import_amazon_orders"] == ENABLED}
        if asked["commerce_store"] is not None:
            sent["commerce_store"] = asked["commerce_store"].pk
        for name in ("customer_creation", "order_number_source"):
            if asked[name]:
                sent[name] = asked[name]
        if asked["order_status"]:
            is_custom = asked["order_status"] == CUSTOM
            sent["order_status"] = asked["processing_order_status"] if is_custom else DEFAULT
        if asked["reserve_pending"]:
            sent["reserve_pending"] = asked["reserve_pending"] == "on"
        return sent


@page(Permission.VIEW_ORDERS, methods=("GET", "HEAD", "POST"))
def order_settings(request: HttpRequest, viewer: Viewer, store_id: int) -> HttpResponse:
    """The settings; who may not change them reads them."""
    store = store_of(viewer, store_id)
    form = OrderSettingsForm(request.POST if request.method == "POST" else None, initial=_initial(store))
    if request.method == "POST" and _save(request, viewer, store, form):
        return redirect("store_settings", store.pk)
    context = {
        **store_header(viewer, store),
        "form": form,
        "has_left_out": import_batches.received_while_off(store_id=store.pk).exists(),
    }
    return render(request, "stores/settings.html", context, status=422 if form.errors else 200)


def _save(request: HttpRequest, viewer: Viewer, store: Store, form: OrderSettingsForm) -> bool:
    """Whether it was saved; why not stands in the form then. Raises access.NotPermitted."""
    access.require(viewer, Permission.CHANGE_SETTINGS)
    if not form.is_valid():
        return False
    try:
        store_settings.change(store_id=store.pk, changes=form.changes(), by=viewer.name, now=timezone.now())
    except BadSetting as refused:
        form.add_error(_FIELD_OF.get(refused.field, refused.field), str(refused))
        return False
    toasts.success(request, f"The Order Settings of {store.name} are saved.")
    judge_at_once(request, viewer)
    return True


def _initial(store: Store) -> dict[str, Any]:
    kept: StoreSettings = store.import_settings
    return {
        "import_amazon_orders": ENABLED if kept.import_amazon_orders else DISABLED,
        "commerce_store": kept.commerce_store_id,
        "customer_creation": kept.customer_creation,
        "order_number_source": kept.number_source,
        "order_status": CUSTOM if kept.custom_status else DEFAULT,
        "processing_order_status": kept.custom_status,
        "reserve_pending": "on" if kept.reserve_pending else "off",
    }
