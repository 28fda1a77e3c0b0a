"""The role of PostgreSQL as which the site works: it owns nothing, and can't touch the audit trail.

Migrations run as the role that owns the tables. What is here runs after them, as that role, and
may run at any time: it makes the site's role where there is none (also in a database that was
used without one), and gives it exactly what it needs (docs/decisions/0028).
"""

import re

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg2.extensions import encrypt_password

from moderation import append_only
from notes_site.env import DatabaseRole

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
# Any number will do, as long as nothing else takes the same lock.
_LOCK = 4_417_026
_POWERS = ("superuser", "createdb", "createrole", "replication", "bypassrls")


class SiteRoleError(Exception):
    """The role can't be made harmless; the text says why, and what to do."""


def grant(connection: BaseDatabaseWrapper, role: DatabaseRole) -> None:
    """Make the role, or put it right. Safe to run again, and while the site works as it.

    Raises SiteRoleError for a role that can't be limited, or without a password.
    """
    if not _NAME.fullmatch(role.name):
        raise SiteRoleError(
            f"The role {role.name!r} in DATABASE_URL needs a name of small letters, digits and _."
        )
    if not role.password:
        raise SiteRoleError(
            f"The role {role.name} has no password. Set DATABASE_PASSWORD or SECRET_KEY in .env."
        )
    with transaction.atomic(using=connection.alias):
        # Two at once would meet in the same rows of the catalogue.
        _execute(connection, "SELECT pg_advisory_xact_lock(%s)", _LOCK)
        _make(connection, role)
        _take_away_powers(connection, role.name)
        for statement in _rights(connection, role.name):
            _execute(connection, statement)


def _make(connection: BaseDatabaseWrapper, role: DatabaseRole) -> None:
    if not _column(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role.name):
        _execute(connection, f'CREATE ROLE "{role.name}"')
    # The password itself would stand in the server's log, should it keep statements.
    verifier = encrypt_password(
        role.password, role.name, connection.connection, algorithm="scram-sha-256"
    )
    _execute(connection, f'ALTER ROLE "{role.name}" LOGIN PASSWORD %s', verifier)


def _take_away_powers(connection: BaseDatabaseWrapper, name: str) -> None:
    # The columns of pg_roles are named after the attributes, except for `rolsuper`.
    powers = " OR ".join(f"rol{power.removesuffix('user')}" for power in _POWERS)
    # Asked first: only a superuser may say NOSUPERUSER, and the owner of the tables needn't be.
    if _column(connection, f"SELECT 1 FROM pg_roles WHERE rolname = %s AND ({powers})", name):  # noqa: S608
        lacking = " ".join(f"NO{power.upper()}" for power in _POWERS)
        _execute(connection, f'ALTER ROLE "{name}" {lacking}')
    for other in _memberships(connection, name):
        _execute(connection, f'REVOKE "{other}" FROM "{name}"')
    if left := _memberships(connection, name):
        raise SiteRoleError(
            f"The role {name} belongs to {', '.join(left)} and would have its rights. End that as"
            f" a superuser: REVOKE … FROM {name}."
        )
    owned = (
        "SELECT 1 FROM pg_shdepend JOIN pg_roles ON pg_roles.oid = refobjid"
        " WHERE refclassid = 'pg_authid'::regclass AND deptype = 'o' AND rolname = %s"
    )
    if _column(connection, owned, name):
        _execute(connection, f'REASSIGN OWNED BY "{name}" TO CURRENT_USER')


def _memberships(connection: BaseDatabaseWrapper, name: str) -> list[str]:
    return _column(
        connection,
        "SELECT DISTINCT held.rolname FROM pg_auth_members"
        " JOIN pg_roles AS held ON held.oid = roleid"
        " JOIN pg_roles AS holder ON holder.oid = member WHERE holder.rolname = %s",
        name,
    )


def _rights(connection: BaseDatabaseWrapper, name: str) -> list[str]:
    """Everything is taken away and given in one transaction, so that nobody misses it meanwhile."""
    database, schema = _first(connection, "SELECT current_database(), current_schema()")
    # The site only compares it with the migrations of its own code (notes_site/health/schema.py).
    read_only = ["django_migrations"]
    return [
        f'REVOKE TEMPORARY ON DATABASE "{database}" FROM PUBLIC',
        f'REVOKE ALL ON DATABASE "{database}" FROM "{name}"',
        f'GRANT CONNECT ON DATABASE "{database}" TO "{name}"',
        f'REVOKE CREATE ON SCHEMA "{schema}" FROM PUBLIC',
        f'REVOKE ALL ON SCHEMA "{schema}" FROM "{name}"',
        f'GRANT USAGE ON SCHEMA "{schema}" TO "{name}"',
        f'REVOKE ALL ON ALL TABLES IN SCHEMA "{schema}" FROM PUBLIC, "{name}"',
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "{schema}" TO "{name}"',
        f'REVOKE ALL ON ALL SEQUENCES IN SCHEMA "{schema}" FROM PUBLIC, "{name}"',
        f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA "{schema}" TO "{name}"',
        *(
            f'REVOKE UPDATE, DELETE ON {table} FROM "{name}"'
            for table in append_only.tables(connection)
        ),
        *(f'REVOKE INSERT, UPDATE, DELETE ON "{table}" FROM "{name}"' for table in read_only),
        # What a later migration makes is the site's to use before this runs again.
        f'ALTER DEFAULT PRIVILEGES IN SCHEMA "{schema}"'
        f' GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{name}"',
        f'ALTER DEFAULT PRIVILEGES IN SCHEMA "{schema}" GRANT USAGE ON SEQUENCES TO "{name}"',
    ]


def _execute(connection: BaseDatabaseWrapper, statement: str, *values: str | int) -> None:
    with connection.cursor() as cursor:
        # With an empty tuple psycopg2 would take a % in a name for a placeholder.
        cursor.execute(statement, values or None)


def _column(connection: BaseDatabaseWrapper, query: str, *values: str | int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [first for first, *_rest in cursor.fetchall()]


def _first(connection: BaseDatabaseWrapper, query: str) -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return tuple(cursor.fetchone())
