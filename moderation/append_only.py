"""Triggers by which the database refuses to change or remove audit entries."""

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
)
_POSTGRESQL_UNDO = (
    "DROP TRIGGER IF EXISTS audit_append_only ON moderation_auditentry",
    "DROP FUNCTION IF EXISTS audit_refuse()",
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers, in place of what is there of them."""
    remove(connection)
    _run(connection, _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers."""
    _run(connection, _POSTGRESQL_UNDO if connection.vendor == "postgresql" else _SQLITE_UNDO)


def _run(connection: BaseDatabaseWrapper, statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
