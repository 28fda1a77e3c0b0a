"""Full text search on both databases: FTS5 on SQLite, tsvector with GIN on PostgreSQL.

Two tables beside the models, made by a migration: the id of a post or a person, and their words.
They only say where words stand. Who may see what is asked of the rows, on every search.
"""

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from feed.search.words import runs_of, words_of
from notes_site.health import schema

POSTS = "feed_text_posts"
PEOPLE = "feed_text_people"
schema.beside_models.update((POSTS, PEOPLE))
# A word that stands everywhere is looked for among the newest so many.
MAX_MATCHES = 2_000
MAX_RUNS = 12

CREATE = {
    "sqlite": (
        # Words come parted by blanks: this tokenizer parts them there, and nowhere else.
        # `prefix` indexes beginnings, since the beginning of a word is enough to find it.
        "CREATE VIRTUAL TABLE {table} USING fts5(words, tokenize='ascii', prefix='2 3')",
    ),
    "postgresql": (
        "CREATE TABLE {table} (rowid bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX {table}_words ON {table} USING gin (words)",
    ),
}
# Neither of the two gets to part words: PostgreSQL's own parser would do so at marks.
_INSERT = {
    "sqlite": "INSERT INTO {table} (rowid, words) VALUES (%s, %s)",
    "postgresql": "INSERT INTO {table} (rowid, words) VALUES (%s, %s::tsvector)",
}
# Ids rise with time, so the highest ones are the newest.
_MATCH = {
    "sqlite": "SELECT rowid FROM {table} WHERE words MATCH %s ORDER BY rowid DESC LIMIT %s",
    "postgresql": "SELECT rowid FROM {table} WHERE words @@ %s::tsquery"
    " ORDER BY rowid DESC LIMIT %s",
}


@transaction.atomic
def write(table: str, row_id: int, texts: Iterable[str]) -> None:
    """Put the words of a row into the index, in place of those it had."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE rowid = %s", [row_id])  # noqa: S608
    fill(table, [(row_id, texts)])


def fill(table: str, rows: Iterable[tuple[int, Iterable[str]]]) -> None:
    """Put the words of rows into the index that has none of theirs."""
    kept = [(row_id, _kept(words_of(" ".join(texts)))) for row_id, texts in rows]
    with connection.cursor() as cursor:
        cursor.executemany(
            _INSERT[connection.vendor].format(table=table), [row for row in kept if row[1]]
        )


def matching(table: str, text: str) -> RawSQL | None:
    """The ids of the newest rows that hold every word of a text, or begin so; None for no word."""
    runs = runs_of(text)[:MAX_RUNS]
    if not runs:
        return None
    asked = _for_sqlite(runs) if connection.vendor == "sqlite" else _for_postgresql(runs)
    return RawSQL(_MATCH[connection.vendor].format(table=table), [asked, MAX_MATCHES])  # noqa: S611


def _kept(words: str) -> str:
    """Words as the database takes them: on PostgreSQL each with its place."""
    if connection.vendor == "sqlite":
        return words
    # Words are letters, marks and digits only (feed/search/words.py), so none can end its quotes.
    return " ".join(f"'{word}':{place}" for place, word in enumerate(words.split(), 1))


def _for_sqlite(runs: list[list[str]]) -> str:
    return " AND ".join(f'"{" ".join(run)}"*' for run in runs)


def _for_postgresql(runs: list[list[str]]) -> str:
    return " & ".join(" <-> ".join(f"'{word}'" for word in run) + ":*" for run in runs)
