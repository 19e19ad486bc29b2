"""The opaque token that leads to the next page.

It fixes the window's upper bound and the last order seen, not an offset: an order that changes while
pages are read moves past the bound and turns up in the next window, and shifts nobody.
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.wire import dumps, invalid_input
from sandbox.world import Key

LIFETIME = timedelta(hours=24)


@dataclass(frozen=True)
class PageToken:
    seller_id: str
    fingerprint: str
    until: datetime
    beyond: Key | None
    """None: from the window's start."""
    issued_at: datetime

    def encode(self) -> str:
        beyond = None if self.beyond is None else [self.beyond[0].isoformat(), self.beyond[1]]
        parts = [self.seller_id, self.fingerprint, self.until.isoformat(), beyond, self.issued_at.isoformat()]
        return base64.urlsafe_b64encode(dumps(parts)).decode()


def read_page_token(text: str, seller_id: str, fingerprint: str, now: datetime) -> PageToken:
    token = _decode(text)
    if token.seller_id != seller_id:
        raise invalid_input("paginationToken is not valid")
    if token.fingerprint != fingerprint:
        raise invalid_input("paginationToken must come with the parameters of the first request")
    if now - token.issued_at > LIFETIME:
        raise invalid_input("paginationToken has expired")
    return token


def _decode(text: str) -> PageToken:
    try:
        seller_id, fingerprint, until, beyond, issued_at = json.loads(base64.urlsafe_b64decode(text))
        key = None if beyond is None else (datetime.fromisoformat(beyond[0]), str(beyond[1]))
        return PageToken(
            str(seller_id),
            str(fingerprint),
            datetime.fromisoformat(until),
            key,
            datetime.fromisoformat(issued_at),
        )
    except (ValueError, TypeError, IndexError):
        raise invalid_input("paginationToken is not valid") from None
