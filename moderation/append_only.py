"""Triggers by which the database refuses to change, remove or empty audit entries.

On PostgreSQL they also fire where a session says that it replicates (`ENABLE ALWAYS`). Who owns
the table can drop them all the same, so the site works as a role that does not
(moderation/site_role.py). Who holds an SQLite file holds everything in it.
"""

from collections.abc import Iterable

from django.db.backends.base.base import BaseDatabaseWrapper

# SQLite's REPLACE removes the row of the same key without a DELETE trigger, hence the third.
_SQLITE = (
    """
    CREATE TRIGGER audit_no_update BEFORE UPDATE ON moderation_auditentry
    BEGIN SELECT RAISE(ABORT, 'audit entries are never changed or removed'); END
    """,
    """
    CREATE TRIGGER audit_no_delete BEFORE DELETE ON moderation_auditentry
    BEGIN SELECT RAISE(ABORT, 'audit entries are never changed or removed'); END
    """,
    """
    CREATE TRIGGER audit_no_replace BEFORE INSERT ON moderation_auditentry
    WHEN EXISTS (SELECT 1 FROM moderation_auditentry WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'audit entries are never changed or removed'); END
    """,
)
_SQLITE_UNDO = (
    "DROP TRIGGER IF EXISTS audit_no_update",
    "DROP TRIGGER IF EXISTS audit_no_delete",
    "DROP TRIGGER IF EXISTS audit_no_replace",
)
# An integrity error, as on SQLite, and not the internal error that RAISE means by itself.
_POSTGRESQL = (
    """
    CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'audit entries are never changed or removed'
        USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON moderation_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse()
    """,
    """
    CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON moderation_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
    """,
    "ALTER TABLE moderation_auditentry ENABLE ALWAYS TRIGGER audit_append_only",
    "ALTER TABLE moderation_auditentry ENABLE ALWAYS TRIGGER audit_no_truncate",
)
_POSTGRESQL_UNDO = (
    "DROP TRIGGER IF EXISTS audit_append_only ON moderation_auditentry",
    "DROP TRIGGER IF EXISTS audit_no_truncate ON moderation_auditentry",
    "DROP FUNCTION IF EXISTS audit_refuse()",
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers, in place of what is there of them."""
    remove(connection)
    _run(connection, _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers."""
    _run(connection, _POSTGRESQL_UNDO if connection.vendor == "postgresql" else _SQLITE_UNDO)


def tables(connection: BaseDatabaseWrapper) -> list[str]:
    """On PostgreSQL, every table that the function of these triggers guards."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger"
            " JOIN pg_proc ON pg_proc.oid = tgfoid WHERE proname = 'audit_refuse'"
        )
        return [name for (name,) in cursor.fetchall()]


def _run(connection: BaseDatabaseWrapper, statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
