"""Setting up a store: connect, authorize again, switch off and on, delete."""

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.frame.permissions import action, page
from backoffice.pages.frame.store_header import store_header, store_of
from backoffice.pages.stores.store_forms import ConnectForm, DeleteForm, ReauthorizeForm
from integration import stores, tasks
from integration.access import Permission, Viewer
from integration.stores import StoreRefused

_FORM = ("GET", "HEAD", "POST")


@page(Permission.MANAGE_STORES, methods=_FORM)
def connect(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Connect a store with its seller id and a refresh token."""
    now = timezone.now()
    form = ConnectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            store = stores.connect(**form.request(now), by=viewer.name, now=now)
        except StoreRefused as refused:
            form.add_error(None, str(refused))
        else:
            tasks.wake_sync(account_id=store.account_id)
            tasks.wake_subscriptions()
            toasts.success(request, f"{store.name} is connected. Its first orders appear within a minute.")
            return redirect("store", store.pk)
    return render(request, "stores/connect.html", {"form": form}, status=422 if form.errors else 200)


@page(Permission.MANAGE_STORES, methods=_FORM)
def reauthorize(request: HttpRequest, viewer: Viewer, store_id: int) -> HttpResponse:
    """A new refresh token for the store's account."""
    store = store_of(viewer, store_id)
    form = ReauthorizeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        token = form.cleaned_data["refresh_token"]
        try:
            stores.reauthorize(store=store, refresh_token=token, by=viewer.name, now=timezone.now())
        except StoreRefused as refused:
            form.add_error(None, str(refused))
        else:
            tasks.wake_sync(account_id=store.account_id)
            toasts.success(request, f"{store.name} is authorized again; the sync goes on where it stopped.")
            return redirect("store", store.pk)
    context = {**store_header(viewer, store), "form": form}
    return render(request, "stores/reauthorize.html", context, status=422 if form.errors else 200)


@action(Permission.MANAGE_STORES)
def deactivate(request: HttpRequest, viewer: Viewer, store_id: int) -> HttpResponse:
    """Sync the store no longer."""
    store = store_of(viewer, store_id)
    stores.deactivate(store_id=store.pk, by=viewer.name, now=timezone.now())
    toasts.success(request, f"{store.name} is inactive. It keeps all it has; no orders come in.")
    return HttpResponseRedirect(reverse("store", args=[store.pk]), status=303)


@action(Permission.MANAGE_STORES)
def activate(request: HttpRequest, viewer: Viewer, store_id: int) -> HttpResponse:
    """Sync the store again."""
    store = store_of(viewer, store_id)
    stores.activate(store_id=store.pk, by=viewer.name, now=timezone.now())
    tasks.wake_sync(account_id=store.account_id)
    tasks.wake_subscriptions()
    toasts.success(request, f"{store.name} is active again; what was missed is fetched now.")
    return HttpResponseRedirect(reverse("store", args=[store.pk]), status=303)


@page(Permission.MANAGE_STORES, methods=_FORM)
def delete(request: HttpRequest, viewer: Viewer, store_id: int) -> HttpResponse:
    """Delete the store, after its name was typed: says before what goes and what stays."""
    store = store_of(viewer, store_id)
    form = DeleteForm(request.POST or None, store_name=store.name)
    if request.method == "POST" and form.is_valid():
        # Within the request, in short transactions: broken off, the store is inactive and the form goes
        # on with it.
        gone = stores.delete(store_id=store.pk, by=viewer.name, now=timezone.now())
        toasts.success(request, f"{store.name} is deleted, with {gone:,} Amazon orders.")
        return redirect("stores")
    summary = stores.deletion_summary(store.pk)
    context = {**store_header(viewer, store), "form": form, "summary": summary}
    return render(request, "stores/delete.html", context, status=422 if form.errors else 200)
