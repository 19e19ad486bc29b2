"""The keys of this installation: from the environment, or made once under var/ when it runs locally."""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from config import env

OWNER_ONLY = 0o600
SHORTEST_KEY = 32
FIELD_KEY_BYTES = 32


def read_or_make(name: str, folder: Path, *, is_production: bool, make: Callable[[], str]) -> str:
    """The variable's value. Without one: in production the start stops, locally a value is made and kept."""
    value = env.text(name)
    if value:
        return value
    # Never made by itself in production: each container would make another one, and what one seals no
    # other could open.
    if is_production:
        env.refuse(name, "must be set in production")
    return kept(folder / name.lower(), make)


def kept(path: Path, make: Callable[[], str]) -> str:
    """The file's text; a missing file is made with `make()`, and only its owner can read it."""
    if not path.exists():
        _create(path, make())
    return path.read_text(encoding="utf-8").strip()


def _create(path: Path, value: str) -> None:
    """Web, worker and beat start together: a link shows a whole file at once, and only the first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    # Made with its mode, not changed to it afterwards: there is no moment at which others could read
    # it.
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(value + "\n")
        os.link(draft, path)
    except FileExistsError:
        # Another process was first; its value is the one that counts.
        pass
    finally:
        draft.unlink()


def make_secret_key() -> str:
    return secrets.token_urlsafe(64)


def make_field_key() -> str:
    return f"k1:{base64.b64encode(secrets.token_bytes(FIELD_KEY_BYTES)).decode()}"


def derive(secret_key: str, *, purpose: str) -> str:
    """A key of its own for one purpose, when none is set: it changes with the secret key."""
    return hmac.new(secret_key.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def check_secret_key(name: str, value: str, *, is_production: bool) -> str:
    # 32 signs: with fewer a session's signature could be guessed (Django itself warns below 50).
    if is_production and len(value) < SHORTEST_KEY:
        env.refuse(name, f"must be at least {SHORTEST_KEY} characters long in production")
    return value


def check_field_keys(name: str, value: str) -> str:
    """Keys as `id:base64,id:base64`, each of 32 bytes; the first seals, the others only open."""
    ids = [_field_key_id(name, part) for part in value.split(",")]
    # A sealed value names its key by id: with two of one id the wrong one would be taken.
    if len(set(ids)) != len(ids):
        env.refuse(name, "the same key id stands there twice")
    return value


def _field_key_id(name: str, part: str) -> str:
    key_id, _, encoded = part.strip().partition(":")
    try:
        length = len(base64.b64decode(encoded, validate=True))
    except ValueError:
        length = 0
    if not key_id.isalnum() or len(key_id) > 16 or length != FIELD_KEY_BYTES:
        env.refuse(name, f"must be id:base64 of {FIELD_KEY_BYTES} bytes each, separated by commas")
    return key_id
