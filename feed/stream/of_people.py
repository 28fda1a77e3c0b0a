"""The newest posts of some people.

For a few people, PostgreSQL reads along each one's own index (`post_by_author`): first the newest
post of everybody, then of those whose newest are in the page as many as could still be. That is
fewer index entries than people and half a page squared, however much each has posted. Left to
itself it takes them for few, then reads and sorts all posts of thirty people for one page.

Of many people some post all the time, so the newest posts of the whole site fill a page sooner.
SQLite needs no help: it keeps the newest so far, and leaves a person whose next post is older.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection
from django.db.models.expressions import RawSQL

from posts.models import Post

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from posts.models.post import PostQuerySet

FEW = 1_000
_PERSON_BY_PERSON = """
SELECT post.* FROM (
    SELECT person.id, row_number() OVER (ORDER BY newest.published_at DESC, newest.id DESC) AS place
    FROM ({people}) AS person (id)
    CROSS JOIN LATERAL ({newest} LIMIT 1) AS newest
    ORDER BY place LIMIT {size}
) AS person
CROSS JOIN LATERAL ({posts} LIMIT {size} + 1 - person.place) AS post
ORDER BY post.published_at DESC, post.id DESC LIMIT {size}
"""
# Whose posts the inner queries read.
PERSON: RawSQL = RawSQL("person.id", ())
# One row for each, but PostgreSQL can't know that and expects a thousand. Else it expects a single
# post of each person, whatever the limit, and then sorting all of them looks as cheap as an index.
ONCE: RawSQL = RawSQL("generate_series(1, (SELECT 1))", ())


class People(NamedTuple):
    """Some people: a query of their ids, and about how many they are."""

    ids: "QuerySet[Any, Any]"
    number: int


def newest_of(people: People, posts: "PostQuerySet", size: int) -> list[Post]:
    """The first `size` of the posts that are by these people, in falling order of (time, id).

    `posts` come in that order.
    """
    if connection.vendor != "postgresql" or people.number > FEW:
        return list(posts.filter(author__in=people.ids)[:size])
    theirs = posts.filter(author=PERSON).annotate(once=ONCE)
    who, who_params = people.ids.query.sql_with_params()
    first, first_params = theirs.values_list("published_at", "id", "once").query.sql_with_params()
    page, page_params = theirs.query.sql_with_params()
    sql = _PERSON_BY_PERSON.format(people=who, newest=first, posts=page, size=size)
    return list(posts.raw(sql, (*who_params, *first_params, *page_params)))
