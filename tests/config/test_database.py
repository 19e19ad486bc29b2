"""DATABASE_URL in Django's words."""

from pathlib import Path

import pytest

from config import database


def read(monkeypatch: pytest.MonkeyPatch, url: str, base: Path) -> dict[str, object]:
    monkeypatch.setenv("DATABASE_URL", url)
    return database.from_url("DATABASE_URL", base, default=base / "default.sqlite3")


def test_without_a_url_the_default_file_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert read(monkeypatch, "", tmp_path)["NAME"] == tmp_path / "default.sqlite3"


@pytest.mark.parametrize(
    ("url", "name"),
    [("sqlite:///var/x.sqlite3", "var/x.sqlite3"), ("sqlite:////{base}/deep/x.sqlite3", "deep/x.sqlite3")],
)
def test_sqlite_paths(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, name: str) -> None:
    settings = read(monkeypatch, url.format(base=str(tmp_path)[1:]), tmp_path)
    assert settings["NAME"] == tmp_path / name
    assert settings["OPTIONS"]["transaction_mode"] == "IMMEDIATE"  # type: ignore[index]


def test_postgres_parts_are_unquoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = read(monkeypatch, "postgres://u%40x:p%2Fw@db.example:5433/orders?sslmode=require", tmp_path)
    assert (settings["USER"], settings["PASSWORD"]) == ("u@x", "p/w")
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db.example", "5433", "orders")
    assert settings["OPTIONS"] == {"sslmode": "require"}
    assert settings["CONN_HEALTH_CHECKS"] is True
