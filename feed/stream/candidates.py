"""Which posts may stand in a stream: the only place of the feed that asks for posts."""

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import User
from accounts.models.relations import blocked_between, muted_by
from accounts.social.relations import hides_anyone
from feed.facts import mutes_any_subject
from feed.stream.muted import speaks_of_nothing_muted
from notes_site.prepared import Prepared
from posts.models import Post, Topic
from posts.models.post import Viewer

if TYPE_CHECKING:
    from posts.models.post import PostQuerySet

# All that a page needs to look its cards up; the rest is read only for cards not kept.
COLUMNS = ("id", "version", "hot", "published_at", "author")
# What may come up among the posts of those one follows; who sees which is not decided here.
SHOWN_TO_FOLLOWERS = (
    Post.Audience.PUBLIC,
    Post.Audience.FOLLOWERS,
    Post.Audience.FRIENDS,
    Post.Audience.LIST,
)
# The columns of a topic's own index that stand for a post's `published_at` and id.
UNDER_TOPIC = ("since", "member")


class RankedPost(NamedTuple):
    """A post in a list, where a whole row would cost more than the query."""

    pk: int
    version: int
    hot: float
    author_id: int


def explore(viewer: Viewer | None = None) -> "PostQuerySet":
    """What comes up for anybody: the posts of `listed_for` that speak of nothing they muted."""
    posts = listed_for(viewer)
    return unmuted(posts, viewer) if viewer is not None and viewer.is_authenticated else posts


def listed_for(viewer: Viewer | None = None) -> "PostQuerySet":
    """Every post that all may see: the same for visitors, members and moderators.

    For a viewer without those of people they muted, or have a block with. Most people keep nobody
    away: a short question finds that out, and their lists look at no more rows than a visitor's.
    """
    if viewer is not None and viewer.is_authenticated and hides_anyone(viewer):
        return _without_kept_away(viewer)
    return _open_to_all().all()


def _without_kept_away(viewer: User) -> "PostQuerySet":
    apart = blocked_between(viewer.pk, "author") | muted_by(viewer.pk, "author", "posts")
    return _open_to_all().exclude(apart)


def unmuted(posts: "PostQuerySet", viewer: User, opened: Topic | None = None) -> "PostQuerySet":
    """Those of the posts that speak of nothing the viewer muted, and the viewer's own.

    Every list that comes up by itself is made by this; under the topic that is `opened`, that one
    counts as not muted. Who muted nothing pays nothing.
    """
    if not mutes_any_subject(viewer):
        return posts
    return posts.filter(Q(author=viewer.pk) | speaks_of_nothing_muted(viewer, opened))


@cache
def _open_to_all() -> "PostQuerySet":
    # Kept, since building the rule costs a page more than running it.
    return Post.objects.visible_to(AnonymousUser()).listed().only(*COLUMNS)


def hottest(viewer: Viewer, size: int) -> list[RankedPost]:
    """The first of `explore` in falling order of (hot, id)."""
    if viewer.is_authenticated and (hides_anyone(viewer) or mutes_any_subject(viewer)):
        rows = explore(viewer).order_by("-hot", "-pk").values_list(*RankedPost._fields)
        return [RankedPost(*row) for row in rows[:size]]
    return [RankedPost(*row) for row in _hottest(size)()]


@cache
def _hottest(size: int) -> Prepared:
    # PostgreSQL takes longer to plan this statement than to run it (docs/decisions/0031).
    return Prepared(
        lambda: explore().order_by("-hot", "-pk").values_list(*RankedPost._fields)[:size]
    )


def of_people(viewer: User) -> "PostQuerySet":
    """What may come up of people whom one chose, without whom the viewer muted.

    Depends on the viewer's id alone, unless they moderate.
    """
    return (
        Post.objects.visible_to(viewer)
        .standing()
        .filter(audience__in=SHOWN_TO_FOLLOWERS)
        .exclude(muted_by(viewer.pk, "author", "posts", Now()))
    )


def under_topic(topic: Topic, viewer: Viewer) -> "PostQuerySet":
    """What comes up on a topic's page, to be paged along `UNDER_TOPIC`, which an index holds."""
    posts = (
        listed_for(viewer)
        .filter(posttopic__topic=topic)
        .alias(since=F("posttopic__published_at"), member=F("posttopic__post_id"))
    )
    return unmuted(posts, viewer, topic) if viewer.is_authenticated else posts


def is_shown(topic: Topic, viewer: Viewer) -> bool:
    """Whether there is a post under a topic that the viewer could find, muted or not."""
    return listed_for(viewer).filter(posttopic__topic=topic).exists()
