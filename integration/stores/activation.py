"""An inactive store keeps all it has and is not synced."""

from datetime import datetime

import structlog
from django.db import transaction

from amazon_orders.models import Store
from integration.models import AccountSync, StoreSync
from integration.people import audit
from integration.people.audit import AuditAction

logger = structlog.get_logger(__name__)


def activate(*, store_id: int, by: str, now: datetime) -> None:
    """Sync the store again; it catches up from where it stopped. Raises Store.DoesNotExist."""
    with transaction.atomic():
        store = Store.objects.select_for_update().get(pk=store_id)
        Store.objects.filter(pk=store_id).update(is_active=True)
        AccountSync.objects.filter(account_id=store.account_id).update(next_poll_at=now)
        StoreSync.objects.filter(store_id=store_id, was_inactive=True, back_at=None).update(back_at=now)
        _record(AuditAction.STORE_ACTIVATED, store, by, now)
    logger.info("store.activated", store=store_id, by=by)


def deactivate(*, store_id: int, by: str, now: datetime) -> None:
    """Sync the store no longer. A page under way may still be stored. Raises Store.DoesNotExist."""
    with transaction.atomic():
        store = Store.objects.select_for_update().get(pk=store_id)
        Store.objects.filter(pk=store_id).update(is_active=False)
        StoreSync.objects.filter(store_id=store_id).update(away_since=now, back_at=None, was_inactive=True)
        _record(AuditAction.STORE_DEACTIVATED, store, by, now)
    logger.info("store.deactivated", store=store_id, by=by, at=now.isoformat())


def _record(what: AuditAction, store: Store, by: str, now: datetime) -> None:
    audit.record_event(what=what, by=by, now=now, store_ids=[store.pk], subject=store.name)
