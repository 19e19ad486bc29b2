"""System messages: what a person must act on. They are derived from rows, so they close themselves.

`banner` is asked on every page and is one indexed statement; `open_messages` is the whole list.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Exists, Min, OuterRef
from django.db.models.functions import Coalesce

from amazon_orders.models import AmazonOrder, Store
from commerce.models import OrderLine, OrderStatus
from integration import access
from integration.access import Viewer
from integration.models import AccountSync, Blocker, ImportState, OrderImport, Quarantine, StoreSync
from integration.policy import CANCELED

# Word for word: outside programs look for it.
BANNER = (
    "Your Amazon store(s) has orders that cannot be imported into Commerce. "
    "See Recent Orders in the store dashboard(s): {stores}"
)
# Amazon's own quota stretches a poll to five minutes; six missed ones are no coincidence.
STALE_AFTER = timedelta(minutes=30)
NAMED_ORDERS = 5


class Code(StrEnum):
    """What is wrong."""

    ORDERS_BLOCKED = "ORDERS_BLOCKED"
    AUTHORIZATION_REFUSED = "AUTHORIZATION_REFUSED"
    STORE_ACCESS_LOST = "STORE_ACCESS_LOST"
    ORDER_QUARANTINED = "ORDER_QUARANTINED"
    CANCELED_AFTER_SHIPPING = "CANCELED_AFTER_SHIPPING"
    SYNC_STALE = "SYNC_STALE"


class Severity(StrEnum):
    """How loud it is."""

    CRITICAL = "CRITICAL"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True)
class StoreName:
    """A store, as messages and pages name it."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class SystemMessage:
    """One open message. `since` None: it is not known since when."""

    code: Code
    severity: Severity
    text: str
    stores: tuple[StoreName, ...]
    since: datetime | None


def banner(*, viewer: Viewer) -> SystemMessage | None:
    """The one message about the viewer's stores with blocked orders, without its `since`. One statement."""
    blocked = OrderImport.objects.filter(state=ImportState.BLOCKED, amazon_order__store=OuterRef("pk"))
    stores = _names(viewer.stores().filter(Exists(blocked)))
    return _blocked(stores, since=None) if stores else None


def open_messages(*, viewer: Viewer, now: datetime) -> list[SystemMessage]:
    """Every open message about the viewer's stores, the most urgent first. Eight statements."""
    stores = tuple(viewer.stores())
    return [message for find in _FINDERS for message in find(viewer, stores, now)]


def _orders_blocked(viewer: Viewer, stores: tuple[Store, ...], now: datetime) -> Iterator[SystemMessage]:
    found = banner(viewer=viewer)
    if found is not None:
        ids = [store.id for store in found.stores]
        opened = Blocker.objects.filter(
            closed_at=None,
            order_import__state=ImportState.BLOCKED,
            order_import__amazon_order__store_id__in=ids,
        )
        yield _blocked(found.stores, since=opened.aggregate(since=Min("opened_at"))["since"])


def _blocked(stores: tuple[StoreName, ...], *, since: datetime | None) -> SystemMessage:
    return SystemMessage(
        code=Code.ORDERS_BLOCKED,
        severity=Severity.CRITICAL,
        text=BANNER.format(stores=_joined(stores)),
        stores=stores,
        since=since,
    )


def _authorization_refused(
    viewer: Viewer, stores: tuple[Store, ...], now: datetime
) -> Iterator[SystemMessage]:
    refused = AccountSync.objects.filter(account__in=_accounts(stores), refused_at__isnull=False)
    for sync in refused.order_by("account_id"):
        names = _of_account(stores, sync.account_id)
        yield SystemMessage(
            code=Code.AUTHORIZATION_REFUSED,
            severity=Severity.CRITICAL,
            text=f"Amazon refuses the authorization of {_joined(names)}: no orders come in. "
            "Authorize the store again; the sync then goes on where it stopped.",
            stores=names,
            since=sync.refused_at,
        )


def _access_lost(viewer: Viewer, stores: tuple[Store, ...], now: datetime) -> Iterator[SystemMessage]:
    lost = StoreSync.objects.filter(store__in=[store.pk for store in stores], access_lost_at__isnull=False)
    since = dict(lost.values_list("store_id", "access_lost_at"))
    for store in stores:
        if store.pk in since and store.is_active:
            yield SystemMessage(
                code=Code.STORE_ACCESS_LOST,
                severity=Severity.CRITICAL,
                text=f"The seller no longer takes part in the marketplace of {store.name}: no orders come "
                "in. Take part again in Seller Central, or deactivate the store.",
                stores=_names([store]),
                since=since[store.pk],
            )


def _sync_stale(viewer: Viewer, stores: tuple[Store, ...], now: datetime) -> Iterator[SystemMessage]:
    active = [store for store in stores if store.is_active]
    # An account that never got its first window in has been waiting since it was authorized.
    reached = AccountSync.objects.annotate(complete_until=Coalesce("synced_until", "account__authorized_at"))
    stale = reached.filter(
        account__in=_accounts(active), refused_at=None, complete_until__lt=now - STALE_AFTER
    )
    for sync in stale.order_by("account_id"):
        names = _of_account(active, sync.account_id)
        yield SystemMessage(
            code=Code.SYNC_STALE,
            severity=Severity.WARNING,
            text=f"Orders of {_joined(names)} are not up to date: the last complete sync is older than "
            f"{STALE_AFTER.seconds // 60} minutes. See that the workers run and that Amazon answers.",
            stores=names,
            since=sync.complete_until,
        )


def _quarantined(viewer: Viewer, stores: tuple[Store, ...], now: datetime) -> Iterator[SystemMessage]:
    open_rows = Quarantine.objects.filter(account__in=_accounts(stores), resolved_at=None)
    per_account = open_rows.values("account_id").annotate(count=Count("pk"), since=Min("seen_at"))
    for row in per_account.order_by("account_id"):
        names = _of_account(stores, row["account_id"])
        orders = "1 order" if row["count"] == 1 else f"{row['count']} orders"
        yield SystemMessage(
            code=Code.ORDER_QUARANTINED,
            severity=Severity.WARNING,
            text=f"Amazon sent {orders} of {_joined(names)} that cannot be read. They are kept and asked for "
            "again by themselves; until then look after them in Seller Central.",
            stores=names,
            since=row["since"],
        )


def _canceled_after_shipping(
    viewer: Viewer, stores: tuple[Store, ...], now: datetime
) -> Iterator[SystemMessage]:
    shipped = OrderLine.objects.filter(order=OuterRef("order_import__commerce_order"), quantity_shipped__gt=0)
    settled = (OrderStatus.CANCELED, OrderStatus.CLOSED)
    found = (
        access.scope_amazon_orders(viewer, AmazonOrder.objects.filter(status__in=CANCELED))
        .filter(Exists(shipped), order_import__state=ImportState.IMPORTED)
        .exclude(order_import__commerce_order__status__in=settled)
    )
    per_store: defaultdict[int, list[tuple[str, datetime]]] = defaultdict(list)
    for store_id, order_id, since in found.order_by("pk").values_list(
        "store_id", "amazon_order_id", "last_updated_at"
    ):
        per_store[store_id].append((order_id, since))
    for store in stores:
        if store.pk in per_store:
            yield _canceled_message(store, per_store[store.pk])


def _canceled_message(store: Store, orders: list[tuple[str, datetime]]) -> SystemMessage:
    named = ", ".join(order_id for order_id, _ in orders[:NAMED_ORDERS])
    more = f" and {len(orders) - NAMED_ORDERS} more" if len(orders) > NAMED_ORDERS else ""
    return SystemMessage(
        code=Code.CANCELED_AFTER_SHIPPING,
        severity=Severity.WARNING,
        text=f"Amazon canceled orders of {store.name} that had already shipped here: {named}{more}. "
        "Stop the parcels or take them back, and close the Commerce orders.",
        stores=_names([store]),
        since=min(since for _, since in orders),
    )


_FINDERS: tuple[Callable[[Viewer, tuple[Store, ...], datetime], Iterable[SystemMessage]], ...] = (
    _orders_blocked,
    _authorization_refused,
    _access_lost,
    _canceled_after_shipping,
    _quarantined,
    _sync_stale,
)


def _accounts(stores: Iterable[Store]) -> set[int]:
    return {store.account_id for store in stores}


def _of_account(stores: Iterable[Store], account_id: int) -> tuple[StoreName, ...]:
    return _names(store for store in stores if store.account_id == account_id)


def _names(stores: Iterable[Store]) -> tuple[StoreName, ...]:
    return tuple(StoreName(id=store.pk, name=store.name) for store in stores)


def _joined(stores: Iterable[StoreName]) -> str:
    return ", ".join(store.name for store in stores)
