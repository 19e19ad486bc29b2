"""Access tokens: asked of Login with Amazon (LWA) with a refresh token, or for a scope of the application
itself ("grantless"), kept in this process for their hour.

The package's own cache holds ten tokens, has no lock and keeps a token that was refused; ours replaces it.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from django.conf import settings
from sp_api.auth import AccessTokenClient, AccessTokenResponse

from integration.spapi import guard
from integration.spapi.errors import RetryLater, StoreMisconfigured
from integration.spapi.failure_kinds import SIGN_IN

logger = structlog.get_logger(__name__)

AMAZON_LWA_URL = "https://api.amazon.com/auth/o2/token"
TIMEOUT_SECONDS = 30.0
RETRY_AFTER = timedelta(seconds=60)
# A token is given up this long before it ends, so that none ends on its way.
EARLY_SECONDS = 300.0
EARLY_SHARE = 0.1
# RFC 6749, section 5.2. Every other refusal may be the moment's.
_REMEDIES = {
    "invalid_grant": "Amazon refuses the refresh token: revoked, ended or not this application's."
    " Authorize the account again and run reauthorize_store.",
    "unauthorized_client": "Amazon does not let this application use the refresh token."
    " Check SPAPI_CLIENT_ID, or authorize the account again and run reauthorize_store.",
    "invalid_scope": "Amazon gives this application no access to notifications."
    " Check its roles in the developer console.",
    "invalid_client": "Amazon refuses the application's credentials."
    " Check SPAPI_CLIENT_ID and SPAPI_CLIENT_SECRET (the secret ends after 180 days).",
}
CODES = frozenset({*_REMEDIES, "invalid_request", "invalid_scope", "unsupported_grant_type"})


@dataclass(slots=True)
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    access_token: str = ""
    good_until: float = 0.0

    def is_good(self) -> bool:
        return bool(self.access_token) and time.monotonic() < self.good_until


class AccessTokens:
    """The access tokens of this process; threads that want the same one make one request."""

    # More accounts than one worker serves within an hour: the package's ten would ask for a token with
    # nearly every call once eleven sellers take turns.
    def __init__(self, at_most: int = 5_000) -> None:
        self._at_most = at_most
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def entry(self, key: str) -> _Entry:
        """The entry of a key, made on first use; the one that was not used for longest makes room."""
        with self._lock:
            # Only the entry is looked up under the cache's lock; the request is made under the entry's
            # own, so a sign-in that hangs for one seller stops no other.
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            while len(self._entries) > self._at_most:
                self._entries.popitem(last=False)
            return entry

    def forget(self, key: str) -> None:
        with self._lock:
            self._entries.pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)


TOKENS = AccessTokens()


def forget(refresh_token: str) -> None:
    """Drop the access token of a refresh token: Amazon refused it, or the account was authorized anew."""
    TOKENS.forget(_key(refresh_token))


def forget_grantless(scope: str) -> None:
    """Drop the application's own access token for a scope: Amazon refused it."""
    TOKENS.forget(_key(_SCOPE + scope))


def _key(grant: str) -> str:
    """A new refresh token, client or address never meets an old access token, in any process."""
    parts = (settings.SPAPI_LWA_URL, settings.SPAPI_CLIENT_ID, grant)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


# No refresh token looks like this.
_SCOPE = "scope "


class LoginWithAmazon(AccessTokenClient):  # type: ignore[misc]  # the package ships no types
    """The package's token client, at the address of the settings, with our cache and our errors.

    `is_new` says whether the last token was asked for by this very object.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        url = urlsplit(settings.SPAPI_LWA_URL or AMAZON_LWA_URL)
        self.scheme, self.host, self.path = f"{url.scheme}://", url.netloc, url.path or "/"
        # The package gives its token client no timeout of its own: httpx's 5 seconds would rule.
        self._transport._client.timeout = httpx.Timeout(TIMEOUT_SECONDS)
        self.is_new = False

    def get_auth(self) -> AccessTokenResponse:
        """The access token. Raises RetryLater (ReadOnly among them), StoreMisconfigured."""
        return self._token(self.cred.refresh_token, self.data)

    def get_grantless_auth(self, scope: str) -> AccessTokenResponse:
        """The application's own access token for a scope. Raises RetryLater, StoreMisconfigured."""
        return self._token(_SCOPE + scope, self.grantless_data(scope))

    def _token(self, grant: str, form: dict[str, str]) -> AccessTokenResponse:
        entry = TOKENS.entry(_key(grant))
        with entry.lock:
            # Asked again under the lock: of many threads that find the token ended, the first renews it
            # and the others find it good.
            if not entry.is_good():
                self._renew(entry, form)
                self.is_new = True
            return AccessTokenResponse(access_token=entry.access_token)

    def close(self) -> None:
        """Close the connection; the package's own client leaves it open."""
        self._transport.close()

    def _renew(self, entry: _Entry, form: dict[str, str]) -> None:
        # A sign-in is a call to Amazon too: in read-only mode there is none, whatever the caller asks
        # for.
        guard.require_speaking()
        answer = self._request(self.scheme + self.host + self.path, form, self.headers)
        access_token, lifetime = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(access_token, str) or not access_token:
            raise RetryLater(
                "Amazon's sign-in answered without an access token.",
                RETRY_AFTER,
                status=200,
                operation=SIGN_IN,
            )
        # An hour where Amazon says nothing (its documented lifetime). A sandbox may give seconds: then
        # a tenth is given up instead of five minutes.
        seconds = float(lifetime) if isinstance(lifetime, int | float) and lifetime > 0 else 3600.0
        entry.access_token = access_token
        entry.good_until = time.monotonic() + seconds - min(EARLY_SECONDS, seconds * EARLY_SHARE)

    def _request(self, url: str, data: dict[str, str], headers: dict[str, str]) -> dict[str, Any]:
        """The package reads the body before the status, so a 503 page would be a JSON error."""
        started = time.monotonic()
        try:
            response = self._transport.request("POST", url, data=data, headers=headers)
        except httpx.HTTPError as broken:
            logger.info("lwa_request", status=0, error=type(broken).__name__, seconds=_since(started))
            text = "Amazon's sign-in cannot be reached."
            raise RetryLater(text, RETRY_AFTER, operation=SIGN_IN) from broken
        request_id = response.headers.get("x-amzn-RequestId", "")
        logger.info(
            "lwa_request", status=response.status_code, request_id=request_id, seconds=_since(started)
        )
        document = _document(response)
        if response.status_code != 200 or document is None:
            raise _failure(response.status_code, document or {}, request_id)
        return document


def _document(response: httpx.Response) -> dict[str, Any] | None:
    """The JSON object of an answer, or None: a page, a list and a cut body are none."""
    try:
        document = response.json()
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _failure(status: int, document: dict[str, Any], request_id: str) -> RetryLater | StoreMisconfigured:
    """By LWA's word; without one it is the moment's, whatever the status."""
    code = str(document.get("error"))
    told: dict[str, Any] = {
        "status": status,
        "request_id": request_id,
        "code": code if code in CODES else "",
        "operation": SIGN_IN,
    }
    remedy = _REMEDIES.get(code)
    # The same word under a 5xx or a 429 is the moment's: only a plain refusal stops the account until a
    # person acts.
    if remedy and 400 <= status < 500 and status != 429:
        return StoreMisconfigured(remedy, **told)
    return RetryLater(f"Amazon's sign-in gave no access token (HTTP {status}).", RETRY_AFTER, **told)


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
