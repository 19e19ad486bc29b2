"""Django's database settings out of DATABASE_URL."""

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote

from config import env

SCHEMES = frozenset({"sqlite", "postgres", "postgresql"})
POSTGRES_OPTIONS = frozenset(
    {"sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "application_name", "options"}
)


def from_url(name: str, base: Path, *, default: Path) -> dict[str, Any]:
    """`sqlite:///relative`, `sqlite:////absolute` or `postgres://user:password@host:port/name?sslmode=…`."""
    value = env.text(name)
    if not value:
        return _sqlite(default)
    parts = env.split_url(value)
    if parts is None or len(parts.path) < 2 or parts.scheme not in SCHEMES:
        env.refuse(name, "must look like sqlite:///path or postgres://user:password@host:port/name")
    if parts.scheme != "sqlite":
        return _postgres(name, parts)
    if parts.netloc:
        env.refuse(name, "must have three slashes before a relative path: sqlite:///path")
    return _sqlite(base / parts.path[1:])


def _sqlite(path: Path) -> dict[str, Any]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            # Takes the write lock at the start, so that no transaction dies half-way for an upgraded lock.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
        },
    }


def _postgres(name: str, parts: SplitResult) -> dict[str, Any]:
    options = dict(parse_qsl(parts.query))
    unknown = sorted(set(options) - POSTGRES_OPTIONS)
    if unknown:
        env.refuse(name, f"the option {unknown[0]!r} is not known")
    # A host in the query is the folder of a socket, as libpq writes it.
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
