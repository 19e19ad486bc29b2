import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def command(*options: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), "sandbox", *options]


@pytest.fixture
def sandbox() -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    options = ("--port", "0", "--seed", "7", "--orders", "30", "--quota", "off", "--faults", "slow=0")
    process = subprocess.Popen(
        command(*options), stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    )
    with process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_the_shop_and_stops_at_once(sandbox: subprocess.Popen[str], number: signal.Signals) -> None:
    assert sandbox.stdout is not None
    lines = [sandbox.stdout.readline() for _ in range(5)]
    url = lines[0].split()[1]
    assert lines[1].split()[1] == f"{url}/auth/o2/token"
    assert lines[2] == "Seller:  A2SANDBOXNA001 (US, CA, MX), token sandbox-na\n"
    with urllib.request.urlopen(f"{url}/_sandbox/health", timeout=10) as answer:
        assert b'"sellers":3' in answer.read()
    start = time.monotonic()
    sandbox.send_signal(number)
    assert sandbox.wait(timeout=5) == 0
    assert time.monotonic() - start < 2


def test_it_writes_the_catalog_and_leaves(tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    done = subprocess.run(
        command("--seed", "7", "--write-catalogue", str(file)), capture_output=True, text=True, check=True
    )
    assert done.stdout == f"36 products written to {file}\n"
    module = [sys.executable, "-m", "sandbox.catalog", "--seed", "7"]
    alone = subprocess.run(module, capture_output=True, text=True, check=True, cwd=ROOT)
    assert file.read_text(encoding="utf-8") == alone.stdout


def test_an_unknown_fault_is_refused_in_one_line() -> None:
    done = subprocess.run(command("--faults", "thunder=1"), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: unknown fault 'thunder'; known: throttle, ")
    assert done.stderr.count("\n") == 1
