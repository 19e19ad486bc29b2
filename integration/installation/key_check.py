"""What must be true before anything starts to work on this database: the keys are the ones it was written
with. And what a start writes down: whose database this is, and since when the client secret is in use.

A wrong key would not fail at once: it would seal new rows that the right key cannot open. So a canary,
sealed and hashed with the first keys ever used, is opened first.
"""

from collections.abc import Callable
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from amazon_orders.models import Account
from integration.models import Installation
from sealing import keys, seal, search_hash

logger = structlog.get_logger(__name__)
CANARY = "canary"
ASSOCIATED_DATA = "integration.installation:canary"


class KeysDoNotFit(Exception):
    """The configured keys are not those of the data; the text is one line and names the variable."""


def require_fitting_keys() -> None:
    """Stop the start of a process, with one line, where a key does not fit the data."""
    try:
        check_keys()
    except KeysDoNotFit as wrong:
        raise SystemExit(str(wrong)) from None


def check_keys() -> None:
    """Whether the keys fit; the first time they are remembered. Raises KeysDoNotFit.

    One statement, but for the starts that find something new to write down.
    """
    try:
        installation = Installation.objects.filter(pk=Installation.THE_ONE).first()
    except DatabaseError:
        # Not migrated yet (or not there): whoever needs the tables says so better.
        return
    if installation is None:
        _open(_anything_sealed())
        remember_keys()
        return
    # Before anything is opened: a wrong search key raises nothing anywhere, it only finds nobody.
    if installation.search_canary != search_hash.hash_word(CANARY):
        raise KeysDoNotFit(
            "SEARCH_HASH_KEY does not fit the data of this database: set the key it was made with."
        )
    _open((bytes(installation.sealed_canary), ASSOCIATED_DATA))
    _note(installation, now=timezone.now())


def client_secret_digest() -> str:
    """A keyed digest of the application's secret at Amazon; empty where there is none."""
    secret = settings.SPAPI_CLIENT_SECRET
    return search_hash.hash_word(f"SPAPI_CLIENT_SECRET {secret}") if secret else ""


def _note(installation: Installation, *, now: datetime) -> None:
    """A database that is nobody's yet becomes ours; another client secret begins its life."""
    rows = Installation.objects.filter(pk=installation.pk)
    if not installation.installation_id:
        # Conditional: of two installations that start on one fresh database the second finds it taken,
        # and is in read-only mode.
        rows.filter(installation_id="").update(installation_id=settings.INSTALLATION_ID)
    elif installation.installation_id != settings.INSTALLATION_ID:
        # It stays the other's: read-only mode is on for us, and we write nothing down in its name.
        logger.warning("installation.another", ours=settings.INSTALLATION_ID)
        return
    digest = client_secret_digest()
    if digest and digest != installation.client_secret_digest:
        rows.update(client_secret_digest=digest, client_secret_since=now)


def _anything_sealed() -> tuple[bytes, str] | None:
    """A value sealed before there was a canary: every installation with sealed data has a refresh token."""
    account = Account.objects.order_by("pk").first()
    return None if account is None else (bytes(account.sealed_refresh_token), account.associated_data)


def _open(sealed_at: tuple[bytes, str] | None) -> None:
    if sealed_at is None:
        return
    sealed, associated_data = sealed_at
    try:
        seal.open_sealed(sealed, associated_data=associated_data)
    except (seal.DecryptionError, keys.BadKeys):
        raise KeysDoNotFit(
            "FIELD_ENCRYPTION_KEYS does not fit the data of this database: set the keys it was made with."
        ) from None


def remember_keys() -> None:
    """Seal the canary with the keys in force; of two first starts at once, the first one's stays."""
    digest = client_secret_digest()
    with transaction.atomic():
        Installation.objects.bulk_create(
            [
                Installation(
                    sealed_canary=seal.seal(CANARY.encode(), associated_data=ASSOCIATED_DATA),
                    search_canary=search_hash.hash_word(CANARY),
                    installation_id=settings.INSTALLATION_ID,
                    client_secret_digest=digest,
                    client_secret_since=timezone.now() if digest else None,
                )
            ],
            ignore_conflicts=True,
        )


class RequireFittingKeys:
    """Middleware whose being built is what matters: the web server builds it before the first request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        require_fitting_keys()
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)
