"""What a member muted, asked beside the row of a post while a page is read along its index.

Both questions are subqueries of one value. PostgreSQL answers such a one for each row that it
looks at, so a page still ends with its last card. It would turn NOT EXISTS into a join, and could
read all posts under a muted topic before the first card. So nothing has to be filtered in Python,
and no page is short.
"""

from typing import Any

from django.db.models import BooleanField, F, Func, OuterRef, Q, Subquery
from django.db.models.lookups import IsNull

from accounts.models import User
from posts.models import PostTopic, Topic


class HoldsMutedWord(Func):
    """Whether the title, caption or alt texts of the post of this id hold a word somebody muted.

    Reads the words that search keeps of the post (feed/search/fulltext.py), by its id. There a
    word stands between blanks on SQLite, and each with its place on PostgreSQL.
    """

    output_field = BooleanField()
    _SQLITE = (
        # LIMIT and CROSS JOIN: SQLite then makes the text once, and not once for each word.
        "EXISTS (SELECT 1 FROM (SELECT ' ' || words || ' ' AS text FROM feed_text_posts"
        " WHERE rowid = {post} LIMIT 1) said CROSS JOIN feed_mutedword muted"
        " WHERE muted.person_id = %s AND instr(said.text, ' ' || muted.word || ' '))"
    )
    # The innermost SELECT has nothing of the post, so it is run once a page. Words are letters,
    # marks and digits only, so none can end its quotes.
    _POSTGRESQL = (
        "COALESCE((SELECT said.places @@ (SELECT string_agg("
        "'(''' || replace(word, ' ', ''' <-> ''') || ''')', ' | ')::tsquery"
        " FROM feed_mutedword WHERE person_id = %s)"
        " FROM feed_text_posts said WHERE said.rowid = {post}), FALSE)"
    )

    def __init__(self, post: F, *, person: int) -> None:
        super().__init__(post)
        self.person = person

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        post, params = compiler.compile(self.get_source_expressions()[0])
        return self._SQLITE.format(post=post), (*params, self.person)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        post, params = compiler.compile(self.get_source_expressions()[0])
        return self._POSTGRESQL.format(post=post), (self.person, *params)


def speaks_of_nothing_muted(viewer: User, opened: Topic | None = None) -> Q:
    """Whether a post has no word that the viewer muted, and no topic but for the one opened."""
    under = PostTopic.objects.filter(post=OuterRef("pk"), topic__mutes__person=viewer.pk)
    if opened is not None:
        under = under.exclude(topic=opened.pk)
    no_topic = Q(IsNull(Subquery(under.values("pk")[:1]), True))
    return no_topic & ~Q(HoldsMutedWord(F("pk"), person=viewer.pk))
