from django.db import migrations

from feed.search.fulltext import CREATE, PEOPLE, POSTS


def create(_apps, schema_editor):
    """Empty: what was written before is read by 0006, which knows how the index is made today."""
    for table in (POSTS, PEOPLE):
        for statement in CREATE[schema_editor.connection.vendor]:
            schema_editor.execute(statement.format(table=table))


def drop(_apps, schema_editor):
    for table in (POSTS, PEOPLE):
        schema_editor.execute(f"DROP TABLE {table}")


class Migration(migrations.Migration):

    dependencies = [
        ("feed", "0002_scale_finished"),
        ("posts", "0006_people"),
        ("accounts", "0003_people"),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]
