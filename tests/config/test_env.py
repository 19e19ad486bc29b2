"""A bad value stops the start with one line that names the variable, whatever is started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import env

ROOT = Path(__file__).resolve().parents[2]
KEY = "dGVzdC1rZXktdGVzdC1rZXktdGVzdC1rZXktdGVzdCE="
PRODUCTION = {
    "DEPLOYMENT": "production",
    "SECRET_KEY": "x" * 32 + "yz0123456789abcdefgh",
    "FIELD_ENCRYPTION_KEYS": f"k1:{KEY}",
    "ALLOWED_HOSTS": "orders.example",
}
SETTINGS = ("-c", "import config.settings")
ENTRANCES = {
    "manage.py": ("manage.py", "check"),
    "worker": ("-m", "celery", "-A", "config", "worker"),
    "beat": ("-m", "celery", "-A", "config", "beat"),
    "gunicorn": ("-m", "gunicorn", "config.wsgi"),
    "make run": ("-m", "config.run"),
}
BAD = [
    ("INSTALLATION_ID", "two words"),
    ("SPAPI_CLIENT_SECRET_SINCE", "23.11.2026"),
    ("DEPLOYMENT", "staging"),
    ("DEBUG", "perhaps"),
    ("DATABASE_URL", "mysql://user:hidden@host/name"),
    ("DATABASE_URL", "postgres://user:hidden@host:port/name"),
    ("DATABASE_URL", "postgres://user:hidden@host/name?sslmod=require"),
    ("DATABASE_URL", "sqlite://var/db.sqlite3"),
    ("CELERY_BROKER_URL", "amqp://user:hidden@host"),
    ("REDIS_URL", "localhost:6379"),
    ("SPAPI_ENDPOINT", "sellingpartnerapi.example"),
    ("SPAPI_LWA_URL", "ftp://host/token"),
    ("FIELD_ENCRYPTION_KEYS", "k1:too-short"),
    ("FIELD_ENCRYPTION_KEYS", f"k1:{KEY},k1:{KEY}"),
    ("FIELD_ENCRYPTION_KEYS", KEY),
    ("MFA_REQUIRED", "2"),
    ("ALLOWED_HOSTS", "shop example"),
    ("CSRF_TRUSTED_ORIGINS", "shop.example"),
    ("LOG_LEVEL", "LOUD"),
    ("LOG_FORMAT", "xml"),
    ("PORT", "0"),
    ("PORT", "eighty"),
    ("PORT", "٨٠"),
    ("TRUSTED_PROXIES", "-1"),
    ("SPAPI_CLIENT_ID", "two\nlines"),
    ("SP_API_DEFAULT_MARKETPLACE", "US"),
    ("NOTIFICATIONS_QUEUE_URL", "orders"),
    ("AWS_ENV", "sandbox"),
]


def start(folder: Path, command: tuple[str, ...], **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command with nothing in its environment but these variables."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(folder), **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


def assert_refused(done: subprocess.CompletedProcess[str], name: str) -> None:
    assert done.returncode == 1
    assert done.stderr.startswith(f"{name}: ")
    assert done.stderr.count("\n") == 1
    assert "hidden" not in done.stderr


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_value_stops_the_start_with_one_line(name: str, value: str, tmp_path: Path) -> None:
    assert_refused(start(tmp_path, SETTINGS, **{name: value}), name)


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_every_entrance_stops_in_the_same_way(entrance: str, tmp_path: Path) -> None:
    assert_refused(start(tmp_path, ENTRANCES[entrance], PORT="eighty"), "PORT")


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_ENCRYPTION_KEYS"])
def test_production_does_not_start_without_a_secret(name: str, tmp_path: Path) -> None:
    assert_refused(start(tmp_path, SETTINGS, **{**PRODUCTION, name: ""}), name)
    assert not (tmp_path / name.lower()).exists()


def test_production_does_not_start_with_debug(tmp_path: Path) -> None:
    assert_refused(start(tmp_path, SETTINGS, **PRODUCTION, DEBUG="1"), "DEBUG")


def test_production_does_not_start_with_a_guessable_key(tmp_path: Path) -> None:
    assert_refused(start(tmp_path, SETTINGS, **{**PRODUCTION, "SECRET_KEY": "secret"}), "SECRET_KEY")


def test_production_starts_with_its_secrets(tmp_path: Path) -> None:
    assert start(tmp_path, SETTINGS, **PRODUCTION).returncode == 0


def test_local_keys_are_made_once_and_only_for_their_owner(tmp_path: Path) -> None:
    show = ("-c", "from config import settings as s; print(s.SECRET_KEY, s.FIELD_ENCRYPTION_KEYS)")
    first, second = start(tmp_path, show), start(tmp_path, show)
    assert first.stdout == second.stdout != ""
    kept = [tmp_path / "secret_key", tmp_path / "field_encryption_keys"]
    assert [oct(path.stat().st_mode & 0o777) for path in kept] == ["0o600", "0o600"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert_refused(start(tmp_path / "file" / "var", SETTINGS), "VAR_DIR")


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", " ")
    assert env.integer("PORT", default=8000, at_least=1, at_most=65535) == 8000


@pytest.mark.parametrize("value", ["orders.example", ".example", "*", "[::1]", "10.0.0.1", "a-b.example."])
def test_host_names_are_accepted(value: str) -> None:
    assert env.is_host(value)


@pytest.mark.parametrize("value", ["https://orders.example", "orders.example:80", "a b", "", "a..b"])
def test_what_is_no_host_name_is_not(value: str) -> None:
    assert not env.is_host(value)
