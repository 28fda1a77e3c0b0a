"""Where suggestions come from; each is read along an index, as far as its figures say."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from accounts.models import Follow, User
from accounts.models.user import in_good_standing
from feed.models import TopicFollow
from feed.stream import candidates
from notes_site.prepared import Row, Written, ask_once
from posts.models import PostTopic

if TYPE_CHECKING:
    from django.db.models import QuerySet

# The newest of those somebody follows, and whom each of them followed last.
FOLLOWED = 30
THEIR_FOLLOWED = 50
# The newest topics that somebody follows, and the newest posts under each.
TOPICS = 10
POSTS_A_TOPIC = 40
# Stands in for an id while one statement is made for all of them: no id is negative.
STAND_IN = -1


def followed_by_followed(viewer: User) -> Counter[int]:
    """People whom those the viewer follows follow, and how many of them do."""
    mine = Follow.objects.filter(in_good_standing("followee"), follower=viewer.pk)
    followed = list(_newest(mine).values_list("followee", flat=True)[:FOLLOWED])
    rows = _newest(Follow.objects.filter(follower=STAND_IN)).values_list("followee")
    return Counter(pk for (pk,) in _of_each(rows[:THEIR_FOLLOWED], followed))


def under_followed_topics(viewer: User) -> dict[int, list[str]]:
    """People with newer posts under topics that the viewer follows, and which topics those are.

    By posts that the viewer may find, without what they muted.
    """
    follows = _newest(TopicFollow.objects.filter(person=viewer.pk))
    names = dict(follows.values_list("topic", "topic__name")[:TOPICS])
    posted = PostTopic.objects.filter(topic=STAND_IN, published_at__isnull=False)
    rows = posted.order_by("-published_at", "-post").values_list("post", "topic")
    under = _of_each(rows[:POSTS_A_TOPIC], list(names))
    posts = candidates.explore(viewer).filter(pk__in={post for post, _topic in under})
    authors = dict(posts.values_list("pk", "author")) if under else {}
    found: defaultdict[int, list[str]] = defaultdict(list)
    for post, topic in under:
        author = authors.get(post)
        if author is not None and names[topic] not in found[author]:
            found[author].append(names[topic])
    return dict(found)


def _newest(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    return rows.order_by("-created_at", "-pk")


def _of_each(rows: "QuerySet[Any, Any]", ids: Sequence[int]) -> list[Row]:
    """What the sliced rows would be with each of the ids in the place of the stand-in.

    In one statement whose parts each end at their limit. Asked for all ids together, PostgreSQL
    and SQLite would read everything before they sort it.
    """
    if not ids:
        return []
    sql, params = rows.query.sql_with_params()
    every = [pk if value == STAND_IN else value for pk in ids for value in params]
    # Parentheses alone would be enough, but SQLite takes no LIMIT inside a UNION without SELECT.
    sql = " UNION ALL ".join([f"SELECT * FROM ({sql}) AS part"] * len(ids))  # noqa: S608
    return ask_once(Written(sql, tuple(every), rows))
