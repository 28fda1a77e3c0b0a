"""Whether the database holds what this code expects: its migrations, and every table."""

from functools import cache

from django.apps import apps
from django.conf import settings
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.module_loading import import_string

# Tables that migrations make and no model describes; a room adds its own.
beside_models: set[str] = set()


@cache
def _known() -> frozenset[tuple[str, str]]:
    """The migrations of this code; read once, for its files don't change while it runs."""
    return frozenset(MigrationLoader(connection).graph.nodes)


def waiting_migrations() -> list[str]:
    """The migrations, as `app.name`, that this code has and the database has not run."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in _known() - set(applied))


def newer_migrations() -> list[str]:
    """The migrations that the database has run and this code, older than it, doesn't know."""
    loader = MigrationLoader(connection)
    # Rows of an app that is no longer installed don't make the database newer.
    ours = {(app, name) for app, name in loader.applied_migrations if app in loader.migrated_apps}
    return sorted(f"{app}.{name}" for app, name in ours - set(loader.disk_migrations))


def missing_tables() -> list[str]:
    """The tables that this code uses and the database lacks."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor, include_views=True))
    return sorted(_wanted_tables() - there)


def _wanted_tables() -> set[str]:
    models = [model._meta for model in apps.get_models(include_auto_created=True)]
    wanted = {meta.db_table for meta in models if meta.managed and not meta.proxy}
    return wanted | beside_models | _cache_tables()


def _cache_tables() -> set[str]:
    kept = [each for each in settings.CACHES.values() if each.get("LOCATION")]
    return {
        each["LOCATION"]
        for each in kept
        if issubclass(import_string(each["BACKEND"]), DatabaseCache)
    }
