from django.db import connection, migrations

from feed.search.fulltext import PEOPLE, POSTS
from feed.search.rebuilding import create, people, posts, rebuild
from feed.search.words import words_of

# The tables as they were: words without the fields they stand in, and without marks.
BEFORE = {
    "sqlite": ("CREATE VIRTUAL TABLE {table} USING fts5(words, tokenize='ascii', prefix='2 3')",),
    "postgresql": (
        "CREATE TABLE {table} (rowid bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX {table}_words ON {table} USING gin (words)",
    ),
}


def go_back(apps, schema_editor):
    for table in (POSTS, PEOPLE):
        create(schema_editor, table, BEFORE)
    for rows in posts(apps, lambda post, alts, _topics: [post.title, post.caption, *alts]):
        write(POSTS, rows)
    for batch in people(apps):
        write(PEOPLE, [(one.pk, [one.username, one.display_name]) for one in batch])


def write(table, rows):
    kept = [(row_id, as_it_was(words_of(" ".join(texts)))) for row_id, texts in rows]
    cast = "" if connection.vendor == "sqlite" else "::tsvector"
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} (rowid, words) VALUES (%s, %s{cast})",
            [row for row in kept if row[1]],
        )


def as_it_was(words):
    if connection.vendor == "sqlite":
        return words
    return " ".join(f"'{word}':{place}" for place, word in enumerate(words.split(), 1))


class Migration(migrations.Migration):
    """The index tells fields apart, and knows authors, topics and months, for relevance."""

    dependencies = [
        ("feed", "0005_topics"),
        ("posts", "0012_plainer_labels"),
        ("accounts", "0008_plainer_labels"),
    ]

    operations = [
        migrations.RunPython(rebuild, go_back),
    ]
