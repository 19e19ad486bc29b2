"""Seal and open small texts and JSON values with AES-GCM.

A sealed value is `key id | 0x00 | nonce (12 bytes) | ciphertext and tag`. The place where it lives
(table, column, natural key) is bound in as associated data: a row copied over another does not open.
"""

import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag

from sealing import keys

NONCE_BYTES = 12
SEPARATOR = b"\x00"


class CannotOpen(Exception):
    """The value was sealed with a key that is not here, for another place, or was tampered with."""


def seal(plain: bytes, *, place: str) -> bytes:
    """Seal `plain` for `place`, e.g. "amazon_orders.personal:701-1234567-1234567"."""
    ring = keys.ring()
    nonce = os.urandom(NONCE_BYTES)
    sealed = ring.ciphers[ring.primary_id].encrypt(nonce, plain, place.encode())
    return ring.primary_id.encode() + SEPARATOR + nonce + sealed


def open_sealed(sealed: bytes | memoryview, *, place: str) -> bytes:
    """Give back what `seal` was given. Raises CannotOpen."""
    key_id, _, rest = bytes(sealed).partition(SEPARATOR)
    cipher = keys.ring().ciphers.get(key_id.decode("ascii", "replace"))
    if cipher is None:
        raise CannotOpen(f"FIELD_ENCRYPTION_KEYS holds no key {key_id.decode('ascii', 'replace')!r}")
    try:
        return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], place.encode())
    except InvalidTag as broken:
        raise CannotOpen("a sealed value does not belong to its place or its key") from broken


def seal_json(value: Any, *, place: str) -> bytes:
    """Seal a JSON value."""
    return seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), place=place)


def open_json(sealed: bytes | memoryview, *, place: str) -> Any:
    """Open a JSON value. Raises CannotOpen."""
    return json.loads(open_sealed(sealed, place=place))


def is_current(sealed: bytes | memoryview) -> bool:
    """Whether the value is sealed with the primary key (a rotation has nothing to do)."""
    return bytes(sealed).startswith(keys.ring().primary_id.encode() + SEPARATOR)
