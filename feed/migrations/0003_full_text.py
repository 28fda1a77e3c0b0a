from django.db import migrations

from feed.search.fulltext import CREATE, PEOPLE, POSTS, write


def create(_apps, schema_editor):
    for table in (POSTS, PEOPLE):
        for statement in CREATE[schema_editor.connection.vendor]:
            schema_editor.execute(statement.format(table=table))


def drop(_apps, schema_editor):
    for table in (POSTS, PEOPLE):
        schema_editor.execute(f"DROP TABLE {table}")


def fill(apps, _schema_editor):
    """What was written before there was an index."""
    photos = apps.get_model("posts", "Photo").objects
    for post in apps.get_model("posts", "Post").objects.filter(state="published").iterator(500):
        alt_texts = photos.filter(post=post.pk).values_list("alt_text", flat=True)
        write(POSTS, post.pk, [post.title, post.caption, *alt_texts])
    for person in apps.get_model("accounts", "User").objects.iterator(500):
        write(PEOPLE, person.pk, [person.username, person.display_name])


class Migration(migrations.Migration):

    dependencies = [
        ("feed", "0002_scale_finished"),
        ("posts", "0006_people"),
        ("accounts", "0003_people"),
    ]

    operations = [
        migrations.RunPython(create, drop),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
