"""Full text search on both databases: FTS5 on SQLite, tsvector with GIN on PostgreSQL.

Two tables beside the models, made by a migration: the id of a post or a person, and their words.
They only say where words stand. Who may see what is asked of the rows, on every search.

Beside the words stand marks, which begin with a sign that no word has: `^sea` says that a title
has the word, `@7` that the author is person 7, `#7` that the topic is topic 7, `!alt` that there is
a description, `~2026` and `~202603` when it was posted. So filters narrow what is read, and of a
word that thousands have, the titles are found first.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from feed.search.words import Term, terms_of, words_of
from notes_site.health import schema

POSTS = "feed_text_posts"
PEOPLE = "feed_text_people"
schema.beside_models.update((POSTS, PEOPLE))
# A word that stands everywhere is looked for among the newest so many.
MAX_MATCHES = 1_000
MAX_TERMS = 12
# Between the fields of a text, so that no phrase goes from one into the next.
BREAK = "|"

CREATE = {
    "sqlite": (
        # Words come parted by blanks: this tokenizer parts them there, and nowhere else.
        # `prefix` indexes beginnings, since the beginning of a word is enough to find it.
        "CREATE VIRTUAL TABLE {table} USING fts5("
        "words, tokenize=\"ascii tokenchars '|^@#!~'\", prefix='2 3 4 5')",
    ),
    "postgresql": (
        # `words` is read for the order, `places` is searched.
        "CREATE TABLE {table} (rowid bigint PRIMARY KEY, words text NOT NULL,"
        " places tsvector NOT NULL)",
        "CREATE INDEX {table}_places ON {table} USING gin (places)",
    ),
}
# Neither of the two gets to part words: PostgreSQL's own parser would do so at marks.
_INSERT = {
    "sqlite": "INSERT INTO {table} (rowid, words) VALUES (%s, %s)",
    "postgresql": "INSERT INTO {table} (rowid, words, places) VALUES (%s, %s, %s::tsvector)",
}
# Ids rise with time, so the highest ones are the newest.
_MATCH = {
    "sqlite": "SELECT {columns} FROM {table} WHERE words MATCH %s AND rowid <= %s"
    " ORDER BY rowid DESC LIMIT %s",
    # The planner takes words side by side for as common as the words. So they are looked for
    # among the newest rows that have the words at all, never in a whole table.
    "postgresql": "SELECT {columns} FROM (SELECT * FROM {table} WHERE places @@ %s::tsquery"
    " AND rowid <= %s ORDER BY rowid DESC LIMIT %s) AS candidates"
    " WHERE places @@ %s::tsquery ORDER BY rowid DESC LIMIT %s",
}
# Of the rows with all words of a phrase, on PostgreSQL, so many may have them side by side.
MAX_HAVING = 2_000
_HIGHEST = 2**63 - 1


class Text(NamedTuple):
    """What is indexed of a row: its fields in their order, and marks."""

    fields: Sequence[str]
    marks: Sequence[str] = ()


class Asked(NamedTuple):
    """What has to be in a text: all of the terms and marks, and one of the other marks."""

    terms: Sequence[Term]
    marks: Sequence[str] = ()
    one_of: Sequence[str] = ()
    # The highest id it may have.
    newest: int = _HIGHEST

    @property
    def in_title(self) -> "Asked":
        """The same with every word whole, in the title."""
        titled = [f"^{word}" for term in self.terms for word in term.words]
        return self.whole._replace(marks=[*self.marks, *titled])

    @property
    def whole(self) -> "Asked":
        """The same with every word whole."""
        return self._replace(terms=[Term(term.words, exact=True) for term in self.terms])


@transaction.atomic
def write(table: str, row_id: int, text: Text) -> None:
    """Put the words of a row into the index, in place of those it had."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE rowid = %s", [row_id])  # noqa: S608
    fill(table, [(row_id, text)])


def fill(table: str, rows: Iterable[tuple[int, Text]]) -> None:
    """Put the words of rows into the index that has none of theirs."""
    statement = _INSERT[connection.vendor].format(table=table)
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(_kept(rows)))


def asked(text: str, marks: Sequence[str] = (), one_of: Sequence[str] = ()) -> Asked:
    """What a text asks for, as far as anybody needs to be asked."""
    return Asked(terms_of(text)[:MAX_TERMS], marks, one_of)


def matching(table: str, questions: Sequence[Asked]) -> RawSQL | None:
    """The ids of the newest rows that have every word, or begin so; None for no word."""
    if not questions[0].terms:
        return None
    params = [_params(question, MAX_MATCHES) for question in questions]
    return RawSQL(_union(table, "rowid", len(questions)), [*chain(*params)])  # noqa: S611


def texts(table: str, questions: Sequence[Asked], most: int) -> list[tuple[int, str]]:
    """The ids and words of so many of the newest rows that match, for each question."""
    if not questions[0].terms:
        return []
    params = [_params(question, most) for question in questions]
    with connection.cursor() as cursor:
        cursor.execute(_union(table, "rowid, words", len(questions)), [*chain(*params)])
        rows: list[tuple[int, str]] = cursor.fetchall()
    return rows


def _union(table: str, columns: str, questions: int) -> str:
    # SQLite lets only an outer SELECT have its own end.
    one = f"SELECT * FROM ({_MATCH[connection.vendor].format(table=table, columns=columns)}) AS f"  # noqa: S608
    return " UNION ALL ".join([one] * questions)


def _kept(rows: Iterable[tuple[int, Text]]) -> Iterator[tuple[int | str, ...]]:
    """Rows as the database takes them, without those that have no word."""
    for row_id, text in rows:
        fields = [words_of(field) for field in text.fields]
        if not any(fields):
            continue
        words = f" {BREAK} ".join(fields)
        marks = [*text.marks, *(f"^{word}" for word in dict.fromkeys(fields[0].split()))]
        if connection.vendor == "sqlite":
            yield row_id, " ".join([words, BREAK, *marks])
        else:
            yield row_id, words, _places(words, marks)


def _places(words: str, marks: Iterable[str]) -> str:
    """Words with their places, and marks, as a tsvector is written."""
    # Words are letters, marks and digits only (feed/search/words.py), so none can end its quotes.
    placed = (f"'{word}':{place}" for place, word in enumerate(words.split(), 1) if word != BREAK)
    return " ".join([*placed, *(f"'{mark}'" for mark in marks)])


def _params(question: Asked, most: int) -> list[str | int]:
    if connection.vendor == "sqlite":
        return [_for_sqlite(question), question.newest, most]
    having = _for_postgresql(question, between="&")
    strict = _for_postgresql(question, between="<->")
    return [having, question.newest, most if having == strict else MAX_HAVING, strict, most]


def _for_sqlite(question: Asked) -> str:
    parts = [f'"{" ".join(words)}"{"" if exact else "*"}' for words, exact in question.terms]
    parts += [f'"{mark}"' for mark in question.marks]
    if question.one_of:
        parts.append("(" + " OR ".join(f'"{mark}"' for mark in question.one_of) + ")")
    return " AND ".join(parts)


def _for_postgresql(question: Asked, *, between: str) -> str:
    parts = [
        f" {between} ".join(f"'{word}'" for word in words) + ("" if exact else ":*")
        for words, exact in question.terms
    ]
    parts += [f"'{mark}'" for mark in question.marks]
    if question.one_of:
        parts.append("(" + " | ".join(f"'{mark}'" for mark in question.one_of) + ")")
    return " & ".join(parts)
