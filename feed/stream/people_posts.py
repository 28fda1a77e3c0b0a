"""The newest posts of the people somebody follows, or put on a list.

For a few people, PostgreSQL reads along each one's own index (`post_by_author`): first the newest
post of everybody, then of those whose newest are in the page as many as could still be. That is
fewer index entries than people and half a page squared, however much each has posted. Left to
itself it takes their posts for few, then reads and sorts all those of thirty people for one page.

Of many people some post all the time, so the newest posts of the whole site fill a page sooner.
SQLite needs no help: it keeps the newest so far, and leaves a person whose next post is older.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection
from django.db.models.expressions import RawSQL

from accounts.models import Follow, ListMember, PeopleList, User
from accounts.models.user import Facts
from feed.facts import mutes_any_subject
from feed.stream.candidates import of_people, unmuted
from notes_site.http.pagination import Place, rows_after
from notes_site.prepared import Prepared, Written, ask_once

if TYPE_CHECKING:
    from django.db.models import QuerySet

    Ids = QuerySet[Any, Any]

# Where both cost the same with 100,000 people who post: a seek for each of the 500, or 5,000 posts.
FEW = 500
_PERSON_BY_PERSON = """
SELECT post.pk, post.version, post.published_at FROM (
    SELECT person.id, row_number() OVER (ORDER BY newest.published_at DESC, newest.pk DESC) AS place
    FROM ({people}) AS person (id)
    CROSS JOIN LATERAL ({posts} LIMIT 1) AS newest
    ORDER BY place LIMIT {size}
) AS person
CROSS JOIN LATERAL ({posts} LIMIT {size} + 1 - person.place) AS post
ORDER BY post.published_at DESC, post.pk DESC LIMIT {size}
"""
# Whose posts the inner queries read.
PERSON: RawSQL = RawSQL("person.id", ())
# One row for each, but PostgreSQL can't know that and expects a thousand. Else it expects a single
# post of each person, whatever the limit, and then sorting all of them looks as cheap as an index.
ONCE: RawSQL = RawSQL("generate_series(1, (SELECT 1))", ())


class People(NamedTuple):
    """Some people: how to ask for their ids, by the id of what, and about how many they are."""

    ids: "Callable[[int], Ids]"
    of: int
    number: int


class Dated(NamedTuple):
    """A post in a list that goes by time."""

    pk: int
    version: int
    published_at: datetime


def followed_by(viewer: User) -> People:
    """The people whom the viewer follows."""
    return People(_followees, viewer.pk, viewer.following_count)


def on_list(people_list: PeopleList) -> People:
    """The people on a list."""
    return People(_members, people_list.pk, people_list.member_count)


def newest(viewer: User, people: People, place: Place | None, size: int) -> list[Dated]:
    """The first `size` posts of the people after a place, in falling order of (time, id).

    Without whom and what the viewer muted.
    """
    helped = connection.vendor == "postgresql"
    few = helped and people.number <= FEW
    # For many the plan depends on how many they are, and one that is kept would not.
    if viewer.is_moderator or (helped and not few):
        rows = ask_once(_query(viewer, people.ids(people.of), place, size, few=few))
    else:
        ask = _prepared(people.ids, size, few=few, mutes=mutes_any_subject(viewer))
        rows = ask(viewer.pk, people.of, *(place or ()))
    return [Dated(*row) for row in rows]


@cache
def _prepared(ids: "Callable[[int], Ids]", size: int, *, few: bool, mutes: bool) -> Prepared:
    def build(viewer_id: int, of: int, *place: Any) -> "Ids | Written":
        # All that the statement may depend on: of members it is the same for all with the fact.
        viewer = User(pk=viewer_id)
        viewer.facts = Facts(*(mutes for _fact in Facts._fields))
        return _query(viewer, ids(of), place or None, size, few=few)

    return Prepared(build)


def _query(viewer: User, people: "Ids", place: Any, size: int, *, few: bool) -> "Ids | Written":
    posts = rows_after(unmuted(of_people(viewer), viewer), "published_at", place)
    rows = posts.values_list(*Dated._fields)
    if not few:
        return rows.filter(author__in=people)[:size]
    who, who_params = people.query.sql_with_params()
    theirs, params = rows.filter(author=PERSON).annotate(once=ONCE).query.sql_with_params()
    sql = _PERSON_BY_PERSON.format(people=who, posts=theirs, size=size)
    return Written(sql, (*who_params, *params, *params), rows)


def _followees(follower: int) -> "Ids":
    return Follow.objects.filter(follower=follower).values("followee")


def _members(list_id: int) -> "Ids":
    return ListMember.objects.filter(people_list=list_id).values("person")
