"""Statements that make a table append-only, for migrations: whatever the code does, the database refuses.

A later migration that has SQLite build one of these tables anew loses its triggers: it must run `protect`
again at its end. tests/integration/people/test_audit.py would notice.
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ENTRIES = "integration_auditentry"
LINKS = "integration_auditentrystore"
_REFUSAL = "The audit log is append-only."
# Retention may delete what is older; see integration.people.audit.KEPT_AT_LEAST.
_DAYS = 365

_POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION integration_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE written timestamptz;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF TG_TABLE_NAME = '{ENTRIES}' THEN
            written := OLD.at;
        ELSE
            SELECT at INTO written FROM {ENTRIES} WHERE id = OLD.entry_id;
        END IF;
        IF written < now() - interval '{_DAYS} days' THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
END $$;
""" + "".join(
    f"""
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION integration_audit_refuse();
"""
    for table in (ENTRIES, LINKS)
)
# A link has no time of its own: it may go when its entry may.
_WRITTEN = {ENTRIES: "OLD.at", LINKS: f"(SELECT at FROM {ENTRIES} WHERE id = OLD.entry_id)"}
_SQLITE = [
    f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    for table in _WRITTEN
] + [
    f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}"
    f" WHEN {written} >= datetime('now', '-{_DAYS} days') BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    for table, written in _WRITTEN.items()
]


def protect(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Refuse UPDATE, and DELETE of what is younger than a year."""
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in [_POSTGRESQL] if is_postgresql else _SQLITE:
        # No parameters: nothing in here may be taken for a placeholder.
        schema_editor.execute(statement, params=None)


def release(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the refusal away."""
    with schema_editor.connection.cursor() as cursor:
        for table in _WRITTEN:
            if schema_editor.connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_update")
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete")
        if schema_editor.connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS integration_audit_refuse()")
