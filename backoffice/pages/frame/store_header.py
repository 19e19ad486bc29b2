"""What the pages of one store have in common."""

from typing import Any

from django.http import Http404
from django.utils import timezone

from amazon_orders import marketplaces
from amazon_orders.models import Store
from integration.access import Permission, Viewer
from integration.stores import credential_expiry


def store_of(viewer: Viewer, store_id: int) -> Store:
    """One of the viewer's stores with its account, sync and settings. Raises Http404."""
    related = ("account__sync", "sync", "import_settings__commerce_store")
    found = viewer.stores().select_related(*related).filter(pk=store_id).first()
    if found is None:
        raise Http404("No such store among the viewer's.")
    return found


def store_header(viewer: Viewer, shown: Store) -> dict[str, Any]:
    """What the pages of one store have in common: its name, its state, its menu."""
    ends = credential_expiry.consent_ends(shown.account.authorized_at)
    return {
        "store": shown,
        "authorized_until": ends,
        "authorization_ends": credential_expiry.is_told(ends, now=timezone.now()),
        "marketplace": marketplaces.by_id(shown.marketplace_id),
        "account_sync": getattr(shown.account, "sync", None),
        "store_sync": getattr(shown, "sync", None),
        "import_settings": getattr(shown, "import_settings", None),
        "may_manage": viewer.may(Permission.MANAGE_STORES),
        "may_fix": viewer.may(Permission.FIX_ORDERS),
        "may_change_settings": viewer.may(Permission.CHANGE_SETTINGS),
    }
