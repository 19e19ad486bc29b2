"""Login with Amazon: which refresh token is whose, which access token is still good."""

import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

ACCESS_TOKEN_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True)
class _Grant:
    seller_id: str | None
    """None for a grantless token, which opens no seller's orders."""
    expires_at: datetime
    scope: str = ""
    """What a grantless token is good for."""


class Tokens:
    """Refresh tokens are given by hand; access tokens are made up and live for an hour."""

    def __init__(self) -> None:
        self._sellers: dict[str, str] = {}
        self._grants: dict[str, _Grant] = {}
        self._lock = threading.Lock()

    def accept(self, refresh_token: str, seller_id: str) -> None:
        with self._lock:
            self._sellers[refresh_token] = seller_id

    def seller_of_refresh_token(self, refresh_token: str) -> str | None:
        return self._sellers.get(refresh_token)

    def issue(self, seller_id: str | None, now: datetime, scope: str = "") -> str:
        access_token = "Atza|" + secrets.token_urlsafe(48)
        with self._lock:
            self._grants[access_token] = _Grant(seller_id, now + ACCESS_TOKEN_LIFETIME, scope)
        return access_token

    def seller_of_access_token(self, access_token: str, now: datetime) -> str | None:
        grant = self._grants.get(access_token)
        return grant.seller_id if grant is not None and now < grant.expires_at else None

    def has_scope(self, access_token: str, scope: str, now: datetime) -> bool:
        """Whether it is a grantless token of this scope."""
        grant = self._grants.get(access_token)
        return grant is not None and now < grant.expires_at and grant.scope == scope

    def revoke(self, seller_id: str) -> None:
        """The seller withdraws his consent: his refresh and access tokens are worth nothing now."""
        with self._lock:
            self._sellers = {token: owner for token, owner in self._sellers.items() if owner != seller_id}
            self._drop_grants(seller_id)

    def expire_access_tokens(self, seller_id: str) -> None:
        with self._lock:
            self._drop_grants(seller_id)

    def _drop_grants(self, seller_id: str) -> None:
        self._grants = {token: grant for token, grant in self._grants.items() if grant.seller_id != seller_id}
