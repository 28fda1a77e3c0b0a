"""PostgreSQL: neither the site's role nor a forgetful owner empties the audit trail."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, transaction

from moderation import append_only, site_role
from notes_site.env import DatabaseRole
from tests.moderation.test_audit import an_entry, execute

pytestmark = pytest.mark.stack
ROLE = DatabaseRole("notes_site_tests", "a secret of the tests")
LogIn = Callable[[], Any]
AUDIT = "moderation_auditentry"


@pytest.fixture(scope="module")
def log_in(django_db_setup: None, django_db_blocker: Any) -> Iterator[LogIn]:
    """Signs in to the tests' database as the site's role, which was made long after the tables."""
    with django_db_blocker.unblock():
        an_entry()
        site_role.grant(connection, ROLE)
        settings = connection.settings_dict
        yield lambda: psycopg2.connect(
            host=settings["HOST"],
            port=settings["PORT"],
            dbname=settings["NAME"],
            user=ROLE.name,
            password=ROLE.password,
        )
        execute(f"DROP OWNED BY {ROLE.name}")
        execute(f"DROP ROLE {ROLE.name}")
        append_only.remove(connection)
        execute(f"DELETE FROM {AUDIT}")  # noqa: S608
        append_only.install(connection)


def owner() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


REFUSED = {
    "update": "UPDATE {audit} SET reason = 'forged'",
    "delete": "DELETE FROM {audit}",
    "delete in a query": "WITH gone AS (DELETE FROM {audit} RETURNING 1) SELECT * FROM gone",
    "copy of what is deleted": "COPY (DELETE FROM {audit} RETURNING id) TO STDOUT",
    "copy over a row": "COPY {audit} FROM PROGRAM 'echo'",
    "upsert": "INSERT INTO {audit} SELECT * FROM {audit} ON CONFLICT (id)"
    " DO UPDATE SET reason = 'forged'",
    "the same id again": "INSERT INTO {audit} SELECT * FROM {audit}",
    "merge": "MERGE INTO {audit} a USING {audit} b ON a.id = b.id WHEN MATCHED THEN DELETE",
    "lock of a row": "SELECT * FROM {audit} FOR UPDATE",
    "truncate": "TRUNCATE {audit}",
    "truncate with others": "TRUNCATE moderation_report, {audit} CASCADE",
    "truncate of anything": "TRUNCATE accounts_user CASCADE",
    "truncate in a block": "DO $$ BEGIN EXECUTE 'TRUNCATE {audit}'; END $$",
    "delete in a block": "DO $$ BEGIN DELETE FROM {audit}; END $$",
    "disable the trigger": "ALTER TABLE {audit} DISABLE TRIGGER audit_append_only",
    "disable all triggers": "ALTER TABLE {audit} DISABLE TRIGGER ALL",
    "drop the trigger": "DROP TRIGGER audit_no_truncate ON {audit}",
    "replace the function": "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger"
    " LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    "drop the function": "DROP FUNCTION audit_refuse() CASCADE",
    "a trigger of its own": "CREATE TRIGGER aaa BEFORE INSERT ON {audit}"
    " FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "a rule": "CREATE RULE r AS ON INSERT TO {audit} DO INSTEAD NOTHING",
    "drop the table": "DROP TABLE {audit} CASCADE",
    "drop the schema": "DROP SCHEMA public CASCADE",
    "rename the table": "ALTER TABLE {audit} RENAME TO other",
    "take the table": "ALTER TABLE {audit} OWNER TO {role}",
    "hide rows": "ALTER TABLE {audit} ENABLE ROW LEVEL SECURITY",
    "drop a column": "ALTER TABLE {audit} DROP COLUMN reason",
    "replicate": "SET session_replication_role = replica",
    "replicate by function": "SELECT set_config('session_replication_role', 'replica', false)",
    "replicate for ever": "ALTER ROLE {role} SET session_replication_role = replica",
    "system setting": "ALTER SYSTEM SET session_replication_role = replica",
    "write the catalogue": "UPDATE pg_trigger SET tgenabled = 'D'",
    "become the owner": "SET ROLE {owner}",
    "sign in as the owner": "SET SESSION AUTHORIZATION {owner}",
    "join the owner": "GRANT {owner} TO {role}",
    "become a superuser": "ALTER ROLE {role} SUPERUSER",
    "make a role": "CREATE ROLE another",
    "change the owner's password": "ALTER ROLE {owner} PASSWORD 'x'",
    # The grant itself is a warning, and grants nothing.
    "grant itself": "GRANT ALL ON {audit} TO {role}; DELETE FROM {audit}",
    "rights to come": "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT ALL ON TABLES TO PUBLIC",
    "drop what is the owner's": "DROP OWNED BY {owner}",
    "take what is the owner's": "REASSIGN OWNED BY {owner} TO {role}",
    "a table": "CREATE TABLE other (id int)",
    "a temporary table": "CREATE TEMP TABLE {audit} (id int)",
    "a reference": "CREATE TABLE other (id bigint REFERENCES {audit})",
    "a schema": "CREATE SCHEMA other",
    "an extension": "CREATE EXTENSION pg_trgm",
    "a program": "COPY {audit} TO PROGRAM 'cat'",
    "a file": "SELECT pg_read_file('PG_VERSION')",
    "forgotten migrations": "DELETE FROM django_migrations",
}


@pytest.mark.parametrize("way", REFUSED)
def test_the_sites_role_is_refused(way: str, log_in: LogIn, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        statement = REFUSED[way].format(audit=AUDIT, role=ROLE.name, owner=owner())
        site = log_in()
        try:
            with pytest.raises(psycopg2.Error), site.cursor() as cursor:
                cursor.execute(statement)
            site.rollback()
            with site.cursor() as cursor:
                cursor.execute(f"SELECT reason FROM {AUDIT}")  # noqa: S608
                assert cursor.fetchall() == [("as it was",)]
                cursor.execute(
                    "SELECT tgname, tgenabled FROM pg_trigger WHERE tgname LIKE 'audit%' ORDER BY 1"
                )
                assert cursor.fetchall() == [("audit_append_only", "A"), ("audit_no_truncate", "A")]
        finally:
            site.close()


def test_the_sites_role_adds_and_reads_and_changes_everything_else(
    log_in: LogIn, django_db_blocker: Any
) -> None:
    with django_db_blocker.unblock():
        site = log_in()
    try:
        with site.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            tables = {name for (name,) in cursor.fetchall()} - {AUDIT, "django_migrations"}
            assert len(tables) > 40
            for table in tables:
                for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
                    cursor.execute("SELECT has_table_privilege(%s, %s)", [f'"{table}"', right])
                    assert cursor.fetchone() == (True,), (table, right)
                cursor.execute("SELECT has_table_privilege(%s, 'TRUNCATE')", [f'"{table}"'])
                assert cursor.fetchone() == (False,), table
            cursor.execute(
                f"INSERT INTO {AUDIT} (id, actor_name, action, target_kind, target_id,"  # noqa: S608
                " target_label, reason, created_at)"
                " VALUES (1, '', 'hide', 'post', 7, '@owner', 'added', now())"
            )
            cursor.execute(f"SELECT count(*) FROM {AUDIT}")  # noqa: S608
            assert cursor.fetchone() == (2,)
    finally:
        site.rollback()
        site.close()


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE {audit}",
        "TRUNCATE {audit} CASCADE",
        "TRUNCATE things CASCADE",
        "SET LOCAL session_replication_role = replica; TRUNCATE {audit}",
        "SET LOCAL session_replication_role = replica; DELETE FROM {audit}",
        "SET LOCAL session_replication_role = replica; UPDATE {audit} SET reason = 'forged'",
    ],
)
@pytest.mark.django_db
def test_the_owner_does_not_empty_it_by_mistake(statement: str) -> None:
    an_entry()
    execute("CREATE TABLE things (id bigint PRIMARY KEY)")
    execute(f"ALTER TABLE {AUDIT} ADD COLUMN thing bigint REFERENCES things")
    with pytest.raises(IntegrityError), transaction.atomic():
        execute(statement.format(audit=AUDIT))


@pytest.mark.django_db
def test_a_later_table_is_the_sites_to_use_and_a_guarded_one_only_to_add_to() -> None:
    site_role.grant(connection, ROLE)
    execute("CREATE TABLE later (id bigint PRIMARY KEY)")
    execute("CREATE SEQUENCE later_numbers")

    def has(right: str, table: str = "later") -> bool:
        with connection.cursor() as cursor:
            query = "SELECT has_table_privilege(%s, %s, %s)"
            cursor.execute(query, [ROLE.name, table, right])
            return bool(cursor.fetchone()[0])

    assert has("UPDATE")
    assert has("DELETE")
    assert not has("TRUNCATE")
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_sequence_privilege(%s, 'later_numbers', 'USAGE')", [ROLE.name])
        assert cursor.fetchone() == (True,)
    execute(
        "CREATE TRIGGER later_guard BEFORE UPDATE OR DELETE ON later"
        " FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
    )
    site_role.grant(connection, ROLE)
    assert has("INSERT")
    assert not has("UPDATE")
    assert not has("DELETE")


@pytest.mark.django_db
def test_a_role_that_had_too_much_loses_it() -> None:
    """Whatever somebody gave it by hand: attributes, another role's rights, tables, the trail."""
    site_role.grant(connection, ROLE)
    for statement in (
        f"ALTER ROLE {ROLE.name} SUPERUSER CREATEROLE CREATEDB",
        f"GRANT pg_read_server_files TO {ROLE.name}",
        f"GRANT ALL ON {AUDIT} TO {ROLE.name} WITH GRANT OPTION",
        f"GRANT UPDATE (reason) ON {AUDIT} TO {ROLE.name}",
        f"GRANT UPDATE ON {AUDIT} TO PUBLIC",
        f"GRANT CREATE ON SCHEMA public TO {ROLE.name}",
        f"ALTER TABLE moderation_report OWNER TO {ROLE.name}",
        f"ALTER TABLE {AUDIT} OWNER TO {ROLE.name}",
    ):
        execute(statement)
    site_role.grant(connection, ROLE)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolcreaterole OR rolcreatedb, rolcanlogin FROM pg_roles"
            " WHERE rolname = %s",
            [ROLE.name],
        )
        assert cursor.fetchone() == (False, True)
        cursor.execute(
            "SELECT has_any_column_privilege(%s, %s, 'UPDATE'), has_table_privilege(%s, %s,"
            " 'DELETE, TRUNCATE, REFERENCES, TRIGGER'), has_schema_privilege(%s, 'public',"
            " 'CREATE'), pg_has_role(%s, 'pg_read_server_files', 'MEMBER')",
            [ROLE.name, AUDIT, ROLE.name, AUDIT, ROLE.name, ROLE.name],
        )
        assert cursor.fetchone() == (False, False, False, False)
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = %s", [ROLE.name])
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "told"),
    [
        (DatabaseRole('no"tes', "x"), "small letters"),
        (DatabaseRole("notes_site", ""), "has no password"),
    ],
)
def test_a_role_that_can_not_be_is_told_about(role: DatabaseRole, told: str, settings: Any) -> None:
    settings.DATABASE_SITE_ROLE = role
    with pytest.raises(CommandError, match=told):
        call_command("prepare_database", verbosity=0)
