"""System messages: what a person must act on. They are derived from rows, so they close themselves.

`banners` is asked on every page and is one indexed statement; `open_messages` is the whole list.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import DateTimeField, Min, Q
from django.db.models.functions import Coalesce

from amazon_orders.models import Store
from integration.access import Permission, StoreName, Viewer
from integration.completeness import table
from integration.installation.read_only import ReadOnlyMode, Reason
from integration.messages import banner, kept_aside, order_problems
from integration.messages.banner import Banner
from integration.messages.codes import Code, Severity
from integration.models import AccountSync, Blocker, ImportState, StoreSync
from integration.models.sync import STALE_AFTER
from integration.notifications import problems
from integration.stores import credential_expiry

__all__ = ["Code", "Severity", "SystemMessage", "banners", "open_messages"]

# Word for word: outside programs look for it.
NAMED_ORDERS = 5
# A missing order is asked for by its number at once; what a night and a day did not bring, nothing will.
MISSING_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SystemMessage:
    """One open message. `since` None: it is not known since when."""

    code: Code
    severity: Severity
    text: str
    stores: tuple[StoreName, ...]
    since: datetime | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What every finder needs. `troubled`: accounts of the viewer's stores with something about them."""

    viewer: Viewer
    stores: tuple[Store, ...]
    banner: Banner
    troubled: tuple[AccountSync, ...]
    now: datetime


def banners(*, viewer: Viewer) -> list[SystemMessage]:
    """The messages on top of every page, the one about blocked orders without its `since`. One statement."""
    found = banner.find_banner(viewer)
    read_only = [] if found.mode is None else [_read_only(found.mode)]
    return [*read_only, *([_blocked(found.blocked, since=None)] if found.blocked else [])]


def open_messages(*, viewer: Viewer, now: datetime) -> list[SystemMessage]:
    """Every open message about the viewer's stores, the most urgent first.

    Eight statements, and four more where notifications are configured.
    """
    stores = tuple(viewer.stores().select_related("sync"))
    asked = _Asked(viewer, stores, banner.find_banner(viewer), _troubled(stores, now), now)
    return [message for find in _FINDERS for message in find(asked)]


def _troubled(stores: Iterable[Store], now: datetime) -> tuple[AccountSync, ...]:
    # An account that never got its first window in has been waiting since it was authorized.
    reached = Coalesce("synced_until", "account__authorized_at", output_field=DateTimeField())
    trouble = Q(refused_at__isnull=False) | Q(bug_since__isnull=False) | Q(reached__lt=now - STALE_AFTER)
    old = Q(account__authorized_at__lte=now - credential_expiry.CONSENT + credential_expiry.TOLD_BEFORE)
    syncs = AccountSync.objects.annotate(reached=reached).filter(account__in=_accounts(stores))
    return tuple(syncs.filter(trouble | old).select_related("account").order_by("account_id"))


def _read_only_mode(asked: _Asked) -> Iterator[SystemMessage]:
    if asked.banner.mode is not None:
        yield _read_only(asked.banner.mode)


def _read_only(mode: ReadOnlyMode) -> SystemMessage:
    by_itself = mode.reason == Reason.ANOTHER_INSTALLATION
    return SystemMessage(
        code=Code.READ_ONLY,
        severity=Severity.CRITICAL if by_itself else Severity.WARNING,
        text=mode.text,
        stores=(),
        since=mode.since,
    )


def _orders_blocked(asked: _Asked) -> Iterator[SystemMessage]:
    if asked.banner.blocked:
        ids = [store.id for store in asked.banner.blocked]
        opened = Blocker.objects.filter(
            closed_at=None,
            order_import__state=ImportState.BLOCKED,
            order_import__amazon_order__store_id__in=ids,
        )
        yield _blocked(asked.banner.blocked, since=opened.aggregate(since=Min("opened_at"))["since"])


def _blocked(stores: tuple[StoreName, ...], *, since: datetime | None) -> SystemMessage:
    return SystemMessage(
        code=Code.ORDERS_BLOCKED,
        severity=Severity.CRITICAL,
        text=banner.TEXT.format(stores=_joined(stores)),
        stores=stores,
        since=since,
    )


def _authorization_refused(asked: _Asked) -> Iterator[SystemMessage]:
    for sync in asked.troubled:
        if sync.refused_at is None:
            continue
        names = _of_account(asked.stores, sync.account_id)
        yield SystemMessage(
            code=Code.AUTHORIZATION_REFUSED,
            severity=Severity.CRITICAL,
            text=f"Amazon refuses the authorization of {_joined(names)}: no orders come in. "
            "Authorize the store again, on its page or with the command reauthorize_store; the sync then "
            "goes on where it stopped.",
            stores=names,
            since=sync.refused_at,
        )


def _authorization_ends(asked: _Asked) -> Iterator[SystemMessage]:
    active = [store for store in asked.stores if store.is_active]
    for sync in asked.troubled:
        ends = credential_expiry.consent_ends(sync.account.authorized_at)
        names = _of_account(active, sync.account_id)
        # Once Amazon refuses it, that is the message.
        if names and sync.refused_at is None and credential_expiry.is_told(ends, now=asked.now):
            text = credential_expiry.consent_words(_joined(names), ends, now=asked.now)
            yield _ending(Code.AUTHORIZATION_ENDS, text, ends, names, asked.now)


def _client_secret_ends(asked: _Asked) -> Iterator[SystemMessage]:
    if not asked.viewer.may(Permission.MANAGE_STORES):
        return
    ends = credential_expiry.client_secret_ends(
        first_seen=asked.banner.client_secret_since, made_on=settings.SPAPI_CLIENT_SECRET_SINCE
    )
    if ends is not None and credential_expiry.is_told(ends, now=asked.now):
        text = credential_expiry.client_secret_words(ends, now=asked.now)
        yield _ending(Code.CLIENT_SECRET_ENDS, text, ends, (), asked.now)


def _ending(
    code: Code, text: str, ends: datetime, stores: tuple[StoreName, ...], now: datetime
) -> SystemMessage:
    return SystemMessage(
        code=code,
        severity=Severity.CRITICAL if credential_expiry.is_urgent(ends, now=now) else Severity.WARNING,
        text=text,
        stores=stores,
        since=ends - credential_expiry.TOLD_BEFORE,
    )


def _access_lost(asked: _Asked) -> Iterator[SystemMessage]:
    for store in asked.stores:
        sync: StoreSync | None = getattr(store, "sync", None)
        if sync is not None and sync.access_lost_at is not None and store.is_active:
            yield SystemMessage(
                code=Code.STORE_ACCESS_LOST,
                severity=Severity.CRITICAL,
                text=f"The seller no longer takes part in the marketplace of {store.name}: no orders come "
                "in. Take part again in Seller Central, or deactivate the store.",
                stores=_names([store]),
                since=sync.access_lost_at,
            )


def _sync_stale(asked: _Asked) -> Iterator[SystemMessage]:
    if asked.banner.mode is not None:
        # It stands still because it is to.
        return
    active = [store for store in asked.stores if store.is_active]
    for sync in asked.troubled:
        names = _of_account(active, sync.account_id)
        complete_until = sync.synced_until or sync.account.authorized_at
        if not names or sync.refused_at is not None or complete_until >= asked.now - STALE_AFTER:
            continue
        yield SystemMessage(
            code=Code.SYNC_STALE,
            severity=Severity.WARNING,
            text=f"Orders of {_joined(names)} are not up to date: the last complete sync is older than "
            f"{STALE_AFTER.seconds // 60} minutes. See that the workers run and that Amazon answers.",
            stores=names,
            since=complete_until,
        )


def _kept_aside(asked: _Asked) -> Iterator[SystemMessage]:
    for aside in kept_aside.find_messages(asked.stores):
        yield SystemMessage(
            code=aside.code,
            severity=Severity.WARNING,
            text=aside.text,
            stores=_names(store for store in asked.stores if store.account_id in aside.accounts),
            since=aside.since,
        )


def _error_here(asked: _Asked) -> Iterator[SystemMessage]:
    for sync in asked.troubled:
        if sync.bug_since is None:
            continue
        names = _of_account(asked.stores, sync.account_id)
        yield SystemMessage(
            code=Code.ERROR_HERE,
            severity=Severity.CRITICAL,
            text=f"An error here stops the sync of {_joined(names)} ({sync.bug}). It is tried again by "
            "itself; nothing is lost, but no orders come in. Have the error looked at: the log names it.",
            stores=names,
            since=sync.bug_since,
        )


def _changed_outside(asked: _Asked) -> Iterator[SystemMessage]:
    """One warning per kind of change and store."""
    found = order_problems.find_order_problems(asked.viewer, now=asked.now)
    for code in order_problems.TEXTS:
        for store in asked.stores:
            change = found.get((code, store.pk))
            if change is not None:
                yield SystemMessage(
                    code=Code(code),
                    severity=Severity.CRITICAL if code in order_problems.URGENT else Severity.WARNING,
                    text=change.text(store.name),
                    stores=_names([store]),
                    since=change.since,
                )


def _not_notified(asked: _Asked) -> Iterator[SystemMessage]:
    """The queue is the installation's: its troubles are told to those who look after that."""
    if asked.banner.mode is not None:
        # Nobody is meant to listen.
        return
    active = [store for store in asked.stores if store.is_active]
    troubles = list(problems.of_accounts(_accounts(active), now=asked.now))
    if asked.viewer.may(Permission.VIEW_HEALTH):
        troubles += problems.of_queue(now=asked.now)
    for trouble in troubles:
        account_id = trouble.account_id
        names = _names(active) if account_id is None else _of_account(active, account_id)
        yield SystemMessage(
            code=Code(trouble.kind),
            severity=Severity.WARNING,
            text=trouble.text.format(stores=_joined(names)),
            stores=names,
            since=trouble.since,
        )


def _orders_missing(asked: _Asked) -> Iterator[SystemMessage]:
    """What Amazon lists, and neither search nor getOrder has brought in within a day."""
    rows = table.unhealed(stores=asked.stores, found_before=asked.now - MISSING_AFTER)
    for store in asked.stores:
        if orders := [(row.amazon_order_id, row.found_at) for row in rows if row.store_id == store.pk]:
            yield SystemMessage(
                code=Code.ORDERS_MISSING,
                severity=Severity.CRITICAL,
                text=f"Amazon lists orders of {store.name} that are not here and cannot be fetched: "
                f"{_named(orders)}. Look after them in Seller Central, then stop looking for them on the "
                "page Completeness.",
                stores=_names([store]),
                since=min(since for _, since in orders),
            )


def _completeness_unproved(asked: _Asked) -> Iterator[SystemMessage]:
    for job in table.lists(accounts=_accounts(asked.stores)):
        if table.is_in_trouble(job):
            names = _of_account(asked.stores, job.account_id)
            yield SystemMessage(
                code=Code.COMPLETENESS_UNPROVED,
                severity=Severity.WARNING,
                text=table.trouble(job, _joined(names)),
                stores=names,
                since=job.wanted_at,
            )


def _named(orders: list[tuple[str, datetime]]) -> str:
    more = f" and {len(orders) - NAMED_ORDERS} more" if len(orders) > NAMED_ORDERS else ""
    return ", ".join(order_id for order_id, _ in orders[:NAMED_ORDERS]) + more


_FINDERS: tuple[Callable[[_Asked], Iterable[SystemMessage]], ...] = (
    _read_only_mode,
    _orders_blocked,
    _authorization_refused,
    _access_lost,
    _orders_missing,
    _authorization_ends,
    _client_secret_ends,
    _changed_outside,
    _error_here,
    _kept_aside,
    _sync_stale,
    _not_notified,
    _completeness_unproved,
)


def _accounts(stores: Iterable[Store]) -> set[int]:
    return {store.account_id for store in stores}


def _of_account(stores: Iterable[Store], account_id: int) -> tuple[StoreName, ...]:
    return _names(store for store in stores if store.account_id == account_id)


def _names(stores: Iterable[Store]) -> tuple[StoreName, ...]:
    return tuple(StoreName(id=store.pk, name=store.name) for store in stores)


def _joined(stores: Iterable[StoreName]) -> str:
    return ", ".join(store.name for store in stores)
