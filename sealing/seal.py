"""Seal and open small texts and JSON values with AES-GCM.

A sealed value is `key id | 0x00 | nonce (12 bytes) | ciphertext and tag`. The place where it lives
(table, column, natural key) is bound in as associated data: a row copied over another does not open.
"""

import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag

from sealing import keys

# The length AES-GCM is made for (NIST SP 800-38D); random, since two processes share no counter.
NONCE_BYTES = 12
SEPARATOR = b"\x00"


class DecryptionError(Exception):
    """The value was sealed with a key that is not here, for other associated data, or was tampered with."""


def seal(plain: bytes, *, associated_data: str) -> bytes:
    """Seal `plain` for `associated_data`, e.g. "amazon_orders.personal:701-1234567-1234567"."""
    ring = keys.ring()
    nonce = os.urandom(NONCE_BYTES)
    sealed = ring.ciphers[ring.primary_id].encrypt(nonce, plain, associated_data.encode())
    return ring.primary_id.encode() + SEPARATOR + nonce + sealed


def open_sealed(sealed: bytes | memoryview, *, associated_data: str) -> bytes:
    """Give back what `seal` was given. Raises DecryptionError."""
    # Up to the first NUL: the nonce behind it may hold others.
    key_id, _, rest = bytes(sealed).partition(SEPARATOR)
    # By the id in the value, not by trying: rows of an older key stay readable while a rotation is
    # under way, and a key that is missing is named.
    cipher = keys.ring().ciphers.get(key_id.decode("ascii", "replace"))
    if cipher is None:
        raise DecryptionError(f"FIELD_ENCRYPTION_KEYS holds no key {key_id.decode('ascii', 'replace')!r}")
    try:
        return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], associated_data.encode())
    except InvalidTag as broken:
        raise DecryptionError("a sealed value does not belong to its associated data or its key") from broken


def seal_json(value: Any, *, associated_data: str) -> bytes:
    """Seal a JSON value."""
    return seal(
        json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), associated_data=associated_data
    )


def open_json(sealed: bytes | memoryview, *, associated_data: str) -> Any:
    """Open a JSON value. Raises DecryptionError."""
    return json.loads(open_sealed(sealed, associated_data=associated_data))


def is_current(sealed: bytes | memoryview) -> bool:
    """Whether the value is sealed with the primary key (a rotation has nothing to do)."""
    return bytes(sealed).startswith(keys.ring().primary_id.encode() + SEPARATOR)
