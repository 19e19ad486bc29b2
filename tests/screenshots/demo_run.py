"""A `make run` of its own, in a folder that goes with it."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config import supervisor

ROOT = Path(__file__).resolve().parents[2]
LABELS = ("Address: ", "User: ", "Password: ")
STARTS_WITHIN_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Demo:
    """Where it answers and how to sign in."""

    address: str
    user: str
    password: str


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Demo]:
    """The product with the local Amazon, until the block is left."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    output = folder / "output.txt"
    with output.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.run"],
            cwd=ROOT,
            env={**kept, "VAR_DIR": str(folder / "var"), "PORT": str(supervisor.free_port())},
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _said(process, output)
    finally:
        process.terminate()
        process.wait(30)


def _said(process: subprocess.Popen[bytes], output: Path) -> Demo:
    give_up = time.monotonic() + STARTS_WITHIN_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        lines = output.read_text().splitlines()
        found = [line.removeprefix(label) for label in LABELS for line in lines if line.startswith(label)]
        if len(found) == len(LABELS):
            return Demo(*found)
        time.sleep(0.2)
    raise SystemExit(f"the product did not start:\n{output.read_text()}")
