"""Two databases side by side: a ratio of two sizes is worth something only if both are timed in turns."""

import contextlib
from collections.abc import Iterator

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DEFAULT_DB_ALIAS

SUFFIX = "few"


@contextlib.contextmanager
def copy_of_now() -> Iterator[BaseDatabaseWrapper]:
    """A copy of the database as it is now; gives the connection to it."""
    connection.close()
    connection.creation.clone_test_db(SUFFIX, verbosity=0)
    copy = connections.create_connection(DEFAULT_DB_ALIAS)
    copy.settings_dict = connection.creation.get_test_db_clone_settings(SUFFIX)
    try:
        yield copy
    finally:
        copy.close()
        connection.creation.destroy_test_db(suffix=SUFFIX, verbosity=0, keepdb=False)


@contextlib.contextmanager
def looking_at(other: BaseDatabaseWrapper) -> Iterator[None]:
    """Everything reads from `other` meanwhile."""
    usual = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = other
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = usual
