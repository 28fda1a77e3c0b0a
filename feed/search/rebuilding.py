"""Every text read again into new tables, for migrations that change what the index holds.

Works with the models as they were at a migration.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from feed.search import fulltext, indexing
from feed.search.fulltext import Text

BATCH = 500


def rebuild(apps: Any, schema_editor: Any) -> None:
    """Make both tables again and fill them, so many rows at a time."""
    for table in (fulltext.POSTS, fulltext.PEOPLE):
        create(schema_editor, table, fulltext.CREATE)
    for rows in posts(apps, indexing.text_of_post):
        fulltext.fill(fulltext.POSTS, rows)
    for batch in people(apps):
        texts = ((person.pk, indexing.text_of_person(person)) for person in batch)
        fulltext.fill(fulltext.PEOPLE, texts)


def create(schema_editor: Any, table: str, statements: dict[str, tuple[str, ...]]) -> None:
    """Drop a table and make it again, empty."""
    schema_editor.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement.format(table=table))


def posts(
    apps: Any, text_of: Callable[[Any, Iterable[str], Iterable[int]], Text]
) -> Iterator[list[tuple[int, Text]]]:
    """The published posts with what `text_of` makes of each, its descriptions and its topics."""
    found = apps.get_model("posts", "Post").objects.filter(state="published").order_by("pk")
    columns = ("title", "caption", "author_id", "published_at")
    photos = apps.get_model("posts", "Photo").objects.exclude(alt_text="")
    topics = apps.get_model("posts", "PostTopic").objects
    for batch in _batches(found.only(*columns)):
        ids = [post.pk for post in batch]
        described = _grouped(photos.filter(post__in=ids).order_by("position"), "alt_text")
        under = _grouped(topics.filter(post__in=ids), "topic_id")
        yield [
            (post.pk, text_of(post, described.get(post.pk, []), under.get(post.pk, [])))
            for post in batch
        ]


def people(apps: Any) -> Iterator[list[Any]]:
    """Everybody with their names."""
    found = apps.get_model("accounts", "User").objects.order_by("pk")
    return _batches(found.only("username", "display_name"))


def _batches(rows: Any) -> Iterator[list[Any]]:
    found = rows.iterator(chunk_size=BATCH)
    while batch := list(islice(found, BATCH)):
        yield batch


def _grouped(rows: Any, column: str) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = {}
    for post_id, value in rows.values_list("post_id", column):
        groups.setdefault(post_id, []).append(value)
    return groups
