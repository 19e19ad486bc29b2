"""Fixtures of every test. Which database a run uses is decided earlier, by `tests.engines`."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase

from integration import append_only

pytest_plugins = [
    "tests.fixtures_browser",
    "tests.fixtures_queue",
    "tests.fixtures_sessions",
    "tests.fixtures_shop",
]


def pytest_configure() -> None:
    """A password hash is slow on purpose; hundreds of sign-ins in tests need not be.

    The keys are asked for when a server starts. Each test client is such a start, whose statements would
    be counted with those of the page.
    """
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MIDDLEWARE.remove("integration.startup.RequireFittingKeys")
    give_each_worker_its_own_cache()
    let_the_audit_log_be_emptied()


def let_the_audit_log_be_emptied() -> None:
    """After a test with transactions SQLite deletes all rows, which those of the audit log refuse."""
    empty = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def empty_all(case: TransactionTestCase) -> None:
        if connection.vendor != "sqlite" or connection.in_atomic_block:
            empty(case)
            return
        with connection.schema_editor() as editor:
            append_only.release(editor)
        empty(case)
        with connection.schema_editor() as editor:
            append_only.protect(editor)

    TransactionTestCase._fixture_teardown = empty_all  # type: ignore[attr-defined]


def give_each_worker_its_own_cache() -> None:
    """Tests empty the cache after themselves: two workers with one cache would empty each other's."""
    location = settings.CACHES["default"].get("LOCATION", "")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    if location and worker != "0":
        address = urlsplit(location)
        settings.CACHES["default"]["LOCATION"] = urlunsplit(address._replace(path=f"/{worker}"))


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Rate limits and cached counts of one test are not those of the next."""
    yield
    cache.clear()
