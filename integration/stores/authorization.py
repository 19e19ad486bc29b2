"""Refresh tokens of accounts: tried out at Amazon, sealed, replaced.

Amazon does not tell the seller's id to whoever holds a refresh token: what can be checked is that the token
is accepted and that its seller takes part in a marketplace, not which seller that is.
"""

from datetime import datetime

import structlog
from django.db import transaction

from amazon_orders import marketplaces
from amazon_orders.models import Account, Store
from integration.models import AccountSync, StoreSync
from integration.people import audit
from integration.people.audit import AuditAction
from integration.spapi import auth
from integration.spapi.client import SellerClient
from integration.spapi.errors import ReadOnly, Rejected, RetryLater, StoreMisconfigured
from integration.stores.refusals import (
    AmazonUnavailable,
    AuthorizationRefused,
    DoesNotTakePart,
    NotGiven,
    NotInReadOnlyMode,
)
from sealing import seal

logger = structlog.get_logger(__name__)


def reauthorize(*, store: Store, refresh_token: str, by: str, now: datetime, verify: bool = True) -> None:
    """A new refresh token for the store's account; the sync goes on where it stopped, at once.

    Raises NotGiven, AuthorizationRefused, DoesNotTakePart, AmazonUnavailable, NotInReadOnlyMode.
    """
    token = read_token(refresh_token)
    account = Account.objects.get(pk=store.account_id)
    # Before anything is stored, and in no transaction: a wrong token must not take the place of one
    # that works.
    open_marketplaces = try_out(account, token, store.marketplace_id) if verify else frozenset()
    with transaction.atomic():
        authorize(account, token, now=now)
        StoreSync.objects.filter(
            store__account_id=account.pk, store__marketplace_id__in=open_marketplaces
        ).update(access_lost_at=None)
        what = AuditAction.STORE_REAUTHORIZED
        audit.record_event(what=what, by=by, now=now, store_ids=[store.pk], subject=store.name)
    # A marketplace that had been closed may be open now, and the access token is from before.
    auth.forget(token)
    logger.info("store.reauthorized", store=store.pk, account=account.pk, by=by, is_verified=verify)


def authorize(account: Account, refresh_token: str, *, now: datetime) -> None:
    """Store a token and let the account be polled at once, as if it had never failed; two statements."""
    sealed = seal.seal(refresh_token.encode(), associated_data=account.associated_data)
    Account.objects.filter(pk=account.pk).update(sealed_refresh_token=sealed, authorized_at=now)
    AccountSync.objects.filter(account_id=account.pk).update(
        refused_at=None, refusal="", failures=0, is_troubled=False, last_error="", next_poll_at=now
    )


def try_out(account: Account, refresh_token: str, marketplace_id: str) -> frozenset[str]:
    """Ask Amazon, with this token and in no transaction, in which marketplaces the seller takes part.

    Raises AuthorizationRefused, DoesNotTakePart, AmazonUnavailable, NotInReadOnlyMode.
    """
    open_marketplaces = _open_marketplaces(account, refresh_token)
    if marketplace_id not in open_marketplaces:
        code = marketplaces.by_id(marketplace_id).code
        raise DoesNotTakePart(
            f"The seller of this refresh token does not take part in Amazon's marketplace {code}."
        )
    return open_marketplaces


def is_worth_more(refresh_token: str, account: Account) -> bool:
    """Whether an accepted token is to replace the stored one: if Amazon refuses that one."""
    try:
        stored = _stored_token(account)
        if stored != refresh_token:
            _open_marketplaces(account, stored)
    except AuthorizationRefused:
        return True
    return False


def read_token(text: str) -> str:
    """The token without the white space that copying adds. Raises NotGiven."""
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise NotGiven("The refresh token is empty, or is no refresh token.")
    return token


def _stored_token(account: Account) -> str:
    try:
        return seal.open_sealed(
            account.sealed_refresh_token, associated_data=account.associated_data
        ).decode()
    except seal.DecryptionError as closed:
        raise AuthorizationRefused("The stored refresh token cannot be opened.") from closed


def _open_marketplaces(account: Account, refresh_token: str) -> frozenset[str]:
    trial = Account(pk=account.pk, seller_id=account.seller_id, region=account.region)
    # Sealed only to be opened by the client: so no client ever takes a token in the clear.
    trial.sealed_refresh_token = seal.seal(refresh_token.encode(), associated_data=trial.associated_data)
    try:
        with SellerClient(trial) as client:
            found = client.marketplace_participations()
    except StoreMisconfigured as refused:
        raise AuthorizationRefused(refused.text) from refused
    except ReadOnly as silent:
        raise NotInReadOnlyMode(silent.text) from silent
    except Rejected as refused:
        raise AmazonUnavailable(f"{refused.text} Try again, or use --no-verify.") from refused
    except RetryLater as later:
        raise AmazonUnavailable(f"{later.text} Try again later.") from later
    return frozenset(one.marketplace_id for one in found if one.is_participating)
