"""Delete a store: its Amazon orders go, the Commerce orders they became stay.

In batches with a short transaction each, so a large store holds up nobody. Killed anywhere, the store is
inactive, and deleting it again goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import router, transaction
from django.db.models import F, Model, QuerySet

from amazon_orders.models import (
    Account,
    AmazonOrder,
    AmazonOrderItem,
    AmazonPackage,
    BuyerNameWord,
    PersonalData,
    Store,
)
from commerce.models import Reservation
from commerce.stock import stock
from integration.models import (
    AccountSync,
    AddressCorrection,
    Blocker,
    OrderImport,
    Quarantine,
    QuarantineKind,
    TimelineEvent,
)
from integration.models.imports import CHANNEL
from integration.outbox import answers
from integration.people import audit
from integration.people.audit import AuditAction
from integration.transactions import repeat_when_beaten

logger = structlog.get_logger(__name__)

BATCH = 1_000
# What hangs on an import and on an order, children first.
OF_IMPORT: tuple[type[Model], ...] = (TimelineEvent, Blocker, AddressCorrection)
OF_ORDER: tuple[type[Model], ...] = (
    BuyerNameWord,
    PersonalData,
    AmazonPackage,
    AmazonOrderItem,
)


@dataclass(frozen=True, slots=True)
class DeletionSummary:
    """What deleting a store would do, in numbers.

    `holds_released` are units held for orders that have no Commerce order. The account goes with its last
    store, and with it the refresh token, product matches and sync history.
    """

    store_name: str
    orders: int
    commerce_orders_kept: int
    holds_released: int
    is_last_store_of_account: bool
    matches: int


def deletion_summary(store_id: int) -> DeletionSummary:
    """Raises Store.DoesNotExist."""
    store = Store.objects.select_related("account").get(pk=store_id)
    imports = OrderImport.objects.filter(amazon_order__store_id=store_id)
    is_last = not Store.objects.filter(account_id=store.account_id).exclude(pk=store_id).exists()
    unplaced = imports.filter(commerce_order=None).values("amazon_order__amazon_order_id")
    held = Reservation.objects.filter(channel=CHANNEL, channel_reference__in=unplaced, order_line=None)
    return DeletionSummary(
        store_name=store.name,
        orders=AmazonOrder.objects.filter(store_id=store_id).count(),
        commerce_orders_kept=imports.exclude(commerce_order=None).count(),
        holds_released=sum(held.values_list("quantity", flat=True)),
        is_last_store_of_account=is_last,
        matches=store.account.matches.count() if is_last else 0,
    )


def delete(*, store_id: int, by: str, now: datetime) -> int:
    """Delete it; gives the number of Amazon orders that went. Raises Store.DoesNotExist."""
    # First, in a transaction of its own: from here on no page of this account under way can be stored.
    account_id = _stop_sync(store_id)
    deleted = 0
    while True:
        while batch := repeat_when_beaten(lambda: _delete_batch(store_id, now)):
            deleted += batch
        # An order may have come in after the last batch: then once more.
        if _delete_store(store_id, account_id, orders=deleted, by=by, now=now):
            break
    logger.info("store.deleted", store=store_id, account=account_id, by=by, orders=deleted)
    return deleted


def _stop_sync(store_id: int) -> int:
    """A page under way loses its right to be stored; the next one is not asked for this store."""
    with transaction.atomic():
        store = Store.objects.select_for_update().get(pk=store_id)
        Store.objects.filter(pk=store_id).update(is_active=False)
        AccountSync.objects.filter(account_id=store.account_id).update(
            fencing=F("fencing") + 1, window=None, lease_owner="", lease_expires_at=None
        )
    return store.account_id


@transaction.atomic
def _delete_batch(store_id: int, now: datetime) -> int:
    rows = AmazonOrder.objects.filter(store_id=store_id).select_for_update().order_by("pk")
    orders = dict(rows.values_list("pk", "amazon_order_id")[:BATCH])
    if not orders:
        return 0
    pks = list(orders)
    # Whoever places one of them has it locked or finds it gone.
    imports = OrderImport.objects.filter(pk__in=pks).select_for_update().order_by("pk")
    placed = {
        pk for pk, commerce_order_id in imports.values_list("pk", "commerce_order_id") if commerce_order_id
    }
    _release([orders[pk] for pk in pks if pk not in placed], now)
    for model in OF_IMPORT:
        _delete_rows(model._default_manager.filter(order_import_id__in=pks))
    _delete_rows(OrderImport.objects.filter(pk__in=pks))
    for model in OF_ORDER:
        _delete_rows(model._default_manager.filter(order_id__in=pks))
    _delete_rows(AmazonOrder.objects.filter(pk__in=pks))
    # Another account that lists one of them too may have it now.
    Quarantine.objects.filter(
        kind=QuarantineKind.OTHER_ACCOUNT, resolved_at=None, amazon_order_id__in=list(orders.values())
    ).update(ask_again_at=now)
    return len(pks)


def _release(references: Sequence[str], now: datetime) -> None:
    """Give back what is held for orders that have no Commerce order."""
    holding = set(
        Reservation.objects.filter(
            channel=CHANNEL, channel_reference__in=references, order_line=None
        ).values_list("channel_reference", flat=True)
    )
    if not holding:
        return
    locked = stock.lock(channel=CHANNEL, channel_references=sorted(holding), product_ids=())
    for reference in sorted(holding):
        locked.release(reference)
    locked.save(now)


@transaction.atomic
def _delete_store(store_id: int, account_id: int, *, orders: int, by: str, now: datetime) -> bool:
    """The store, and the account with its last store. False where orders came in meanwhile."""
    # The lock under which pages are stored (docs/locking.md): none comes in between the look and the
    # deletion.
    list(AccountSync.objects.select_for_update().filter(account_id=account_id))
    # Whoever counts its days steps over it.
    names = [store.name for store in Store.objects.select_for_update().filter(pk=store_id)]
    if AmazonOrder.objects.filter(store_id=store_id).exists():
        return False
    Store.objects.filter(pk=store_id).delete()
    if not Store.objects.filter(account_id=account_id).exists():
        answers.abandon_cancellations(account_id=account_id, now=now)
        Account.objects.filter(pk=account_id).delete()
    audit.record_event(
        what=AuditAction.STORE_DELETED,
        by=by,
        now=now,
        store_ids=[store_id],
        subject="".join(names),
        details={"orders": orders},
    )
    return True


def _delete_rows(rows: QuerySet[Model]) -> None:
    """One statement. `delete` would read every row first and look for dependents, which are gone already."""
    rows._raw_delete(using=router.db_for_write(rows.model))
