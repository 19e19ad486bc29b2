"""Purge what names people, in both apps, so many days after delivery (Amazon's policy says 30), and records
that nobody reads any more.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from amazon_orders import purge
from amazon_orders.models import AmazonOrder
from commerce.models import Order
from commerce.orders import customers, personal_data
from integration.installation import worker_heartbeats
from integration.models import (
    AddressCorrection,
    AuditEntry,
    AuditEntryStore,
    CommunicationError,
    Heartbeat,
    IdempotencyKey,
    MissingOrder,
    PersonalDataPurge,
    ProofDay,
    Quarantine,
    SyncRun,
)
from integration.models.imports import CHANNEL
from integration.people import idempotency_keys
from integration.privacy import retention

BATCH = 500


@dataclass(frozen=True, slots=True)
class Purged:
    """How many orders of the mirror and of Commerce lost their personal data; customers; payloads."""

    amazon_orders: int
    commerce_orders: int
    customers: int
    payloads: int


def purge_personal_data(*, now: datetime) -> Purged:
    """Purge everything that is due, batch by batch; it may be stopped and run again."""
    kept_days = retention.kept_days()
    before = now - timedelta(days=kept_days)
    # Orders whose store was deleted have no row in the mirror any more: Commerce goes by its own dates too.
    commerce_orders = personal_data.purge_ended(ended_before=before)
    amazon_orders = 0
    while order_ids := purge.find_delivered_before(before=before, limit=BATCH):
        # Commerce first: an order that is found no more in the mirror would keep its copy here.
        commerce_orders += _purge_commerce(order_ids)
        amazon_orders += purge.purge(order_ids=order_ids, now=now)
    _purge_corrections(before)
    payloads, _ = Quarantine.objects.filter(seen_at__lt=before).delete()
    purged = Purged(amazon_orders, commerce_orders, customers.purge(ended_before=before), payloads)
    PersonalDataPurge.objects.create(
        started_at=now, ended_at=timezone.now(), kept_days=kept_days, **asdict(purged)
    )
    return purged


@dataclass(frozen=True, slots=True)
class PurgedRecords:
    """How many records for people have gone."""

    communication_errors: int
    sync_runs: int
    audit_entries: int = 0
    proofs: int = 0


def purge_records(*, now: datetime) -> PurgedRecords:
    """Delete what is older than it is kept, batch by batch, a short transaction each."""
    errors_before = now - timedelta(days=settings.COMMUNICATION_ERRORS_KEPT_DAYS)
    runs_before = now - timedelta(days=settings.SYNC_RUNS_KEPT_DAYS)
    _delete(IdempotencyKey.objects.filter(created_at__lt=now - idempotency_keys.KEPT_FOR))
    PersonalDataPurge.objects.filter(started_at__lt=now - timedelta(days=settings.AUDIT_KEPT_DAYS)).delete()
    Heartbeat.objects.filter(seen_at__lt=now - worker_heartbeats.FORGOTTEN_AFTER).delete()
    return PurgedRecords(
        communication_errors=_delete(CommunicationError.objects.filter(first_at__lt=errors_before)),
        sync_runs=_delete(SyncRun.objects.filter(started_at__lt=runs_before)),
        audit_entries=_purge_audit(now - timedelta(days=settings.AUDIT_KEPT_DAYS)),
        proofs=_purge_proofs((now - timedelta(days=settings.PROOFS_KEPT_DAYS)).date()),
    )


def _purge_proofs(before: date) -> int:
    """Days that were proved long ago; one with an order that is still missing stays until that is settled."""
    missing = MissingOrder.objects.filter(healed_at=None, given_up_at=None)
    open_then = missing.filter(store=OuterRef("store"), day=OuterRef("day"))
    _delete(MissingOrder.objects.filter(day__lt=before).exclude(pk__in=missing.values("pk")))
    return _delete(ProofDay.objects.filter(~Exists(open_then), day__lt=before))


def _purge_audit(before: datetime) -> int:
    """The one way out of the audit log, for old entries alone: the database sees to that."""
    deleted = 0
    rows = AuditEntry.objects.filter(at__lt=before).order_by("at", "pk")
    while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            # Children first; the database's triggers let both go only when they are old enough.
            AuditEntryStore.objects.filter(entry_id__in=keys).delete()
            deleted += AuditEntry.objects.filter(pk__in=keys).delete()[0]
    return deleted


def _delete(rows: "QuerySet[Any]") -> int:
    deleted = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        deleted += rows.model._default_manager.filter(pk__in=keys).delete()[0]
    return deleted


def _purge_corrections(before: datetime) -> None:
    """A corrected address is there also where Amazon itself told none."""
    delivered = AmazonOrder.objects.filter(purge.delivered_before(before))
    AddressCorrection.objects.filter(order_import__amazon_order__in=delivered).delete()


def _purge_commerce(order_ids: list[int]) -> int:
    references = AmazonOrder.objects.filter(pk__in=order_ids).values_list("amazon_order_id", flat=True)
    orders = Order.objects.filter(channel=CHANNEL, channel_reference__in=list(references))
    return personal_data.purge(order_ids=list(orders.values_list("pk", flat=True)))
