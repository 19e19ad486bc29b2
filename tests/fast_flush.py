"""Empty the database after a test with transactions, without Django's `flush`.

`flush` truncates every table and makes content types and permissions anew: 0.3 s, most of what a short test
costs. Deleting the few rows that a test leaves takes milliseconds; content types and permissions stay.
"""

from functools import cache

from django.core.management import call_command
from django.db import connection, transaction
from django.test import TransactionTestCase

from integration.models import append_only

# What migrations leave behind and `flush` would make again, row by row.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}
# Deleted rows stay in their pages; beyond this size reading over them costs more than truncating.
LARGEST_BYTES = 16 * 1024 * 1024


def install() -> None:
    """Have every test with transactions end this way."""

    def empty_tables(_: TransactionTestCase) -> None:
        empty()

    TransactionTestCase._fixture_teardown = empty_tables  # type: ignore[attr-defined]


def empty() -> None:
    """Delete every row but those of KEPT."""
    if connection.vendor == "sqlite":
        _delete_on_sqlite()
    elif not _delete_on_postgresql():
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)


def _delete_on_postgresql() -> bool:
    """Whether it could be done: the account may switch triggers off, and little lies there."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('is_superuser') = 'on' AND sum(pg_relation_size(c.oid)) < %s"
            " FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace",
            [LARGEST_BYTES],
        )
        if not cursor.fetchone()[0]:
            return False
        # Neither foreign keys, which would ask for an order, nor the audit log, which refuses.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(";".join(_deletions()))
    return True


def _delete_on_sqlite() -> None:
    with connection.schema_editor() as editor:
        append_only.release(editor)
        for statement in _deletions():
            editor.execute(statement)
        append_only.protect(editor)


@cache
def _deletions() -> tuple[str, ...]:
    tables = set(connection.introspection.django_table_names(include_views=False)) - KEPT
    return tuple(f"DELETE FROM {connection.ops.quote_name(table)}" for table in sorted(tables))
