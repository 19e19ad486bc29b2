"""The keys of this installation, read once from the settings."""

import base64
import binascii
import functools
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

KEY_BYTES = 32


class BadKeys(ValueError):
    """The configured keys cannot be used; the text is one line and names the variable."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys by id; the primary one seals, all of them open."""

    primary_id: str
    ciphers: dict[str, AESGCM]


# By the text of the variable: a test or a rotation that sets another one gets another ring.
@functools.cache
def parse(text: str) -> KeyRing:
    """Read `id:base64,id:base64`; the first is the primary one. Raises BadKeys."""
    ciphers: dict[str, AESGCM] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        key_id, separator, encoded = part.partition(":")
        # The id stands in front of every sealed value and is read up to the first NUL: it may hold
        # none.
        if not separator or not key_id.isalnum() or len(key_id) > 16:
            raise BadKeys("FIELD_ENCRYPTION_KEYS: write each key as id:base64, the id in letters and digits")
        ciphers[key_id] = AESGCM(_decode(key_id, encoded))
    if not ciphers:
        raise BadKeys("FIELD_ENCRYPTION_KEYS: at least one key is needed")
    return KeyRing(primary_id=next(iter(ciphers)), ciphers=ciphers)


def _decode(key_id: str, encoded: str) -> bytes:
    try:
        # Strictly: without `validate` Python skips what is no base64, and a mistyped key would be
        # another key instead of an error.
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error as broken:
        raise BadKeys(f"FIELD_ENCRYPTION_KEYS: key {key_id} is not valid base64") from broken
    if len(key) != KEY_BYTES:
        raise BadKeys(f"FIELD_ENCRYPTION_KEYS: key {key_id} must be {KEY_BYTES} bytes long")
    return key


def ring() -> KeyRing:
    """The key ring in force."""
    return parse(settings.FIELD_ENCRYPTION_KEYS)


def search_key() -> bytes:
    """The key of the search hashes: its own, so that a leaked index opens no row."""
    return str(settings.SEARCH_HASH_KEY).encode()
