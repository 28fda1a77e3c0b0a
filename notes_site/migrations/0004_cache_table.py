"""The table of the shared cache, which rate limits, and so every form, need."""

from typing import Any

from django.core.management import call_command
from django.db import migrations

TABLE = "cache"


def make(_apps: Any, schema_editor: Any) -> None:
    """Make the table, unless `createcachetable` did so before this migration was."""
    call_command("createcachetable", TABLE, database=schema_editor.connection.alias, verbosity=0)


def remove(_apps: Any, schema_editor: Any) -> None:
    """Nothing in the cache is worth keeping."""
    schema_editor.execute(f"DROP TABLE {schema_editor.quote_name(TABLE)}")


class Migration(migrations.Migration):
    dependencies = [("notes_site", "0003_site_settings_name")]

    operations = [migrations.RunPython(make, remove)]
