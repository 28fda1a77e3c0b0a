"""Which posts may stand in a stream: the only place of the feed that asks for posts."""

from functools import cache
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db.models import F

from accounts.models import Follow
from posts.models import Post, Topic
from posts.models.post import Viewer

if TYPE_CHECKING:
    from django.db.models.query import RawQuerySet

    from posts.models.post import PostQuerySet

# All that a page needs to look its cards up; the rest is read only for cards not kept.
COLUMNS = ("id", "version", "hot", "published_at")
# The columns of a topic's own index that stand for a post's `published_at` and id.
UNDER_TOPIC = ("since", "member")


def explore() -> "PostQuerySet":
    """Every post that all may see: the same for visitors, members and moderators."""
    return _open_to_all().all()


@cache
def _open_to_all() -> "PostQuerySet":
    # Kept, since building the rule costs a page more than running it.
    return Post.objects.visible_to(AnonymousUser()).listed().only(*COLUMNS)


def explore_first(order: str, size: int) -> "RawQuerySet[Post]":
    """The first rows of `explore` in falling order of (`order`, id)."""
    return Post.objects.raw(*_first_rows(order, size))


@cache
def _first_rows(order: str, size: int) -> tuple[str, tuple[object, ...]]:
    # The most asked query of all, with no value of its own: its SQL is made once a process.
    return explore().order_by(f"-{order}", "-pk")[:size].query.sql_with_params()


def followed(viewer: Viewer) -> "PostQuerySet":
    """Posts of the people the viewer follows."""
    followees = Follow.objects.filter(follower=viewer.pk).values("followee")
    return (
        Post.objects.visible_to(viewer)
        .filter(state=Post.State.PUBLISHED, author__in=followees)
        .exclude(audience=Post.Audience.UNLISTED)
        .only(*COLUMNS)
    )


def under(topic: Topic) -> "PostQuerySet":
    """Public posts under a topic, to be paged along `UNDER_TOPIC`, which an index holds."""
    return (
        explore()
        .filter(posttopic__topic=topic)
        .alias(since=F("posttopic__published_at"), member=F("posttopic__post_id"))
    )
