"""Pytest plugin: which database and cache a run uses. Loaded before Django reads its settings.

`--engine=postgres` (the default) takes DATABASE_URL and REDIS_URL when they are set, else throw-away
servers; `--engine=sqlite` takes a database in memory and leaves out what needs PostgreSQL, or no database.
The cache is emptied by the tests.
"""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers

ENGINES = ("postgres", "sqlite")
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server"}
STARTED = contextlib.ExitStack()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=ENGINES, default="postgres", help="the database the tests run on")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """A wrapper runs before pytest-django, which reads the settings in this very hook."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        # Its controller has set everything already.
        return (yield)
    os.environ.update(environment_of_tests())
    os.environ["VAR_DIR"] = STARTED.enter_context(tempfile.TemporaryDirectory(prefix="amazon-orders-var-"))
    if early_config.known_args_namespace.engine == "sqlite":
        os.environ["DATABASE_URL"] = "sqlite:///tests.sqlite3"
        os.environ["REDIS_URL"] = ""
    else:
        start_what_is_missing()
    return (yield)


def environment_of_tests() -> dict[str, str]:
    """Keys of the run alone, so that it neither reads nor makes those of an installation."""
    return {
        "DEPLOYMENT": "local",
        "DEBUG": "0",
        "SECRET_KEY": os.environ.get("SECRET_KEY") or secrets.token_urlsafe(64),
        "FIELD_ENCRYPTION_KEYS": "test:" + "dGVzdC1rZXktdGVzdC1rZXktdGVzdC1rZXktdGVzdCE=",
        "LOG_LEVEL": "WARNING",
        "CELERY_BROKER_URL": "filesystem://",
        "SPAPI_CLIENT_ID": "amzn1.application-oa2-client.tests",
        "SPAPI_CLIENT_SECRET": "tests",
    }


def start_what_is_missing() -> None:
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = STARTED.enter_context(servers.postgres())
    if not os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"] = STARTED.enter_context(servers.valkey())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    start_slow_ones_first(items)
    if config.getoption("engine") != "sqlite":
        return
    chosen = [item for item in items if uses_a_database(item) and not item.get_closest_marker("postgres")]
    kept = set(chosen)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = chosen


def start_slow_ones_first(items: list[pytest.Item]) -> None:
    """A slow one that is last leaves the other worker idle.

    pytest-django has put tests without transactions in front: they may rely on rows of migrations, which the
    others empty. So it stays.
    """
    first = next((place for place, item in enumerate(items) if has_transactions(item)), len(items))
    items[first:] = sorted(items[first:], key=lambda item: item.get_closest_marker("slow") is None)


def has_transactions(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    asked_for = set(getattr(item, "fixturenames", ()))
    return bool(asked_for & {"transactional_db", "live_server"}) or (
        marker is not None and marker.kwargs.get("transaction", False)
    )


def uses_a_database(item: pytest.Item) -> bool:
    """What touches none ends the same on any engine, and the run on PostgreSQL has seen it already."""
    asked_for = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(asked_for & DATABASE_FIXTURES)


def pytest_report_header(config: pytest.Config) -> str:
    return f"engine: {config.getoption('engine')}, root: {Path(str(config.rootpath)).name}"


def pytest_unconfigure() -> None:
    STARTED.close()
