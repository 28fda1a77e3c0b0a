"""Make the triggers once more: on PostgreSQL they refuse TRUNCATE too, and always fire."""

from django.db import migrations

from moderation import append_only


class Migration(migrations.Migration):
    dependencies = [("moderation", "0005_reports")]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: append_only.install(schema_editor.connection),
            migrations.RunPython.noop,
        ),
    ]
