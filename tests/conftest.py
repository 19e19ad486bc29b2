"""Fixtures of every test. Which database a run uses is decided earlier, by `tests.engines`."""

import os
import signal
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from whitenoise.middleware import WhiteNoiseMiddleware

from tests import fast_flush

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
    settings.MIDDLEWARE.remove("integration.installation.key_check.RequireFittingKeys")
    give_each_worker_its_own_cache()
    find_static_files_once()
    fast_flush.install()
    interrupt_whoever_is_started()


def interrupt_whoever_is_started() -> None:
    """A background job of a shell ignores interrupts, and so would each process that a test starts."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def find_static_files_once() -> None:
    """Each test client is a server that starts, and each would look through all folders of static files."""
    find = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, object] = {}

    def add_files(server: WhiteNoiseMiddleware) -> None:
        if not found:
            find(server)
            found.update(server.files)
        server.files.update(found)

    WhiteNoiseMiddleware.add_files_from_finders = add_files


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
