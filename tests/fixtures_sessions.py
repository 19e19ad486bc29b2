"""The end of a test database: PostgreSQL drops none that somebody is still connected to."""

import sys
import time
from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

PATIENCE_SECONDS = 10.0


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The plugin's own, and before it drops the database: whoever is left there is told to go.

    A process that a test killed can be outlived by its session at the server, which notices only when it
    next reads from it. That is no fault of the tests that ran, and must not become their failure.
    """
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            end_the_sessions_of_others()


def end_the_sessions_of_others() -> None:
    """Wait for them; then end them, and say on stderr what they were doing.

    On a connection of its own: the last one lay idle through all tests without database, and the server may
    have ended it meanwhile.
    """
    connection.close()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (others := _others()) and time.monotonic() < deadline:
        time.sleep(0.1)
    for pid, state, since, query in others:
        print(f"session {pid} was left ({state} since {since}): {query}", file=sys.stderr)  # noqa: T201
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def _others() -> list[tuple[int, str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, state, state_change::text, left(query, 200) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return list(cursor.fetchall())
