"""Connect a store: its account (found or made), the store, its settings, its place in the sync."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q

from amazon_orders import marketplaces
from amazon_orders.marketplaces import Marketplace
from amazon_orders.models import Account, Store
from commerce.models import CommerceStore
from integration.models import AccountSync, StoreSettings, StoreSync
from integration.people import audit
from integration.people.audit import AuditAction
from integration.stores import authorization
from integration.stores.refusals import (
    AlreadyConnected,
    ConnectedInTheFuture,
    NameTaken,
    NotGiven,
    UnknownCommerceStore,
    UnknownMarketplace,
)
from sealing import seal

logger = structlog.get_logger(__name__)

# As wide as their columns: SQLite would let longer ones through.
LONGEST_NAME = 100
LONGEST_SELLER_ID = 64


@dataclass(frozen=True, slots=True)
class _Request:
    name: str
    seller_id: str
    marketplace: Marketplace
    refresh_token: str
    connected_at: datetime


def connect(
    *,
    name: str,
    seller_id: str,
    marketplace_code: str,
    refresh_token: str,
    connected_at: datetime,
    commerce_store_name: str | None,
    by: str,
    now: datetime,
    verify: bool = True,
) -> Store:
    """Set up a store; orders purchased before `connected_at` will not be taken in.

    With `verify` Amazon is asked first whether it accepts the refresh token and whether its seller takes part
    in the marketplace. A seller who is known in the region keeps the token that is stored for as long as
    Amazon accepts that; the one given here replaces it only when Amazon accepts the new and refuses the old.

    Raises NotGiven, UnknownMarketplace, ConnectedInTheFuture, UnknownCommerceStore, NameTaken,
    AlreadyConnected, AuthorizationRefused, DoesNotTakePart, AmazonUnavailable, NotInReadOnlyMode.
    """
    request = _Request(
        name=_read(name, "name", LONGEST_NAME),
        seller_id=_read(seller_id, "seller id", LONGEST_SELLER_ID),
        marketplace=_marketplace(marketplace_code),
        refresh_token=authorization.read_token(refresh_token),
        connected_at=connected_at,
    )
    if connected_at > now:
        raise ConnectedInTheFuture("A store cannot be connected from a moment on that lies in the future.")
    commerce_store = _commerce_store(commerce_store_name)
    _refuse_doubles(request)
    # Asked before the transaction: no network in one.
    replaces_token = verify and _try_out(request)
    try:
        with transaction.atomic():
            store = _create(request, commerce_store, replaces_token=replaces_token, now=now)
            what = AuditAction.STORE_CONNECTED
            audit.record_event(what=what, by=by, now=now, store_ids=[store.pk], subject=store.name)
    except IntegrityError:
        # Somebody connected the same at the same time: say what is in the way now.
        _refuse_doubles(request)
        raise
    logger.info("store.connected", store=store.pk, account=store.account_id, by=by, is_verified=verify)
    return store


def _create(
    request: _Request, commerce_store: CommerceStore, *, replaces_token: bool, now: datetime
) -> Store:
    account = _account(request, now)
    store = Store.objects.create(
        account=account,
        name=request.name,
        marketplace_id=request.marketplace.marketplace_id,
        connected_at=request.connected_at,
    )
    StoreSettings.objects.create(store=store, commerce_store=commerce_store)
    # Never synced: it catches up from its connection before it joins the account's search.
    StoreSync.objects.create(store=store)
    AccountSync.objects.get_or_create(account=account, defaults={"next_poll_at": now})
    # Also where the account is known: its new store has a catch-up window to read.
    AccountSync.objects.filter(account=account).update(next_poll_at=now)
    if replaces_token:
        authorization.authorize(account, request.refresh_token, now=now)
    return store


def _account(request: _Request, now: datetime) -> Account:
    fresh = _unstored(request)
    sealed = seal.seal(request.refresh_token.encode(), associated_data=fresh.associated_data)
    account, _ = Account.objects.get_or_create(
        seller_id=fresh.seller_id,
        region=fresh.region,
        defaults={"sealed_refresh_token": sealed, "authorized_at": now},
    )
    return account


def _try_out(request: _Request) -> bool:
    """Ask Amazon, in no transaction; whether the token is to replace the one that is stored."""
    known = Account.objects.filter(seller_id=request.seller_id, region=request.marketplace.region).first()
    account = known or _unstored(request)
    authorization.try_out(account, request.refresh_token, request.marketplace.marketplace_id)
    return known is not None and authorization.is_worth_more(request.refresh_token, known)


def _unstored(request: _Request) -> Account:
    return Account(seller_id=request.seller_id, region=request.marketplace.region)


def _refuse_doubles(request: _Request) -> None:
    # One statement: between two, somebody who connects the very same store would read as a taken name.
    same_place = Q(account__seller_id=request.seller_id, marketplace_id=request.marketplace.marketplace_id)
    doubles = list(Store.objects.filter(same_place | Q(name=request.name)).select_related("account"))
    for store in doubles:
        place = (store.account.seller_id, store.marketplace_id)
        if place == (request.seller_id, request.marketplace.marketplace_id):
            raise AlreadyConnected(
                f"Seller {request.seller_id} is connected in {request.marketplace.code} already, as store"
                f" {store.name!r}; reauthorize_store gives it a new refresh token."
            )
    if doubles:
        raise NameTaken(f"There is a store named {request.name!r} already; choose another name.")


def _read(text: str, label: str, longest: int) -> str:
    value = " ".join(text.split())
    if not value or not value.isprintable():
        raise NotGiven(f"The {label} must not be empty.")
    if len(value) > longest:
        raise NotGiven(f"The {label} is too long: {longest} characters at most.")
    return value


def _marketplace(code: str) -> Marketplace:
    try:
        return marketplaces.by_code(code)
    except marketplaces.UnknownMarketplace as unknown:
        raise UnknownMarketplace(str(unknown)) from unknown


def _commerce_store(name: str | None) -> CommerceStore:
    """The one of this name; without a name the first one there is."""
    stores = list(CommerceStore.objects.order_by("pk"))
    found = [store for store in stores if name is None or store.name == name.strip()]
    if found:
        return found[0]
    known = ", ".join(repr(store.name) for store in stores) or "none"
    raise UnknownCommerceStore(f"There is no Commerce store {name!r}; there is: {known}.")
