"""Which installation this is: a name that is kept outside the database, so that no copy of it takes it along.

A redeploy, a new container, another host of the same deployment is the same installation.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from config import env
from config.secrets import kept

VARIABLE = "INSTALLATION_ID"
SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
DIGEST_LENGTH = 24


def read_or_make(folder: Path, hosts: Iterable[str], *, is_production: bool) -> str:
    """The variable's value. Without one: locally it is made once and kept under var/, in production it is
    told by the address: containers keep nothing, and all hosts of a deployment have the same address.
    """
    named = env.text(VARIABLE)
    if named:
        return _checked(named)
    return of_address(hosts) if is_production else _checked(kept(folder / "installation-id", _make))


def of_address(hosts: Iterable[str]) -> str:
    """The name of who answers at these hosts, in whatever order and spelling they are listed."""
    listed = ",".join(sorted({host.strip().lower() for host in hosts}))
    return f"address-{hashlib.sha256(listed.encode()).hexdigest()[:DIGEST_LENGTH]}"


def _make() -> str:
    return f"local-{secrets.token_hex(DIGEST_LENGTH // 2)}"


def _checked(value: str) -> str:
    if not SHAPE.fullmatch(value):
        env.refuse(VARIABLE, "must be up to 64 letters, digits, dots, hyphens and underscores")
    return value
