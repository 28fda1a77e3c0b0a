from itertools import islice

from django.db import migrations

from feed.search.fulltext import CREATE, PEOPLE, POSTS, fill

BATCH = 500


def write_anew(apps, schema_editor):
    """Words are parted and compared by other rules now: every text is read again, in batches."""
    for table in (POSTS, PEOPLE):
        schema_editor.execute(f"DROP TABLE {table}")
        for statement in CREATE[schema_editor.connection.vendor]:
            schema_editor.execute(statement.format(table=table))
    posts = apps.get_model("posts", "Post").objects.filter(state="published").order_by("pk")
    for batch in _batches(posts.only("title", "caption")):
        alt_texts = _alt_texts(apps, batch)
        fill(POSTS, [(post.pk, [post.title, post.caption, *alt_texts[post.pk]]) for post in batch])
    people = apps.get_model("accounts", "User").objects.order_by("pk")
    for batch in _batches(people.only("username", "display_name")):
        fill(PEOPLE, [(person.pk, [person.username, person.display_name]) for person in batch])


def _batches(rows):
    found = rows.iterator(chunk_size=BATCH)
    while batch := list(islice(found, BATCH)):
        yield batch


def _alt_texts(apps, posts):
    found = {post.pk: [] for post in posts}
    photos = apps.get_model("posts", "Photo").objects.filter(post__in=list(found))
    for post_id, text in photos.exclude(alt_text="").values_list("post_id", "alt_text"):
        found[post_id].append(text)
    return found


class Migration(migrations.Migration):

    dependencies = [
        ("feed", "0003_full_text"),
    ]

    operations = [
        migrations.RunPython(write_anew, migrations.RunPython.noop),
    ]
