"""The Order Settings of a store: how import works there."""

from datetime import datetime

from django.contrib import messages as toasts
from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from amazon_orders.models import Store
from backoffice.pages.frame import words
from backoffice.pages.frame.fix_outcome import judge_at_once
from backoffice.pages.frame.permissions import page
from backoffice.pages.frame.store_header import store_header, store_of
from backoffice.pages.stores.order_settings_form import LeftOut, OrderSettingsForm
from integration import access, tasks
from integration.access import Permission, Viewer
from integration.models import CustomerCreation, ImportBatch, NumberSource
from integration.orders import order_list
from integration.orders.actions import BadRequest
from integration.orders.bulk import batches
from integration.stores import store_settings
from integration.stores.store_settings import BadSetting, ImportSettings

# Where the setting that was refused stands in the form.
_FIELD_OF = {"order_status": "processing_order_status"}


@page(Permission.VIEW_ORDERS, methods=("GET", "HEAD", "POST"))
def order_settings(request: HttpRequest, viewer: Viewer, store_id: int) -> HttpResponse:
    """The settings; who may not change them reads them."""
    store, now = store_of(viewer, store_id), timezone.now()
    left_out = _left_out(store)
    is_off = not store.import_settings.import_amazon_orders
    asks = is_off and left_out is not None and viewer.may(Permission.FIX_ORDERS)
    form = OrderSettingsForm(
        request.POST if request.method == "POST" else None,
        kept=store.import_settings,
        left_out=left_out if asks else None,
        now=now,
    )
    if request.method == "POST":
        access.require(viewer, Permission.CHANGE_SETTINGS)
        if (saved := _save(request, viewer, store, form, now)) is not None:
            return saved
    context = {**store_header(viewer, store), "form": form, "left_out": left_out}
    return render(request, "stores/settings.html", context, status=422 if form.errors else 200)


def _left_out(store: Store) -> LeftOut | None:
    """What was received while import was off: at most two statements."""
    found = batches.received_while_off(store_id=store.pk)
    most = order_list.COUNTED_AT_MOST
    number = found.values("pk")[: most + 1].count()
    if not number:
        return None
    first = found.aggregate(first=Min("amazon_order__received_at"))["first"]
    return LeftOut(order_list.Count(value=min(number, most), is_capped=number > most), first)


def _save(
    request: HttpRequest, viewer: Viewer, store: Store, form: OrderSettingsForm, now: datetime
) -> HttpResponse | None:
    """Where to go once it is saved; None where it was not, and why stands in the form."""
    if not form.is_valid():
        return None
    before = store_settings.read_store_settings(store_id=store.pk)
    try:
        after = store_settings.change(store_id=store.pk, changes=form.changes(), by=viewer.name, now=now)
    except BadSetting as refused:
        form.add_error(_FIELD_OF.get(refused.field, refused.field), str(refused))
        return None
    if told := told_changes(before, after):
        toasts.success(request, f"Saved for {store.name}. {told}")
    else:
        toasts.info(request, f"Nothing was changed: the Order Settings of {store.name} are as they were.")
    # Before the import of what was left out: it finds the settings in force.
    judge_at_once(request, viewer)
    batch = _import_left_out(request, viewer, store, form, now)
    return redirect("store_settings", store.pk) if batch is None else redirect("import_batch", batch.pk)


def _import_left_out(
    request: HttpRequest, viewer: Viewer, store: Store, form: OrderSettingsForm, now: datetime
) -> ImportBatch | None:
    since = form.import_since()
    if since is None:
        return None
    try:
        batch = batches.start_since(
            store=store, since=since, token=form.cleaned_data["token"], by=viewer.name, now=now
        )
    except BadRequest as refused:
        toasts.warning(request, str(refused))
        return None
    tasks.wake_batches()
    toasts.success(
        request, f"{words.counted(batch.expected, 'order')} received meanwhile: the import has begun."
    )
    return batch


def told_changes(before: ImportSettings, after: ImportSettings) -> str:
    """What is different now, in the words of the page: "Import Amazon Orders: Enabled."."""
    was, now = _in_words(before), _in_words(after)
    return " ".join(f"{name}: {value}." for name, value in now.items() if was[name] != value)


def _in_words(settings: ImportSettings) -> dict[str, str]:
    is_default = settings.order_status == store_settings.DEFAULT_STATUS
    return {
        "Import Amazon Orders": "Enabled" if settings.import_amazon_orders else "Disabled",
        "Commerce Store": settings.commerce_store,
        "Customer Creation": CustomerCreation(settings.customer_creation.upper()).label,
        "Order Number Source": NumberSource(settings.order_number_source.upper()).label,
        "Order Status": "Default Order Status" if is_default else settings.order_status,
        "Pending Orders": "Reserve Quantity" if settings.reserve_pending else "Do Not Reserve",
    }
