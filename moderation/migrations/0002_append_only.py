"""Let the database itself refuse to change or remove audit entries.

Who owns the table can still drop them. On SQLite, a later migration that makes the table anew
(most that alter it) loses them and must run `install` again.
"""

from django.db import migrations

from moderation import append_only


class Migration(migrations.Migration):
    dependencies = [("moderation", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: append_only.install(schema_editor.connection),
            lambda apps, schema_editor: append_only.remove(schema_editor.connection),
        ),
    ]
