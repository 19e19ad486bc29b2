"""The secrets of second factors, sealed: a copy of the database alone gives nobody's codes away.

allauth keeps a secret as text within its JSON. One from before it was sealed is read as it stands, and sealed
by the next rotation of the keys.
"""

import base64
from typing import Any

from sealing import seal

ASSOCIATED_DATA = "mfa.authenticator"
# No secret of allauth's begins so: base32 has no colon.
_MARK = "sealed:"
# Where within the JSON of an authenticator a secret stands: of codes by time, and of recovery codes.
_SECRETS = ("secret", "seed")


def seal_secret(text: str) -> str:
    """A secret as it is stored."""
    return _MARK + base64.b64encode(seal.seal(text.encode(), associated_data=ASSOCIATED_DATA)).decode()


def open_secret(stored: str) -> str:
    """A stored secret. Raises seal.DecryptionError."""
    if not stored.startswith(_MARK):
        return stored
    return seal.open_sealed(
        base64.b64decode(stored.removeprefix(_MARK)), associated_data=ASSOCIATED_DATA
    ).decode()


def resealed(data: dict[str, Any]) -> dict[str, Any] | None:
    """The JSON of an authenticator with every secret sealed with the primary key; None: it is so already."""
    texts = {name: data[name] for name in _SECRETS if isinstance(data.get(name), str)}
    old = {name: text for name, text in texts.items() if not _is_current(text)}
    return {**data, **{name: seal_secret(open_secret(text)) for name, text in old.items()}} if old else None


def _is_current(stored: str) -> bool:
    return stored.startswith(_MARK) and seal.is_current(base64.b64decode(stored.removeprefix(_MARK)))
