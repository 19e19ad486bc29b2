"""Typed readers of the environment. A bad value stops the start with one line that names the variable."""

import os
import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import NoReturn, TypeVar
from urllib.parse import SplitResult, urlsplit

T = TypeVar("T")

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})
# As Django's ALLOWED_HOSTS understands it: a leading dot is all subdomains, an asterisk every host.
HOST = re.compile(r"\*|\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.?|\[[0-9A-Fa-f:.]+\]")


def refuse(name: str, reason: str) -> NoReturn:
    """Stop the start. SystemExit passes through manage.py, celery and gunicorn without a traceback."""
    raise SystemExit(f"{name}: {reason}")


def text(name: str, default: str = "") -> str:
    """The variable's value; one that is set but empty counts as not set, as in a compose file."""
    value = os.environ.get(name, "").strip()
    if any(not character.isprintable() for character in value):
        refuse(name, "must be one line of printable text")
    return value or default


def flag(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        refuse(name, f"must be 0 or 1, not {value!r}")
    return value in TRUE


def folder(name: str, base: Path, *, default: str) -> Path:
    """A folder that only its owner can enter; it is made when it is missing."""
    path = base / text(name, default)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as refused:
        refuse(name, f"the folder cannot be made: {refused.strerror}")
    return path


def choice(
    name: str, choices: Sequence[str], *, default: str, normalize: Callable[[str], str] = str.lower
) -> str:
    value = normalize(text(name, default))
    if value not in choices:
        refuse(name, f"must be one of {', '.join(choices)}, not {value!r}")
    return value


def integer(name: str, *, default: int, at_least: int, at_most: int) -> int:
    value = text(name, str(default))
    # By its form first: `int` also takes "1_000", blanks and digits of other scripts.
    if not re.fullmatch(r"[0-9]{1,12}", value) or not at_least <= int(value) <= at_most:
        refuse(name, f"must be a whole number from {at_least} to {at_most}, not {value!r}")
    return int(value)


def day(name: str) -> date | None:
    """A day, or None where the variable is not set."""
    value = text(name)
    if not value:
        return None
    try:
        read = date.fromisoformat(value)
    except ValueError:
        refuse(name, f"must be a day like 2026-11-23, not {value!r}")
    return read


def url(name: str, schemes: Sequence[str], *, default: str = "") -> str:
    """A URL of one of the schemes. The reason never repeats the value: it may hold a password."""
    value = text(name, default)
    if value and not _is_url(value, schemes):
        refuse(name, f"must be a URL that starts with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    return value


def _is_url(value: str, schemes: Sequence[str]) -> bool:
    parts = split_url(value)
    return parts is not None and parts.scheme in schemes and bool(parts.hostname)


def split_url(value: str) -> SplitResult | None:
    """The parts of a URL, or None when it is none (a port that is no number shows only when it is read)."""
    try:
        parts = urlsplit(value)
        return parts if parts.port is None or parts.port > 0 else None
    except ValueError:
        return None


def items(
    name: str, *, default: Sequence[str] = (), accept: Callable[[str], bool], expected: str
) -> list[str]:
    """A comma-separated list, each item of which is accepted."""
    value = text(name)
    if not value:
        return list(default)
    found = [item.strip() for item in value.split(",") if item.strip()]
    for item in found:
        if not accept(item):
            refuse(name, f"{item!r} is not {expected}")
    return found


def is_host(value: str) -> bool:
    return HOST.fullmatch(value) is not None


def is_origin(value: str) -> bool:
    """Whether the value is what Django expects of a trusted origin: scheme and host, nothing behind."""
    parts = split_url(value)
    return parts is not None and parts.scheme in {"http", "https"} and bool(parts.netloc) and not parts.path


def must_be_absent(name: str, reason: str, *, value: str | None = None) -> None:
    """Refuse a variable that would change what a library does behind our back."""
    found = os.environ.get(name)
    if found is not None and (value is None or found.strip().upper() == value):
        refuse(name, reason)
