"""Real processes on the test's own database and sandbox: `manage.py` as an operator starts it."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from tests.fixtures_shop import Shop

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 60.0


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON object on the last line of stdout."""
        document: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return document


def environment(shop: Shop, **changes: str) -> dict[str, str]:
    """The test's environment, its database and its Amazon."""
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "SPAPI_ENDPOINT": shop.server.url,
        "SPAPI_LWA_URL": shop.server.lwa_url,
        "VAR_DIR": str(settings.VAR_DIR),
        **changes,
    }


def database_url() -> str:
    """Where this very test's tables are."""
    given = connection.settings_dict
    user, password = quote(given["USER"], safe=""), quote(given["PASSWORD"], safe="")
    return f"postgres://{user}:{password}@{given['HOST']}:{given['PORT']}/{quote(given['NAME'])}"


@contextlib.contextmanager
def celery(env: Mapping[str, str], log: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """`celery -A config ...`, under way, writing to `log`; killed when the test is done with it."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config", *arguments],
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def started(env: Mapping[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`manage.py ...`, under way; killed where the test does not wait for its end."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=dict(env),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            process.communicate()


def end(process: subprocess.Popen[str]) -> Ended:
    """Its end, awaited."""
    out, err = process.communicate(timeout=LONGEST)
    return Ended(process.returncode, out, err)


def run(env: Mapping[str, str], *arguments: str) -> Ended:
    """`manage.py ...` from start to end."""
    with started(env, *arguments) as process:
        return end(process)


def run_at_once(*commands: tuple[Mapping[str, str], tuple[str, ...]]) -> list[Ended]:
    """Several, side by side."""
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(started(env, *arguments)) for env, arguments in commands]
        return [end(process) for process in processes]
